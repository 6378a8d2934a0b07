# SPDX-License-Identifier: AGPL-3.0-or-later
"""What leaves and what comes in: nothing without a recorded agreement and a second person, poison set aside, a flood cut off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import statements, wire
from federation.statements import metrics
from node import database
from node.crossing import Arrived, FeedRoom, Rejected
from node.errors import Invalid
from node.here import Here
from node.metrics import acts, reads, rules, wording
from node.metrics.shapes import FIELDS, FactDraft
from node.metrics.sharing import encoded, room
from tests.federation.making import declaring
from tests.node.metrics.conftest import ALL, DAY, NOW, SIZE, TOTAL, Alder, but


async def leaves(fact: str, here: Here) -> bool:
    return await room.statement(fact, here=here) is not None


def test_it_is_a_feed_room_and_its_lists_are_the_protocols() -> None:
    assert isinstance(room, FeedRoom)
    assert room.topic == "metrics"
    assert {code: tuple(words) for code, words in wording.THEMES.items()} == metrics.THEMES
    assert {code: tuple(words) for code, words in wording.GRADES.items()} == metrics.GRADES
    assert set(wording.BANDS) == set(metrics.Band.__args__)
    assert (rules.REVIEW_DAYS, rules.MOST_NUMBER + 1) == (metrics.REVIEW_DAYS, wire.INTEGER_END)
    for about, names in FIELDS.items():
        assert set(declaring.FORMS[about]) == {"of", *names}


@pytest.mark.parametrize("draft", ALL, ids=lambda draft: draft.about)
async def test_what_leaves_is_the_statement_of_the_protocol_and_no_more(draft: FactDraft, alder: Alder) -> None:
    fact = await alder.declare(draft)
    statement = await room.statement(fact, here=alder.here)
    assert statement is not None
    assert (statement.id, statement.expires, statement.not_to) == (fact, SIZE.review_on, frozenset())
    said = statements.decode("metrics", statement.data)
    assert (said.circle, said.agreed_on, said.review_on) == ("Money circle", SIZE.agreed_on, SIZE.review_on)
    assert set(json.loads(statement.data)) == {"kind", "fact", "circle", "agreed_on", "review_on"}
    assert set(json.loads(statement.data)["fact"]) == {"of", *FIELDS[draft.about]}  # type: ignore[index]
    for stays in (b"canaryword", b"Yasmin", b"Callum", alder.yasmin.person.encode(), alder.callum.person.encode()):
        assert stays not in statement.data
    assert await room.standing(here=alder.here) == [fact]
    assert not await room.erased(fact, here=alder.here)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=90),
    st.text(max_size=310),
    st.integers(-1, 2**53),
    st.integers(0, NOW // 2),
    st.integers(NOW // 2, NOW + 1),
)
def test_what_our_rules_let_pass_every_neighbour_takes(
    text: str, words: str, number: int, start: int, end: int
) -> None:
    """A fact that no reader took would keep all the others from leaving."""
    draft = but(TOTAL, name=text, circle=text, counted=words, words=words, number=number, start=start, end=end)
    try:
        said, agreement = rules.judged(draft, nation="england", now=NOW)
    except Invalid:
        return
    assert statements.decode("metrics", encoded(said, agreement)).circle == agreement.circle


async def test_nothing_leaves_without_a_recorded_agreement(alder: Alder) -> None:
    fact = await alder.declare()
    assert await leaves(fact, alder.here)
    await database.execute("DELETE FROM fact_agreement")
    assert not await leaves(fact, alder.here)
    assert await room.standing(here=alder.here) == []
    assert (await reads.facts(alder.maureen, here=alder.here)).items == []


async def test_nothing_leaves_before_the_second_person_nor_after_the_end(alder: Alder) -> None:
    made = await alder.draft()
    assert not await leaves(made.id, alder.here)
    assert not await leaves("no-such-fact", alder.here)
    await alder.confirm(made.id)
    assert await leaves(made.id, alder.here)
    assert not await leaves(made.id, alder.here.at(SIZE.review_on))
    new = await alder.draft(but(SIZE, people="51-100"))
    assert await leaves(made.id, alder.here)
    await alder.confirm(new.id)
    assert (await leaves(made.id, alder.here), await leaves(new.id, alder.here)) == (False, True)
    await acts.withdraw_fact(actor=alder.peter, fact_id=new.id, here=alder.here)
    assert not await leaves(new.id, alder.here)
    assert not await leaves(made.id, alder.here), "what was replaced does not come back"


# Coming in ------------------------------------------------------------------------------------------------------------


def arrived(number: int, now: int, data: dict[str, Any] | None = None) -> Arrived:
    said = declaring.fact("size") if data is None else data
    said = said | {"agreed_on": now - 9 * DAY, "review_on": now + 90 * DAY} if data is None else said
    return Arrived(wire.b64(number.to_bytes(16)), now - 5, now + 100 * DAY, wire.dumps(said))


async def absorb(put: list[Arrived], gone: list[str], here: Here, source: str = "birch.example") -> list[Rejected]:
    async with database.transaction():
        return await room.absorb(source, put, gone, here=here)


async def ids(alder: Alder, here: Here | None = None) -> set[str]:
    return {each.id for each in (await reads.facts(alder.maureen, here=here or alder.here)).items}


@pytest.mark.parametrize("form", declaring.FORMS)
async def test_each_kind_comes_in_and_can_be_read(form: str, alder: Alder) -> None:
    """What stands here is what the neighbour sent, however it was written."""
    now = alder.here.now
    data = declaring.fact(form) | {"agreed_on": now - DAY, "review_on": now + DAY, "later": 1}
    assert await absorb([arrived(1, now, data)], [], alder.here) == []
    [read] = (await reads.facts(alder.maureen, here=alder.here)).items
    assert (read.ours, read.node_id, read.co_op, read.circle) == (
        False,
        "birch.example",
        "birch.example",
        "Money circle",
    )
    assert read.declared_at == now - 5
    assert all(wording.lines(read.said))
    typed = Arrived(arrived(2, now).id, now, now + DAY, statements.decode("metrics", wire.dumps(data)))
    assert await absorb([typed], [], alder.here) == []
    assert [each.said for each in (await reads.facts(alder.maureen, here=alder.here)).items] == [read.said] * 2


async def test_an_unknown_service_of_a_neighbour_is_read_out_as_it_stands(alder: Alder) -> None:
    now = alder.here.now
    data = declaring.fact("services", services=["dog-walking"]) | {"agreed_on": now - DAY, "review_on": now + DAY}
    await absorb([arrived(1, now, data)], [], alder.here)
    [read] = (await reads.facts(alder.maureen, here=alder.here)).items
    assert wording.lines(read.said) == ["dog walking"]


async def test_a_bad_fact_is_set_aside_and_the_rest_stands(alder: Alder) -> None:
    now = alder.here.now
    good, poison, other = arrived(1, now), arrived(2, now, {"kind": "fact"}), arrived(3, now, {"kind": "release"})
    assert await absorb([good, arrived(2, now)], [], alder.here) == []
    assert len(await ids(alder)) == 2
    rejected = await absorb([poison, other], [], alder.here)
    assert rejected == [Rejected(poison.id, "malformed"), Rejected(other.id, "malformed")]
    assert await ids(alder) == {f"birch.example:{good.id}"}, "what it said before is gone with it"


async def test_again_gone_hidden_and_dropped(alder: Alder) -> None:
    now = alder.here.now
    put = [arrived(number, now) for number in range(1, 6)]
    for _ in range(2):
        assert await absorb(put, [], alder.here) == []
    await absorb(put[:1], [], alder.here, source="cedar.example")
    mine = await alder.declare(TOTAL)
    assert len(await ids(alder)) == 7
    await absorb([], [put[0].id, "AAAAAAAAAAAAAAAAAAAAAA"], alder.here)
    assert await ids(alder) == {mine, f"cedar.example:{put[0].id}", *(f"birch.example:{each.id}" for each in put[1:])}
    await room.show("birch.example", False, here=alder.here)
    assert await ids(alder) == {mine, f"cedar.example:{put[0].id}"}
    await room.show("birch.example", True, here=alder.here)
    assert len(await ids(alder)) == 6
    assert await ids(alder, alder.here.at(now + 90 * DAY)) == {mine}, "its own review ends a neighbour's fact too"
    await room.drop("birch.example", here=alder.here)
    assert await ids(alder) == {mine, f"cedar.example:{put[0].id}"}


async def test_nobody_speaks_in_our_name(alder: Alder) -> None:
    put = arrived(1, alder.here.now)
    assert await absorb([put], [], alder.here, source="alder.example") == [Rejected(put.id, "own-node")]
    assert await ids(alder) == set()


async def test_a_flood_of_one_neighbour_is_cut_off(alder: Alder) -> None:
    now = alder.here.now
    put = [arrived(number, now) for number in range(1, 131)]
    assert len(await absorb(put[:90], [], alder.here)) == 0
    rejected = await absorb(put[50:], [], alder.here)
    assert [each.id for each in rejected] == [each.id for each in put[100:]]
    assert {each.reason for each in rejected} == {"too-many-facts"}
    assert len(await ids(alder)) == rules.MOST_OF_ONE
