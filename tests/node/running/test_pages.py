# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's pages about the node itself, by Callum, who looks after Alder's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node import database, post
from node.backing import folder as backing
from node.dates import date_long
from node.members import notices
from node.settings import Backup, Mail
from node.signin import acts as signin
from node.village import Village
from tests.node.members.cast import everything_stored
from tests.pages import Sheet, Visitor

DAY = 86_400


def tasks(sheet: Sheet) -> dict[str, str]:
    """Each task with its state."""
    found = {}
    for each in sheet.soup.select(".tasks__item"):
        hint = each.select_one(".tasks__hint")
        title = each.div.get_text(" ", strip=True).removesuffix(hint.get_text(" ", strip=True) if hint else "").strip()  # type: ignore[union-attr]
        found[title] = each.select_one(".tag").get_text(strip=True)  # type: ignore[union-attr]
    return found


def with_mail(village: Village) -> None:
    coop = village["alder"]
    coop.settings = replace(coop.settings, mail=Mail(host="mail.example", port=587))


async def test_the_checklist_looks_at_what_is_so_and_says_the_next_step(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/running")
    assert sheet.status == 200
    states = tasks(sheet)
    assert states["Mail"] == "To do" and states["The paper key is safe"] == "To do"
    assert states["The root key is off this machine"] == "Look at it"
    assert states["Backups"] == "To do" and "there is no key yet to lock it with" in sheet.words
    assert states["A neighbour co-op"] == states["A peer-support lead"] == "Done"
    assert states["Safeguarding lead, deputy and a number out of hours"] == "Done"
    assert states["A second way to show that it’s them, for leads and operators"] == "To do"
    assert "Callum, Ines, Peter and Yasmin" in sheet.words and "No mail server is set" in sheet.words

    alder = three["alder"]
    alder.settings.path(alder.settings.root_key_file).rename(alder.settings.folder / "elsewhere.pem")
    with three.at("alder"):
        await database.execute(
            "UPDATE role_held SET until = 1 WHERE role IN ('safeguarding_deputy', 'peer_support_lead')"
        )
        await database.execute(
            "UPDATE peer SET failing_since = {} WHERE node_id = 'birch.example'", three.clock.now() - DAY
        )
        await post.put_out(kind="timer", ref="x", to="", due=three.clock.now() - DAY, expires=None, here=alder.here())
    sheet = await callum.open("/running")
    states = tasks(sheet)
    assert states["The root key is off this machine"] == "Done"
    assert states["A peer-support lead"] == states["Safeguarding lead, deputy and a number out of hours"] == "To do"
    assert "1 thing waits, for 1 day" in sheet.words and "commoncare serve" in sheet.words
    assert "It can't be reached since" in sheet.words and "is their computer on" in sheet.words


async def test_where_the_paper_key_is_is_said_sealed_and_asked_again(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/running/keys")
    assert "Nobody has said yet" in sheet.words and "still lies on this machine" in sheet.words
    wrong = await callum.send(sheet, "Write it down", place="In the safe", holder="")
    assert (wrong.status, set(wrong.errors)) == (422, {"holder", "seen"})
    assert wrong.form().select("input[value='In the safe']")
    done = await callum.send(wrong, "Write it down", holder="Bea Holm", seen="yes")
    assert "We ask again in half a year" in done.words and "Bea Holm" in done.words and "Callum" in done.words
    await callum.send(wrong, "Write it down", holder="Bea Holm", seen="yes")
    with three.at("alder"):
        assert b"Bea Holm" not in await everything_stored()
        assert len(await database.rows("SELECT id FROM keys_kept")) == 1
    done = await callum.send(done, "Write it down", place="At the bank", seen="yes")
    assert "At the bank" in done.words and "In the safe" not in done.words
    with three.at("alder"):
        first, second = await database.rows("SELECT place FROM keys_kept ORDER BY place IS NOT NULL")
        assert first["place"] is None and second["place"] is not None
        written = await database.rows("SELECT detail FROM journal_entry WHERE act = 'running.keys-stated'")
        assert [row["detail"] for row in written] == ["{}", "{}"]
    assert tasks(await callum.open("/running"))["The paper key is safe"] == "Done"
    three.clock.advance(seconds=181 * DAY)
    callum = await Visitor.of(three, "callum")
    assert tasks(await callum.open("/running"))["The paper key is safe"] == "Look at it"
    assert "Half a year has gone by" in (await callum.open("/running/keys")).words


async def test_a_test_mail_tells_what_became_of_it(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/running/mail")
    assert "No mail server is set" in sheet.words and not sheet.soup.select("form[action='/running/mail/test']")
    with_mail(three)
    with three.at("alder"):  # what the village's people were to be told is not what is tried here
        await database.execute("UPDATE outbox SET state = 'back', ended_at = 1 WHERE kind = 'mail'")
    sheet = await callum.open("/running/mail")
    assert "mail.example:587" in sheet.words
    sent = await callum.send(sheet, "Send a test mail to me")
    assert "It is on its way" in sent.words
    assert (await callum.send(sheet, "Send a test mail to me")).path == sent.path
    alder = three["alder"]
    with three.at("alder"):
        (item,) = await post.claim([notices.KIND], limit=9, lease=60, worker="w", here=alder.here())
        assert item.ref == f"{three.people['callum']}:test"
        await post.later(item, due=three.clock.now() + 60, why="smtp-451", here=alder.here())
    assert "come back later (451)" in (await callum.open("/running/mail")).words
    assert "come back later (451)" in (await callum.open("/running")).words
    three.clock.advance(seconds=60)
    with three.at("alder"):
        (item,) = await post.claim([notices.KIND], limit=9, lease=60, worker="w", here=alder.here())
        async with database.transaction():
            await post.dead(item, why="smtp-535", here=alder.here())
    dead = await callum.open("/running/mail")
    assert "did not take our name and password (535)" in dead.words
    again = await callum.send(dead, "Try again now")
    assert "We try again now" in again.words
    with three.at("alder"):
        (item,) = await post.claim([notices.KIND], limit=9, lease=60, worker="w", here=alder.here())
        async with database.transaction():
            await post.done(item, here=alder.here())
    done = await callum.open("/running/mail")
    assert "The mail server took it" in done.words and "Given up" in done.words
    assert tasks(await callum.open("/running"))["Mail"] == "Done"
    assert three.cast.people["callum"].email not in done.text and three.people["callum"] not in done.text
    assert not done.soup.select("form[action='/running/mail/again']")
    nothing = await callum.post(
        "/running/mail/again", {"form": str(done.soup.select_one("main input[name=form]")["value"])}
    )  # type: ignore[index]
    assert nothing.status == 409


async def test_an_operator_without_an_address_is_told_so(three: Village) -> None:
    with_mail(three)
    with three.at("alder"):
        await database.execute("UPDATE person SET email = NULL WHERE id = {}", three.people["callum"])
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/running/mail")
    assert "We have no e-mail address of yours" in sheet.words and not sheet.soup.select(
        "form[action='/running/mail/test']"
    )


async def test_who_asks_for_a_new_invitation_waits_here_until_somebody_has_seen_to_it(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    assert "Nobody waits" in (await callum.open("/running/wishes")).words
    made = await callum.send(await callum.open("/people/invitations/new"), "Make", name="Maya Brook", days="1")
    card = await callum.send(made, "Show the card")
    token = str(card.soup.select_one("code").get_text()).rpartition("/")[2]  # type: ignore[union-attr]
    three.clock.advance(seconds=2 * DAY)
    with three.at("alder") as coop:
        await signin.ask_for_new_invitation(
            token=token, words="It is Maya, ring me", origin="192.0.2.1", here=coop.here()
        )
    callum = await Visitor.of(three, "callum")
    assert "1 person asks for a new invitation" in (await callum.open("/running")).words
    sheet = await callum.open("/running/wishes")
    assert "It is Maya, ring me" in sheet.words and "Callum" in sheet.words
    done = await callum.send(sheet, "Seen to")
    assert "Taken off the list" in done.words and "ring me" not in done.words


async def test_the_journal_is_read_a_kind_at_a_time_and_checked(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/journal")
    assert "This node was founded." in sheet.words and "Command line entered Maureen." in sheet.words
    assert three.people["maureen"] not in sheet.text and "Nwosu" not in sheet.title
    only = await callum.open("/journal?kind=neighbours")
    assert "Birch Row Care Co-op" in only.words and "Maureen" not in only.words
    assert (await callum.open("/journal?kind=nonsense&before=nonsense")).words == sheet.words
    assert "There is nothing of this kind" in (await callum.open("/journal?before=1")).words
    checked = await callum.send(sheet, "Check all")
    assert (checked.status, "The journal is whole" in checked.words) == (200, True)


@pytest.mark.parametrize("who", ["maureen", "yasmin", "peter"])
async def test_only_a_proved_operator_gets_in(three: Village, who: str) -> None:
    visitor = await Visitor.of(three, who)
    token = str((await visitor.open("/find")).soup.select_one("input[name=form]")["value"])  # type: ignore[index]
    for path in ("/running", "/running/keys", "/running/mail", "/running/wishes", "/journal"):
        assert (await visitor.open(path)).status == 403, path
    for path in (
        "/running/keys",
        "/running/mail/test",
        "/running/mail/again",
        "/running/wishes/x/answer",
        "/journal/verification",
    ):
        answer = await visitor.post(path, {"form": token, "place": "a", "holder": "b", "seen": "yes"})
        assert answer.status == 403, path
    unproved = await Visitor.of(three, "callum", proved=False)
    assert (await unproved.client.get("/running")).headers["location"].startswith("/confirm")


async def test_backups_and_drills_have_their_dates_on_the_page(three: Village) -> None:
    """In a folder as backups and drills leave it; the same words stand in the checklist and in how it goes."""
    callum, coop, now = await Visitor.of(three, "callum"), three["alder"], three.clock.now()
    coop.settings = replace(coop.settings, backup=Backup(recipients=("age1…",)))
    folder = coop.settings.path("backups")

    async def said() -> tuple[str, str]:
        sheet = await callum.open("/running")
        return tasks(sheet)["Backups"], sheet.words

    assert (await said())[0] == "Up to you" and "can’t be seen from here" in (await said())[1]
    with backing.new_file(folder, "alder.example", now - 5 * DAY):
        pass
    state, words = await said()
    assert state == "Look at it" and words.count(f"The newest is of {date_long(now - 5 * DAY)}.") == 2
    with backing.new_file(folder, "alder.example", now):
        pass
    state, words = await said()
    assert state == "To do" and "Nobody has tried yet" in words and "commoncare restore --check" in words
    for days, stands in ((150, "Look at it"), (3, "Done")):
        tried = now - days * DAY
        backing.note_check(folder, backing.LastCheck(checked_at=tried, file="x.age", made_at=tried))
        state, words = await said()
        assert state == stands and words.count(f"was last tried on {date_long(tried)}") == 2
