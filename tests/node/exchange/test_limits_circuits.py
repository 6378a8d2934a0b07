# SPDX-License-Identifier: AGPL-3.0-or-later
"""One circuit for each neighbour: who may knock after a failure, when, and what closes it again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest_asyncio

from federation import wire
from federation.errors import Refused
from node import database
from tests.node.exchange.coops import CoOp, coops, make_peers, settle
from tests.node.exchange.test_letters import send


def knocks(alder: CoOp, birch: CoOp) -> int:
    """How often anybody knocked at birch's door."""
    return sum(1 for request in alder.network.passed if request.url.host == birch.node_id)


async def circuit(alder: CoOp, birch: CoOp) -> tuple[int, int]:
    """Failures, and seconds until the next try."""
    (row,) = await alder.rows("SELECT failures, next_try FROM peer WHERE node_id = {}", birch.node_id)
    return row["failures"], max(0, row["next_try"] - alder.clock.now())


async def due(alder: CoOp, birch: CoOp) -> None:
    """The moment at which the next try is due."""
    alder.clock.advance(seconds=(await circuit(alder, birch))[1])


async def follow(alder: CoOp, birch: CoOp) -> None:
    with alder.bound():
        await alder.exchange.follow(birch.node_id, wait=0)


async def test_after_a_failure_nobody_knocks_until_the_next_try_and_then_one(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    alder.network.down.add(birch.node_id)
    await follow(alder, birch)
    tries = 3  # a GET that never connected is repeated at once
    before = knocks(alder, birch)
    assert (await circuit(alder, birch))[0] == 1
    refs = [await send(alder, str(number), "We worry.", birch.node_id) for number in range(5)]
    await alder.step()
    await alder.step()
    assert knocks(alder, birch) == before, "letters do not knock separately, nor does following"
    fates = [await fate(alder, ref) for ref in refs]
    assert "delayed unreachable" in fates and set(fates) <= {"delayed unreachable", ""}, "their people are told"
    await due(alder, birch)
    alder.clock.advance(seconds=60)
    await alder.step()
    assert knocks(alder, birch) - before <= tries, "one goes ahead"
    assert (await circuit(alder, birch))[0] == 2


async def fate(coop: CoOp, ref: str) -> str:
    with coop.bound():
        return await coop.desk.fate(ref)


async def test_what_succeeds_closes_it_and_letters_go_out(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    alder.network.down.add(birch.node_id)
    await follow(alder, birch)
    ref = await send(alder, "1", "We worry.", birch.node_id)
    await alder.step()
    alder.network.down.clear()
    await due(alder, birch)
    await follow(alder, birch)
    assert await circuit(alder, birch) == (0, 0)
    await settle(alder, birch)
    assert await fate(alder, ref) == "reached"


async def test_a_valid_request_of_the_neighbour_makes_the_next_try_due(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    alder.network.down.add(birch.node_id)
    for _ in range(12):
        await follow(alder, birch)
        await due(alder, birch)
    await follow(alder, birch)
    alder.network.down.clear()
    with alder.bound():
        await database.execute("UPDATE peer SET next_try = {}", alder.clock.now() + 3600)
    before = knocks(alder, birch)
    await follow(alder, birch)
    assert knocks(alder, birch) == before
    await follow(birch, alder)
    await follow(alder, birch)
    assert knocks(alder, birch) == before + 1
    assert await circuit(alder, birch) == (0, 0)


async def test_the_wait_grows_to_an_hour_and_is_the_same_for_the_same_seed(
    new_database: Callable[..., str], tmp_path: Path
) -> None:
    async def waits(folder: Path) -> list[int]:
        async with coops("alder", "birch", addresses=new_database, folder=folder) as (alder, birch):
            await make_peers(alder, birch)
            alder.network.down.add(birch.node_id)
            found = []
            for _ in range(20):
                await follow(alder, birch)
                found.append((await circuit(alder, birch))[1])
                await due(alder, birch)
            return found

    one = await waits(tmp_path / "one")
    assert one == await waits(tmp_path / "other")
    assert all(1 <= wait <= 1 + min(3600, 2**number) for number, wait in enumerate(one))
    assert max(one) > 600, "it does grow"


async def test_retry_after_is_kept(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    status, after = 503, "900"

    async def busy(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        if request.url.host != birch.node_id:
            return await on()
        return httpx.Response(status, headers={"retry-after": after}, content=b"")

    alder.network.filter = busy
    await follow(alder, birch)
    assert await circuit(alder, birch) == (1, 900)
    before = knocks(alder, birch)
    alder.clock.advance(seconds=899)
    await follow(alder, birch)
    assert knocks(alder, birch) == before
    alder.clock.advance(seconds=1)
    status, after = 429, "99999999"
    await follow(alder, birch)
    assert knocks(alder, birch) == before + 1
    assert await circuit(alder, birch) == (2, wire.DAY), "nobody says so for longer than a day"


async def test_a_refusal_is_an_answer(neighbours: list[CoOp]) -> None:
    """What they will not give is no reason to stay away: withdrawals must reach us."""
    alder, birch = neighbours

    async def no(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        return httpx.Response(403, content=b"{}") if request.url.host == birch.node_id else await on()

    alder.network.filter = no
    await follow(alder, birch)
    assert await circuit(alder, birch) == (0, 0)


class Pair:
    """alder as two processes on one database, and birch."""

    def __init__(self, one: CoOp, other: CoOp, birch: CoOp) -> None:
        self.one, self.other, self.birch = one, other, birch


@pytest_asyncio.fixture
async def pair(neighbours: list[CoOp]) -> AsyncIterator[Pair]:
    alder, birch = neighbours
    app = alder.network.apps[alder.node_id]
    other = CoOp("alder", alder.engine, alder.network, alder.clock, 1)
    alder.network.apps[alder.node_id] = app
    yield Pair(alder, other, birch)


async def test_processes_share_it_and_a_start_asks_once_anyway(pair: Pair) -> None:
    pair.one.network.down.add(pair.birch.node_id)
    await follow(pair.one, pair.birch)
    before = knocks(pair.one, pair.birch)
    await follow(pair.other, pair.birch)
    assert knocks(pair.one, pair.birch) == before + 3, "a process that begins asks"
    for _ in range(3):
        await follow(pair.other, pair.birch)
        await follow(pair.one, pair.birch)
    assert knocks(pair.one, pair.birch) == before + 3, "and then keeps to what both know"


async def test_while_one_goes_ahead_the_others_find_it_open(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    alder.network.down.add(birch.node_id)
    await follow(alder, birch)
    alder.network.down.clear()
    await due(alder, birch)
    client = await _client(alder)
    met: list[str] = []

    async def meanwhile(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        alder.network.filter = None
        try:
            await client.seen(birch.node_id, alder.node_id)
        except Refused as refusal:
            met.append(refusal.cause or "")
        return await on()

    alder.network.filter = meanwhile
    await follow(alder, birch)
    assert met == ["this neighbour's circuit is open"]
    assert await circuit(alder, birch) == (0, 0)
    with alder.bound():
        await client.seen(birch.node_id, alder.node_id)


async def _client(coop: CoOp):  # type: ignore[no-untyped-def]
    with coop.bound():
        return await coop.exchange._client()
