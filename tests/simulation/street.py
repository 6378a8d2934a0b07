# SPDX-License-Identifier: AGPL-3.0-or-later
"""The co-ops of one history, each with its own folder, clock and chance: opened, struck, started again, stepping when told to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from node import database, ended
from node.backing import catching, locking, restoring, writing
from node.clock import HandClock, SeededRandomness
from node.coop import Coop
from node.errors import Refusal
from node.settings import Backup, Settings, load
from node.village import cast as casting
from node.village.faults import Faults, PowerCut, SkewedClock, Weather
from node.village.network import Net
from node.village.village import NOTE
from tests.simulation.loop import OneThread


class Street:
    """See the module. `people`: cast id -> person id; `names`: of the co-ops, `alder` is `alder.example`; `backups`: of each,
    oldest first; `restored`: who was put back from one, and so may have forgotten what it said."""

    def __init__(self, folder: Path, seed: int, weather: Weather) -> None:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        self.folder, self.seed = folder, seed
        self.names: list[str] = note["names"]
        self.people: dict[str, str] = note["people"]
        self.cast = casting.load()
        self.true = HandClock(note["now"])
        self.began = int(note["now"])
        self.faults = Faults(seed, weather)
        self.net = Net(self.faults)
        self.clocks = {name: SkewedClock(self.true) for name in self.names}
        self.coops: dict[str, Coop] = {}
        self.backups: dict[str, list[Path]] = {}
        self.restored: set[str] = set()
        self._lock, self._key = locking.new_key()
        self._stacks: dict[str, AsyncExitStack] = {}
        self._starts = 0

    @contextmanager
    def at(self, name: str) -> Iterator[Coop]:
        """This co-op's database is bound inside the block."""
        with database.bound(self.coops[name].engine):
            yield self.coops[name]

    @property
    def up(self) -> list[str]:
        """Who runs now."""
        return [name for name in self.names if name in self.coops and f"{name}.example" not in self.faults.down]

    async def start(self, name: str) -> None:
        """Opens a co-op, where it was left."""
        self._starts += 1
        stack = self._stacks[name] = AsyncExitStack()
        # Each start has a chance of its own: the same again would give the same ids a second time.
        random = SeededRandomness(f"{self.seed}:{name}:{self._starts}")
        self.coops[name] = await stack.enter_async_context(
            Coop.open(
                self._settings(name),
                clock=self.clocks[name],
                random=random,
                transport=self.net.seen_from(f"{name}.example"),
            )
        )
        self.net.apps[f"{name}.example"] = self.coops[name].app
        self.faults.down.discard(f"{name}.example")

    async def stop(self, name: str) -> None:
        """Closes a co-op: what it held in memory is gone."""
        self.faults.down.add(f"{name}.example")
        coop = self.coops.pop(name, None)
        if coop is not None:
            _loop().spare(coop.engine)
            await self._stacks.pop(name).aclose()

    async def back_up(self, name: str) -> str:
        """Makes a backup of a co-op that is up."""
        with self.at(name) as coop:
            made = await writing.make(coop.settings, here=coop.here())
        self.backups.setdefault(name, []).append(Path(made.path))
        return f"{made.rows} rows"

    async def restore(self, name: str, number: int) -> str:
        """Its database is lost; a backup is put back in its place, and it is started. Of what ended it knows what `work` would
        have written into its file by then."""
        if name in self.up:
            with self.at(name) as coop:
                await catching.keep_up(coop.settings.path(ended.FILE), coop.here())
        await self.stop(name)
        file = self.backups[name][number]
        for path in (self.folder / name).glob("commoncare.db*"):
            path.unlink()
        self._starts += 1
        random = SeededRandomness(f"{self.seed}:{name}:{self._starts}:restored")
        secret = locking.identity(self._lock)
        done = await restoring.restore(self._settings(name), file, secret, clock=self.clocks[name], random=random)
        self.restored.add(name)
        await self.start(name)
        return f"backup {number}, {sum(done.ended.values())} ended again"

    def _settings(self, name: str) -> Settings:
        return replace(load(self.folder / name, {}), backup=Backup(recipients=(self._key,)))

    async def run(self, name: str, work: Callable[[], Awaitable[Any]]) -> str:
        """What came of something done at a co-op: "done …", the code of a refusal, or "struck" when its computer stopped."""
        if name not in self.up:
            return "off"
        try:
            return f"done {await work()}"
        except Refusal as refusal:
            return refusal.code
        except BaseException as error:
            cut = _power_cut(error)
            if cut is None:
                raise
            self.faults.down.add(cut.node)
            return "struck"

    async def step(self, name: str) -> str:
        """One step of one co-op."""
        return await self.run(name, lambda: self.coops[name].step())

    def strike_within(self, name: str, *, at: int, after: bool) -> None:
        """This co-op's computer stops at its `at`-th statement from now on."""
        _loop().strike(self.coops[name].engine, f"{name}.example", at=at, after=after)

    def calm(self) -> None:
        self.faults.calm()
        _loop().calm()

    async def settle(self, *, rounds: int = 60) -> bool:
        """Lets everybody do what is due until a whole round did nothing and nothing is under way. False: there is no end."""
        for _ in range(rounds):
            moved = await self.faults.tick()
            for name in self.up:
                moved += await self.coops[name].step()
            if not moved and not self.faults.under_way:
                return True
        return False


def _loop() -> OneThread:
    return cast(OneThread, asyncio.get_running_loop())


def _power_cut(error: BaseException) -> PowerCut | None:
    """The power cut in what was raised; tasks that ran side by side raise it in a group."""
    if isinstance(error, PowerCut):
        return error
    if isinstance(error, BaseExceptionGroup):
        return next((cut for each in error.exceptions if (cut := _power_cut(each)) is not None), None)
    return None


@asynccontextmanager
async def open_street(folder: Path, seed: int, weather: Weather) -> AsyncIterator[Street]:
    """The village in `folder` (a copy: it is written to), with everybody up."""
    street = Street(folder, seed, weather)
    try:
        for name in street.names:
            await street.start(name)
        yield street
    finally:
        for name in street.names:
            await street.stop(name)
