# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a lead's approval at Birch to the first hit at Alder, and from withdrawal to none: real processes on loopback.

The limit: a durable commit at each end and a request between them, by the shortest code. Then ten quiet seconds, in which
Alder may ask Birch for its heads once.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from pathlib import Path

import httpx

from node.village.hamlet import Hamlet
from tests.bench.telling import median, quantile, tell

POLL = 0.002
PAUSE = 0.6
"""Seconds between one offer and the next: a log under load signs only once in 250 ms, and that is not asked here."""
QUIET = 10.0


async def run(*, offers: int = 100, base_port: int = 18_400) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with Hamlet(nodes=2, folder=Path(folder), base_port=base_port) as hamlet:
            appear, vanish = await _cross(hamlet, offers)
            asked = await _heads_in_quiet(hamlet)
        floor = _floor(Path(folder))
    limit = {"limit": floor, "limit_is": "two durable commits and one loopback request, shortest code"}
    tell(
        "publish to searchable, median",
        median(appear),
        unit="s",
        aim=0.1,
        **limit,
    )
    tell("publish to searchable, p99", quantile(appear, 0.99), unit="s", aim=0.3, **limit)
    tell("withdraw to gone, median", median(vanish), unit="s", aim=0.5, **limit, p99=round(quantile(vanish, 0.99), 3))
    tell("heads asked of Birch in ten quiet seconds", asked, unit="requests", aim=1)


async def _cross(hamlet: Hamlet, offers: int) -> tuple[list[float], list[float]]:
    appear: list[float] = []
    vanish: list[float] = []
    async with hamlet.client("samuel") as samuel, hamlet.client("ruth") as ruth, hamlet.client("maureen") as maureen:
        for number in range(offers):
            word = f"w{number:06d}w"
            draft = {
                "topics": ["stroke"], "have": f"I had a stroke, {word}.", "how": "We talk.", "limits": "No visits.",
                "ways": ["phone"], "area": "ferry-row", "submit": True,
            }  # fmt: skip
            made = await samuel.post("/support/offers", json=draft)
            made.raise_for_status()
            one = f"/support/offers/{made.json()['id']}"
            (await ruth.post(f"{one}/approval", json={})).raise_for_status()
            appear.append(await _until(maureen, word, there=True))
            (await samuel.post(f"{one}/withdrawal", json={})).raise_for_status()
            vanish.append(await _until(maureen, word, there=False))
            await asyncio.sleep(PAUSE)
    return appear, vanish


async def _until(client: httpx.AsyncClient, word: str, *, there: bool) -> float:
    began = time.perf_counter()
    async with asyncio.timeout(30):
        while True:
            found = await client.post("/support/searches", json={"words": word, "limit": 1})
            if bool(found.json()["items"]) is there:
                return time.perf_counter() - began
            await asyncio.sleep(POLL)


async def _heads_in_quiet(hamlet: Hamlet) -> int:
    """How many `heads` Birch answered in ten seconds in which nothing happens, plus the one that is held."""
    port = hamlet.houses["birch"].metrics_port
    await asyncio.sleep(2)

    async def count() -> int:
        async with httpx.AsyncClient() as client:
            text = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
        lines = [
            line for line in text.splitlines() if line.startswith("commoncare_requests_total") and '"heads"' in line
        ]
        return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines))

    before = await count()
    await asyncio.sleep(QUIET)
    return await count() - before


def _floor(folder: Path) -> float:
    """Seconds for a commit, a loopback round trip, and another commit."""
    import socket
    import threading

    db = sqlite3.connect(folder / "floor.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("CREATE TABLE t (x)")
    server = socket.create_server(("127.0.0.1", 0))

    def echo() -> None:
        connection, _ = server.accept()
        with connection:
            while data := connection.recv(1024):
                connection.sendall(data)

    threading.Thread(target=echo, daemon=True).start()
    client = socket.create_connection(server.getsockname())
    times = []
    for _ in range(200):
        began = time.perf_counter()
        db.execute("INSERT INTO t VALUES (1)")
        client.sendall(b"x" * 500)
        client.recv(1024)
        db.execute("INSERT INTO t VALUES (1)")
        times.append(time.perf_counter() - began)
    client.close()
    server.close()
    return median(times)
