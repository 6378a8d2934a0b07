# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invitations by an operator's pages: one, a card, a whole list from a spreadsheet; and that the secret is on the card alone."""

from __future__ import annotations

import re

from node import database
from node.actor import Actor
from node.members import acts, reads
from node.members.shapes import Acceptance
from node.village import Village
from tests.node.members.cast import everything_stored
from tests.pages import Sheet, Visitor, _fields

LIST = 'Name,Known as,E-mail,Phone,Roles\nMaya Brook,Maya,maya@example.org,01632 960 101,"volunteer, peer supporter"\n'
WRONG = LIST + ",,nope,1,king\nTom Field,,,,\n"


async def bring(visitor: Visitor, text: str, name: str = "people.csv") -> Sheet:
    """Chooses a file on the page for it, and sends it as a browser would."""
    page = await visitor.open("/people/import")
    data = dict(_fields(page.form("Read the file"), ""))
    answer = await visitor.client.post(
        "/people/import", data=data, files={"file": (name, text.encode())}, headers={"origin": visitor.home}
    )
    return await visitor._follow(answer, ())


def secrets(sheet: Sheet) -> list[str]:
    return re.findall(r"/invitations/(cc_inv_[A-Za-z0-9_-]{43})", sheet.words)


async def test_one_is_made_printed_and_taken_back(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/people/invitations/new")
    wrong = await callum.send(
        sheet, "Make the invitation", name="Maya Brook", email="nope", phone="1", days="900", roles=["volunteer"]
    )
    assert (wrong.status, set(wrong.errors)) == (422, {"email", "phone", "days"})
    assert wrong.form("Make").select("input[name=name][value='Maya Brook']") and wrong.form("Make").select(
        "[value=volunteer][checked]"
    )
    made = await callum.send(wrong, "Make the invitation", email="maya@example.org", phone="", days="7")
    assert "The invitation is made" in made.words and "Volunteer" in made.words and "Not used yet" in made.words
    assert "cc_inv_" not in made.text and "Maya" not in made.title + made.path
    again = await callum.send(wrong, "Make the invitation", email="maya@example.org", phone="", days="7")
    assert again.path == made.path
    card = await callum.send(made, "In large print")
    (token,) = secrets(card)
    assert card.status == 200 and "18 or over" in card.words and not card.soup.select("nav, footer")
    code = card.soup.select_one(".qr svg")
    assert code is not None and code.has_attr("viewbox") and not code.has_attr("width")
    assert "style" not in str(code) and card.soup.html and "large" in (card.soup.html.get("class") or [])
    assert token not in " ".join(str(value) for value in (*card.trail, card.path, *card.headers.values()))
    assert (await callum.client.get(f"{made.path}/card")).status_code == 405
    with three.at("alder"):
        assert token.encode() not in await everything_stored()
        rows = await database.rows("SELECT subject FROM journal_entry WHERE act = 'person.invitation-printed'")
        assert [row["subject"] for row in rows] == [f"invitation:{made.path.rsplit('/', 1)[1]}"]
    gone = await callum.send(await callum.open(made.link("Take it back")), "Take it back")
    assert "Taken back" in gone.words and "Maya" not in gone.words
    listed = await callum.open("/people/invitations")
    assert "Maya" not in listed.words and "Taken back" in listed.words
    assert (await callum.send(made, "Show the card")).status == 404


async def test_what_was_invited_is_what_the_person_finds_and_can_change(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/people/invitations/new")
    made = await callum.send(sheet, "Make the invitation", name="Maya Brook", known_as="May", phone="01632 960 101")
    (token,) = secrets(await callum.send(made, "Show the card"))
    with three.at("alder") as coop:
        here = coop.here()
        welcome = await acts.accept_invitation(acceptance=Acceptance(token=token, adult=True), here=here)
        me = await reads.me(Actor(person=welcome.person.id), here=here)
        row = await database.row("SELECT name, email, known_as, phone FROM invitation ORDER BY created DESC LIMIT 1")
    assert (me.full_name, me.known_as, me.phone, me.email) == ("Maya Brook", "May", "01632 960 101", None)
    assert row is not None and set(row.values()) == {None}
    used = await callum.open(made.path)
    assert "Used" in used.words and used.link("See May") == f"/people/{me.id}"


async def test_a_list_is_checked_put_right_made_and_printed(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    nothing = await callum.send(await callum.open("/people/import"), "Read the file")
    assert (nothing.status, nothing.errors) == (422, {"file": "Choose a file."})
    unknown = await bring(callum, "name,NHS number\nAda,1\n")
    assert unknown.status == 422 and "NHS number" in unknown.errors["file"]
    check = await bring(callum, WRONG)
    assert (check.status, check.path) == (200, "/people/import/check")
    assert set(check.errors) == {"1-name", "1-email", "1-phone", "1-roles"}
    assert "Nothing has been made yet" in check.words and "Maya Brook" in check.words
    with three.at("alder"):
        assert b"Maya Brook" not in await everything_stored()
    still = await callum.send(
        check, "Check again", **{"1-name": "Ann Lee", "1-email": "nope", "1-phone": "", "1-roles": "volunteer"}
    )
    assert set(still.errors) == {"1-email"}
    assert still.form("Check again").select("input[name='1-name'][value='Ann Lee']")
    assert not still.soup.select("form[action='/people/import/invitations']")
    right = await callum.send(still, "Check again", **{"1-email": "maureen@alder.example"})
    assert not right.errors and "already" in right.words
    wrong = await callum.send(right, "Make 3 invitations", days="0")
    assert (wrong.status, set(wrong.errors)) == (422, {"days"})
    made = await callum.send(wrong, "Make 3 invitations", days="30")
    assert made.path == "/people/import/cards" and "3 cards wait" in made.words
    assert (await callum.send(wrong, "Make 3 invitations", days="30")).path == made.path
    with three.at("alder"):
        rows = await database.rows("SELECT roles FROM invitation")
        assert {row["roles"] for row in rows} == {"[]", '["peer_supporter", "volunteer"]', '["volunteer"]'} and len(
            rows
        ) == 3
        mailed = await database.rows("SELECT ref FROM outbox WHERE kind = 'invitation-mail'")
        assert len(mailed) == 2
    cards = await callum.send(made, "Show the cards")
    assert len(set(secrets(cards))) == 3 and len(cards.soup.select("section.sheet__card .qr svg")) == 3
    assert "Tom Field, you are invited" in cards.words
    assert "No list waits" in (await callum.send(made, "Show the cards")).words
    assert (await callum.open("/people/import/check")).path == "/people/import"


async def test_a_list_can_be_shortened_and_forgotten_and_is_the_one_persons_own(three: Village) -> None:
    callum, bethan = await Visitor.of(three, "callum"), await Visitor.of(three, "bethan")
    check = await bring(callum, LIST + "Tom Field,,,,\n")
    fewer = await callum.send(check, "Leave them out", out=["0"])
    assert "Tom Field" in fewer.words and "Maya" not in fewer.words
    assert (await bethan.open("/people/import/check")).path == "/people/import"
    start = await callum.open("/people/import")
    assert "1 person is waiting" in start.words
    assert "is waiting" not in (await callum.send(start, "Forget it")).words


async def test_only_operators_invite(three: Village) -> None:
    yasmin = await Visitor.of(three, "yasmin")
    token = str((await yasmin.open("/people/new")).soup.select_one("main input[name=form]")["value"])  # type: ignore[index]
    paths = (
        "/people/invitations",
        "/people/invitations/new",
        "/people/import",
        "/people/import/check",
        "/people/import/cards",
    )
    for path in paths:
        assert (await yasmin.open(path)).status == 403, path
    for path in ("/people/invitations/new", "/people/import", "/people/import/check", "/people/import/cards"):
        assert (await yasmin.post(path, {"form": token, "name": "X"})).status == 403, path
    callum = await Visitor.of(three, "callum")
    assert (await callum.open("/people/invitations/AAAAAAAAAAAAAAAAAAAAAA")).status == 404
