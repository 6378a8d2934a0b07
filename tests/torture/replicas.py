# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several web and worker processes of one co-op on one PostgreSQL, one of them always being killed.

Alder is four processes that answer and two that work; Birch, one process, is its neighbour and follows its feeds, by a way that
leads to any of Alder's. People live the main story from both sides, supporters publish, change and withdraw, others sign in and
out; each of their requests goes to any process. Every few seconds one process is killed (SIGKILL) and started again. At the end
the clients' ledger is held against both halves and against what the neighbour finds, Alder's logs against those that Birch
verified; and a witness in the database says whether two ever wrote to a feed at once (`witness`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx

from federation.keys import SigningKey
from node import database
from node.coop import Coop
from node.errors import Unavailable
from node.exchange.door import LOOK_SECONDS
from node.peers import keyring
from node.settings import load
from node.village.hamlet import Hamlet, House
from node.village.processes import NodeProcess
from node.village.proxy import Proxy
from node.village.replicas import Replicas
from tests.databases import NoPostgres, PostgresServer, shared_server
from tests.torture import witness
from tests.torture.kills import Killer, Pair, Tally
from tests.torture.offers import Giver
from tests.torture.visitors import Found, Visitors, Ways

Json = dict[str, Any]
SHARED, ALONE = "alder", "birch"
PAIRS = (
    ("maureen", "samuel", "stroke"),
    ("tomasz", "kwame", "brain-injury"),
    ("joan", "derek", "benefit-forms"),
    ("hana", "omar", "caring-dementia"),
)
"""Who asks, who is asked, about what: two who ask from Alder, two who ask there."""
GIVERS = ("bronwen", "lily")
CAUGHT_UP = 120.0
"""Seconds within which the neighbour has everything, once nobody is killed any more."""
WOKEN = LOOK_SECONDS / 2
"""Most seconds at the median from a write at Alder until Birch has it. Whoever holds Birch's question looks by itself every
`LOOK_SECONDS`: without being woken by the process that wrote, it would be half of that and the rest of the way besides."""


class Shared(Hamlet):
    """A hamlet whose members' requests go to any process of the co-op that is several."""

    ways: Ways

    def client(self, name: str, **options: Any) -> httpx.AsyncClient:
        if self.person(name)[0].beside:
            options.setdefault("transport", self.ways)
        return super().client(name, **options)


class Clockwork(Killer):
    """Kills by the clock, whatever is under way: any process that answers or works."""

    async def send(self, house: House, deed: str, request: asyncio.Task[httpx.Response]) -> httpx.Response:
        return await request

    async def go_on(self, processes: list[NodeProcess], *, seconds: float, every: float) -> None:
        """For so many seconds: one dies in each `every` of them, at any moment of it, also one that is just starting again."""
        began = time.monotonic()
        try:
            for number in range(int(seconds / every)):
                await asyncio.sleep(max(0.0, began + every * (number + self.random.random()) - time.monotonic()))
                process = self.random.choice(processes)
                if not process.up:
                    raise Unavailable(f"A process ended by itself; see {process.log}.")
                await process.kill()
                self.tally.moments["web" if process.url else "worker"] += 1
                await process.start()
            await asyncio.sleep(max(0.0, began + seconds - time.monotonic()))
        finally:
            self.done.set()
        await asyncio.gather(*(process.ready(CAUGHT_UP) for process in processes))


@dataclass
class Outcome:
    """What came of it. `wrong`: what else did not hold, besides what was lost or doubled; `woken`: the median seconds until Birch
    had what Alder wrote."""

    tally: Tally
    writers: witness.Writers
    visitors: Found
    woken: float
    asked: int
    seconds: float
    wrong: list[str] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """Whether everything held, and enough was tried for that to mean anything."""
        tried = self.visitors.tried
        return (
            not (self.tally.lost or self.tally.doubled or self.wrong or self.writers.at_once)
            and self.writers.workers > 1
            and self.writers.changes > 0
            and all(tried[what] for what in ("sessions", "nonces", "limits"))
        )

    def line(self) -> Json:
        writers, tally = self.writers, self.tally
        return {
            "kills": dict(tally.moments),
            "acknowledged": tally.acknowledged,
            "unanswered": tally.unanswered,
            "lost": len(tally.lost),
            "doubled": len(tally.doubled),
            "writers": {
                "at_once": writers.at_once, "turns": writers.turns, "workers": writers.workers,
                "changes": writers.changes, "waited": writers.waited,
            },
            **{what: self.visitors.tried[what] for what in ("sessions", "nonces", "limits")},
            "wrong": len(self.wrong),
            "heard_after": round(self.woken, 3),
            "requests_per_second": round(self.asked / self.seconds, 1),
            "seconds": round(self.seconds, 1),
        }  # fmt: skip


async def torture(
    server: PostgresServer,
    *,
    seconds: float,
    every: float,
    seed: int,
    folder: Path,
    base_port: int,
    program: tuple[str, ...] = (),
) -> Outcome:
    """So many seconds of it. `program`: Alder's command, where it is another than ours."""
    random = Random(seed)
    databases = {name: await asyncio.to_thread(server.new_database, empty=True) for name in (SHARED, ALONE)}
    async with AsyncExitStack() as stack:
        hamlet = Shared(
            nodes=2,
            folder=folder,
            base_port=base_port,
            seed=seed,
            proxy=await stack.enter_async_context(Proxy(seed)),
            databases=databases,
            replicas={SHARED: Replicas(web=4, workers=2)},
            programs={SHARED: program} if program else {},
        )
        house = hamlet.houses[SHARED]
        hamlet.ways = Ways(house.ports, random)
        stack.push_async_callback(hamlet.ways.end)
        await stack.enter_async_context(hamlet)
        await witness.watch_writers(databases[SHARED])
        await witness.watch_readers(databases[ALONE])
        tally = Tally()
        clockwork = Clockwork(hamlet, 0, random, tally)
        pairs = [Pair(names, hamlet, clockwork, tally, f"{number}") for number, names in enumerate(PAIRS)]
        givers = [Giver(name, hamlet, tally) for name in GIVERS]
        alone = hamlet.houses[ALONE]
        key = await _key_of(alone)
        visitors = Visitors(hamlet, house, hamlet.ways, alone.co_op.node_id, key, random)
        for pair in pairs:
            await pair.open_up()
        began, asked = time.monotonic(), hamlet.ways.asked
        async with asyncio.TaskGroup() as tasks:
            for pair in pairs:
                tasks.create_task(pair.live())
            for giver in givers:
                tasks.create_task(giver.go_on(clockwork.done))
            tasks.create_task(visitors.go_on(clockwork.done))
            tasks.create_task(clockwork.go_on(house.processes, seconds=seconds, every=every))
        took, asked = time.monotonic() - began, hamlet.ways.asked - asked
        wrong = await _judge(hamlet, databases, pairs, givers)
        outcome = Outcome(
            tally=tally,
            writers=await witness.writers(databases[SHARED]),
            visitors=visitors.found,
            woken=await witness.heard_after(databases[SHARED], databases[ALONE], house.co_op.node_id),
            asked=asked,
            seconds=took,
            wrong=wrong,
        )
    outcome.wrong += [*outcome.visitors.wrong, *outcome.writers.breaks]
    if outcome.woken > WOKEN:
        outcome.wrong.append(f"half of all writes took over {outcome.woken:.2f} s to be heard")
    return outcome


async def _key_of(house: House) -> SigningKey:
    """The key that signs a co-op's requests now."""
    async with Coop.open(load(house.node.folder, {})) as coop:
        with database.bound(coop.engine):
            return await keyring.signing("http", here=coop.here())


async def _judge(hamlet: Hamlet, databases: dict[str, str], pairs: list[Pair], givers: list[Giver]) -> list[str]:
    """The ledgers against both halves and the neighbour's view, and the logs against each other: what is wrong with these."""
    shared, alone, owner = databases[SHARED], databases[ALONE], hamlet.houses[SHARED].co_op.node_id
    until = time.monotonic() + CAUGHT_UP
    while late := [*await _waiting(shared), *await witness.behind(shared, alone, owner)]:
        if time.monotonic() > until:
            return [f"the neighbour has not all of {topic}" for topic in late]
        await asyncio.sleep(0.1)
    for pair in pairs:
        await pair.judge()
    async with hamlet.client("samuel") as reader:
        for giver in givers:
            await giver.judge(reader)
    return await witness.disagreements(shared, alone, owner)


async def _waiting(address: str) -> list[str]:
    """The topics for which something is not published yet."""
    rows = await witness.rows(address, "SELECT ref FROM outbox WHERE kind = 'feed' AND state = 'open'")
    return sorted({str(row["ref"]).partition(":")[0] for row in rows})


def main(given: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture replicas", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--every", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--base-port", type=int, default=18_500)
    asked = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="replicas-") as name:
        folder = Path(name)
        try:
            with shared_server(folder) as server:
                outcome = asyncio.run(
                    torture(
                        server,
                        seconds=asked.seconds,
                        every=asked.every,
                        seed=asked.seed,
                        folder=folder / "village",
                        base_port=asked.base_port,
                    )
                )
        except NoPostgres as error:
            print(error, file=sys.stderr)
            return 1
    for what in (*outcome.tally.lost, *outcome.tally.doubled, *outcome.wrong):
        print("!!", what, file=sys.stderr)
    print(json.dumps(outcome.line()))
    return 0 if outcome.held else 1
