# SPDX-License-Identifier: AGPL-3.0-or-later
"""The disk is full, or fails now and then: nothing acknowledged is lost or doubled, and it goes on by itself afterwards.

Two real nodes on a tmpfs of a few megabytes, in a mount namespace of its own (`unshare`), so that nothing is left behind. First
it is filled to the brim while people live the main story, and emptied again, some times over: people are told that nothing of
what they sent was saved, and can go on reading. Then libfiu lets writes, syncs, cuts, reads and openings of files fail by chance,
with "no room" and "I/O error" in turn, for so many requests; at last both nodes are killed and started again without it. The
ledger is the client's own, as in `kills`.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from node.database.faults import NO_ROOM, NOT_SURE, TRY_AGAIN
from node.village.hamlet import Hamlet, House
from tests.torture.kills import PAIRS, Pair, Tally
from tests.torture.recording import Calm
from tests.torture.tracing import Forbidden, NotHere

Json = dict[str, Any]
SIZE = 48
"""Megabytes of the disk."""
FAULTS = {
    "posix/io/rw/pwrite": 0.005,
    "posix/io/sync/fdatasync": 0.05,
    "posix/io/sync/fsync": 0.02,
    "posix/io/rw/ftruncate": 0.02,
    "posix/io/rw/pread": 0.001,
    "posix/io/oc/open": 0.02,
}
"""What fails, and how often: a commit writes some twenty times and syncs once."""
TURN = 15.0
"""Seconds after which the other error has its turn."""


@dataclass
class Heard:
    """What people were answered. `refusals`: (method, status, words) -> how often."""

    requests: int = 0
    read: int = 0
    stored: int = 0
    refusals: Counter[tuple[str, int, str]] = field(default_factory=Counter)

    async def __call__(self, answer: httpx.Response) -> None:
        self.requests += 1
        if answer.is_success:
            if answer.request.method == "GET":
                self.read += 1
            else:
                self.stored += 1
        elif answer.status_code >= 500:
            await answer.aread()
            detail = answer.json().get("detail", "") if "json" in answer.headers.get("content-type", "") else "no words"
            self.refusals[answer.request.method, answer.status_code, detail] += 1

    def refused(self, method: str, words: str | None = None) -> int:
        return sum(
            times for (kind, _, said), times in self.refusals.items() if kind == method and words in (None, said)
        )

    def unfit(self) -> list[str]:
        """Refusals that say something else than what became of it."""
        fit = {NO_ROOM, NOT_SURE, TRY_AGAIN}
        return [f"{m} {status}: {words}" for (m, status, words) in self.refusals if status != 503 or words not in fit]


class Life:
    """The people of a hamlet, who live the story over and over until they are told to end."""

    def __init__(self, hamlet: Hamlet, pairs: int, tag: str) -> None:
        self.heard, self.tally, self.calm = Heard(), Tally(), Calm(sys.maxsize)
        self.pairs = [Pair(names, hamlet, self.calm, self.tally, f"{tag}{n}") for n, names in enumerate(PAIRS[:pairs])]

    async def begin(self) -> None:
        for pair in self.pairs:
            await pair.open_up()
            for client in pair.clients.values():
                client.event_hooks = {"response": [self.heard]}
        self.tasks = [asyncio.create_task(pair.live()) for pair in self.pairs]

    async def until(self, condition: Any, seconds: float) -> None:
        """Waits for a condition, within bounds; raises what ended somebody's life before."""
        async with asyncio.timeout(seconds):
            while not condition():
                for task in self.tasks:
                    if task.done():
                        task.result()
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Inside the block somebody writes drafts all the while: those who live the story may all wait for words that a full disk
        keeps from coming."""
        pair = self.pairs[0]
        client = pair.clients[pair.supporter]
        draft = pair.draft() | {"have": "A draft.", "submit": False}

        async def write() -> None:
            while True:
                answer = await client.post("/support/offers", json=draft)
                assert answer.is_success or answer.status_code >= 500, answer.text
                await asyncio.sleep(0.1)

        task = asyncio.create_task(write())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def end(self, seconds: float = 600) -> None:
        self.calm.done.set()
        async with asyncio.timeout(seconds):
            await asyncio.gather(*self.tasks)

    async def judge(self) -> None:
        for pair in self.pairs:
            await pair.judge()


def fill(filler: Path) -> None:
    """Takes every byte that the disk has left."""
    size = 2**20
    with filler.open("ab", buffering=0) as file:
        while size:
            try:
                file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                size //= 2


def _kept_full(filler: Path, told: Heard, refused: int, read: int) -> bool:
    """Whether so many were refused for room, and so many could read. It is filled again each time that this is asked: what a log
    gives back while people go on would let them through."""
    fill(filler)
    return told.refused("POST", NO_ROOM) > refused and told.read > read


async def full(*, rounds: int, folder: Path, base_port: int, pairs: int) -> Json:
    """The disk fills up so many times."""
    filler, back, wrong = folder / "filler", [], []
    async with Hamlet(nodes=2, folder=folder, base_port=base_port, seed=1) as hamlet:
        life = Life(hamlet, pairs, "f")
        await life.begin()
        told = life.heard
        for _ in range(rounds):
            stored = told.stored
            await life.until(lambda: told.stored > stored + pairs, 120)  # noqa: B023 - asked before it changes
            fill(filler)
            refused, read = told.refused("POST", NO_ROOM) + 3 * pairs, told.read + 50 * pairs
            async with life.writing():
                await life.until(lambda: _kept_full(filler, told, refused, read), 120)  # noqa: B023
                wrong += [f"ready: {said}" for said in await _ready(hamlet) if said != {"ok": True, "room": False}]
                filler.unlink()
                began, stored = time.monotonic(), told.stored
                await life.until(lambda: told.stored > stored, 120)  # noqa: B023
                back.append(time.monotonic() - began)
        wrong += [f"ready: {said}" for said in await _ready(hamlet) if said != {"ok": True}]
        await life.end()
        await life.judge()
        wrong += [f"reading was refused: {each}" for each in told.refusals if each[0] == "GET"]
    return {
        "part": "disk", "what": "full", "rounds": rounds, "requests": told.requests, "acknowledged": life.tally.acknowledged,
        "refused_for_room": told.refused("POST", NO_ROOM), "read": told.read, "back_after_s": [round(each, 1) for each in back],
        "lost": life.tally.lost, "doubled": life.tally.doubled, "wrong": wrong + told.unfit(),
    }  # fmt: skip


async def _ready(hamlet: Hamlet) -> list[Json]:
    async with httpx.AsyncClient(timeout=30) as client:
        return [(await client.get(f"{house.node.url}/health/ready")).json() for house in hamlet.houses.values()]


class Failing(Hamlet):
    """Whose nodes run with libfiu; nothing fails yet."""

    async def prepare(self, house: House) -> None:
        await super().prepare(house)
        house.node.program = ("fiu-run", "-x", "-f", str(_fifo(house)), sys.executable, "-m", "node")


def _fifo(house: House) -> Path:
    return house.node.folder.with_name(f"{house.co_op.id}.fiu")


async def _order(hamlet: Hamlet, *orders: str) -> None:
    """Tells both nodes what is to fail from now on."""
    for house in hamlet.houses.values():
        for order in orders:
            told = await asyncio.create_subprocess_exec(
                "fiu-ctrl", "-f", str(_fifo(house)), "-c", order, str(house.node.pid)
            )
            if await told.wait():
                raise NotHere(f"fiu-ctrl could not tell the node: {order}")


async def faults(*, requests: int, folder: Path, base_port: int, pairs: int) -> Json:
    """Files fail by chance for so many requests; then both nodes are killed and started without."""
    async with Failing(nodes=2, folder=folder, base_port=base_port, seed=2) as hamlet:
        life = Life(hamlet, pairs, "e")
        await life.begin()
        told, turns, code = life.heard, 0, errno.EIO
        while told.requests < requests:
            code = errno.ENOSPC if code == errno.EIO else errno.EIO
            await _order(
                hamlet,
                *(f"enable_random name={n},probability={p},failinfo={code}" for n, p in FAULTS.items()),
            )
            turns, until = turns + 1, time.monotonic() + TURN
            await life.until(lambda: told.requests >= requests or time.monotonic() > until, 10 * TURN)  # noqa: B023
        await _order(hamlet, *(f"disable name={name}" for name in FAULTS))
        await life.end(900)
        await life.judge()
        for house in hamlet.houses.values():
            await house.node.kill()
            house.node.program = (sys.executable, "-m", "node")
            await house.node.start()
            await house.node.ready()
        await life.judge()
    return {
        "part": "disk", "what": "faults", "turns": turns, "requests": told.requests, "acknowledged": life.tally.acknowledged,
        "unanswered": life.tally.unanswered, "refused": {f"{m} {words[:40]}": n for (m, _, words), n in told.refusals.items()},
        "lost": life.tally.lost, "doubled": life.tally.doubled, "wrong": told.unfit(),
    }  # fmt: skip


def must_work() -> tuple[str, ...]:
    """The command by which a process gets mounts of its own. Raises NotHere."""
    for needed, package in (("unshare", "util-linux"), ("mount", "mount"), ("fiu-run", "fiu-utils")):
        if shutil.which(needed) is None:
            raise NotHere(f"{needed} is missing; on Debian or Ubuntu install it with: apt-get install {package}")
    command = ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--map-root-user", "--mount")
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder]
        tried = subprocess.run([*command, *mount], capture_output=True, text=True)
    if tried.returncode:
        raise Forbidden(f"nothing may be mounted here: {tried.stderr.strip()[:200]}")
    return command


def run(*given: str) -> subprocess.CompletedProcess[str]:
    """The trial in mounts of its own: its lines are on standard output. Raises NotHere."""
    with tempfile.TemporaryDirectory(prefix="torture-disk-") as folder:
        command = [*must_work(), sys.executable, "-m", "tests.torture", "disk", "--inside", folder, *given]
        return subprocess.run(command, stdout=subprocess.PIPE, text=True)


def _inside(asked: argparse.Namespace) -> int:
    place, good = Path(asked.inside), True
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "none", str(place)], check=True)
    for what in ("full", "faults"):
        if asked.only in ("", what):
            folder = place / what
            folder.mkdir()
            common = {"folder": folder, "base_port": asked.base_port, "pairs": asked.pairs}
            if what == "full":
                came = asyncio.run(full(rounds=asked.rounds, **common))
            else:
                came = asyncio.run(faults(requests=asked.requests, **common))
            shutil.rmtree(folder)
            print(json.dumps(came), flush=True)
            good = good and not (came["lost"] or came["doubled"] or came["wrong"])
    return 0 if good else 1


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture disk", description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000, help="while files fail")
    parser.add_argument("--rounds", type=int, default=10, help="so often the disk fills up")
    parser.add_argument("--pairs", type=int, default=len(PAIRS))
    parser.add_argument("--only", choices=("full", "faults"), default="")
    parser.add_argument("--base-port", type=int, default=18_500)
    parser.add_argument("--inside", default="", help=argparse.SUPPRESS)
    asked = parser.parse_args(given)
    if asked.inside:
        return _inside(asked)
    try:
        came = run(*given)
    except NotHere as missing:
        print(missing, file=sys.stderr)
        return 1
    print(came.stdout, end="")
    return came.returncode
