# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of facts: everybody reads them, on screen and on paper; of two people one writes a fact down and one confirms it."""

from __future__ import annotations

from typing import Any

import pytest

from node import database
from node.metrics.shapes import About
from node.village import Village
from node.web import days
from tests.pages import Sheet, Visitor

DAY = 86_400


def agreement(made: Village, *, ago: int = 3, ahead: int = 200) -> dict[str, Any]:
    """What is typed into the lower half of the form."""
    now = made.clock.now()
    return {
        "circle": "Money circle",
        "words": "We tell it to our neighbours.",
        **days.fields("agreed_on", now - ago * DAY),
        **days.fields("review_on", now + ahead * DAY),
    }


def rows(sheet: Sheet) -> dict[str, list[list[str]]]:
    """Table by its name -> its rows' cells."""
    return {
        str(region["aria-label"]): [
            [" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in region.select("tbody tr")
        ]
        for region in sheet.soup.select("div.scroll")
    }


async def test_a_member_reads_ours_and_the_neighbours_in_a_table_for_each_kind(three: Village) -> None:
    maureen = await Visitor.of(three, "maureen")
    sheet = await maureen.open((await maureen.open("/")).link("Facts about our co-op and its neighbours"))
    tables = rows(sheet)
    assert list(tables) == ["What we offer", "How many we are", "Pay and prices", "What the regulator found", "Totals"]
    assert tables["How many we are"] == [
        [
            "Alder Neighbours Co-op (ours)",
            "26 to 50 people Coordinating circle agreed on 16 December 2026. It stands until 16 December 2027.",
        ]
    ]
    assert [row[0] for row in tables["What we offer"]] == ["Birch Row Care Co-op", "Cedar Sands Together"]
    [rating] = tables["What the regulator found"]
    assert rating[1].startswith("Care Quality Commission Overall: Good Published on 29 June 2026 Care circle agreed")
    for hidden in ("Write down a fact", "Yasmin", "You look after facts"):
        assert hidden not in sheet.words
    paper = await maureen.open(sheet.link("To print"))
    assert rows(paper) == tables
    assert not paper.soup.select("main a, main button, main form, nav")


async def test_two_people_declare_a_fact_and_one_takes_it_back(three: Village) -> None:
    yasmin, callum, samuel = [await Visitor.of(three, name) for name in ("yasmin", "callum", "samuel")]
    sheet = await yasmin.open((await yasmin.open("/facts")).link("Write down a fact"))
    sheet = await yasmin.open(sheet.link("Totals"))
    sheet = await yasmin.send(
        sheet,
        "Write it down",
        name="Meals cooked together",
        number="1,204",
        counted="By the kitchen's list.",
        **days.fields("start", three.clock.now() - 90 * DAY),
        **days.fields("end", three.clock.now() - 5 * DAY),
        **agreement(three),
    )
    assert "It is written down. Somebody else confirms it." in sheet.words
    assert "You wrote this down. Somebody else has to confirm it." in sheet.words
    assert not [button for button in sheet.soup.select("main button") if "declare" in button.get_text()]
    one = sheet.path
    home = await callum.open("/")
    assert "1 fact waits for a second person" in home.words
    assert "1 fact waits" not in (await yasmin.open("/")).words
    sheet = await callum.open((await callum.open("/facts")).link("Meals cooked together"))
    for line in ("Written down by Yasmin", "We tell it to our neighbours.", "Birch Row Care Co-op", "1,204"):
        assert line in sheet.words
    done = await callum.send(sheet, "It is right: declare it")
    assert (done.path, "It is declared, here and to the neighbours" in done.words) == (one, True)
    assert "Confirmed by Callum" in done.words
    await three.settle()
    totals = rows(await samuel.open("/facts"))["Totals"]
    assert "Meals cooked together: 1,204" in [row[1].split(" From")[0] for row in totals]
    ending = await yasmin.open(done.link("Take it back"))
    assert "Birch Row Care Co-op, Cedar Sands Together." in ending.words
    gone = await yasmin.send(ending, "Take it back")
    assert (gone.path, "It is taken back, here and everywhere." in gone.words) == (one, True)
    assert (await yasmin.open(one + "/withdrawal")).path == one
    await three.settle()
    assert "Meals" not in (await samuel.open("/facts")).words
    assert "Meals cooked together Taken back" in (await yasmin.open("/facts")).words


FORMS: dict[About, dict[str, Any]] = {
    "services": {"services": ["live-in", "advice"]},
    "size": {"people": "51-100"},
    "rates": {"paid-medicines": "14.5", "charged-medicines": "£20.25", "charged-home-help": "18"},
    "rating": {"theme": "safe", "grade": "outstanding", "published_on": -30},
    "total": {"name": "Teas", "number": "7000", "counted": "By hand.", "start": -60, "end": -30},
}
READ: dict[About, str] = {
    "services": "Live-in care Advice, and help with forms",
    "size": "51 to 100 people",
    "rates": "Help at home: cleaning, shopping, cooking: £18.00 an hour charged "
    "Help with medicines: £14.50 an hour paid, £20.25 charged",
    "rating": "Care Quality Commission Safe: Outstanding Published on 16 December 2026",
    "total": "Teas: 7,000 From 16 November 2026 to 16 December 2026 How it was counted: By hand.",
}


def typed(made: Village, about: About) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in FORMS[about].items():
        if isinstance(value, int):
            found |= days.fields(name, made.clock.now() + value * DAY)
        else:
            found[name] = value
    return found


@pytest.mark.parametrize("about", FORMS)
async def test_each_kind_has_its_form_and_can_be_written_anew(about: About, three: Village) -> None:
    yasmin, peter = await Visitor.of(three, "yasmin"), await Visitor.of(three, "peter")
    blank = await yasmin.open(f"/facts/new/{about}")
    refused = await yasmin.send(blank, "Write it down", circle="C" * 81)
    assert refused.status == 422
    assert {"circle", "agreed_on", "review_on", "words"} < refused.errors.keys()
    for name in refused.errors:
        assert refused.soup.select(f"#{name}"), f"the summary leads to {name}"
    assert "C" * 81 in refused.text
    made = await yasmin.send(refused, "Write it down", **typed(three, about), **agreement(three))
    assert made.status == 200, made.errors
    assert READ[about] in made.words
    declared = await peter.send(await peter.open(made.path), "declare it")
    again = await peter.open(declared.link("Write it anew"))
    assert "it takes the place of what stands now" in again.words
    next_one = await peter.send(again, "Write it down", **agreement(three, ago=1, ahead=100))
    assert next_one.status == 200, next_one.errors
    assert READ[about] in next_one.words, "what stood before is filled in"
    await yasmin.send(await yasmin.open(next_one.path), "declare it")
    assert "Replaced" in (await peter.open(made.path)).words
    assert (await peter.open(f"{made.path}/replacement")).path == made.path


async def test_what_cannot_be_read_is_said_beside_its_field(three: Village) -> None:
    yasmin = await Visitor.of(three, "yasmin")
    values = {"paid-medicines": "a lot", "charged-medicines": "1.005", "paid-home-help": "-3", "paid-a-break": "1e9"}
    refused = await yasmin.send(await yasmin.open("/facts/new/rates"), "Write it down", **values, **agreement(three))
    assert (refused.status, refused.errors.keys()) == (422, values.keys())
    refused = await yasmin.send(await yasmin.open("/facts/new/rates"), "Write it down", **agreement(three))
    assert refused.errors.keys() == {"paid-companionship"}
    wrong = {"number": "1.5", "start-day": "40", "start-month": "1", "start-year": "2026"}
    refused = await yasmin.send(await yasmin.open("/facts/new/total"), "Write it down", **wrong, **agreement(three))
    assert "This is not a day we know." in refused.errors["start"]
    assert {"number", "start", "end", "name", "counted"} == refused.errors.keys()
    assert 'value="40"' in refused.text
    with three.at("alder"):
        assert len(await database.rows("SELECT id FROM fact")) == 2, "only what the village began with"


async def test_only_those_who_look_after_facts_and_have_shown_that_it_is_they(three: Village) -> None:
    maureen, unproved = await Visitor.of(three, "maureen"), await Visitor.of(three, "yasmin", proved=False)
    with three.at("alder"):
        [row, *_] = await database.rows("SELECT id FROM fact")
    one = f"/facts/{row['id']}"
    paths = ("/facts/new", "/facts/new/size", one, f"{one}/withdrawal", f"{one}/replacement")
    for path in paths:
        assert (await maureen.open(path)).status == 403, path
        answer = await unproved.client.get(path)
        assert answer.headers["location"] == f"/confirm?next={path}"
    token = str((await maureen.open("/ask")).form().select("[name=form]")[0]["value"])
    for path in (f"{one}/confirmation", f"{one}/withdrawal", "/facts/new/size", f"{one}/replacement"):
        assert (await maureen.post(path, {"form": token})).status == 403, path
    sheet = await unproved.open("/facts")
    assert sheet.link("You look after facts") == "/confirm?next=/facts"
    assert "Write down a fact" not in sheet.words
    yasmin = await Visitor.of(three, "yasmin")
    for path in ("/facts/new/mood", "/facts/nothing", "/facts/nothing/withdrawal", "/facts/nothing/replacement"):
        assert (await yasmin.open(path)).status == 404, path
