# SPDX-License-Identifier: AGPL-3.0-or-later
"""One neighbour floods, and what the others notice: a node on one core, everybody else on the other.

First quiet for two minutes, then two of the flood of `hostile`, in which the same neighbour's log grows by 8,000 entries, then
to 50,001. All the while an honest neighbour asks for heads and a page of entries, and people ask for a page and search. The limit
is the quiet time's p99 of the same run, the aim twice that; the node may grow by 256 MiB.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from federation import statements, wire
from federation.client import PeerClient
from federation.feed import Put, make_put
from federation.keys import SigningKey
from federation.notes import read_checkpoint
from federation.statements import PeerSupport
from node.exchange.outbound import HttpFetcher
from node.here import Here
from node.settings import load
from node.village.hamlet import Hamlet
from node.village.processes import NodeProcess
from tests.bench.start import _resident as resident
from tests.bench.stubs import HOST, Stub, answering, settle_in
from tests.bench.telling import quantile, tell
from tests.support_offers import offers

HONEST, HOSTILE = "honest.example", "hostile.example"
PAUSE = 0.05
"""Seconds between one question of a neighbour or person and the next."""
LIMIT = "the same in the same run without the flood; the aim is twice that"


async def run(*, seconds: float = 120.0, entries: int = 8_000, flood: int = 50_001, base_port: int = 19_100) -> None:
    keys: dict[str, SigningKey] = {}

    def honest(here: Here) -> tuple[Stub, Any]:
        stub = Stub.make(HONEST, here)
        keys[HONEST] = stub.http
        return stub, stub.says(here.now)

    def hostile(here: Here) -> tuple[Stub, Any]:
        stub = Stub.make(HOSTILE, here)
        keys[HOSTILE] = stub.http
        return stub, stub.says(here.now, more=[_puts(entries, here)], lie=flood)

    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with Hamlet(nodes=1, folder=Path(folder), base_port=base_port) as hamlet:
            house = next(iter(hamlet.houses.values()))
            node = house.node
            await node.stop()
            told = await settle_in(node.folder, 0, base_port + 50, honest, hostile)
            target = load(node.folder, {}).node_id
            given = Path(folder) / "hostile.json"
            seed = wire.b64(keys[HOSTILE].seed())
            given.write_text(json.dumps({"node_id": HOSTILE, "honest": HONEST, "seed": seed, "target": target}))
            os.sched_setaffinity(0, cores[1:] or cores)
            try:
                async with answering(base_port + 50, told):
                    os.sched_setaffinity(0, cores[:1])
                    await node.start()
                    os.sched_setaffinity(0, cores[1:] or cores)
                    await node.ready()
                    await asyncio.sleep(5)
                    async with hamlet.client("maureen") as maureen, httpx.AsyncClient(base_url=node.url) as anybody:
                        asking = _asking(node, target, keys[HONEST], maureen, anybody)
                        await _ask_for(3, asking, node)  # connections, caches
                        quiet, _ = await _ask_for(seconds, asking, node)
                        process = await _hostile(base_port, seconds, given)
                        flooding = asyncio.create_task(_flood(process, base_port, seconds))
                        loud, grown = await _ask_for(seconds, asking, node)
                        answers = await flooding
            finally:
                os.sched_setaffinity(0, cores)
    for name, times in loud.items():
        limit = quantile(quiet[name], 0.99) * 1000
        value = quantile(times, 0.99) * 1000
        more = {"quiet_p50": _ms(quiet[name]), "flood_p50": _ms(times), "asked": len(times), "load": _load()}
        tell(
            f"{name} while one neighbour floods, p99",
            value,
            unit="ms",
            limit=limit,
            limit_is=LIMIT,
            aim=2 * limit,
            **more,
        )
    tell("memory by which a node grows in a flood", grown, unit="MiB", aim=256)
    tell(
        "what a flood was answered",
        sum(sum(each.values()) for each in answers.values()) / seconds,
        unit="requests/s",
        **{kind: json.dumps(counts) for kind, counts in answers.items()},
    )


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def _ms(times: list[float]) -> float:
    return round(quantile(times, 0.5) * 1000, 1)


def _puts(count: int, here: Here) -> list[Put]:
    return [
        make_put(
            "peer-support",
            id=wire.unb64(made.id),
            iat=here.now,
            data=statements.encode(msgspec.convert(made.statement, PeerSupport)),
            expires=here.now + 30 * wire.DAY,
            salt=here.random.bytes(32),
        )
        for made in offers(3, count, now=here.now)
    ]


Asking = dict[str, Callable[[], Awaitable[None]]]


def _asking(
    node: NodeProcess, target: str, key: SigningKey, maureen: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> Asking:
    """What is asked all the while: by an honest neighbour, and by people."""
    fetcher = HttpFetcher({target: node.url})
    client = PeerClient(HONEST, lambda: key, fetcher, now=lambda: int(time.time()), random=os.urandom)

    async def sync() -> None:
        found = await client.heads(target)
        assert found is not None
        for head in found[0].heads:
            origin, size, _ = read_checkpoint(head.checkpoint.partition("\n\n")[0] + "\n")
            topic, epoch = origin.split("/")[2:]
            await client.entries(target, topic, int(epoch), 0, size)
        await asyncio.sleep(4 * PAUSE)  # an honest neighbour keeps to its rate

    async def page() -> None:
        (await anybody.get("/", follow_redirects=True)).raise_for_status()

    async def search() -> None:
        (await maureen.post("/support/searches", json={"words": "stroke", "limit": 10})).raise_for_status()

    return {"a neighbour's sync": sync, "a page": page, "a search": search}


async def _ask_for(seconds: float, asking: Asking, node: NodeProcess) -> tuple[dict[str, list[float]], float]:
    """Seconds of each answer, and by how many MiB the node grew at most."""
    times: dict[str, list[float]] = {name: [] for name in asking}
    until = time.monotonic() + seconds
    before = most = resident(node.pid)

    async def again(name: str, work: Callable[[], Awaitable[None]]) -> None:
        while time.monotonic() < until:
            began = time.perf_counter()
            await work()
            times[name].append(time.perf_counter() - began - (4 * PAUSE if "sync" in name else 0))
            await asyncio.sleep(PAUSE)

    async def watch() -> None:
        nonlocal most
        while time.monotonic() < until:
            most = max(most, resident(node.pid))
            await asyncio.sleep(0.2)

    await asyncio.gather(watch(), *(again(name, work) for name, work in asking.items()))
    return times, most - before


async def _hostile(base_port: int, seconds: float, given: Path) -> Process:
    """The hostile process, ready to begin."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.hostile", str(base_port), str(seconds), str(given), stdin=PIPE, stdout=PIPE
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(60):
        assert await process.stdout.readline() == b"ready\n"
    return process


async def _flood(process: Process, base_port: int, seconds: float) -> dict[str, dict[str, int]]:
    """The flood for so long; meanwhile the hostile log grows twice. What it was answered."""
    telling = asyncio.create_task(process.communicate(b"begin\n"))
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{base_port + 50}", headers={"host": HOSTILE}) as stub:
        for _ in range(2):
            await asyncio.sleep(seconds / 3)
            (await stub.get("/stage")).raise_for_status()
    out, _ = await telling
    return dict(json.loads(out))


if __name__ == "__main__":
    asyncio.run(run())
