# SPDX-License-Identifier: AGPL-3.0-or-later
"""Concerns on pages: read after a recorded opening and for half an hour, written down, told on, held, handed over, closed.

Every deed is done by the forms that stand there; every fault is told at once and what was typed is kept.
"""

from __future__ import annotations

from node import database
from node.members import acts as members
from node.safeguarding import acts, rules
from node.safeguarding.shapes import ConcernDraft
from node.village import Village
from tests.node.members.cast import CLI, again
from tests.pages import Sheet, Visitor

WORDS = "Zephyrine Marlowbeck has bruises.\n\nShe says it is nothing."
ABOUT = "introduction:" + "A" * 22


async def worry(village: Village, *, about: str = "", urgent: bool = False, **draft: object) -> str:
    """Maureen is worried; the path of the concern."""
    with village.at("alder") as coop:
        here = coop.here()
        maureen = await again(village.people["maureen"], here=here)
        told = ConcernDraft(**{"words": WORDS, "about": about, **draft})  # type: ignore[arg-type]
        receipt = await acts.raise_concern(actor=maureen, draft=told, here=here)
        await database.execute("UPDATE concern SET urgent = {} WHERE id = {}", urgent, receipt.id)
    return f"/concerns/{receipt.id}"


async def events(village: Village, path: str) -> list[str]:
    with village.at("alder"):
        found = await database.rows(
            "SELECT what FROM concern_event WHERE concern = {} ORDER BY at, id", path.rpartition("/")[2]
        )
    return sorted(row["what"] for row in found)


async def opened(village: Village, name: str, path: str) -> tuple[Visitor, Sheet]:
    reader = await Visitor.of(village, name)
    return reader, await reader.send(await reader.open(path), "Open it")


async def test_urgent_and_unopened_stand_first_and_no_words_in_the_list(three: Village) -> None:
    read, waits, urgent = await worry(three), await worry(three), await worry(three, urgent=True)
    peter, _ = await opened(three, "peter", read)
    listed = await peter.open("/concerns")
    order = [str(a["href"]) for a in listed.soup.select("main .card__title a")]
    assert order == [urgent, waits, read]
    assert "Marlowbeck" not in listed.text and "Somebody may be in danger now" in listed.words


async def test_looking_opens_nothing_and_opening_is_recorded_once(three: Village) -> None:
    path = await worry(three)
    peter = await Visitor.of(three, "peter")
    card = await peter.open(path)
    for _ in range(2):
        assert "Marlowbeck" not in (await peter.open(path)).text
    assert (await peter.open(path + "/record")).path == path, "not opened yet"
    assert (await peter.open(path + "/print")).path == path
    assert await events(three, path) == ["raised"]

    record = await peter.send(card, "Open it")
    assert record.path == path + "/record" and record.status == 200
    assert "Zephyrine Marlowbeck has bruises." in record.words and "Zephyrine" not in record.title
    assert (await peter.send(card, "Open it")).path == path + "/record"
    assert (await peter.open(path + "/record")).status == 200, "gone back to"
    assert await events(three, path) == ["opened", "raised"]
    maureen = await Visitor.of(three, "maureen")
    assert "has opened this and is looking into it" in (await maureen.open(path)).words
    assert (await maureen.open(path + "/record")).status == 404, "who raised it reads no record"

    three.clock.advance(seconds=rules.STAYS_OPEN)
    closed = await peter.open(path + "/record")
    assert closed.path == path and "has closed again" in closed.words and "Marlowbeck" not in closed.text


async def test_it_is_written_down_and_every_fault_is_told(three: Village) -> None:
    path = await worry(three)
    peter, record = await opened(three, "peter", path)
    form = await peter.open(record.link("Write something down"))
    none = await peter.send(form, "Write it down", wishes=" ")
    assert none.status == 422 and set(none.errors) == {"decision"} and none.title.startswith("Error: ")
    long = "x" * (rules.LONGEST + 1)
    wrong = await peter.send(none, "Write it down", wishes=long, outcome=long, danger="Not now")
    assert set(wrong.errors) == {"wishes", "outcome"}
    assert wrong.soup.select_one("#danger").get_text().strip() == "Not now"
    given = {field: f"Said of {field}" for field in rules.NOTE_FIELDS}
    noted = await peter.send(wrong, "Write it down", **given)
    assert noted.path == path + "/record" and "That is written down." in noted.words
    for text in given.values():
        assert text in noted.words
    assert (await peter.send(wrong, "Write it down", **given)).path == noted.path
    assert (await events(three, path)).count("noted") == 1


async def test_another_co_op_is_told_exactly_what_the_preview_says(three: Village) -> None:
    path = await worry(three)
    peter, record = await opened(three, "peter", path)
    form = await peter.open(record.link("Tell another co-op"))
    wrong = await peter.send(form, "Check what would leave", urgency=[])
    assert wrong.status == 422 and set(wrong.errors) == {"to", "words", "reason", "urgency"}
    typed = {
        "to": "birch.example",
        "words": "Please look in on Ottoline.\nToday.",
        "reason": "She may be hurt: Zephyrine said so",
        "reach": "Peter, 01632 960 300",
        "urgency": "danger",
    }
    check = await peter.send(wrong, "Check what would leave", **typed)
    assert check.status == 200 and "Nothing has been sent yet." in check.words
    leaves, stays = (" ".join(card.get_text(" ").split()) for card in check.soup.select("main .card"))
    assert "Please look in on Ottoline." in leaves and "01632 960 300" in leaves and "Birch" in leaves
    assert "Zephyrine" not in leaves and "Zephyrine said so" in stays and "ring 999" in check.words
    assert "told-other" not in await events(three, path)

    changed = await peter.send(check, "Change it")
    assert changed.soup.select_one("#words").get_text().strip() == typed["words"]
    assert changed.soup.select("[name=to][value='birch.example'][checked]")
    sent = await peter.send(check, "Send it to Birch")
    assert sent.path == path + "/record" and "On its way" in sent.words
    await peter.send(check, "Send it to Birch")
    assert (await events(three, path)).count("told-other") == 1

    await three.settle()
    assert "Arrived" in (await peter.open(path + "/record")).words
    hana = await Visitor.of(three, "hana")
    theirs = await hana.open("/concerns")
    assert "The safeguarding lead of Alder" in theirs.words and "Somebody may be in danger now" in theirs.words
    card = await hana.open(str(theirs.soup.select_one("main .card__title a")["href"]))
    read = await hana.send(card, "Open it")
    assert "Please look in on Ottoline." in read.words and "01632 960 300" in read.words
    assert "Zephyrine" not in read.text
    back = await hana.open(read.link("Tell another co-op"))
    assert back.soup.select("[name=to][value='alder.example'][checked]"), "who told us is chosen already"


async def test_a_hold_is_placed_and_lifted_with_reasons(three: Village) -> None:
    path = await worry(three, about=ABOUT)
    peter, record = await opened(three, "peter", path)
    form = await peter.open(record.link("Keep something from being erased"))
    wrong = await peter.send(form, "Place the hold")
    assert wrong.status == 422 and set(wrong.errors) == {"reason"}
    held = await peter.send(wrong, "Place the hold", reason="It may be needed as evidence")
    assert "The hold stands." in held.words and "It may be needed as evidence" in held.words
    lifting = await peter.open(held.link("Lift this hold"))
    wrong = await peter.send(lifting, "Lift the hold")
    assert wrong.status == 422 and set(wrong.errors) == {"reason"}
    lifted = await peter.send(wrong, "Lift the hold", reason="The police have what they need")
    assert "The hold is lifted." in lifted.words and "The police have what they need" in lifted.words
    assert (await peter.open(lifting.path)).status == 404, "there is no hold left to lift"

    nothing = await worry(three)
    reader, record = await opened(three, "peter", nothing)
    empty = await reader.open(record.link("Keep something from being erased"))
    assert "nothing that would be erased" in empty.words and not empty.soup.select("main form")


async def test_it_is_handed_over_and_never_to_who_may_not(three: Village) -> None:
    path = await worry(three, tell_lead=False)
    ines, record = await opened(three, "ines", path)
    form = await ines.open(record.link("Let another reader see it"))
    wrong = await ines.send(form, "Let them read it")
    assert wrong.status == 422 and set(wrong.errors) == {"person"}
    refused = await ines.send(wrong, "Let them read it", person=three.people["peter"])
    assert refused.status == 422 and "can’t be handed" in refused.errors["person"].replace("'", "’")

    other = await worry(three)
    with three.at("alder") as coop:
        here = coop.here()
        await members.give_role(actor=CLI, person_id=three.people["derek"], role="safeguarding_deputy", here=here)
    derek = await Visitor.of(three, "derek")
    assert (await derek.open(other)).status == 404
    ines, record = await opened(three, "ines", other)
    form = await ines.open(record.link("Let another reader see it"))
    handed = await ines.send(form, "Let them read it", person=three.people["derek"])
    assert "They can read it now" in handed.words and "Derek" in handed.words
    assert (await derek.open(other)).status == 200


async def test_it_is_closed_with_outcome_and_reasons_and_can_be_read_on(three: Village) -> None:
    path = await worry(three)
    peter, record = await opened(three, "peter", path)
    form = await peter.open(record.link("Close it"))
    wrong = await peter.send(form, "Close it")
    assert wrong.status == 422 and set(wrong.errors) == {"outcome", "reasons"}
    closed = await peter.send(wrong, "Close it", outcome="She is safe", reasons="The council has it")
    assert "This is closed." in closed.words and "She is safe" in closed.words
    assert "Closed" in (await peter.open(path)).words
    late = await peter.open(path + "/closing")
    assert "This was closed on" in late.words and not late.soup.select("main form")
    maureen = await Visitor.of(three, "maureen")
    mine = await maureen.open(path)
    assert "looked into and closed" in mine.words and "She is safe" not in mine.text


async def test_on_paper_it_is_marked_confidential_and_whole(three: Village) -> None:
    path = await worry(three, contact="Ring in the morning")
    peter, record = await opened(three, "peter", path)
    note = await peter.open(record.link("Write something down"))
    await peter.send(note, "Write it down", wishes="To stay at home")
    paper = await peter.open(path + "/print")
    assert paper.words.startswith("Alder") and "Confidential." in paper.words
    for text in ("Zephyrine Marlowbeck has bruises.", "To stay at home", "Ring in the morning", "Opened and read"):
        assert text in paper.words
    assert not paper.soup.select("nav, footer.foot") and paper.soup.select("svg path")
    assert "Zephyrine" not in paper.title
