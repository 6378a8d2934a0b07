# SPDX-License-Identifier: AGPL-3.0-or-later
"""One history: 40 to 80 moments of deeds, steps and weather, then fair weather until everything has settled, then the checks.

Everything comes from the seed: how many co-ops, how bad the weather, what is done by whom, who is struck when, how far each clock
goes wrong. A moment's line says when, where, what, and what came of it.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import traceback
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

from node import database
from node.village import found_village
from node.village.faults import Weather
from tests.simulation.deeds import Deed, Town
from tests.simulation.judging import digest, judge
from tests.simulation.loop import OneThread
from tests.simulation.operators import DEEDS, resume
from tests.simulation.street import Street, open_street

SKEW = 120
"""Seconds by which each clock may be wrong: two of them never differ by more than honest ones may."""
ALL, REACH = 5, 3
"""Up to so many co-ops are all neighbours of each other; more stand in a ring, and each knows so many on either side."""
HELD = 200
"""Lines of a history that a finding shows."""


@dataclass
class Told:
    """What came of one seed: `lines` the history, `findings` what did not hold, `state` the sum over all databases."""

    seed: int
    nodes: int = 0
    lines: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    state: str = ""
    weather: dict[str, int] = field(default_factory=dict)

    @property
    def sum(self) -> str:
        """What a replay has to give again."""
        return sha256("\n".join([*self.lines, *self.findings, self.state]).encode()).hexdigest()[:32]


class Moulds:
    """Villages founded once for each size, in a folder; copied for every history."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, nodes: int) -> Path:
        mould = self.folder / str(nodes)
        if not mould.exists():
            new = self.folder / f"{nodes}.new"
            new.mkdir()
            with asyncio.Runner(loop_factory=OneThread) as runner:
                runner.run(found_village(new, nodes=nodes, reach=None if nodes <= ALL else REACH))
            new.rename(mould)
        return mould


def nodes_of(seed: int) -> int:
    """3 to 5 co-ops; 8 in one history of fifty, 12 in one of a hundred, 20 in one of two hundred."""
    many = {0: 8, 50: 8, 100: 8, 150: 8, 25: 12, 125: 12, 75: 20}
    return many.get(seed % 200) or (3, 3, 4, 5)[seed % 4]


def live(seed: int, moulds: Moulds, *, moments: int | None = None, without: tuple[str, ...] = ()) -> Told:
    """The history of this seed. It leaves nothing behind. `moments`: in place of the seed's own number; `without`: deeds, by
    name, that nobody does (the rest of the history is then another)."""
    told = Told(seed, nodes_of(seed))
    mould = moulds.of(told.nodes)
    with tempfile.TemporaryDirectory(prefix="history-") as folder:
        copy = Path(folder) / "village"
        shutil.copytree(mould, copy)
        with asyncio.Runner(loop_factory=OneThread) as runner:
            runner.run(_live(told, copy, moments, without))
    return told


async def _live(told: Told, folder: Path, moments: int | None, without: tuple[str, ...]) -> None:
    rng = Random(f"history {told.seed}")
    bad = rng.choice((0.0, 0.3, 0.6, 1.0))
    weather = Weather(
        lost=rng.uniform(0, 0.3) * bad,
        unanswered=rng.uniform(0, 0.2) * bad,
        doubled=rng.uniform(0, 0.3) * bad,
        delayed=rng.uniform(0, 0.2) * bad,
    )
    async with open_street(folder, told.seed, weather) as street:
        town = Town(street, rng)
        try:
            for _ in range(rng.randint(40, 80) if moments is None else moments):
                await _moment(town, told, without)
            await _clear_up(town, told)
            told.findings += await judge(town)
            told.state = await digest(street)
        except Exception:
            told.findings.append(f"a fault: {traceback.format_exc(limit=-6)}")
        told.weather = dict(street.faults.count)


async def _moment(town: Town, told: Told, without: tuple[str, ...]) -> None:
    """A deed or something that befalls; then time passes, late things arrive, and somebody works."""
    street, rng = town.street, town.rng
    down = [each for each in street.names if each not in street.up]
    if down and rng.random() < 0.3:
        await street.stop(down[0])
        await street.start(down[0])
        _say(town, told, down[0], "weather", "started again")
    name = rng.choice(street.up or street.names)
    way = rng.random()
    if way < 0.75:
        usual = {deed: weight for deed, weight in DEEDS.items() if deed.__name__ not in without}
        deed = rng.choices(list(usual), list(usual.values()))[0]
        for where in [name, *rng.sample(street.names, len(street.names))]:
            came = await _do(town, where, deed)
            if came != "done nothing":
                _say(town, told, where, deed.__name__, came)
                break
    elif way < 0.88:
        _say(town, told, name, "weather", await _befall(town, name))
    if rng.random() < 0.015:
        days = rng.randint(1, 9)
        street.true.advance(days=days)
        _say(town, told, name, "weather", f"{days} days go by")
    street.true.advance(seconds=rng.choice((1, 5, 20, 60, 300, 300, 1200, 3600, 3 * 3600)))
    await street.faults.tick()
    for worker in rng.sample(street.names, rng.choice((1, 2, 2))):
        _say(town, told, worker, "step", await street.step(worker))


async def _do(town: Town, name: str, deed: Deed) -> str:
    async def bound() -> str:
        with town.street.at(name):
            return await deed(town, name)

    return await town.street.run(name, bound)


async def _befall(town: Town, name: str) -> str:
    street, rng = town.street, town.rng
    other = rng.choice([each for each in street.names if each != name])
    match rng.randrange(9):
        case 0 | 1:
            street.faults.cuts.add((f"{name}.example", f"{other}.example"))
            return f"nothing passes to {other}"
        case 2 | 3:
            street.faults.cuts = {cut for cut in street.faults.cuts if f"{name}.example" not in cut}
            return "ways free"
        case 4:
            street.faults.strike(f"{name}.example", at=rng.randint(1, 6), moment=rng.choice(("before", "after")))
            return "to be struck at a request"
        case 5 if name in street.up:
            street.strike_within(name, at=rng.randint(1, 60), after=rng.random() < 0.5)
            return "to be struck at work"
        case 6:
            await street.stop(name)
            return "stopped"
        case 7 if street.backups.get(name):
            return await street.restore(name, rng.randrange(len(street.backups[name])))
        case _:
            street.clocks[name].skew = rng.randint(-SKEW, SKEW)
            return f"clock off by {street.clocks[name].skew}"


async def _clear_up(town: Town, told: Told) -> None:
    """Fair weather, everybody up, most pauses over; time passes until letters that wait were tried."""
    street = town.street
    street.calm()
    for name in [each for each in street.names if each not in street.up]:
        await street.stop(name)
        await street.start(name)
    # Clocks that were wrong; nodes that may not sign before they heard of somebody; keys that are asked for once an hour.
    for minutes in (6, 11, 65):
        await _quiet(town, told, minutes * 60)
    resumed = town.rng.random() < 0.8
    for name in street.names if resumed else ():
        _say(town, told, name, "resume", await _do(town, name, resume))
    await _quiet(town, told, 60)
    for _ in range(20 if resumed else 4):
        due = await _next_try(street)
        if due is None:
            break
        await _quiet(town, told, max(60, due - street.true.now() + SKEW))
    await _quiet(town, told, 60)


async def _quiet(town: Town, told: Told, seconds: int) -> None:
    town.street.true.advance(seconds=seconds)
    if not await town.street.settle():
        told.findings.append("does not settle")


async def _next_try(street: Street) -> int | None:
    """When the first of what waits is to be tried again, by its own clock: a letter, or a neighbour that did not answer. None:
    nothing waits."""
    due = []
    for name in street.names:
        with street.at(name):
            due += await database.rows(
                "SELECT due AS at FROM outbox WHERE state = 'open' AND kind IN ('letter', 'feed', 'peering')"
            )
            due += await database.rows("SELECT next_try AS at FROM peer WHERE next_try > {}", street.clocks[name].now())
    return min((int(row["at"]) for row in due if row["at"] is not None), default=None)


def _say(town: Town, told: Told, name: str, what: str, came: Any) -> None:
    told.lines.append(f"{town.street.true.now() - town.street.began:7} {name:7} {what:9} {came}")
