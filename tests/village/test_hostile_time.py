# SPDX-License-Identifier: AGPL-3.0-or-later
"""A clock that jumps, and neighbours that lie about the time: what time alone would delete is hidden, and back with the clock.

One co-op's clock is wrong, by days, while its neighbours go on as they are. Dates are shown as every web server shows them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from node import database
from node.clock import HandClock
from node.exchange.keeping import Dated
from node.support import reads as support
from node.village import Village
from node.village.faults import SkewedClock
from tests.node.exchange.coops import coops, make_peers, settle
from tests.village.hostile import Asked, Said, hostile
from tests.village.lies import DAY
from tests.village.victims import on_the_street, stands


def shows(clock: Callable[[], int]) -> Callable[[Asked, Said], Said]:
    """Answers with a Date, as every web server does."""

    def lie(_: Asked, said: Said) -> Said:
        date = format_datetime(datetime.fromtimestamp(clock(), UTC), usegmt=True)
        return Said(said.status, said.body, said.headers | {"date": date})

    return lie


async def test_a_clock_that_jumps_ahead_and_back_deletes_nothing(
    new_database: Callable[..., str], tmp_path: Path
) -> None:
    async with coops("alder", addresses=new_database, folder=tmp_path) as (alder,):
        true = alder.clock
        async with hostile(*on_the_street(alder)) as one, hostile(*on_the_street(alder), name="nell.example") as two:
            for evil in (one, two):
                evil.feed().say(f"Tea at {evil.node_id}")
                await evil.befriend()
                evil.serve(shows(true.now))
            skewed = SkewedClock(true)
            alder.clock = skewed  # type: ignore[assignment]
            alder.start()
            await settle(alder)
            skewed.skew = 40 * DAY
            held = await alder.rows("SELECT body FROM followed_entry WHERE kind = 'put' ORDER BY place")
            assert len(held) == 2
            for _ in range(3):
                await settle(alder)
            assert await alder.rows("SELECT body FROM followed_entry WHERE kind = 'put' ORDER BY place") == held
            two.serve(shows(lambda: true.now() + 40 * DAY))  # one neighbour that lies about the time is not enough
            await settle(alder)
            assert await alder.rows("SELECT body FROM followed_entry WHERE kind = 'put' ORDER BY place") == held
            skewed.skew = 0
            await settle(alder)
            assert await alder.seen() == ["Tea at mallory.example", "Tea at nell.example"]
            true.advance(days=40)  # now it is really late, and both say so
            for evil in (one, two):
                evil.serve(shows(true.now))
                evil.new_manifest(2)
            await settle(alder)
            assert await alder.seen() == []


async def test_what_a_jump_hides_from_members_is_back_with_the_clock(three: Village) -> None:
    alder = three["alder"]
    true, skewed = alder.clock, SkewedClock(alder.clock)
    with three.at("alder"):
        ids = [row["id"] for row in await database.rows("SELECT id FROM listing WHERE node_id <> 'alder.example'")]
        held = await database.rows("SELECT place FROM followed_entry WHERE body IS NOT NULL ORDER BY place")

    async def shown() -> int:
        with three.at("alder"):
            return len([id for id in ids if await support.listed(id, alder.here())])

    assert await shown() == len(ids) > 3
    alder.clock = skewed
    alder.exchange._fetcher.clock = skewed
    skewed.skew = 100 * DAY
    assert await shown() == 0, "hidden"
    with three.at("alder"):
        for _ in range(3):
            await alder.exchange.keep_house()
        assert await database.rows("SELECT place FROM followed_entry WHERE body IS NOT NULL ORDER BY place") == held
    alder.clock = alder.exchange._fetcher.clock = true
    await three.settle()
    assert await shown() == len(ids), "and not deleted"


@pytest.mark.parametrize("days", [1, 95])
async def test_ahead_and_back_it_publishes_again_and_withdraws_at_once(
    new_database: Callable[..., str], tmp_path: Path, days: int
) -> None:
    """After 95 days an epoch was opened that nobody else has come to yet."""
    async with coops("alder", "birch", addresses=new_database, folder=tmp_path) as (alder, birch):
        await make_peers(alder, birch)
        true = alder.clock
        await alder.write("erased 1", "Tea")
        await alder.write("2", "Chess")
        await settle(alder, birch)
        skewed = SkewedClock(true)
        alder.clock = skewed  # type: ignore[assignment]
        alder.start()
        await settle(alder, birch)
        skewed.skew = days * DAY
        await alder.write("3", "Written in the wrong time")
        await alder.take_down("erased 1")
        for _ in range(3):
            await alder.step()
        assert await birch.seen() == ["Chess", "Tea"]
        skewed.skew = 0
        await settle(alder, birch)
        assert await birch.seen() == ["Chess", "Tea"], "nobody has shown yet which time is right"
        alder.network.filter = dated(true.now)
        alder.clock.true.advance(seconds=700)  # type: ignore[attr-defined]
        await settle(alder, birch, rounds=60)
        assert await birch.seen() == ["Chess", "Written in the wrong time"]
        assert (await stands(birch, alder.node_id)).why == ""
        assert (await alder.rows("SELECT COUNT(*) AS n FROM erasure_due WHERE done_at IS NULL"))[0]["n"] == 0


def dated(clock: Callable[[], int]) -> Any:
    """Every answer on the network with the Date of a web server."""

    async def filter(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        answer = await on()
        answer.headers["date"] = format_datetime(datetime.fromtimestamp(clock(), UTC), usegmt=True)
        return answer

    return filter


def test_a_jump_makes_what_was_shown_before_worth_nothing() -> None:
    """Also in a process that has run for weeks."""
    true = HandClock(1_800_000_000)
    skewed = SkewedClock(true)
    way = Dated(None, skewed)  # type: ignore[arg-type] - nothing is fetched
    true.advance(days=30)
    assert way.beyond_doubt(2)
    skewed.skew = 400
    assert not way.beyond_doubt(2) and way.doubted(2)
    true.advance(hours=23)
    assert not way.beyond_doubt(2)
    true.advance(hours=2)
    assert way.beyond_doubt(2) and not way.doubted(2)
    way.seen = {"one": (skewed.monotonic(), True), "two": (skewed.monotonic(), True)}
    skewed.skew = -DAY
    assert not way.beyond_doubt(2)
    for step in range(20):  # and as little by little
        true.advance(days=2)
        assert way.beyond_doubt(2)
        skewed.skew -= 200
        way.beyond_doubt(2)
        skewed.skew -= 200
        assert not way.beyond_doubt(2), step
