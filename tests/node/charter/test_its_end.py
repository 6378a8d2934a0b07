# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter's end fails static: a countdown before it, loud for 30 days after it, then measurements stop; peerings go on."""

from __future__ import annotations

import pytest

from node.charter import reads, wording
from node.charter.shapes import State
from node.running.reads import health
from tests.node.charter.agreeing import found, look, propose, publish, signed_by, state_with, version
from tests.node.exchange.coops import OPERATOR, CoOp

DAY = 86_400
LIFE = 400


@pytest.mark.parametrize(
    ("days", "state", "metrics", "well", "says"),
    [
        (0, "in-force", True, True, "It stands until"),
        (LIFE - 61, "in-force", True, True, "It stands until"),
        (LIFE - 60, "ends-soon", True, False, "It ends in 60 days"),
        (LIFE - 1, "ends-soon", True, False, "It ends in 1 day"),
        (LIFE + 1, "over", True, False, "Measurements that members make together stop on"),
        (LIFE + 30, "over", True, False, "what you share with them goes on"),
        (LIFE + 31, "stopped", False, False, "have stopped"),
    ],
)
async def test_by_the_calendar(trio: list[CoOp], days: int, state: State, metrics: bool, well: bool, says: str) -> None:
    alder = trio[0]
    await found(*trio)
    with alder.bound():
        then = alder.here().at(alder.clock.now() + days * DAY)
        assert await reads.state(here=then) == state
        assert await reads.metrics_may_run(here=then) is metrics
        standing = wording.standing(await reads.look(here=then), now=then.now)
        assert standing is not None
        assert (standing.well, says in standing.words) == (well, True), standing.words
        assert bool(standing.next_step) is not well
        (finding,) = [each for each in await health.findings(OPERATOR, here=then) if each.href == "/charter"]
        assert (finding.well, finding.words) == (well, standing.words)


async def test_without_a_charter_nothing_is_said_of_it_and_nothing_runs(trio: list[CoOp]) -> None:
    alder = trio[0]
    with alder.bound():
        here = alder.here()
        assert not [each for each in await health.findings(OPERATOR, here=here) if each.href == "/charter"]
        assert not await reads.metrics_may_run(here=here)
    assert (await look(alder)).held is None


async def test_peerings_go_on_past_its_end_and_a_renewal_is_taken_then_too(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    await found(*trio)
    alder.clock.advance(days=LIFE - 5)
    renewal = await signed_by(await propose(alder), alder, birch)
    alder.clock.advance(days=6)
    assert {(await look(coop)).state for coop in trio} == {"over"}
    assert await state_with(alder, birch) == ("active", "")
    assert await version(cedar) == 1
    assert (await publish(alder, renewal)).state == "in-force"
