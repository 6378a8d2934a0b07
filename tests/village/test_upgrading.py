# SPDX-License-Identifier: AGPL-3.0-or-later
"""A version and the one after it side by side, as real processes on one database, while people write to each other.

The migration is killed after each of its steps and begun again; old processes answer beside new ones, then the new ones alone;
an old one comes back; and once a later version has taken something away, who is too old says so. Nothing that was acknowledged
is lost or there twice, and nobody meets an error but "please try again".
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections import Counter
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from node import database
from node.errors import Unavailable
from node.settings import load
from node.village.hamlet import Hamlet, House
from node.village.lived import free_ports, lived
from node.village.processes import NodeProcess
from node.village.replicas import Replicas, beside, furnish
from tests.village import versions
from tests.village.folk import Person, polling
from tests.village.stories import INTRODUCTIONS, SEARCH, has_message, has_status

HOST = "127.0.0.1"
ASK = {"topics": ["stroke"], "message": "I would like to talk about going out again."}
ENOUGH = 4
"""Messages taken by each door before the next thing is done."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass
class Writing:
    """People who write on and on, each message once, by several doors in turn; what came of it."""

    half: str
    token: str
    doors: list[str]
    taken: Counter[str] = field(default_factory=Counter)
    """Door -> how many it took since last asked."""
    acknowledged: list[str] = field(default_factory=list)
    asked_again: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    _number: int = 0
    _over: bool = False

    @asynccontextmanager
    async def going_on(self, writers: int = 2) -> Any:
        """Inside the block."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._write()) for _ in range(writers)]
            yield
            self._over = True
            await asyncio.gather(*tasks)

    async def _write(self) -> None:
        headers = {"authorization": f"Bearer {self.token}"}
        path = f"/api/v1{INTRODUCTIONS}/{self.half}"
        async with httpx.AsyncClient(timeout=30, headers=headers) as client:
            while not self._over:
                self._number += 1
                door, words = self.doors[self._number % len(self.doors)], f"Word {self._number}."
                if await self._ask(client, "POST", f"{door}{path}/messages", words, {"words": words}):
                    self.acknowledged.append(words)
                    self.taken[door] += 1
                for each in self.doors:
                    await self._ask(client, "GET", each + path, "")
                    await self._ask(client, "POST", f"{each}/api/v1/support/searches", "", {"words": "stroke"})

    async def _ask(
        self, client: httpx.AsyncClient, method: str, url: str, words: str, body: dict[str, str] | None = None
    ) -> bool:
        """Whether it was done. What is neither that nor "please try again" is written down as wrong."""
        try:
            answer = await client.request(method, url, json=body)
        except httpx.TransportError as error:
            self.wrong.append(f"{method} {url} {words} {error!r}")
            return False
        if answer.status_code == 503 and "Please try again" in answer.json()["detail"]:
            self.asked_again.append(words)
        elif not answer.is_success:
            self.wrong.append(f"{method} {url} {words} {answer.status_code} {answer.text[:300]}")
        self.asked += 1
        return answer.is_success

    async def by_each(self, *, count: int = ENOUGH) -> None:
        """Waits until each door has taken so many from now on."""
        self.taken.clear()

        async def so_many() -> bool:
            assert not self.wrong, self.wrong
            return all(self.taken[door] >= count for door in self.doors)

        await polling(120)(so_many)

    def judge(self, view: dict[str, Any]) -> None:
        """What was acknowledged is there, once; what was to be tried again, at most once."""
        assert self.wrong == []
        there = Counter(each["words"] for each in view["messages"] if each["words"].startswith("Word "))
        assert {words: there[words] for words in self.acknowledged} == dict.fromkeys(self.acknowledged, 1)
        assert set(there) <= {*self.acknowledged, *self.asked_again}


async def migrate(command: Sequence[str], folder: Path) -> Any:
    """What `migrate` answers."""
    process = await _migrating(command, folder)
    said, why = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, why.decode()
    return json.loads(said)["migrated"]


async def killed_after_each_step(command: Sequence[str], folder: Path) -> None:
    """As many times as there are steps, and once before the first: `migrate`, killed right after that step. All are there at
    once, and take turns by the lock: each finds the database as the one before left it."""

    async def one(step: int) -> None:
        process = await _migrating(command, folder, waits=step)
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 120) == b"waiting\n"
        process.kill()
        await process.communicate()
        assert process.returncode == -signal.SIGKILL

    await asyncio.gather(*(one(step) for step in range(versions.STEPS + 1)))


async def _migrating(command: Sequence[str], folder: Path, waits: int | None = None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command, "migrate", "--dir", str(folder), "--json", stdin=DEVNULL, stdout=PIPE, stderr=PIPE,
        env={**os.environ} | ({} if waits is None else {versions.WAITS: str(waits)}),
    )  # fmt: skip


async def refused(process: NodeProcess) -> str:
    """Why it does not start."""
    before = process.log.stat().st_size if process.log.exists() else 0
    await process.start()
    with pytest.raises(Unavailable, match="ended at its start"):
        await process.ready()
    return process.log.read_bytes()[before:].decode()


async def readiness(url: str) -> tuple[int, str]:
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.get(f"{url}/health/ready")
    return answer.status_code, answer.text


async def who_wrote(house: House) -> dict[str | None, int]:
    """Version -> how many of our messages its code wrote; None: code that knows of no versions."""
    engine = database.open_engine(load(house.node.folder, {}).database_url)
    await engine.open()
    try:
        with database.bound(engine):
            found = await database.rows(
                "SELECT written_by, count(*) AS many FROM introduction_message WHERE mine = {} GROUP BY written_by",
                True,
            )
    finally:
        await engine.close()
    return {row["written_by"]: row["many"] for row in found}


async def talking(maureen: Person, samuel: Person) -> tuple[str, str]:
    """Maureen asks Samuel, who says yes: her half and his."""
    until = polling(120)
    offers = (await maureen.post("/support/searches", SEARCH))["items"]
    hers = str((await maureen.post(INTRODUCTIONS, {"offer_id": offers[0]["id"], **ASK}, status=201))["id"])

    async def came() -> Any:
        return (await samuel.get(INTRODUCTIONS))["items"]

    his = str((await until(came))[0]["id"])
    await samuel.post(f"{INTRODUCTIONS}/{his}/acceptance", {"quick": "yes-ring-me"})
    await until(has_status(maureen, hers, "accepted"))
    return hers, his


@pytest.mark.postgres
async def test_two_versions_answer_side_by_side(tmp_path: Path, postgres_server: Any) -> None:
    later = await asyncio.to_thread(versions.later, tmp_path / "later")
    last = await asyncio.to_thread(versions.last, tmp_path / "last")
    hamlet = Hamlet(
        nodes=2, folder=tmp_path / "village", base_port=free_ports(2),
        databases={"alder": postgres_server.new_database(empty=True)}, replicas={"alder": Replicas(web=2, workers=1)},
    )  # fmt: skip
    new: list[NodeProcess] = []
    try:
        async with hamlet:
            alder = hamlet.houses["alder"]
            maureen, samuel = (_person(hamlet, name) for name in ("maureen", "samuel"))
            async with maureen.client, samuel.client:
                hers, his = await talking(maureen, samuel)
                old = [each.url for each in alder.processes if each.url]
                writing = Writing(hers, maureen.token, list(old))

                new = beside(alder.node.folder.with_name("alder-new"), HOST, free_ports(2), Replicas(web=3, workers=1))
                furnish(alder.node.folder, new)
                for each in new:
                    each.program = tuple(later)
                assert "1 step behind" in await refused(new[0]), "new code waits for its database"

                async with writing.going_on():
                    await writing.by_each()
                    await killed_after_each_step(later, alder.node.folder)
                    await writing.by_each(count=1)
                    assert await migrate(later, alder.node.folder) == ["0002_later"]
                    assert await migrate(later, alder.node.folder) == []
                    await writing.by_each()
                    assert [(await readiness(url))[0] for url in old] == [200, 200]

                    await asyncio.gather(*(each.start() for each in new))
                    await asyncio.gather(*(each.ready() for each in new))
                    fresh = [each.url for each in new if each.url]
                    writing.doors = [*old, *fresh]
                    await writing.by_each()

                    writing.doors = fresh
                    await writing.by_each(count=1)  # what was on its way to the old ones is answered
                    await asyncio.gather(*(each.stop() for each in alder.processes))
                    await writing.by_each()

                    # Going back: the version before lives with this database.
                    await alder.node.start()
                    await alder.node.ready()
                    writing.doors = [alder.node.url, *fresh]
                    await writing.by_each()

                    # The version after takes away what only the first needed: the first is too old from then on.
                    writing.doors = fresh
                    await writing.by_each(count=1)
                    assert await migrate(last, alder.node.folder) == ["0003_last"]
                    status, words = await readiness(alder.node.url)
                    assert (status, "needs a newer version" in words) == (503, True)
                    await alder.node.stop()
                    assert "by a newer version, and this one can't live with it" in await refused(alder.node)
                    assert [(await readiness(url))[0] for url in fresh] == [200, 200]
                    await writing.by_each()

                await polling(120)(has_message(samuel, his, writing.acknowledged[-1]))
                async with hamlet.client("maureen", transport=_To(fresh[0])) as client:
                    view = (await client.get(f"{INTRODUCTIONS}/{hers}")).json()
                writing.judge(view)
                writing.judge(await samuel.get(f"{INTRODUCTIONS}/{his}"))
                wrote = await who_wrote(alder)
                assert set(wrote) == {None, versions.LATER} and sum(wrote.values()) == len(view["messages"])
                assert len(writing.asked_again) < writing.asked / 20
    finally:
        await asyncio.gather(*(each.stop() for each in new))
        postgres_server.drop_made()


class _To(httpx.AsyncHTTPTransport):
    """Sends every request to another address of the same co-op."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = httpx.URL(url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host=self.url.host, port=self.url.port)
        return await super().handle_async_request(request)


def _person(hamlet: Hamlet, name: str) -> Person:
    house, resident = hamlet.person(name)
    return Person(name, httpx.AsyncClient(base_url=house.node.url, timeout=30), resident.token)


async def test_a_neighbour_of_a_later_version_and_a_database_brought_forward_under_its_node(tmp_path: Path) -> None:
    """On SQLite. The two speak the first protocol, whatever their versions are."""
    later = await asyncio.to_thread(versions.later, tmp_path / "later")
    async with lived(2, tmp_path / "village", backend="process", programs={"birch": later}) as village:
        hamlet: Hamlet = village.hamlet  # type: ignore[attr-defined]
        alder, birch = hamlet.houses["alder"], hamlet.houses["birch"]
        assert birch.node.program == tuple(later) and alder.node.program != tuple(later)
        maureen, samuel = (_person(hamlet, name) for name in ("maureen", "samuel"))
        async with maureen.client, samuel.client:
            hers, his = await talking(maureen, samuel)
            await samuel.post(f"{INTRODUCTIONS}/{his}/messages", {"words": "Hello."})
            await polling(30)(has_message(maureen, hers, "Hello."))
            assert await who_wrote(birch) == {versions.LATER: 1}

            writing = Writing(hers, maureen.token, [alder.node.url])
            async with writing.going_on():
                await writing.by_each()
                await killed_after_each_step(later, alder.node.folder)
                await writing.by_each(count=1)
                assert await migrate(later, alder.node.folder) == ["0002_later"]
                await writing.by_each()
            await alder.node.stop()
            alder.node.program = tuple(later)
            await alder.node.start()
            await alder.node.ready()
            after = Writing(hers, maureen.token, [alder.node.url], _number=len(writing.acknowledged) + 10_000)
            async with after.going_on():
                await after.by_each()
            await village.settle()
            for person, half in ((maureen, hers), (samuel, his)):
                view = await person.get(f"{INTRODUCTIONS}/{half}")
                both = Writing(hers, "", [], acknowledged=[*writing.acknowledged, *after.acknowledged])
                both.asked_again = [*writing.asked_again, *after.asked_again]
                both.judge(view)
            assert set(await who_wrote(alder)) == {None, versions.LATER}
        assert writing.wrong == after.wrong == []
