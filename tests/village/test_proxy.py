# SPDX-License-Identifier: AGPL-3.0-or-later
"""The fault proxy: what it does to a connection, and what real nodes make of it. Every wait is for a condition, within bounds."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import cycle
from pathlib import Path
from random import Random

import httpx
import pytest

from node.errors import Invalid
from node.village.demo import Demo
from node.village.hamlet import Hamlet
from node.village.proxy import HOST, Harm, Link, Proxy
from tests.village.folk import Folk, Person, polling
from tests.village.stories import main_story
from tests.village.test_demo import free_base

SENT = bytes(range(256)) * 40


@asynccontextmanager
async def echo(seed: int = 1) -> AsyncIterator[tuple[Proxy, Link, list[int]]]:
    """A link to a server that sends back what comes, and the sizes in which it came."""
    sizes: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                sizes.append(len(data))
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, HOST, 0)
    async with server, Proxy(seed) as proxy:
        yield proxy, await proxy.lay("a", "b", server.sockets[0].getsockname()[1]), sizes


async def through(link: Link, data: bytes = SENT) -> bytes:
    """What comes back through the link."""
    reader, writer = await asyncio.open_connection(HOST, link.port)
    try:
        writer.write(data)
        writer.write_eof()
        return await asyncio.wait_for(reader.read(-1), 20)
    finally:
        writer.close()


async def test_fair_weather_changes_nothing() -> None:
    async with echo() as (_, link, _sizes):
        assert await through(link) == SENT
        assert link.count == {"to": len(SENT), "back": len(SENT)}


async def test_slices_arrive_in_order() -> None:
    async with echo() as (proxy, link, sizes):
        await proxy.command("a>b to slice=11")
        assert await through(link, SENT[:600]) == SENT[:600]
        assert len(sizes) > 5, "it came in many pieces"
        assert link.harm["back"] == Harm()


async def test_what_is_late_and_slow_takes_its_time() -> None:
    async with echo() as (proxy, link, _sizes):
        for words, least in (("latency=0.2", 0.4), ("heal bandwidth=20000", 0.9), ("heal slow_close=0.3", 0.5)):
            await proxy.command(f"a>b {words}")
            began = time.monotonic()
            assert await through(link) == SENT
            assert time.monotonic() - began >= least, words


async def test_a_cut_holds_and_healing_lets_go() -> None:
    async with echo() as (proxy, link, sizes):
        for direction in ("to", "back"):
            await proxy.command(f"a>b cut {direction}")
            sizes.clear()
            waiting = asyncio.create_task(through(link))
            reached = (lambda: sum(sizes) == len(SENT)) if direction == "back" else lambda: bool(link._open)
            await polling(10)(lambda reached=reached: _now(reached()))  # type: ignore[misc]
            assert not waiting.done()
            assert bool(sizes) is (direction == "back"), "one way only"
            await proxy.command("* heal")
            assert await waiting == SENT


async def _now(value: bool) -> bool:
    return value


async def test_what_is_torn_off_is_told_from_an_end() -> None:
    async with echo() as (proxy, link, _sizes):
        await proxy.command("a>b back cut")
        waiting = asyncio.create_task(through(link))
        await polling(10)(lambda: _now(link.count["to"] == len(SENT)))
        await proxy.command("a>b reset")
        with pytest.raises(ConnectionResetError):
            await waiting
        await proxy.command("a>b heal off")
        with pytest.raises(ConnectionRefusedError):
            await through(link)
        await proxy.command("a>b on")
        assert await through(link) == SENT


async def test_chance_comes_from_the_seed() -> None:
    async def torn(seed: int) -> list[bool]:
        came = []
        async with echo(seed) as (proxy, link, _sizes):
            await proxy.command("a>b back slice=64 reset=0.004")
            for _ in range(12):
                try:
                    came.append(await through(link, SENT[:2048]) == SENT[:2048])
                except ConnectionResetError:
                    came.append(False)
        return came

    one, again, other = await torn(1), await torn(1), await torn(2)
    assert one == again != other
    assert {True, False} == set(one)


async def test_words_that_say_nothing_are_refused() -> None:
    async with echo() as (proxy, link, _sizes):
        for words in ("c>d cut", "a>b melt", "a>b latency=soon", "a>b cut=1"):
            with pytest.raises(Invalid):
                await proxy.command(words)
        assert link.harm == {"to": Harm(), "back": Harm()}
        assert "a>b" in await proxy.command("* show")


async def test_the_demo_takes_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is typed into `commoncare demo --faults` is done; what says nothing does not end it."""
    demo = Demo(nodes=2, folder=tmp_path, base_port=20_000, seed=1, as_json=True, faults=True)
    assert demo.proxy is demo.hamlet.proxy is not None
    out, into = os.pipe()
    with os.fdopen(out) as typed, os.fdopen(into, "w") as keyboard:
        monkeypatch.setattr("sys.stdin", typed)
        async with demo.proxy as proxy:
            link = await proxy.lay("alder", "birch", 1)
            obeying = asyncio.create_task(demo._obey())
            keyboard.write("\nalder>cedar cut\nalder>birch back latency=0.5\n")
            keyboard.flush()
            await polling(10)(lambda: _now(link.harm["back"] == Harm(latency=0.5)))
            assert not obeying.done()
            keyboard.close()
            await asyncio.wait_for(obeying, 10)


# Real nodes -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def hamlet(folder: Path, nodes: int = 2) -> AsyncIterator[tuple[Hamlet, Proxy, Folk]]:
    """Alder, Birch and so on as processes, with a link each way between any two, and their people."""
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(Proxy(seed=7))
        made = await stack.enter_async_context(Hamlet(nodes=nodes, folder=folder, base_port=free_base(), proxy=proxy))
        folk: Folk = {}
        for house in made.houses.values():
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=house.node.url, timeout=30))
            folk |= {name: Person(name, client, each.token) for name, each in house.people.items()}
        yield made, proxy, folk


async def bad_days(proxy: Proxy, rng: Random) -> None:
    """Everything is torn off, then ways are cut or refused for a moment each, over and over, until it is told to stop."""
    for harm in cycle(("reset", "cut to", "off", "cut back", "cut")):
        name = "*" if harm == "reset" else rng.choice(list(proxy.links))
        await proxy.command(f"{name} {harm}")
        await asyncio.sleep(rng.uniform(0.1, 0.6))
        await proxy.command(f"{name} on heal latency=0.02 jitter=0.03 slice=97")
        await asyncio.sleep(rng.uniform(0.2, 1.0))


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_the_main_story_survives_slices_latency_and_cuts(tmp_path: Path) -> None:
    async with hamlet(tmp_path, nodes=3) as (made, proxy, folk):
        await proxy.command("* latency=0.02 jitter=0.03 slice=97")
        storm = asyncio.create_task(bad_days(proxy, Random(7)))
        try:
            await main_story(folk, polling(120))
        finally:
            storm.cancel()
            await asyncio.wait({storm})
        assert storm.cancelled(), "it stormed all along"
        assert all(link.count["back"] for link in proxy.links.values()), "everything went through the links"
        assert sum(link.torn for link in proxy.links.values()) > 0
        for house in made.houses.values():
            assert '"fault"' not in (house.node.folder / "serve.log").read_text()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_one_way_cut_heals_and_they_agree_again(tmp_path: Path) -> None:
    """Nothing that Alder asks reaches Birch, while Birch reaches Alder: news goes one way only, until the cut is over."""
    async with hamlet(tmp_path) as (_, proxy, folk):

        async def finds(reader: str, words: str) -> bool:
            found = await folk[reader].post("/support/searches", {"words": words})
            return any(words in item["have"] for item in found["items"])

        await proxy.command("alder>birch cut to")
        await publish(folk, "rosa", "ruth", "rosemary")  # at Birch
        await publish(folk, "lily", "yasmin", "lavender")  # at Alder
        await polling(60)(lambda: finds("samuel", "lavender"))
        assert await finds("samuel", "rosemary"), "at home"
        assert not await finds("maureen", "rosemary"), "Alder could not ask"
        await proxy.command("alder>birch heal")
        await polling(60)(lambda: finds("maureen", "rosemary"))


async def publish(folk: Folk, supporter: str, lead: str, word: str) -> None:
    """An offer with this word in it, checked by the lead."""
    draft = {
        "topics": ["loneliness"], "have": f"I grow {word}.", "how": "We write.", "limits": "No visits.", "ways": ["message"],
        "area": "whole_patch", "places": 1, "submit": True,
    }  # fmt: skip
    made = await folk[supporter].post("/support/offers", draft)
    await folk[lead].post(f"/support/offers/{made['id']}/approval")
