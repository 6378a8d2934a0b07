# SPDX-License-Identifier: AGPL-3.0-or-later
"""A cold start, from the command to the first request that can be served, and what an idle node holds in memory.

The limit is a bare Litestar application under uvicorn, started the same way.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import httpx

from node.village.hamlet import Hamlet
from tests.bench.telling import median, tell

ROUNDS = 5
IDLE = 10.0
BARE = """
import uvicorn
from litestar import Litestar, get
@get("/health/ready")
async def ready() -> dict[str, bool]:
    return {"ok": True}
uvicorn.run(Litestar([ready], openapi_config=None, logging_config=None), host="127.0.0.1", port=PORT, log_level="error")
"""


async def run(*, base_port: int = 18_700) -> None:
    # A node that has run before has its bytecode; so has the bare application beside it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with Hamlet(nodes=2, folder=Path(folder), base_port=base_port) as hamlet:
            node = hamlet.houses["alder"].node
            starts = []
            for _ in range(ROUNDS):
                await node.stop()
                began = time.perf_counter()
                await node.start()
                await node.ready()
                starts.append(time.perf_counter() - began)
            await asyncio.sleep(IDLE)
            memory = _resident(node.pid)
        bare_start, bare_memory = await _bare(base_port + 50)
    bare = "a bare Litestar application under uvicorn"
    tell("cold start, median", median(starts), unit="s", limit=bare_start, limit_is=bare, aim=2.0)
    tell("idle memory, two co-ops and 40 offers", memory, unit="MiB", limit=bare_memory, limit_is=bare, aim=150)


def _resident(pid: int) -> float:
    """Resident memory in MiB, from the kernel's own account."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


async def _bare(port: int) -> tuple[float, float]:
    starts, memory = [], 0.0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", BARE.replace("PORT", str(port)))
        async with httpx.AsyncClient() as client, asyncio.timeout(30):
            while True:
                try:
                    if (await client.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
        starts.append(time.perf_counter() - began)
        memory = _resident(process.pid)
        process.terminate()
        await process.wait()
    return median(starts), memory
