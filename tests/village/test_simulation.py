# SPDX-License-Identifier: AGPL-3.0-or-later
"""Some histories of `make simulate`, in every run, and whether the checks would notice: what is broken by hand has to show."""

from __future__ import annotations

import asyncio
import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import httpx
import pytest
from msgspec import structs

from node import database
from node.peers import acts as peers
from node.peers import rotating
from node.support import acts as support
from node.support.shapes import Audience
from node.village.faults import Faults, Weather
from tests.simulation import deeds, operators
from tests.simulation.deeds import Town
from tests.simulation.history import Moulds, live
from tests.simulation.judging import judge
from tests.simulation.loop import OneThread
from tests.simulation.street import open_street

SEEDS = {"1-10": None, "11-40": 10, "41-70": 10, "71-100": 10}
"""Some whole; of the others the first moments, and all that follows until everything has settled."""


@pytest.fixture(scope="module")
def moulds(tmp_path_factory: pytest.TempPathFactory) -> Moulds:
    return Moulds(tmp_path_factory.mktemp("moulds"))


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("seeds", SEEDS)
def test_honest_co_ops_come_to_agree(seeds: str) -> None:
    """By the command itself, which fixes what a process would otherwise order by chance."""
    shorter = [] if SEEDS[seeds] is None else ["--moments", str(SEEDS[seeds])]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.simulation", "--seeds", seeds, "--workers", "1", *shorter],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=1450,
    )
    assert ran.returncode == 0, ran.stderr[-4000:]
    line = json.loads(ran.stdout.splitlines()[-1])
    first, last = map(int, seeds.split("-"))
    assert (line["seeds"], line["failed"]) == (last - first + 1, 0)
    assert line["moments"] > (SEEDS[seeds] or 40) * line["seeds"]


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

Story = Callable[[Town, "At"], Awaitable[None]]
At = Callable[[str, Callable[[], Awaitable[object]]], Awaitable[None]]
"""Does something at one co-op."""


async def _published_during_a_pause(town: Town, at: At) -> None:
    """Birch pauses Alder, publishes one, resumes and publishes another before Alder looks again: Alder gets both."""
    await at("birch", lambda: _pause(town, "birch", "alder"))
    await at("birch", lambda: deeds.publish(town, "birch"))
    await town.street.settle()
    await at("birch", lambda: operators.resume(town, "birch"))
    await at("birch", lambda: deeds.publish(town, "birch"))
    await town.street.step("birch")


async def _revised_during_a_pause(town: Town, at: At) -> None:
    """Birch changes an offer while it shows Alder nothing, and begins a new epoch: the offer is not taken for withdrawn."""
    await at("birch", lambda: _pause(town, "birch", "alder"))
    await at("birch", lambda: deeds.revise(town, "birch"))
    await town.street.settle()
    await at("birch", lambda: operators.resume(town, "birch"))
    anew = town.street.coops["birch"].begin_feeds_anew
    await at(
        "birch",
        lambda: rotating.revoke(actor=deeds.CLI, use="log", reason="a try", begin_anew=anew, here=town.here("birch")),
    )
    await town.street.step("birch")


async def _for_others_for_a_while(town: Town, at: At) -> None:
    """An offer of Birch's is for everybody but Alder for a while: then Alder has it again."""
    await _for_a_while(town, at, Audience(not_to=["alder.example"]))


async def _at_home_for_a_while(town: Town, at: At) -> None:
    """An offer of Birch's is for nobody but Birch's own people for a while: then Alder has it again."""
    await _for_a_while(town, at, Audience(home_only=True))


async def _for_a_while(town: Town, at: At, audience: Audience) -> None:
    made: list[str] = []

    async def publish() -> None:
        made.append(await deeds.publish(town, "birch"))

    async def revise(audience: Audience) -> None:
        row = await database.row("SELECT supporter FROM offer WHERE id = {}", made[0])
        assert row is not None
        draft = structs.replace(deeds.draft(town, "birch"), audience=audience)
        supporter = await town.actor("birch", row["supporter"])
        await support.revise_offer(actor=supporter, offer_id=made[0], draft=draft, here=town.here("birch"))
        await deeds.approve(town, "birch", made[0])

    await at("birch", publish)
    await town.street.settle()
    for for_whom in (audience, Audience()):
        town.street.true.advance(seconds=60)
        await at("birch", functools.partial(revise, for_whom))
        await town.street.settle()


async def _pause(town: Town, name: str, other: str) -> None:
    await peers.pause(actor=deeds.CLI, node_id=f"{other}.example", reason="a try", here=town.here(name))


@pytest.mark.parametrize(
    "story",
    [
        _published_during_a_pause,
        _revised_during_a_pause,
        _for_others_for_a_while,
        _at_home_for_a_while,
    ],
)
def test_they_agree_again_after(moulds: Moulds, tmp_path: Path, story: Story) -> None:
    shutil.copytree(moulds.of(3), tmp_path / "village")

    async def live_it() -> list[str]:
        async with open_street(tmp_path / "village", 4, Weather()) as street:
            town = Town(street, Random(4))
            await street.settle()

            async def at(name: str, deed: Callable[[], Awaitable[object]]) -> None:
                with street.at(name):
                    await deed()

            await story(town, at)
            await street.settle()
            return await judge(town)

    with asyncio.Runner(loop_factory=OneThread) as runner:
        assert runner.run(live_it()) == []
