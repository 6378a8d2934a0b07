# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other terms while a peering is in force: proposed, agreed to, declined, taken back, crossing; narrower and wider."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import pytest_asyncio

from federation.errors import PROBLEM_TYPE
from node import database, post
from node.errors import Conflict, Invalid
from node.peers import acts, reads, renewing
from node.peers.shapes import Acceptance, PeerDetail, TermsAsk, Yes
from tests.node.exchange.coops import DAY, OPERATOR, CoOp, change, settle
from tests.node.exchange.coops import make_peers as befriend

BOTH = ["peer-support", "trust"]


def ask(**more: Any) -> TermsAsk:
    return TermsAsk(**({"gives": BOTH, "gets": BOTH, "erasure_hours": 72, "retention_days": 90, "days": 365} | more))


async def detail(coop: CoOp, other: CoOp) -> PeerDetail:
    with coop.bound():
        return await reads.detail(other.node_id, here=coop.here())


async def propose(coop: CoOp, other: CoOp, **more: Any) -> PeerDetail:
    return await change(coop, renewing.propose_terms, other.node_id, ask=ask(**more))


async def agree(coop: CoOp, other: CoOp) -> PeerDetail:
    held = (await detail(coop, other)).proposal
    assert held is not None
    return await change(coop, renewing.agree_terms, other.node_id, yes=Yes(digest=held.digest))


async def alike(alder: CoOp, birch: CoOp, version: int) -> None:
    """Both hold the same terms, and nothing waits."""
    here, there = await detail(alder, birch), await detail(birch, alder)
    assert here.agreed is not None and there.agreed is not None
    assert (here.agreed.digest, here.agreed.version) == (there.agreed.digest, version)
    assert (here.state, there.state, here.proposal, there.proposal) == ("active", "active", None, None)
    steps = [await coop.rows("SELECT step, declined FROM peer") for coop in (alder, birch)]
    assert steps == [[{"step": "", "declined": ""}]] * 2


@pytest_asyncio.fixture
async def pair(strangers: list[CoOp]) -> list[CoOp]:
    alder, birch, _ = strangers
    await befriend(alder, birch)
    return [alder, birch]


async def test_other_terms_are_seen_beside_the_old_and_take_force_on_both_sides(pair: list[CoOp]) -> None:
    alder, birch = pair
    made = await propose(alder, birch, erasure_hours=24, days=700)
    assert made.proposal is not None and made.proposal.ours and made.state == "active"
    await settle(alder, birch)
    seen = await detail(birch, alder)
    assert seen.agreed is not None and seen.proposal is not None
    assert (seen.agreed.erasure_hours, seen.proposal.erasure_hours, seen.proposal.ours) == (72, 24, False)
    assert (seen.proposal.version, seen.proposal.until) == (2, alder.clock.now() + 700 * DAY)
    alder.network.down.add(alder.node_id)
    agreed = await agree(birch, alder)
    await settle(alder, birch)
    assert agreed.agreed is not None and agreed.agreed.version == 1, "not before the other side took our yes"
    alder.network.down.clear()
    alder.clock.advance(hours=2)
    await settle(alder, birch)
    await alike(alder, birch, 2)
    assert (await agree_again(birch, alder, seen)).agreed is not None


async def agree_again(coop: CoOp, other: CoOp, seen: PeerDetail) -> PeerDetail:
    assert seen.proposal is not None
    return await change(coop, renewing.agree_terms, other.node_id, yes=Yes(digest=seen.proposal.digest))


async def test_a_no_crosses_and_leaves_what_is_in_force(pair: list[CoOp]) -> None:
    alder, birch = pair
    await propose(alder, birch, gives=["trust"])
    await settle(alder, birch)
    await change(birch, renewing.decline_terms, alder.node_id)
    await settle(alder, birch)
    await alike(alder, birch, 1)
    assert ((await detail(alder, birch)).outcome, (await detail(birch, alder)).outcome) == ("declined", "")
    await propose(alder, birch, gives=["trust"])
    await settle(alder, birch)
    await agree(birch, alder)
    await settle(alder, birch)
    await alike(alder, birch, 2)
    assert (await detail(alder, birch)).outcome == ""


async def test_what_was_taken_back_binds_nobody_even_where_it_was_agreed_to_meanwhile(pair: list[CoOp]) -> None:
    alder, birch = pair
    await propose(alder, birch, gives=["trust"])
    await settle(alder, birch)
    alder.network.down.add(birch.node_id)
    await change(alder, renewing.decline_terms, birch.node_id)
    await alder.step()
    await agree(birch, alder)
    await birch.step()
    alder.network.down.clear()
    alder.clock.advance(hours=2)
    await settle(alder, birch)
    await alike(alder, birch, 1)
    assert (await detail(birch, alder)).outcome in ("too-late", "taken-back")
    await propose(birch, alder, gives=["trust"])
    await settle(alder, birch)
    await agree(alder, birch)
    await settle(alder, birch)
    await alike(alder, birch, 2)


async def test_of_proposals_that_cross_the_lower_name_s_stands_on_both_sides(pair: list[CoOp]) -> None:
    alder, birch = pair
    await propose(birch, alder, erasure_hours=10)
    await propose(alder, birch, erasure_hours=20)
    await settle(alder, birch)
    for coop, other in ((alder, birch), (birch, alder)):
        held = (await detail(coop, other)).proposal
        assert held is not None and held.erasure_hours == 20
    assert (await detail(birch, alder)).outcome == "crossed"
    with pytest.raises(Conflict):
        await propose(birch, alder, erasure_hours=11)
    await agree(birch, alder)
    await settle(alder, birch)
    await alike(alder, birch, 2)


async def test_a_no_and_a_proposal_of_one_s_own_leave_together(pair: list[CoOp]) -> None:
    alder, birch = pair
    await propose(alder, birch, erasure_hours=20)
    await settle(alder, birch)
    await change(birch, renewing.decline_terms, alder.node_id)
    await propose(birch, alder, erasure_hours=30)
    await settle(alder, birch)
    held = (await detail(alder, birch)).proposal
    assert held is not None and (held.erasure_hours, held.ours) == (30, False)


async def test_what_is_proposed_while_the_one_before_it_is_on_its_way_arrives_too(pair: list[CoOp]) -> None:
    alder, birch = pair
    await propose(alder, birch, erasure_hours=24)
    await while_on_its_way(alder, birch, lambda: propose(alder, birch, erasure_hours=12), lost=False)
    held = (await detail(birch, alder)).proposal
    assert held is not None and held.erasure_hours == 12
    await agree(birch, alder)
    await settle(alder, birch)
    await alike(alder, birch, 2)


async def test_a_refusal_of_what_was_replaced_meanwhile_is_none_of_what_replaced_it(pair: list[CoOp]) -> None:
    alder, birch = pair
    await propose(alder, birch, erasure_hours=24)
    await while_on_its_way(alder, birch, lambda: propose(alder, birch, erasure_hours=12), lost=True)
    alder.clock.advance(hours=2)
    await settle(alder, birch)
    held = (await detail(birch, alder)).proposal
    assert held is not None and held.erasure_hours == 12


async def while_on_its_way(coop: CoOp, other: CoOp, act: Callable[[], Awaitable[Any]], *, lost: bool) -> None:
    """Settle; at the first thing that is told the other co-op of a peering, `act`. `lost`: that one is refused for good."""
    acted: list[str] = []

    async def filter(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        if not request.url.path.endswith("/peerings") or acted:
            return await on()
        acted.append(request.url.path)
        answer = httpx.Response(409, json={"type": PROBLEM_TYPE + "version-conflict"}) if lost else await on()
        if not lost:
            await answer.aread()
        await act()
        return answer

    coop.network.filter = filter
    await settle(coop, other)
    assert acted
    coop.network.filter = None


async def test_a_yes_is_for_what_was_looked_at_and_faults_come_all_at_once(pair: list[CoOp]) -> None:
    alder, birch = pair
    await propose(alder, birch, erasure_hours=20)
    await settle(alder, birch)
    seen = (await detail(birch, alder)).proposal
    assert seen is not None
    alder.clock.advance(seconds=5)
    await propose(alder, birch, erasure_hours=700)
    await settle(alder, birch)
    with pytest.raises(Conflict):
        await change(birch, renewing.agree_terms, alder.node_id, yes=Yes(digest=seen.digest))
    with pytest.raises(Invalid) as no:
        await propose(alder, birch, gives=["gossip"], erasure_hours=0, retention_days=0, days=900)
    assert set(no.value.fields) == {"gives", "erasure_hours", "retention_days", "days"}


async def test_narrower_terms_take_the_bodies_and_not_the_withdrawals_and_wider_ones_bring_them_back(
    pair: list[CoOp],
) -> None:
    alder, birch = pair
    await alder.write("erased 1", "Walking group")
    await alder.write("2", "Chess")
    await settle(alder, birch)
    assert await birch.seen() == ["Chess", "Walking group"]
    await propose(alder, birch, gives=["trust"])
    await settle(alder, birch)
    await agree(birch, alder)
    await settle(alder, birch)
    await alike(alder, birch, 2)
    assert await birch.seen() == []
    kept = await birch.rows("SELECT body FROM followed_entry WHERE kind <> 'control' AND body IS NOT NULL")
    assert not [row for row in kept if b"Chess" in bytes(row["body"])]
    await alder.write("3", "Tea")
    await alder.take_down("erased 1")
    await settle(alder, birch)
    owed = await alder.rows("SELECT done_at FROM erasure_due")
    assert [row["done_at"] is not None for row in owed] == [True], "its withdrawal crossed, and was answered for"
    assert await birch.seen() == []
    await propose(alder, birch)
    await settle(alder, birch)
    await agree(birch, alder)
    await settle(alder, birch)
    await alike(alder, birch, 3)
    assert await birch.seen() == ["Chess", "Tea"]
    assert (await birch.rows("SELECT paused_there FROM peer"))[0]["paused_there"] in (0, False)


async def test_a_peering_that_gives_nothing_any_more_is_no_pause(pair: list[CoOp]) -> None:
    alder, birch = pair
    await alder.write("1", "Chess")
    await settle(alder, birch)
    await propose(alder, birch, gives=[])
    await settle(alder, birch)
    await agree(birch, alder)
    await settle(alder, birch)
    alder.clock.advance(minutes=20)
    await settle(alder, birch)
    await alike(alder, birch, 2)
    assert not (await detail(birch, alder)).paused_there


async def test_a_first_proposal_that_is_not_wanted_is_told_too(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    with alder.bound():
        given = await acts.invite(actor=OPERATOR, node_id=birch.node_id, here=alder.here())
    with birch.bound():
        await acts.accept(actor=OPERATOR, invitation=Acceptance(invitation=given.invitation), here=birch.here())
    await settle(alder, birch)
    await change(alder, acts.end, birch.node_id, reason="Not now")
    await settle(alder, birch)
    seen = await detail(birch, alder)
    assert (seen.state, seen.outcome, seen.proposal) == ("ended", "declined", None)


async def test_after_long_silence_terms_go_as_soon_as_the_neighbour_answers_again(pair: list[CoOp]) -> None:
    """As letters do: how often it was tried in vain makes it no later once somebody is there."""
    alder, birch = pair
    await propose(alder, birch)
    with alder.bound():
        for _ in range(14):
            await post.claim(["peering"], limit=9, lease=60, worker="dies", here=alder.here())
            await post.let_go(["dies"], here=alder.here())
    alder.network.down.add(birch.node_id)
    with alder.bound():
        await alder.exchange.deliver()
        await alder.exchange.follow(birch.node_id, wait=0)
    (row,) = await alder.rows("SELECT due, why FROM outbox WHERE kind = 'peering' AND state = 'open'")
    assert row["why"] == "unreachable" and row["due"] - alder.clock.now() <= 5
    with alder.bound():
        await database.execute("UPDATE outbox SET due = {}, attempts = 14 WHERE kind = 'peering'", row["due"] + 3_000)
    alder.network.down.clear()
    alder.clock.advance(seconds=5)
    with alder.bound():
        await alder.exchange.follow(birch.node_id, wait=0)
        await alder.exchange.deliver()
    assert await alder.rows("SELECT 1 FROM outbox WHERE kind = 'peering' AND state = 'open'") == []
