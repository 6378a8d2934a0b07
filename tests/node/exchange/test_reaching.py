# SPDX-License-Identifier: AGPL-3.0-or-later
"""`doctor` asks each neighbour to call back, and says which side of a silent line fails and what to do next."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from federation.client import PeerRefused
from node import calling
from node.clock import HandClock
from node.peers import acts
from tests.node.exchange.coops import CoOp, change, coops, make_peers, settle

On = Callable[[], Awaitable[httpx.Response]]


@pytest_asyncio.fixture
async def three(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[list[CoOp]]:
    """alder, with birch and cedar as its neighbours."""
    async with coops("alder", "birch", "cedar", addresses=new_database, folder=tmp_path) as made:
        alder, birch, cedar = made
        await make_peers(alder, birch)
        await make_peers(alder, cedar)
        yield made


async def calls(coop: CoOp, *others: CoOp) -> dict[str, calling.Call]:
    with coop.bound():
        client = await coop.exchange._client()
        return await calling.call_all([other.node_id for other in others], client, here=coop.here())


async def test_all_is_well(three: list[CoOp]) -> None:
    alder, birch, cedar = three
    assert {call.words for call in (await calls(alder, birch, cedar)).values()} == {"We reach them, and they reach us."}


async def test_one_that_is_silent_is_theirs_and_all_are_ours(three: list[CoOp]) -> None:
    alder, birch, cedar = three
    alder.network.down.add(birch.node_id)
    said = await calls(alder, birch, cedar)
    assert said[birch.node_id].words == "We can't reach them: nothing answers there."
    assert "Ring them" in said[birch.node_id].next_step
    assert said[cedar.node_id].next_step == ""
    alder.network.down.add(cedar.node_id)
    said = await calls(alder, birch, cedar)
    assert all("most likely our own line" in call.words for call in said.values())
    assert all("DNS" in call.next_step for call in said.values())


async def test_who_cannot_reach_us_says_so(three: list[CoOp]) -> None:
    alder, birch, _ = three
    alder.network.down.add(alder.node_id)
    call = (await calls(alder, birch))[birch.node_id]
    assert call.words == "We reach them, but they can't reach us: nothing answers under our name."
    assert "https://alder.example/.well-known/commoncare" in call.next_step


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: httpx.Response(200, text="<h1>A web server</h1>"), "what answers there is not our node"),
        (lambda: httpx.Response(404, text=""), "what answers there is not our node"),
        (lambda: httpx.Response(302, headers={"location": "https://elsewhere.example/"}), "is not our node"),
    ],
)
async def test_something_else_under_our_name(
    three: list[CoOp], answer: Callable[[], httpx.Response], words: str
) -> None:
    alder, birch, _ = three

    async def filter(request: httpx.Request, on: On) -> httpx.Response:
        ours = request.url.host == alder.node_id and "well-known" in request.url.path
        return answer() if ours else await on()

    alder.network.filter = filter
    assert words in (await calls(alder, birch))[birch.node_id].words


async def test_another_node_under_our_name(three: list[CoOp]) -> None:
    alder, birch, cedar = three
    alder.network.apps[alder.node_id] = cedar.network.apps[cedar.node_id]
    call = (await calls(alder, birch))[birch.node_id]
    assert "answers there is not our node" in call.words or "isn't this node" in call.words
    assert call.next_step


@pytest.mark.parametrize("minutes", [4, 30])
async def test_whose_clock_is_wrong(three: list[CoOp], minutes: int) -> None:
    alder, birch, cedar = three
    birch.clock = HandClock(alder.clock.now())
    birch.start()
    birch.clock.advance(minutes=minutes)
    said = await calls(alder, birch, cedar)
    assert (
        said[birch.node_id].words
        == f"Our clock and theirs are {minutes} minutes apart. Other neighbours agree with us."
    )
    cedar.clock = HandClock(alder.clock.now())
    cedar.start()
    cedar.clock.advance(minutes=minutes)
    said = await calls(alder, birch, cedar)
    assert {call.next_step for call in said.values()} == {"Set this machine's clock (turn on NTP)."}


async def test_a_paused_neighbour_is_called_back_and_one_that_ended_it_says_so(three: list[CoOp]) -> None:
    alder, birch, cedar = three
    await change(birch, acts.pause, alder.node_id, reason="we look at something")
    await change(cedar, acts.end, alder.node_id, reason="we move")
    await settle(birch, cedar)
    said = await calls(alder, birch, cedar)
    assert said[birch.node_id].next_step == ""
    assert "ended the peering" in said[cedar.node_id].words


async def test_nobody_is_called_back_without_end(three: list[CoOp]) -> None:
    """Else a neighbour could have us knock at its door as often as it likes."""
    alder, birch, _ = three
    alder.network.passed.clear()
    with alder.bound():
        client = await alder.exchange._client()
        for _ in range(3):
            assert (await client.reach(birch.node_id)).why == ""
        with pytest.raises(PeerRefused) as no:
            await client.reach(birch.node_id)
    assert no.value.code == "too-many"
    seen = [r for r in alder.network.passed if r.url.host == alder.node_id and "well-known" in r.url.path]
    assert len(seen) == 3
    assert (await calls(alder, birch))[birch.node_id].next_step == ""


async def test_the_answer_tells_a_code_and_a_time(three: list[CoOp]) -> None:
    alder, birch, _ = three
    said: list[dict[str, object]] = []

    async def filter(request: httpx.Request, on: On) -> httpx.Response:
        response = await on()
        if request.url.path.endswith("/reach"):
            said.append(json.loads(await response.aread()))
        return response

    alder.network.filter = filter
    alder.network.down.add(alder.node_id)
    await calls(alder, birch)
    assert said == [{"why": "unreachable", "at": birch.clock.now()}]
