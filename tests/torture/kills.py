# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 of either node at many moments of the main story: nothing that was acknowledged is lost, nothing happens twice.

Two real nodes; several pairs of people live the story side by side, again and again. A moment is a request in flight (or a letter
just under way) at a node that is then killed and started again. The ledger of what was acknowledged is the client's own:
every word it sends is unique, and at the end each must stand exactly once in both halves.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from node.village.hamlet import Hamlet, House
from tests.village.stories import INTRODUCTIONS

Json = dict[str, Any]
PAIRS = (
    ("maureen", "samuel", "stroke"),
    ("tomasz", "kwame", "brain-injury"),
    ("grace", "edith", "caring-far"),
    ("peter", "rosa", "someone-died"),
    ("ines", "kwame", "first-care"),
    ("yasmin", "kwame", "spinal-injury"),
)
PATIENCE = 300
"""Seconds after which what one did is missed at the other."""
AFTER_ANSWER = 0.12
"""The share of kills that aim at a letter under way, just after a request was answered."""


@dataclass
class Tally:
    """What was done to whom, and what came of it."""

    moments: Counter[str] = field(default_factory=Counter)
    during_write: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    longest: float = 0.0
    """Seconds for which somebody waited at most until the other side's deed was there."""

    @property
    def kills(self) -> int:
        return sum(self.moments.values())


class Stuck(AssertionError):
    """Somebody waited in vain."""


def under_way(hamlet: Hamlet) -> str:
    """What each node still has to deliver, and what it holds of its neighbour, from its own database."""
    lines = []
    for house in hamlet.houses.values():
        if house.co_op.id in hamlet.databases:
            lines.append(f"{house.co_op.id}: its database is no file here")
            continue
        with closing(sqlite3.connect(house.node.folder / "commoncare.db")) as db:
            for sql in (
                "SELECT kind, ref, due, attempts, why, worker, leased_until, due_again FROM outbox WHERE state = 'open'",
                "SELECT node_id, failures, next_try, failing_since, last_contact, why FROM peer",
                "SELECT reference, kind, exp, sent_at, told FROM letter_out",
            ):
                lines += [f"{house.co_op.id} at {time.time():.0f}: {row}" for row in db.execute(sql)]
    return "\n".join(lines)


class Killer:
    """Arms itself for one request at a time: waits a part of what such a request takes, kills, starts the node again."""

    def __init__(self, hamlet: Hamlet, kills: int, random: Random, tally: Tally) -> None:
        self.hamlet, self.wanted, self.random, self.tally = hamlet, kills, random, tally
        self.took: dict[str, list[float]] = defaultdict(lambda: [0.02])
        self.busy = asyncio.Lock()
        self.done = asyncio.Event()

    async def send(self, house: House, deed: str, request: asyncio.Task[httpx.Response]) -> httpx.Response:
        """Lets one request run; when the killer is free, this is its moment."""
        if self.done.is_set() or self.busy.locked() or self.random.random() < 0.3:
            began = time.monotonic()
            answer = await request
            self.took[deed].append(time.monotonic() - began)
            return answer
        async with self.busy:
            if self.random.random() < AFTER_ANSWER:
                answer = await request
                await asyncio.sleep(self.random.random() * 0.05)
                await self._kill(self.random.choice(list(self.hamlet.houses.values())), f"after {deed}")
                return answer
            await asyncio.sleep(self.random.random() * statistics.median(self.took[deed][-50:]))
            in_flight = not request.done()
            if in_flight:
                self.tally.during_write += 1
            await self._kill(house, f"{'during' if in_flight else 'after'} {deed}")
            return await request

    async def _kill(self, house: House, moment: str) -> None:
        await house.node.kill()
        self.tally.moments[f"{moment} at {house.co_op.id}"] += 1
        if self.tally.kills % 50 == 0:
            print(f"{self.tally.kills} kills, {self.tally.acknowledged} acknowledged", file=sys.stderr, flush=True)
        await house.node.start()
        await house.node.ready()
        if self.tally.kills >= self.wanted:
            self.done.set()


class Pair:
    """One member and one supporter, who live the story over and over until the killer is done."""

    def __init__(self, names: tuple[str, str, str], hamlet: Hamlet, killer: Killer, tally: Tally, tag: str) -> None:
        self.asker, self.supporter, self.topic = names
        self.hamlet, self.killer, self.tally, self.tag = hamlet, killer, tally, tag
        self.offer = ""
        self.clients = {name: hamlet.client(name) for name in names[:2]}
        self.sent: list[tuple[str, str, str]] = []
        """Every word sent: (who wrote it, that writer's half, the word)."""
        self.halves: list[tuple[str, str, str]] = []
        """(what the ask said, the asker's half, the supporter's half)."""

    async def live(self) -> None:
        story = 0
        while not self.killer.done.is_set():
            story += 1
            await self._story(f"{self.tag}.{story}")

    async def _story(self, tag: str) -> None:
        hers = await self._ask(self.offer, f"ask {tag}")
        his = await self._arrived(f"ask {tag}")
        self.halves.append((f"ask {tag}", hers, his))
        await self._deed(
            self.supporter, his, "acceptance", {"quick": "yes-write-to-me"}, _status_in("accepted", "sharing")
        )
        await self._until(self.asker, hers, _status_in("accepted"))
        for number in range(2):
            for who, half, other, theirs in (
                (self.asker, hers, self.supporter, his),
                (self.supporter, his, self.asker, hers),
            ):
                words = f"word {tag}.{number}.{who}"
                self.sent.append((who, half, words))
                await self._deed(who, half, "messages", {"words": words}, _has(words))
                await self._until(other, theirs, _has(words))
        share = {"fields": ["first_name"], "confirm": True}
        await self._deed(self.asker, hers, "sharing", share, lambda view: view["sharing"]["confirmed_at"] is not None)
        await self._deed(
            self.supporter, his, "sharing", share, lambda view: view["sharing"]["confirmed_at"] is not None
        )
        await self._until(self.asker, hers, _status_in("shared"))
        await self._until(self.supporter, his, _status_in("shared"))
        await self._deed(self.asker, hers, "ending", {"words": f"end {tag}"}, _status_in("ended"))
        await self._until(self.supporter, his, _status_in("ended"))

    def draft(self) -> Json:
        """What the supporter offers."""
        house, _ = self.hamlet.person(self.supporter)
        return {
            "topics": [self.topic], "have": f"For pair {self.tag}.", "how": "We write.", "limits": "No visits.",
            "ways": ["message"], "area": house.co_op.patch[0], "places": 12, "submit": True,
        }  # fmt: skip

    async def open_up(self) -> None:
        """An offer of this supporter's own for this pair, with more room than the story needs; waits until the asker has it."""
        house, _ = self.hamlet.person(self.supporter)
        draft = self.draft()
        made = await self.clients[self.supporter].post("/support/offers", json=draft)
        assert made.is_success, made.text
        async with self.hamlet.client(self.hamlet.cast.one(house.co_op.id, "peer_support_lead").id) as lead:
            approved = await lead.post(f"/support/offers/{made.json()['id']}/approval", json={})
        assert approved.is_success, approved.text
        async with asyncio.timeout(60):
            while not self.offer:
                found = await self.clients[self.asker].post(
                    "/support/searches", json={"topics": [self.topic], "limit": 50}
                )
                mine = [item["id"] for item in found.json()["items"] if item["have"] == draft["have"]]
                self.offer = mine[0] if mine else ""

    async def _ask(self, offer: str, message: str) -> str:
        house, _ = self.hamlet.person(self.asker)
        body = {"offer_id": offer, "topics": [self.topic], "message": message}
        while True:
            found = await self._find(self.asker, message)
            if found:
                return found
            answer = await self._send(house, self.asker, "ask", INTRODUCTIONS, body)
            if answer is not None:
                assert answer.status_code == 201, answer.text
                return str(answer.json()["id"])

    async def _deed(self, who: str, half: str, last: str, body: Json, stands: Any) -> None:
        """Does it until it stands. Before it is sent again we look whether it took effect: the answer may have been lost."""
        house, _ = self.hamlet.person(who)
        while True:
            if stands(await self._view(who, half)):
                return
            answer = await self._send(house, who, last, f"{INTRODUCTIONS}/{half}/{last}", body)
            if answer is not None:
                assert answer.is_success, (who, last, answer.status_code, answer.text)
                view = await self._view(who, half)
                if not stands(view):
                    self.tally.lost.append(f"{last} of {who}: acknowledged, then not there")
                return

    async def _send(self, house: House, who: str, deed: str, path: str, body: Json) -> httpx.Response | None:
        """The answer, or None when there was none."""
        try:
            request = asyncio.create_task(self.clients[who].post(path, json=body))
            answer = await self.killer.send(house, deed, request)
        except httpx.TransportError:
            self.tally.unanswered += 1
            return None
        if answer.status_code >= 500:
            self.tally.unanswered += 1
            return None
        self.tally.acknowledged += 1
        return answer

    async def _get(self, who: str, path: str) -> Json:
        while True:
            try:
                answer = await self.clients[who].get(path)
                if answer.status_code == 200:
                    return dict(answer.json())
                assert answer.status_code >= 500, answer.text
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)

    async def _view(self, who: str, half: str) -> Json:
        return await self._get(who, f"{INTRODUCTIONS}/{half}")

    async def _until(self, who: str, half: str, stands: Any) -> None:
        with self._waiting(f"{who}: {half}"):
            async with asyncio.timeout(PATIENCE):
                while not stands(await self._view(who, half)):
                    await asyncio.sleep(0.05)

    async def _find(self, who: str, message: str) -> str | None:
        for item in (await self._get(who, INTRODUCTIONS))["items"]:
            if item["status"] != "ended" and (await self._view(who, item["id"]))["message"] == message:
                return str(item["id"])
        return None

    async def _arrived(self, message: str) -> str:
        with self._waiting(f"{self.supporter}: {message}"):
            async with asyncio.timeout(PATIENCE):
                while not (found := await self._find(self.supporter, message)):
                    await asyncio.sleep(0.05)
        return found

    @contextmanager
    def _waiting(self, what: str) -> Iterator[None]:
        """How long it lasts until what one did is there at the other; in vain, what is still under way is said."""
        began = time.monotonic()
        try:
            yield
        except TimeoutError:
            raise Stuck(f"{what} did not come in {PATIENCE} s.\n" + under_way(self.hamlet)) from None
        self.tally.longest = max(self.tally.longest, time.monotonic() - began)

    async def judge(self) -> None:
        """The ledger against both halves: each ask once, each word once, at both ends."""
        for who in (self.asker, self.supporter):
            mine = [half for item in (await self._get(who, INTRODUCTIONS))["items"] for half in [item["id"]]]
            views = {half: await self._view(who, half) for half in mine}
            asks = Counter(view["message"] for view in views.values())
            for message, hers, his in self.halves:
                half = hers if who == self.asker else his
                self._count(f"{message} at {who}", asks[message])
                words = Counter(each["words"] for each in views[half]["messages"])
                for _, writers, sent in self.sent:
                    if writers in (hers, his):
                        self._count(f"{sent} at {who}", words[sent])

    def _count(self, what: str, times: int) -> None:
        if times == 0:
            self.tally.lost.append(what)
        if times > 1:
            self.tally.doubled.append(what)


def _status_in(*statuses: str) -> Any:
    return lambda view: view["status"] in statuses


def _has(words: str) -> Any:
    return lambda view: words in [each["words"] for each in view["messages"]]


async def torture(*, kills: int, seed: int, folder: Path, base_port: int) -> Tally:
    """So many kills; the tally."""
    tally, random = Tally(), Random(seed)
    async with Hamlet(nodes=2, folder=folder, base_port=base_port, seed=seed) as hamlet:
        killer = Killer(hamlet, kills, random, tally)
        pairs = [Pair(names, hamlet, killer, tally, f"{number}") for number, names in enumerate(PAIRS)]
        for pair in pairs:
            await pair.open_up()
        async with asyncio.TaskGroup() as tasks:
            for pair in pairs:
                tasks.create_task(pair.live())
        for pair in pairs:
            await pair.judge()
    return tally


def report(tally: Tally) -> Json:
    """One JSON line, and the histogram above it."""
    for moment, times in sorted(tally.moments.items(), key=lambda each: -each[1]):
        print(f"{times:5}  {moment}  {'#' * times}")
    return {
        "kills": tally.kills,
        "during_a_write": tally.during_write,
        "share_during_a_write": round(tally.during_write / max(1, tally.kills), 2),
        "acknowledged": tally.acknowledged,
        "unanswered": tally.unanswered,
        "lost": len(tally.lost),
        "doubled": len(tally.doubled),
        "longest_wait_seconds": round(tally.longest, 1),
    }


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base-port", type=int, default=18_100)
    asked = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        tally = asyncio.run(torture(kills=asked.kills, seed=asked.seed, folder=Path(folder), base_port=asked.base_port))
    line = report(tally)
    for what in (*tally.lost, *tally.doubled):
        print("!!", what, file=sys.stderr)
    print(json.dumps(line))
    return 0 if not tally.lost and not tally.doubled and line["share_during_a_write"] >= 0.6 else 1
