# SPDX-License-Identifier: AGPL-3.0-or-later
"""Some histories of `make simulate`, in every run, and whether the checks would notice: what is broken by hand has to show."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import httpx
import pytest

from node import database
from node.peers import acts as peers
from node.village.faults import Faults, Weather
from tests.simulation import deeds
from tests.simulation.deeds import Town
from tests.simulation.history import Moulds, live
from tests.simulation.judging import judge
from tests.simulation.loop import OneThread
from tests.simulation.street import open_street

SEEDS = "1004-1005,1008-1009"
KNOWN = ("pause",)
"""Deeds that a known fault makes fail: see the last test of this file, and empty this with it."""


@pytest.fixture(scope="module")
def moulds(tmp_path_factory: pytest.TempPathFactory) -> Moulds:
    return Moulds(tmp_path_factory.mktemp("moulds"))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_honest_co_ops_come_to_agree() -> None:
    """By the command itself, which fixes what a process would otherwise order by chance."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seeds", SEEDS, "--workers", "1", "--without", *KNOWN],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=570,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    line = json.loads(ran.stdout.splitlines()[-1])
    assert line["failed"] == 0
    assert line["moments"] > 40 * line["seeds"]


@pytest.mark.slow
def test_a_seed_is_one_history(moulds: Moulds) -> None:
    one, again = live(5, moulds, moments=25), live(5, moulds, moments=25)
    assert one.lines == again.lines
    assert (one.state, one.sum) == (again.state, again.sum)
    assert one.sum != live(9, moulds, moments=25).sum


@pytest.mark.parametrize("broken", ["listing", "alarm", "half", "entry"])
def test_what_is_broken_by_hand_shows(moulds: Moulds, tmp_path: Path, broken: str) -> None:
    moulds.of(3)
    shutil.copytree(moulds.of(3), tmp_path / "village")

    async def try_it() -> tuple[list[str], list[str]]:
        async with open_street(tmp_path / "village", 3, Weather()) as street:
            town = Town(street, Random(3))
            await street.settle()
            before = await judge(town)
            with street.at("alder"):
                await _BREAK[broken]()
            return before, await judge(town)

    with asyncio.Runner(loop_factory=OneThread) as runner:
        before, after = runner.run(try_it())
    assert before == []
    assert after != []


async def _no_listing() -> None:
    await database.execute("DELETE FROM listing WHERE node_id = {}", "birch.example")


async def _alarm() -> None:
    await database.execute("UPDATE followed SET alarm = 'rollback'")


async def _no_entry() -> None:
    await database.execute("UPDATE followed_entry SET kind = 'gone', body = NULL WHERE kind = 'put'")


async def _lone_half() -> None:
    person = await database.row("SELECT id FROM person LIMIT 1")
    assert person is not None
    await database.insert_many(
        "introduction",
        ("id", "thread", "thread_out", "side", "other_node", "person", "status", "asked_at", "answer_by", "changed_at"),
        [("x" * 22, "y" * 22, "z" * 22, "asker", "birch.example", person["id"], "accepted", 1, 2, 3)],
    )


_BREAK: dict[str, Callable[[], Awaitable[None]]] = {
    "listing": _no_listing, "alarm": _alarm, "half": _lone_half, "entry": _no_entry,
}  # fmt: skip


# The weather ----------------------------------------------------------------------------------------------------------


async def _through(faults: Faults, times: int, reached: list[int]) -> list[str]:
    async def deliver(request: httpx.Request) -> httpx.Response:
        reached.append(int(request.headers["n"]))
        return httpx.Response(200)

    came = []
    for number in range(times):
        request = httpx.Request("GET", "http://b.example/", headers={"n": str(number)})
        try:
            await faults.carry("a.example", "b.example", request, deliver)
            came.append("yes")
        except httpx.TransportError as error:
            came.append(type(error).__name__)
        await faults.tick()
    return came


async def test_the_weather_comes_from_the_seed() -> None:
    weather = Weather(lost=0.2, unanswered=0.1, doubled=0.2, delayed=0.2)
    runs = []
    for seed in (1, 1, 2):
        reached: list[int] = []
        runs.append((await _through(Faults(seed, weather), 200, reached), reached))
    assert runs[0] == runs[1] != runs[2]
    came, reached = runs[0]
    assert set(came) == {"yes", "ReadError", "ReadTimeout"}
    assert len(reached) > len(set(reached)), "some came twice"
    assert reached != sorted(reached), "some came late, after others"
    assert set(range(200)) - set(reached), "some never came"


async def test_a_cut_goes_one_way_and_a_strike_is_counted() -> None:
    faults, reached = Faults(1), list[int]()
    faults.cuts.add(("b.example", "a.example"))
    assert await _through(faults, 2, reached) == ["ReadError"] * 2
    assert reached == [0, 1], "the requests came; their answers did not"
    faults.cuts = {("a.example", "b.example")}
    assert await _through(faults, 2, reached) == ["ReadError"] * 2
    assert reached == [0, 1]
    faults.calm()
    faults.strike("b.example", at=3, moment="after")
    assert await _through(faults, 5, reached) == ["yes", "yes", "ReadError", "ReadError", "ReadError"]
    assert reached[2:] == [0, 1, 2] and faults.down == {"b.example"}


# Found by a seed ------------------------------------------------------------------------------------------------------


def test_what_was_published_during_a_pause_comes_after_it(moulds: Moulds, tmp_path: Path) -> None:
    """Birch pauses Alder, publishes one, resumes and publishes another before Alder looks again: Alder gets both."""
    shutil.copytree(moulds.of(3), tmp_path / "village")

    async def live_it() -> list[str]:
        async with open_street(tmp_path / "village", 4, Weather()) as street:
            town = Town(street, Random(4))
            await street.settle()

            async def at_birch(deed: Callable[[], Awaitable[object]]) -> None:
                with street.at("birch"):
                    await deed()

            await at_birch(
                lambda: peers.pause(actor=deeds.CLI, node_id="alder.example", reason="a try", here=town.here("birch"))
            )
            await at_birch(lambda: deeds.publish(town, "birch"))
            await street.settle()
            await at_birch(lambda: deeds.resume(town, "birch"))
            await at_birch(lambda: deeds.publish(town, "birch"))
            await street.step("birch")
            await street.settle()
            return await judge(town)

    with asyncio.Runner(loop_factory=OneThread) as runner:
        assert runner.run(live_it()) == []
