# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two real nodes live the main story while all that they ask of their disks is written down, from their very first start.

Besides, at each co-op somebody is invited and the invitation taken back, again and again: what was entered about them is
destroyed for good, which has to outlive a loss of power as well as words do.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from node.village.hamlet import Hamlet, House, Resident
from tests.torture import tracing
from tests.torture.kills import PAIRS, Pair, Tally
from tests.torture.tracing import Event, Said, Synced

OPERATORS = ("callum", "bethan")
UNKEPT = ("serve.log", "commoncare.db-shm")
"""What is written without anybody counting on it after a loss of power."""


@dataclass
class Recorded:
    """One node's life: its folder as it was at first, and what it did. `people`: of the story, who live there;
    `taken_back`: ids of invitations."""

    name: str
    before: Path
    folder: Path
    port: int
    people: list[Resident]
    taken_back: list[str]
    events: list[Event] = field(default_factory=list)

    @property
    def failed_syncs(self) -> int:
        return sum(isinstance(each, Synced) and not each.well for each in self.events)

    def files(self) -> dict[Path, bytes]:
        """What stood in the folder at first."""
        return {
            self.folder / path.relative_to(self.before): path.read_bytes()
            for path in self.before.rglob("*")
            if path.is_file() and path.name not in UNKEPT
        }


class Calm:
    """Stands where others kill: lets every request be, and ends it after so many stories."""

    def __init__(self, stories: int) -> None:
        self.left, self.done = stories, asyncio.Event()

    async def send(self, house: House, deed: str, request: asyncio.Task[httpx.Response]) -> httpx.Response:
        answer = await request
        self.left -= deed == "ending" and answer.is_success
        if self.left <= 0:
            self.done.set()
        return answer


class Traced(Hamlet):
    """Whose nodes are recorded."""

    failing: Sequence[str] = ()

    async def prepare(self, house: House) -> None:
        await super().prepare(house)
        folder = house.node.folder
        shutil.copytree(folder, _before(folder))
        house.node.program = tracing.program(_trace(folder), inject=self.failing)


async def record(
    *, stories: int, seed: int, folder: Path, base_port: int, failing: Sequence[str] = (), pairs: int = len(PAIRS)
) -> list[Recorded]:
    """Both nodes' lives. `failing`: calls that are to fail, see `tracing.program`; nothing acknowledged may be lost by that even
    while they run, or it fails. Raises NotHere where it can't be done."""
    tracing.must_work()
    tally, calm = Tally(), Calm(stories)
    hamlet = Traced(nodes=2, folder=folder, base_port=base_port, seed=seed)
    hamlet.failing = failing
    taken_back: dict[str, list[str]] = {name: [] for name in hamlet.houses}
    async with hamlet:
        processes = {name: house.node.pid for name, house in hamlet.houses.items()}
        couples = [Pair(names, hamlet, calm, tally, f"{number}") for number, names in enumerate(PAIRS[:pairs])]
        for couple in couples:
            await couple.open_up()
        async with asyncio.TaskGroup() as tasks:
            for couple in couples:
                tasks.create_task(couple.live())
            for operator in OPERATORS:
                tasks.create_task(_take_back(hamlet, operator, calm, taken_back))
        for couple in couples:
            await couple.judge()
        assert tally.lost == tally.doubled == []
    living, found = {name for names in PAIRS[:pairs] for name in names[:2]}, []
    for number, (name, house) in enumerate(hamlet.houses.items()):
        place = house.node.folder
        people = [person for person in house.people.values() if person.id in living]
        made = Recorded(name, _before(place), place, base_port + number, people, taken_back[name])
        await _written(_trace(place), processes[name])
        made.events = [each for each in tracing.read(_trace(place), place, made.port) if not _passing(each)]
        found.append(made)
    return found


async def _take_back(hamlet: Hamlet, operator: str, calm: Calm, taken_back: dict[str, list[str]]) -> None:
    house, _ = hamlet.person(operator)
    async with hamlet.client(operator) as client:
        while not calm.done.is_set():
            made = await client.post("/people/invitations", json={"roles": ["supported"], "name": "Made Up"})
            if made.is_success:
                id = made.json()["id"]
                gone = await client.post(f"/people/invitations/{id}/revocation", json={})
                if gone.is_success:
                    taken_back[house.co_op.id].append(id)
            try:
                async with asyncio.timeout(0.5):
                    await calm.done.wait()
            except TimeoutError:
                pass


async def _written(trace: Path, process: int) -> None:
    """strace writes the end down a moment after the node is gone."""
    async with asyncio.timeout(60):
        while not tracing.has_ended(trace, process):
            await asyncio.sleep(0.1)


def _passing(event: Event) -> bool:
    return not isinstance(event, Said) and event.path.name in UNKEPT


def _before(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.before")


def _trace(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.trace")
