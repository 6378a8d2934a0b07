# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a neighbour gave is kept for no longer than was agreed: by who got it, whoever gave it; and who gave it says it anew."""

from __future__ import annotations

import pytest

from node.clock import HandClock
from node.peers import acts, renewing
from node.peers.shapes import TermsAsk, Yes
from tests.node.exchange.coops import DAY, NOW, CoOp, change, settle


async def agree_on(alder: CoOp, birch: CoOp, days: int, *, keep: bool = True) -> None:
    """Terms under which neither keeps anything for more than `days`. `keep` False: alder's side does not mind them."""
    terms = TermsAsk(gives=["peer-support"], gets=["peer-support"], erasure_hours=72, retention_days=days, days=700)
    proposed = (await change(alder, renewing.propose_terms, birch.node_id, ask=terms)).proposal
    await settle(alder, birch)
    await change(birch, renewing.agree_terms, alder.node_id, yes=Yes(digest=proposed.digest))
    if not keep:
        while (await alder.rows("SELECT kept_days FROM peer"))[0]["kept_days"] != days:
            assert await birch.step(), "its yes reaches them"
        await alder.rows("UPDATE peer SET kept_days = NULL")
    await settle(alder, birch)


async def held(coop: CoOp, words: str) -> int:
    """In how many rows of what neighbours gave these words stand."""
    rows = await coop.rows("SELECT body FROM followed_entry WHERE body IS NOT NULL")
    return sum(words.encode() in bytes(row["body"]) for row in rows)


async def test_what_was_given_goes_after_the_days_agreed_on_though_its_giver_meant_it_for_longer(
    neighbours: list[CoOp],
) -> None:
    alder, birch = neighbours
    await agree_on(alder, birch, 14, keep=False)
    await alder.write("1", "Walking group", days=80)
    await settle(alder, birch)
    alder.clock.advance(days=13)
    await settle(alder, birch)
    assert await birch.seen() == ["Walking group"]
    alder.clock.advance(days=1)
    await settle(alder, birch)
    assert await birch.seen() == []
    assert await held(birch, "Walking") == 0
    birch.start()
    await settle(alder, birch)
    assert await held(birch, "Walking") == 0, "and is not asked for again"


async def test_who_gave_it_says_it_anew_in_time_and_it_never_goes(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await agree_on(alder, birch, 14)
    await alder.write("1", "Walking group", days=36)
    await settle(alder, birch)
    for _ in range(35):
        alder.clock.advance(days=1)
        await settle(alder, birch)
        assert await birch.seen() == ["Walking group"]
        (row,) = await birch.rows("SELECT expires FROM followed_entry WHERE kind = 'put'")
        assert row["expires"] <= birch.clock.now() + 14 * DAY
    said = await alder.rows("SELECT place FROM feed_entry WHERE kind = 'put'")
    assert 2 < len(said) < 6, "said anew a few times, not every day"
    alder.clock.advance(days=1)
    await settle(alder, birch)
    assert await birch.seen() == []


@pytest.mark.parametrize("days", [1, 2])
async def test_the_shortest_terms_are_kept_too(neighbours: list[CoOp], days: int) -> None:
    alder, birch = neighbours
    await agree_on(alder, birch, days)
    await alder.write("1", "Walking group", days=20)
    await settle(alder, birch)
    for _ in range(20):
        alder.clock.advance(seconds=4 * 3600)
        await settle(alder, birch)
        assert await birch.seen() == ["Walking group"]
        (row,) = await birch.rows("SELECT expires FROM followed_entry WHERE kind = 'put'")
        assert row["expires"] <= birch.clock.now() + days * DAY


@pytest.mark.parametrize("keep", [True, False], ids=["both mind it", "the giver does not"])
async def test_shorter_terms_count_for_what_was_given_before(neighbours: list[CoOp], keep: bool) -> None:
    alder, birch = neighbours
    await alder.write("1", "Walking group", days=80)
    await settle(alder, birch)
    alder.clock.advance(days=2)
    await agree_on(alder, birch, 14, keep=keep)
    for _ in range(2):
        await settle(alder, birch)
    (row,) = await birch.rows("SELECT expires FROM followed_entry WHERE kind = 'put'")
    assert row["expires"] <= birch.clock.now() + 14 * DAY
    for _ in range(15):
        alder.clock.advance(days=1)
        if keep:
            await settle(alder, birch)
        else:
            await birch.step()
    assert await birch.seen() == (["Walking group"] if keep else [])
    assert await held(birch, "Walking") == (1 if keep else 0)


async def test_bodies_that_come_late_are_kept_no_longer_either(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await agree_on(alder, birch, 14, keep=False)
    await alder.write("1", "Walking group", days=80)
    await change(alder, acts.pause, birch.node_id, reason="A week off")
    await settle(alder, birch)
    assert await held(birch, "Walking") == 0
    alder.clock.advance(days=3)
    await change(alder, acts.resume, birch.node_id)
    await settle(alder, birch)
    (row,) = await birch.rows("SELECT expires FROM followed_entry WHERE kind = 'put'")
    assert row["expires"] == birch.clock.now() + 11 * DAY
    assert await birch.seen() == ["Walking group"]


async def test_a_clock_that_stood_weeks_back_for_a_while_ends_nothing(neighbours: list[CoOp]) -> None:
    """As on a small machine that starts before it has asked anybody for the time."""
    alder, birch = neighbours
    for _ in range(5):
        alder.clock.advance(days=5)
        await settle(alder, birch)
    await alder.write("1", "Walking group", days=80)
    await settle(alder, birch)
    clock, birch.clock = birch.clock, HandClock(NOW + 4 * DAY)
    birch.start()
    for _ in range(3):
        await birch.step()
    birch.clock = clock
    birch.start()
    clock.advance(seconds=60)
    await settle(alder, birch)
    assert await birch.seen() == ["Walking group"]
    (row,) = await birch.rows("SELECT expires FROM followed_entry WHERE kind = 'put'")
    assert row["expires"] == NOW + 105 * DAY
