# SPDX-License-Identifier: AGPL-3.0-or-later
"""A copy of what is kept: asked for, read by a lead, parts left out, handed out; who looked; complaints and their clock."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from node import database, journal
from node.dates import UK
from node.errors import NotFound
from node.front import acts, duties, rules
from node.front import reads as front
from node.front.gathering import gathered
from node.front.shapes import CopyDraft
from node.members import acts as members
from node.safeguarding import acts as safeguarding
from node.safeguarding.shapes import ConcernDraft
from tests.node.front.conftest import DAY, House
from tests.node.members.cast import CLI, everything_stored
from tests.pages import Sheet, Visitor


async def _cast(house: House) -> None:
    await house.admit("ada", phone="01632 960401", email="ada@example.org")
    await house.admit("eve")
    await house.admit("lea", "peer_support_lead")
    await house.admit("sam", "safeguarding_lead")
    await house.admit("olu", "operator")


async def _asked(house: House, *, introductions: str = "no") -> tuple[Visitor, str]:
    ada = await house.visitor("ada")
    sheet = await ada.send(await ada.open("/me/data/new"), "Ask for my copy", introductions=introductions)
    assert sheet.path == "/me/data" and "You asked for a copy" in sheet.words
    row = await database.row("SELECT id FROM copy_request WHERE handed_at IS NULL AND taken_back_at IS NULL")
    assert row is not None
    return ada, row["id"]


def _place(sheet: Sheet, words: str) -> str:
    """By which the entry that says this would be left out."""
    cards = [card for card in sheet.soup.select("section.card") if words in card.get_text(" ")]
    assert len(cards) == 1, [card.get_text(" ")[:80] for card in cards]
    return str(cards[0].select_one("input[name=entry]")["value"])


def test_a_calendar_month_is_counted_as_the_law_counts_it() -> None:
    def at(year: int, month: int, day: int, hour: int = 12) -> int:
        return int(datetime(year, month, day, hour, tzinfo=UK).timestamp())

    assert rules.month_after(at(2026, 5, 4)) == at(2026, 6, 4)
    assert rules.month_after(at(2026, 1, 31)) == at(2026, 2, 28)
    assert rules.month_after(at(2028, 1, 31)) == at(2028, 2, 29)
    assert rules.month_after(at(2026, 12, 31)) == at(2027, 1, 31)
    assert rules.month_after(at(2026, 3, 15)) == at(2026, 4, 15), "also where the clocks change in between"


async def test_a_copy_from_the_asking_to_the_file(house: House) -> None:
    await _cast(house)
    ada = await house.visitor("ada")
    refused = await ada.send(await ada.open("/me/data/new"), "Ask for my copy")
    assert (refused.status, set(refused.errors)) == (422, {"introductions"})
    ada, copy_id = await _asked(house)
    assert await house.told("lea") == ["waiting"] and await house.told("sam") == ["waiting"]
    again = await ada.send(await ada.open("/me/data/new"), "Ask for my copy", introductions="yes")
    assert "already" in again.words
    assert len(await database.rows("SELECT id FROM copy_request")) == 1
    assert (await ada.open(f"/me/data/{copy_id}")).status == 404, "nothing to see before it is handed out"

    lea = await house.visitor("lea")
    assert "1 copy to read and hand out" in (await lea.open("/")).words
    page = await lea.open((await lea.open("/lead/copies")).link("Ada"))
    assert "01632 960401" not in page.text, "nothing is gathered by looking"
    page = await lea.send(page, "Open it")
    assert "01632 960401" in page.words and "How you sign in" in page.words
    assert "A sign-in" not in page.words, "that goes to the person unread"
    refused = await lea.send(page, "Hand it out", note="A word")
    assert set(refused.errors) == {"read"} and refused.soup.select_one("#note").get_text().strip() == "A word"

    wishes = _place(page, "How you want to be met")
    token = page.soup.select_one("main input[name=form]")["value"]
    left = await lea.post(
        f"/lead/copies/{copy_id}/leaving-out", {"form": token, "entry": wishes, "reason": "safeguarding"}
    )
    assert "That is left out" in left.words and "Language of your pages" not in left.words
    out = await lea.send(left, "Hand it out to", note="Ring me if anything is unclear.", read="yes")
    assert "stands on their page" in out.words
    assert "answer" in await house.told("ada")

    mine = await ada.open(f"/me/data/{copy_id}")
    assert mine.status == 200 and "Ring me if anything is unclear." in mine.words and "A sign-in" in mine.words
    assert "How you want to be met" not in mine.words and "afeguarding" not in mine.words
    printed = await ada.open(f"/me/data/{copy_id}/print")
    assert "01632 960401" in printed.words and printed.soup.select(".qr svg") and not printed.soup.select("nav")
    file = await ada.client.get(f"/me/data/{copy_id}/file")
    assert file.headers["content-disposition"] == 'attachment; filename="my-copy.json"'
    assert file.headers["cache-control"] == "no-store"
    whole = json.loads(file.content)
    facts = {f["name"]: f["value"] for s in whole["sections"] for e in s["entries"] for f in e["facts"]}
    assert facts["phone"] == "01632 960401" and "mail" not in facts
    assert {s["name"] for s in whole["sections"]} >= {
        "details",
        "sign-in",
        "offers",
        "introductions",
        "worries",
        "looks",
    }
    stored = await everything_stored()
    assert b"960401" not in stored

    paper = await lea.open(f"/lead/copies/{copy_id}/print")
    assert "01632 960401" in paper.words and "A sign-in" not in paper.words
    looks = (await ada.open("/me/sharing")).words
    assert "Lea" in looks and "You asked for a copy" in looks and "To print it for you" in looks

    house.now += rules.COPY_KEPT
    await house.timers()
    over = await (await house.visitor("ada")).open(f"/me/data/{copy_id}")
    assert (over.status, over.path) == (404, f"/me/data/{copy_id}")
    assert await database.row("SELECT content, note FROM copy_request") == {"content": None, "note": None}


async def test_a_copy_is_for_the_person_alone_and_nobody_reviews_their_own(house: House) -> None:
    await _cast(house)
    _ada, copy_id = await _asked(house)
    for who, status in (("eve", 403), ("olu", 403), ("lea", 200), ("sam", 200)):
        visitor = await house.visitor(who)
        assert (await visitor.open("/lead/copies")).status == status
        assert (await visitor.open(f"/lead/copies/{copy_id}")).status == status
        assert (await visitor.open(f"/me/data/{copy_id}")).status == 404
    nothing = await (await house.visitor("eve")).open("/me/data/nonsense")
    another = await (await house.visitor("eve")).open(f"/me/data/{copy_id}")
    assert (nothing.status, nothing.title, nothing.words) == (another.status, another.title, another.words)
    lea = await house.visitor("lea")
    await lea.send(await lea.open("/me/data/new"), "Ask for my copy", introductions="no")
    own = await database.row("SELECT id FROM copy_request WHERE person = {}", house.people["lea"].person)
    assert own is not None and (await lea.open(f"/lead/copies/{own['id']}")).status == 404
    assert own["id"] not in (await lea.open("/lead/copies")).text
    assert (await (await house.visitor("sam")).open(f"/lead/copies/{own['id']}")).status == 200


async def test_a_request_is_taken_back_and_can_be_made_again(house: House) -> None:
    await _cast(house)
    ada, copy_id = await _asked(house)
    lea = await house.visitor("lea")
    await lea.send(await lea.open(f"/lead/copies/{copy_id}"), "Open it")
    sheet = await ada.open("/me/data")
    gone = await ada.send(sheet, "I don’t want it")
    assert "took your request back" in gone.words
    assert await database.row("SELECT content FROM copy_request WHERE id = {}", copy_id) == {"content": None}
    assert (await lea.open(f"/lead/copies/{copy_id}")).status == 404
    _ada, other = await _asked(house)
    assert other != copy_id


async def test_the_leads_are_reminded_before_a_copy_is_due_each_day_until_it_is_out(house: House) -> None:
    await _cast(house)
    _ada, copy_id = await _asked(house)
    await database.execute("UPDATE outbox SET state = 'done' WHERE kind = 'mail'")
    assert await house.timers() == []
    house.now = rules.month_after(house.now) - rules.COPY_REMINDER
    for _day in range(2):
        assert await house.timers() == [f"front:copy:{copy_id}"]
        assert await house.told("lea") == ["waiting"]
        await database.execute("UPDATE outbox SET state = 'done' WHERE kind = 'mail'")
        house.now += DAY
    house.now += rules.COPY_REMINDER
    assert "Overdue" in (await (await house.visitor("lea")).open("/lead/copies")).words


async def test_no_copy_and_no_list_says_that_anybody_looked_for_safeguarding(house: House) -> None:
    """The one alleged to have caused harm would learn of it there. Something that could be shown is put in first."""
    await _cast(house)
    ada, sam = house.people["ada"].person, house.people["sam"].person
    here = house.here()
    async with database.transaction():
        await journal.accessed(sam, ada, "sealed-copy", "concern", here=here)
        await journal.accessed(sam, ada, "concern", "opened", here=here)
        await journal.accessed(sam, ada, "something-new", "concern", here=here)
        await journal.accessed(house.people["lea"].person, ada, "offer", "check", here=here)
    assert len(await journal.accesses_of(ada)) == 4, "recorded it is"
    sheet = await (await house.visitor("ada")).open("/me/sharing")
    assert "Lea" in sheet.words and "Sam" not in sheet.words
    async with database.transaction():
        whole = await gathered(ada, with_introductions=True, here=here)
    said = json.dumps([[e.title, [f.value for f in e.facts]] for s in whole for e in s.entries])
    assert "Lea" in said and "Sam" not in said and "concern" not in said


async def test_a_worry_and_a_complaint_of_ones_own_go_out_unread_by_the_lead(house: House) -> None:
    await _cast(house)
    await house.admit("dee", "safeguarding_deputy")
    ada = await house.visitor("ada")
    await safeguarding.raise_concern(
        actor=house.people["ada"], draft=ConcernDraft(words="It is about Sam.", tell_lead=False), here=house.here()
    )
    sheet = await ada.open("/me/data/complaint")
    await ada.send(sheet, "Send my complaint", words="Lea read my offer aloud.", readers="operators")
    _ada, copy_id = await _asked(house)
    sam = await house.visitor("sam")
    page = await sam.send(await sam.open(f"/lead/copies/{copy_id}"), "Open it")
    assert page.words.count("Ada") and "01632 960401" in page.words
    assert "the safeguarding deputy" not in page.text and "A worry that you told us of" not in page.text
    assert "read my offer aloud" not in page.text
    await sam.send(page, "Hand it out to", read="yes")
    mine = await ada.open(f"/me/data/{copy_id}")
    assert "the safeguarding deputy" in mine.words and "Lea read my offer aloud." in mine.words
    assert "It is about Sam." not in mine.words, "receipts only"


async def test_a_lead_enters_that_somebody_asked_and_a_member_can_t_for_another(house: House) -> None:
    await _cast(house)
    draft, whom = CopyDraft(introductions="no"), house.people["ada"].person
    with pytest.raises(NotFound):
        await acts.ask_for_copy(actor=house.people["eve"], draft=draft, person_id=whom, here=house.here())
    await acts.ask_for_copy(actor=house.people["olu"], draft=draft, person_id=whom, here=house.here())
    row = await database.row("SELECT person, asked_by FROM copy_request")
    assert row == {"person": whom, "asked_by": house.people["olu"].person}
    assert [line.state for line in await front.mine(house.people["ada"], here=house.here())] == ["waiting"]


@pytest.mark.parametrize("known", [True, False])
async def test_a_complaint_is_kept_from_whom_it_is_about_and_answered(house: House, known: bool) -> None:
    await _cast(house)
    visitor = await house.visitor("ada" if known else "")
    sheet = await visitor.open("/me/data/complaint")
    refused = await visitor.send(sheet, "Send my complaint", words=" ")
    assert set(refused.errors) == {"words"} | (set() if known else {"contact"})
    contact = "" if known else "01632 960499"
    sent = await visitor.send(
        refused, "Send my complaint", words="A lead talked.", readers="operators", contact=contact
    )
    assert sent.path == "/me/data/complaint/sent" and "Information Commissioner" in sent.words
    again = {"words": "A lead talked.", "readers": "operators", "contact": contact}
    await visitor.send(refused, "Send my complaint", **again)
    assert len(await database.rows("SELECT id FROM data_complaint")) == 1, "sent twice is sent once"
    assert b"A lead talked" not in await everything_stored()
    assert await house.told("olu") == ["waiting"] and await house.told("lea") == []
    row = await database.row("SELECT id FROM data_complaint")
    assert row is not None
    lea = await house.visitor("lea")
    assert row["id"] not in (await lea.open("/lead/complaints")).text
    nothing, hidden = await lea.open("/lead/complaints/x"), await lea.open(f"/lead/complaints/{row['id']}")
    assert (nothing.status, nothing.words) == (hidden.status, hidden.words) == (404, nothing.words)

    house.now += (rules.COMPLAINT_DAYS - 7) * DAY
    await database.execute("UPDATE outbox SET state = 'done' WHERE kind = 'mail'")
    assert await house.timers() == [f"front:complaint:{row['id']}"]
    assert await house.told("olu") == ["waiting"]
    olu = await house.visitor("olu")
    page = await olu.open((await olu.open("/lead/complaints")).link("Made"))
    assert "A lead talked." in page.words and ("Ada" in page.words) is known
    page = await olu.send(page, "Tell them that we have it")
    refused = await olu.send(page, "Send the answer", answer="")
    assert set(refused.errors) == {"answer"}
    done = await olu.send(refused, "Send the answer", answer="We spoke with them.")
    assert "We spoke with them." in done.words and not done.soup.select("main form")
    if known:
        assert "We spoke with them." in (await (await house.visitor("ada")).open("/me/data")).words
    house.now += rules.COMPLAINT_KEPT
    await house.timers()
    assert await database.row("SELECT words, contact, answer FROM data_complaint") == {
        "words": None,
        "contact": None,
        "answer": None,
    }


async def test_somebody_who_died_gets_no_call_and_no_copy(house: House) -> None:
    await _cast(house)
    ada, copy_id = await _asked(house)
    await ada.send(await ada.open("/ask"), "Please ring me", about="find", suits="any")
    await members.record_death(actor=CLI, person_id=house.people["ada"].person, here=house.here())
    async with database.transaction():
        await duties.person_gone(house.people["ada"].person, "died", here=house.here())
    lea = await house.visitor("lea")
    assert (await lea.open(f"/lead/copies/{copy_id}")).status == 404
    calls = await lea.open("/lead/calls")
    assert "Nobody waits to be rung" in calls.words and "960401" not in calls.text


async def test_a_lead_looks_somebody_up_who_asked_on_the_telephone(house: House) -> None:
    await _cast(house)
    lea = await house.visitor("lea")
    sheet = await lea.open("/lead/copies/new")
    assert set((await lea.send(sheet, "Look them up", name=" ")).errors) == {"name"}
    assert set((await lea.send(sheet, "Look them up", name="Zoë")).errors) == {"name"}
    found = await lea.send(sheet, "Look them up", name="ad")
    assert found.status == 200 and [each.get_text(strip=True) for each in found.soup.select(".govuk-radios label")] == [
        "Ada"
    ]
    refused = await lea.send(found, "They asked")
    assert set(refused.errors) == {"person"} and refused.soup.select_one("#name")["value"] == "ad"
    done = await lea.send(refused, "They asked", person=house.people["ada"].person)
    assert done.path == "/lead/copies" and "It is noted" in done.words and done.link("Ada")
    again = await lea.open("/lead/copies/new")
    again = await lea.send(await lea.send(again, "Look", name="Ada"), "They asked", person=house.people["ada"].person)
    assert set(again.errors) == {"person"}
    for who in ("sam", "ada"):  # a safeguarding lead has no directory
        assert (await (await house.visitor(who)).open("/lead/copies/new")).status == 403
