# SPDX-License-Identifier: AGPL-3.0-or-later
"""The power goes at any moment: what was acknowledged before is there when the node is started again, once and whole.

From what two real nodes asked of their disks (`recording`), disks are rebuilt as a loss of power may leave them (`disks`): at
each acknowledgement, at each sync and in between. Each is opened as the node would open it, and looked over: the database's own
check, the journal's chain, what was destroyed for good, and the ledger. What counts as acknowledged is what a node itself had
said on a socket up to that moment: a word that it showed to anybody, an invitation that it said was taken back. The same states
without the syncs that synchronous=NORMAL leaves out do lose words; a trial that sees nothing would see nothing there either.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import re
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
import structlog

from node import database, ended, journal
from node.backing import catching
from node.coop import Coop
from node.exchange import starting
from node.here import Here
from node.settings import load
from node.village.hamlet import Resident
from tests.torture.disks import Disk
from tests.torture.recording import Recorded, record
from tests.torture.tracing import Event, NotHere, Said, Synced, Syncing, Wrote
from tests.village.stories import INTRODUCTIONS

Json = dict[str, Any]
FAILING = ("fdatasync:error=EIO:when=60+37",)
"""These syncs of each thread fail, once the node is up."""
WORD = re.compile(rb'"((?:ask|word|end) \d+\.\d+[\w.]*)"')
ROOM_FREE = 2**28


@dataclass
class Found:
    """What came of the states that were looked at. Each list names the place in the trace, and what was wrong there."""

    states: int = 0
    bad: int = 0
    """States in which something did not hold."""
    looked_for: int = 0
    """Acknowledged words that were looked for, over all states."""
    failed_syncs: int = 0
    """In the lives that the states are taken from."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.broken]

    def add(self, other: Found) -> None:
        self.states += other.states
        self.bad += other.bad
        self.looked_for += other.looked_for
        self.lost += other.lost
        self.doubled += other.doubled
        self.broken += other.broken


def as_normal(events: Sequence[Event]) -> list[Event]:
    """The same life without the syncs that synchronous=NORMAL leaves out: those of the log after each commit. Those before a
    checkpoint writes into the database stay."""
    dropped: set[int] = set()
    last: int | None = None
    for event in events:
        if isinstance(event, Synced) and event.path.name.endswith("-wal"):
            last = event.number
        elif isinstance(event, Wrote) and event.path.name.endswith("-wal") and last is not None:
            dropped.add(last)
            last = None
        elif isinstance(event, Wrote) and event.path.suffix == ".db":
            last = None
    return [each for each in events if not (isinstance(each, Syncing | Synced) and each.number in dropped)]


def moments(events: Sequence[Event], states: int, random: Random) -> Counter[int]:
    """Where the power goes, and how often there: half of them just after something new was said, the others anywhere."""
    seen: set[bytes] = set()
    said, other = [], []
    for number, event in enumerate(events):
        if not isinstance(event, Said):
            other.append(number)
        elif new := set(WORD.findall(event.data)) - seen:
            said.append(number)
            seen |= new
    return Counter(random.choice(said if number % 2 else other) for number in range(states))


async def judge(life: Recorded, events: Sequence[Event], *, states: int, random: Random, room: Path) -> Found:
    """So many disks of this life, each compared with what had been said. `room`: a folder to rebuild them in."""
    found, at, disk = Found(), moments(events, states, random), Disk(life.files(), random)
    words: set[str] = set()
    told: Counter[str] = Counter()
    for number, event in enumerate(events):
        disk.happens(event)
        if isinstance(event, Said):
            words |= {each.decode() for each in WORD.findall(event.data)}
            told.update(id for id in life.taken_back if id.encode() in event.data)
        for _ in range(at[number]):
            lay_out(disk.after_power_loss(), life.folder, room, random)
            gone = {id for id, times in told.items() if times > 1}  # first with its invitation, then as taken back
            before, where = len(found.faults), f"{life.name}, event {number}"
            try:
                await _look(room, life.people, words, gone, found, where)
            except Exception as error:  # a database that can't be opened or read
                found.broken.append(f"{where}: {type(error).__name__}: {error}")
            found.states += 1
            found.bad += len(found.faults) > before
    return found


def lay_out(files: dict[Path, bytes], folder: Path, room: Path, random: Random) -> None:
    """Put the files of `folder` into `room`. What readers share (-shm) is synced by nobody: anything may be found there."""
    shutil.rmtree(room, ignore_errors=True)
    for path, data in files.items():
        to = room / path.relative_to(folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(data)
        to.chmod(0o600)
    shared = random.choice((b"", bytes(32768), random.randbytes(32768)))
    if shared:
        (room / "commoncare.db-shm").write_bytes(shared)


async def _look(
    room: Path, people: Iterable[Resident], words: set[str], gone: set[str], found: Found, where: str
) -> None:
    """Opens the co-op in `room` and looks for everything."""
    async with Coop.open(load(room, {})) as coop:
        here, wrong = coop.here(), []
        with database.bound(coop.engine):
            checked = await database.rows("PRAGMA integrity_check")
            if [row["integrity_check"] for row in checked] != ["ok"]:
                wrong.append(f"integrity check: {checked[0]['integrity_check']}")
            verdict = await journal.verify(here=here)
            if not verdict.whole:
                wrong.append(f"journal: {verdict.why} at {verdict.broken_at}")
            if await starting.another_instance(coop.settings.instance, here=here):
                wrong.append("takes itself for a restored copy")
            wrong += await _erasures(room / ended.FILE, gone, here)
        there = await _words_of(coop, people)
    found.broken += [f"{where}: {each}" for each in wrong]
    found.looked_for += len(words)
    found.lost += [f"{where}: {word}" for word in sorted(words) if not there[word]]
    found.doubled += [f"{where}: {word}" for word, times in there.items() if times > 1]


async def _erasures(file: Path, gone: set[str], here: Here) -> list[str]:
    """What was destroyed: gone in the database, and in the file beside it, which names nothing that was not."""
    rows = await database.rows("SELECT owner FROM data_key WHERE destroyed_at IS NOT NULL")
    destroyed = {ended.mark_of(ended.KEY, str(row["owner"])) for row in rows}
    to_be_kept = {
        ended.mark_of(ended.KEY, str(row["owner"])) for row in rows if not str(row["owner"]).startswith(ended.PASSING)
    }
    said = {ended.mark_of(ended.KEY, f"invitation:{id}") for id in gone}
    lines = _lines(file)
    await catching.catch_up(file, here=here)
    wrong = {
        "erasures undone": said - destroyed,
        "erasures not in their file": said - lines,
        "erasures in their file alone": lines - destroyed,
        "erasures not in their file after it was mended": to_be_kept - _lines(file),
    }
    return [f"{len(these)} {what}" for what, these in wrong.items() if these]


def _lines(file: Path) -> set[str]:
    return {each.mark for each in ended.read(file) if each.kind == ended.KEY}


async def _words_of(coop: Coop, people: Iterable[Resident]) -> Counter[str]:
    """Each word that its people find there through the API, and how often the one finds it who finds it most."""
    most: Counter[str] = Counter()
    transport, address = httpx.ASGITransport(coop.app), f"{coop.settings.address}/api/v1"
    for person in people:
        headers = {"authorization": f"Bearer {person.token}"}
        async with httpx.AsyncClient(transport=transport, base_url=address, headers=headers) as client:
            listed = (await client.get(INTRODUCTIONS)).raise_for_status().json()
            views = [
                (await client.get(f"{INTRODUCTIONS}/{item['id']}")).raise_for_status().content
                for item in listed["items"]
            ]
        most |= Counter(word.decode() for view in views for word in WORD.findall(view))
    return most


async def torture(
    *, states: int, stories: int, seed: int, folder: Path, base_port: int, failing: Sequence[str] = (), pairs: int = 6
) -> tuple[Found, Found]:
    """So many states of both nodes together, and a tenth as many as if synchronous were NORMAL. Raises NotHere."""
    random, kept, careless = Random(seed), Found(), Found()
    lives = await record(stories=stories, seed=seed, folder=folder, base_port=base_port, failing=failing, pairs=pairs)
    with tempfile.TemporaryDirectory(prefix="power-", dir=_memory()) as room:
        for life in lives:
            place = Path(room) / "node"
            kept.failed_syncs += life.failed_syncs
            kept.add(await judge(life, life.events, states=states // 2, random=random, room=place))
            few = max(10, states // 20)
            careless.add(await judge(life, as_normal(life.events), states=few, random=random, room=place))
    return kept, careless


def _memory() -> str | None:
    """Where there is one with room: thousands of folders are made and thrown away."""
    place = "/dev/shm"
    return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > ROOM_FREE else None


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture power", description=__doc__)
    parser.add_argument("--states", type=int, default=2000)
    parser.add_argument("--stories", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--syncs", choices=("kept", "failing"), help="one of the two lives alone")
    parser.add_argument("--base-port", type=int, default=18_300)
    asked = parser.parse_args(given)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    good = True
    for syncs, failing, states in (("kept", (), asked.states), ("failing", FAILING, asked.states // 4)):
        if asked.syncs not in (None, syncs):
            continue
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="torture-power-") as folder:
            try:
                kept, careless = asyncio.run(
                    torture(
                        states=states, stories=asked.stories, seed=asked.seed, folder=Path(folder),
                        base_port=asked.base_port, failing=failing,
                    )
                )  # fmt: skip
            except NotHere as missing:
                print(missing, file=sys.stderr)
                return 1
        for what in kept.faults[:100]:
            print("!!", what, file=sys.stderr)
        line = {
            "part": "power", "syncs": syncs, "states": kept.states, "bad": kept.bad, "lost": len(kept.lost),
            "doubled": len(kept.doubled), "broken": len(kept.broken), "looked_for": kept.looked_for,
            "failed_syncs": kept.failed_syncs,
            "as_normal_states": careless.states, "as_normal_bad": careless.bad, "as_normal_lost": len(careless.lost),
            "seconds": round(time.monotonic() - began),
        }  # fmt: skip
        print(json.dumps(line))
        good = good and not kept.faults and bool(careless.lost)
    return 0 if good else 1
