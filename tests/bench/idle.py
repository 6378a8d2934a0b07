# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a node costs in which nothing happens, by how many neighbours it follows: CPU of its process over a quiet minute.

The neighbours are stubs in a process of their own that hold each request for heads its 50 seconds. The limit: as many held
requests as the node sends, signed and sent by the shortest code over connections that stay open; the aim for 200 is 2 % of a
core.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import time
from contextlib import closing
from pathlib import Path

import httpx

from federation.keys import SigningKey
from federation.requests import sign_request
from federation.wire import HEADS, HEADS_WAIT
from node.village.hamlet import Hamlet
from node.village.processes import NodeProcess
from tests.bench.stubs import HOST, answering, settle_in
from tests.bench.telling import tell

WARM = 5.0
TRIES = 400


async def run(*, peers: tuple[int, ...] = (10, 50, 200, 1000), seconds: float = 100.0, base_port: int = 18_900) -> None:
    shares: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with Hamlet(nodes=1, folder=Path(folder), base_port=base_port) as hamlet:
            node = next(iter(hamlet.houses.values())).node
            await node.stop()
            for count in peers:
                home = Path(shutil.copytree(node.folder, Path(folder) / f"with-{count}"))
                told = await settle_in(home, count, base_port + 50)
                async with answering(base_port + 50, told):
                    each = await _shortest(base_port + 50)
                    spent = await _spent(NodeProcess(home, node.url), count, seconds)
                shares[count] = spent / seconds * 100
                tell(
                    f"idle, {count} neighbours followed",
                    shares[count],
                    unit="% of a core",
                    limit=count / HEADS_WAIT * each * 100,
                    limit_is="one signed request in 50 s for each over connections that stay open, shortest code",
                    **({"aim": 2.0} if count == 200 else {}),
                    seconds=seconds,
                    milliseconds_a_neighbour_and_minute=round(spent / seconds * 60 / count * 1000, 2),
                    load=round(os.getloadavg()[0], 1),
                )
    few, many = min(peers), max(peers)
    if few != many:
        slope = (shares[many] - shares[few]) / (many - few)
        middle = [count for count in peers if few < count < many]
        worst = max(((shares[n] - shares[few]) / (n - few) for n in middle), default=slope)
        tell(
            "idle, each further neighbour",
            slope * 1000,
            unit="thousandths of a % of a core",
            limit=worst * 1000,
            limit_is="the steepest from the fewest to a number between: linear at worst; the aim is 1.2 times that",
            aim=1.2 * worst * 1000,
        )


async def _spent(node: NodeProcess, count: int, seconds: float) -> float:
    """CPU seconds of the node over so many seconds, once it holds a request at each neighbour."""
    await node.start()
    try:
        await node.ready()
        async with asyncio.timeout(300):
            while _followed(node.folder) < count:
                await asyncio.sleep(WARM)
        await asyncio.sleep(WARM)
        began, at = _cpu(node.pid), time.perf_counter()
        await asyncio.sleep(seconds)
        spent, lasted = _cpu(node.pid) - began, time.perf_counter() - at
        return spent * seconds / lasted
    finally:
        await node.stop()


def _followed(folder: Path) -> int:
    """How many neighbours' logs it has taken in."""
    with closing(sqlite3.connect(f"file:{folder / 'commoncare.db'}?mode=ro", uri=True)) as held:
        return int(held.execute("SELECT count(*) FROM followed WHERE size > 0").fetchone()[0])


def _cpu(pid: int) -> float:
    """CPU seconds of a process, its threads and what it did in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _shortest(port: int) -> float:
    """CPU seconds of one signed request and its 304."""
    key = SigningKey.generate(os.urandom)
    async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}") as client:
        tag = (await client.get(HEADS, headers={"Host": "stub0.example"})).headers["etag"].strip('"')
        began = 0.0
        for number in range(TRIES + 50):
            if number == 50:
                began = time.process_time()
            signed = sign_request(
                "GET", "stub0.example", HEADS, f"known={tag}", None, None, key=key, node_id="alder.example",
                now=int(time.time()), nonce=os.urandom(16),
            )  # fmt: skip
            answer = await client.get(f"{HEADS}?known={tag}", headers={**signed, "Host": "stub0.example"})
            assert answer.status_code == 304
        return (time.process_time() - began) / TRIES


if __name__ == "__main__":
    asyncio.run(run())
