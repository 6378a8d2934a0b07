# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two people stand behind each fact: who may write down and confirm, what may be said, what stands and what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from node import database, journal
from node.actor import Actor, at_the_command_line
from node.errors import Conflict, Invalid, NotAllowed, NotFound, NotProved
from node.metrics import acts, duties, reads, rules, wording
from node.metrics.shapes import FactDraft, Rate, Said
from node.running.reads import book
from tests.node.members.cast import waiting
from tests.node.metrics.conftest import ALL, DAY, RATES, RATING, SERVICES, SIZE, TOTAL, Alder, but


async def declared(alder: Alder) -> list[str]:
    return [each.id for each in (await reads.facts(alder.maureen, here=alder.here)).items]


async def test_one_writes_it_down_another_confirms_and_everybody_reads_it(alder: Alder) -> None:
    made = await alder.draft()
    assert (made.state, made.own, made.written_by, made.confirmed_at) == ("waiting", True, "Yasmin", None)
    assert await declared(alder) == []
    assert await waiting("feed") == []
    assert await reads.waiting(alder.callum, here=alder.here) == 1
    assert await reads.waiting(alder.yasmin, here=alder.here) == 0
    assert set(await waiting("mail")) >= {f"{alder.callum.person}:waiting", f"{alder.peter.person}:waiting"}
    done = await alder.confirm(made.id)
    assert (done.state, done.own, done.confirmed_by, done.words) == ("declared", False, "Callum", SIZE.words)
    assert await waiting("feed") == [f"metrics:{made.id}"]
    [read] = (await reads.facts(alder.maureen, here=alder.here)).items
    assert (read.id, read.ours, read.co_op, read.circle) == (made.id, True, "Alder Neighbours Co-op", "Money circle")
    assert (read.said.people, read.agreed_on, read.review_on) == ("26-50", SIZE.agreed_on, SIZE.review_on)
    assert await reads.waiting(alder.callum, here=alder.here) == 0


async def test_whoever_wrote_it_cannot_confirm_it(alder: Alder) -> None:
    made = await alder.draft()
    with pytest.raises(NotAllowed):
        await acts.confirm_fact(actor=alder.yasmin, fact_id=made.id, here=alder.here)
    assert await declared(alder) == []
    # Not even by a row that says so.
    await database.insert_many(
        "fact_confirmation",
        ("id", "fact", "confirmed_by", "confirmed_at"),
        [("x", made.id, alder.yasmin.person, alder.here.now)],
    )
    assert await declared(alder) == []


async def test_a_command_line_stands_behind_nothing_but_takes_back(alder: Alder) -> None:
    made, cli = await alder.draft(), at_the_command_line()
    with pytest.raises(NotAllowed):
        await acts.draft_fact(actor=cli, draft=SIZE, here=alder.here)
    with pytest.raises(NotAllowed):
        await acts.confirm_fact(actor=cli, fact_id=made.id, here=alder.here)
    await alder.confirm(made.id)
    assert (await acts.withdraw_fact(actor=cli, fact_id=made.id, here=alder.here)).state == "withdrawn"


async def test_a_member_reads_and_does_nothing_else(alder: Alder) -> None:
    made = await alder.draft()
    for call in (
        acts.draft_fact(actor=alder.maureen, draft=SIZE, here=alder.here),
        acts.confirm_fact(actor=alder.maureen, fact_id=made.id, here=alder.here),
        acts.withdraw_fact(actor=alder.maureen, fact_id=made.id, here=alder.here),
        reads.records(alder.maureen, here=alder.here),
        reads.record(made.id, alder.maureen, here=alder.here),
    ):
        with pytest.raises(NotAllowed):
            await call
    unproved = replace(alder.callum, proved=False)
    with pytest.raises(NotProved):
        await acts.confirm_fact(actor=unproved, fact_id=made.id, here=alder.here)
    assert await reads.waiting(unproved, here=alder.here) == 0
    gone = Actor(person="x", roles=frozenset({"operator"}), state="left")
    with pytest.raises(NotAllowed):
        await reads.facts(gone, here=alder.here)


@pytest.mark.parametrize("draft", ALL, ids=lambda draft: draft.about)
async def test_each_kind_is_said_in_words(draft: FactDraft, alder: Alder) -> None:
    await alder.declare(draft)
    [read] = (await reads.facts(alder.maureen, here=alder.here)).items
    lines = " | ".join(wording.lines(read.said))
    expected = {
        "size": "26 to 50 people",
        "services": "Personal care | Company and conversation",
        "rates": "Personal care: £14.50 an hour paid, £21.75 charged | Company and conversation: £19.00 an hour charged",
        "rating": "Care Quality Commission | Overall: Good | Published on 17 October 2026",
        "total": "Hours of support given: 12,480 | From 10 January 2026 to 10 January 2027 | "
        "How it was counted: Visits that both sides confirmed.",
    }
    assert lines == expected[draft.about]


async def test_the_regulator_is_the_nations(alder: Alder) -> None:
    for nation, theme, grade, code in (
        ("wales", "care-and-support", "excellent", "CIW"),
        ("scotland", "care-planning", "very-good", "CI"),
        ("northern-ireland", "overall", "areas-to-improve", "RQIA"),
    ):
        here = replace(alder.here, co_op=replace(alder.here.co_op, nation=nation))
        made = await alder.draft(but(RATING, theme=theme, grade=grade), here=here)
        assert made.said.regulator == code
        with pytest.raises(Invalid) as no:
            await alder.draft(but(RATING, theme="well-led", grade="requires-improvement"), here=here)
        assert set(no.value.fields) == {"theme", "grade"}


AGREEMENT = {"circle", "agreed_on", "review_on", "words"}
NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (FactDraft(), {"about"}),
        (FactDraft(about="mood"), {"about"}),
        (FactDraft(about="size"), {"people", *AGREEMENT}),
        (but(SIZE, people="1-9"), {"people"}),
        (but(SERVICES, services=[]), {"services"}),
        (but(SERVICES, services=["car-wash"]), {"services"}),
        (but(RATES, rates=[]), {"rates"}),
        (but(RATES, rates=[Rate(care="car-wash", paid=1)]), {"rates"}),
        (but(RATES, rates=[Rate(care="medicines")]), {"rates[0]"}),
        (but(RATES, rates=[Rate(care="medicines", paid=0, charged=100_001)]), {"rates[0].paid", "rates[0].charged"}),
        (but(RATING, theme="", grade="7", published_on=None), {"theme", "grade", "published_on"}),
        (but(RATING, published_on=NOW + 1), {"published_on"}),
        (but(TOTAL, name="x" * 81, number=-1, counted=""), {"name", "number", "counted"}),
        (but(TOTAL, name="\U0001f642" * 61), {"name"}),
        (but(TOTAL, start=NOW - 10, end=NOW - 20), {"end"}),
        (but(TOTAL, start=0, end=0), {"start", "end"}),
        (but(TOTAL, end=NOW + 1), {"end"}),
        (but(SIZE, circle=" \u200b ", words="x" * 1001), {"circle", "words"}),
        (but(SIZE, agreed_on=NOW + 1), {"agreed_on"}),
        (but(SIZE, agreed_on=NOW - 368 * DAY), {"agreed_on"}),
        (but(SIZE, review_on=NOW), {"review_on"}),
        (but(SIZE, review_on=NOW + 363 * DAY), {"review_on"}),
    ],
)
async def test_every_fault_is_named_at_once(draft: FactDraft, fields: set[str], alder: Alder) -> None:
    with pytest.raises(Invalid) as no:
        await alder.draft(draft)
    assert set(no.value.fields) == fields
    assert await database.rows("SELECT id FROM fact") == []


async def test_words_are_tidied_and_what_belongs_to_another_kind_is_dropped(alder: Alder) -> None:
    made = await alder.draft(but(TOTAL, name=" Hours\n\u202egiven ", people="26-50", services=["advice"], grade="good"))
    assert (made.said.name, made.said.people, made.said.services, made.said.grade) == ("Hours given", None, [], None)


async def test_a_new_one_takes_the_place_of_the_old(alder: Alder) -> None:
    first = await alder.declare()
    made = await alder.draft(but(SIZE, people="51-100"))
    assert made.replaces == first
    assert await declared(alder) == [first], "until it is confirmed, the old one stands"
    await alder.confirm(made.id)
    assert await declared(alder) == [made.id]
    assert (await reads.record(first, alder.callum, here=alder.here)).state == "replaced"
    assert await waiting("feed") == sorted([f"metrics:{first}", f"metrics:{made.id}"])
    total = await alder.declare(TOTAL)
    again = await alder.declare(but(TOTAL, number=1, replaces=total))
    other = await alder.declare(but(TOTAL, name="Visits"))
    assert set(await declared(alder)) == {made.id, again, other}
    for gone in (total, made.id, "nothing"):
        with pytest.raises(Conflict):
            await alder.draft(but(TOTAL, replaces=gone))


async def test_of_two_that_wait_the_first_confirmed_stands(alder: Alder) -> None:
    one, two = await alder.draft(), await alder.draft(but(SIZE, people="51-100"))
    await alder.confirm(two.id)
    with pytest.raises(Conflict):
        await alder.confirm(one.id)
    assert await declared(alder) == [two.id]


async def test_taken_back_it_is_gone_and_stays_gone(alder: Alder) -> None:
    fact, draft = await alder.declare(), await alder.draft(TOTAL)
    for _ in range(2):
        for each in (fact, draft.id):
            assert (await acts.withdraw_fact(actor=alder.peter, fact_id=each, here=alder.here)).state == "withdrawn"
    assert await declared(alder) == []
    assert len(await database.rows("SELECT id FROM fact_withdrawal")) == 2
    for each in (fact, draft.id):
        with pytest.raises(Conflict):
            await alder.confirm(each)
    with pytest.raises(NotFound):
        await alder.confirm("nothing")


async def test_its_review_ends_it_and_its_keepers_are_reminded(alder: Alder) -> None:
    fact = await alder.declare()
    assert {f"metrics:review:{fact}", f"metrics:over:{fact}"} <= set(await waiting("timer"))
    await database.execute("DELETE FROM outbox WHERE kind IN ('mail', 'feed')")
    month = alder.here.at(SIZE.review_on - 30 * DAY)
    await duties.due(f"metrics:review:{fact}", here=month)
    assert f"{alder.callum.person}:check-in" in await waiting("mail")
    end = alder.here.at(SIZE.review_on)
    assert (await reads.facts(alder.maureen, here=end.at(end.now - 1))).items != []
    assert (await reads.facts(alder.maureen, here=end)).items == []
    await duties.due(f"metrics:over:{fact}", here=end)
    assert await waiting("feed") == [f"metrics:{fact}"]
    assert (await reads.record(fact, alder.callum, here=end)).state == "over"
    await duties.due("metrics:review:nothing", here=end)
    waits = await alder.draft(TOTAL)
    with pytest.raises(Conflict):
        await alder.confirm(waits.id, here=end)


async def test_no_more_than_can_be_read_stand_at_a_time(alder: Alder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST", 2)
    one = await alder.declare(TOTAL)
    await alder.declare(SIZE)
    with pytest.raises(Conflict):
        await alder.draft(TOTAL)
    await alder.draft(but(TOTAL, replaces=one))
    await alder.draft(SIZE)


async def test_the_journal_says_who_did_what_and_nothing_of_the_fact(alder: Alder) -> None:
    fact = await alder.declare()
    await acts.withdraw_fact(actor=alder.peter, fact_id=fact, here=alder.here)
    entries = [each for each in await journal.entries(0, 100) if each.subject == f"fact:{fact}"]
    assert [(each.act, each.actor, each.detail) for each in entries] == [
        ("fact.drafted", alder.yasmin.person, {"about": "size"}),
        ("fact.confirmed", alder.callum.person, {"about": "size"}),
        ("fact.withdrawn", alder.peter.person, {"about": "size"}),
    ]
    lines = [line.words for line in (await book.page_of(alder.callum, kind="neighbours", here=alder.here)).lines]
    assert lines[:3] == [
        "Peter took a fact back.",
        "Callum confirmed a fact, and it is declared.",
        "Yasmin wrote down a fact that a circle agreed to declare.",
    ]


def test_what_a_fact_is_without_an_agreement_or_with_one_name_twice() -> None:
    said = Said(about="size", people="26-50")
    agreement = rules.Agreement("Money circle", 1, 100, "words")
    whole: dict[str, Any] = {
        "id": "x",
        "said": said,
        "written_by": "yasmin",
        "written_at": 1,
        "replaces": None,
        "agreement": agreement,
        "confirmed_by": "callum",
        "confirmed_at": 2,
        "withdrawn_at": None,
        "replaced": False,
    }
    for changes, state in (
        ({}, "declared"),
        ({"agreement": None}, "over"),
        ({"confirmed_by": "yasmin"}, "waiting"),
        ({"confirmed_at": None, "confirmed_by": None}, "waiting"),
        ({"replaced": True}, "replaced"),
        ({"replaced": True, "withdrawn_at": 3}, "withdrawn"),
    ):
        assert rules.state(rules.Record(**(whole | changes)), now=50) == state, changes
    assert rules.state(rules.Record(**whole), now=100) == "over"
