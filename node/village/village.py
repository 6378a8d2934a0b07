# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several co-ops in one process, as a value: real code and real databases; time, chance and the network are handed in.

`village(3)` founds that many co-ops, seeds the cast, makes every two neighbours by the real handshake, and settles. Then nothing
happens but what a test does. `settle` lets every co-op do what is due until nobody has anything to do; it never waits for time.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx

from node import database
from node.actor import at_the_command_line
from node.clock import HandClock, SeededRandomness
from node.coop import Coop, found
from node.peers import acts as peers
from node.peers import own
from node.peers.rules import OFFERED_TOPICS
from node.peers.shapes import Acceptance
from node.settings import load
from node.village import cast as casting
from node.village.network import Addresses, Net
from node.village.seeding import give_token
from node.village.seeding import seed as seed_people

START = 1_800_000_000
"""15 January 2027, 08:00:00 UTC: the moment at which a village begins."""
ROUNDS = 400
TOPICS = list(OFFERED_TOPICS)
"""What every two neighbours give each other."""
NOTE = "village.json"
CLI = at_the_command_line()
PASSPHRASE = "a village in a test and nothing else"  # noqa: S105 - guards made-up people only


class Village:
    """The co-ops of a village, their people's tokens, one clock and one network. Make it with `village`."""

    def __init__(self, clock: HandClock, cast: casting.Cast) -> None:
        self.clock, self.cast, self.net = clock, cast, Net()
        self.coops: dict[str, Coop] = {}
        self.people: dict[str, str] = {}
        self.tokens: dict[str, str] = {}

    def __getitem__(self, name: str) -> Coop:
        return self.coops[name]

    def __getattr__(self, name: str) -> Coop:
        try:
            return self.__dict__["coops"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    @contextmanager
    def at(self, name: str) -> Iterator[Coop]:
        """This co-op's database is bound inside the block."""
        with database.bound(self.coops[name].engine):
            yield self.coops[name]

    def client(self, name: str) -> httpx.AsyncClient:
        """An HTTP client at a co-op's own door, without anybody's token."""
        transport = httpx.ASGITransport(self.coops[name].app, client=("127.0.0.1", 2))  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url=f"http://{name}.example")

    def api(self, person: str) -> httpx.AsyncClient:
        """An HTTP client at a person's own co-op, with their token, at `/api/v1`."""
        name = self.cast.people[person].co_op
        client = self.client(name)
        client.base_url = httpx.URL(f"http://{name}.example/api/v1")
        client.headers["authorization"] = f"Bearer {self.tokens[person]}"
        return client

    async def take_in(self, name: str, folder: Path, random: SeededRandomness, stack: AsyncExitStack) -> None:
        """Opens one founded co-op and puts it on the network; it is closed with `stack`."""
        way = self.net.seen_from(f"{name}.example")
        coop = await stack.enter_async_context(
            Coop.open(load(folder, {}), clock=self.clock, random=random, transport=way)
        )
        self.coops[name] = coop
        self.net.apps[f"{name}.example"] = coop.app

    async def settle(self) -> int:
        """Lets every co-op do what is due, again and again, until a whole round did nothing. Gives how much was done."""
        total = 0
        for _ in range(ROUNDS):
            done = 0
            for name, coop in self.coops.items():
                if f"{name}.example" not in self.net.off:
                    done += await coop.step()
            total += done
            if not done:
                return total
        raise AssertionError(f"the village did not settle in {ROUNDS} rounds")

    def cut(self, one: str, other: str) -> None:
        """Nothing passes between these two."""
        self.net.cuts.add(frozenset({f"{one}.example", f"{other}.example"}))

    def heal(self, one: str, other: str) -> None:
        self.net.cuts.discard(frozenset({f"{one}.example", f"{other}.example"}))

    def stop(self, name: str) -> None:
        """This co-op's computer is off: it neither answers nor works."""
        self.net.off.add(f"{name}.example")

    def start(self, name: str) -> None:
        self.net.off.discard(f"{name}.example")

    async def befriend(self, one: str, other: str) -> None:
        """The real handshake between two co-ops, with the words compared."""
        await self.befriend_all([(one, other)])

    async def befriend_all(self, pairs: Sequence[tuple[str, str]]) -> None:
        """The handshake of many pairs at a time: all invitations, then all answers."""
        for one, other in pairs:
            with self.at(one) as coop:
                made = await peers.invite(actor=CLI, node_id=f"{other}.example", here=coop.here())
            with self.at(other) as coop:
                await peers.accept(
                    actor=CLI,
                    invitation=Acceptance(invitation=made.invitation, gives=TOPICS, gets=TOPICS),
                    here=coop.here(),
                )
        await self.settle()
        for one, other in pairs:
            with self.at(other) as coop:
                words = await own.words(here=coop.here())
            with self.at(one) as coop:
                await peers.confirm(actor=CLI, node_id=f"{other}.example", words=words, here=coop.here())
        await self.settle()


@asynccontextmanager
async def village(
    nodes: int = 3,
    *,
    database: str = "sqlite",
    addresses: Addresses | None = None,
    seed: int = 1,
    people: bool = True,
    start: int = START,
) -> AsyncIterator[Village]:
    """A village of `nodes` co-ops, peered, with the cast in them (`people`), settled.

    `database`: "sqlite" (files in a folder that goes afterwards) or "postgres" with `addresses`, which gives the address of a
    fresh, empty database each time it is called. `seed`: the same one gives the same keys, ids and offers.
    """
    if database != "sqlite" and addresses is None:
        raise ValueError("a village on PostgreSQL needs addresses of empty databases")
    with tempfile.TemporaryDirectory(prefix="village-") as folder:
        await found_village(Path(folder), nodes=nodes, addresses=addresses, seed=seed, people=people, start=start)
        async with open_village(Path(folder)) as made:
            yield made


async def found_village(
    folder: Path,
    *,
    nodes: int = 3,
    addresses: Addresses | None = None,
    seed: int = 1,
    people: bool = True,
    start: int = START,
    reach: int | None = None,
) -> None:
    """Founds a village in `folder`, settles it and closes it again. `open_village` opens it, or a copy of it.

    `reach`: who stands in a ring is a neighbour of so many on each side; None: of everybody.
    """
    cast = casting.load()
    made = Village(HandClock(start), cast)
    names = list(cast.co_ops)[:nodes]
    async with AsyncExitStack() as stack:
        for name in names:
            random = SeededRandomness(f"{seed}:{name}")
            given = _settings(cast, name, addresses)
            (folder / name).mkdir()
            (folder / name / "areas.yaml").write_text(casting.areas_text(), encoding="utf-8")
            await found(folder / name, given, passphrase=PASSPHRASE, clock=made.clock, random=random)
            await made.take_in(name, folder / name, random, stack)
        await made.befriend_all(_neighbours(names, reach))
        if people:
            for name in made.coops:
                await _people(made, cast.co_ops[name])
        await made.settle()
    note = {"names": names, "people": made.people, "tokens": made.tokens, "now": made.clock.now(), "seed": seed}
    _note(folder, note | {"opened": 0})


def _neighbours(names: Sequence[str], reach: int | None) -> list[tuple[str, str]]:
    """Every pair that become neighbours, once."""
    far = len(names) if reach is None else reach
    return [
        (one, other)
        for (here, one), (there, other) in combinations(enumerate(names), 2)
        if min(there - here, len(names) - there + here) <= far
    ]


def _note(folder: Path, note: dict[str, Any]) -> None:
    (folder / NOTE).write_text(json.dumps(note), encoding="utf-8")


@asynccontextmanager
async def open_village(folder: Path) -> AsyncIterator[Village]:
    """Opens the village that was founded in `folder` (or a copy of it) where it was left, as often as wanted."""
    note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    note["opened"] += 1
    _note(folder, note)
    made = Village(HandClock(note["now"]), casting.load())
    made.people, made.tokens = note["people"], note["tokens"]
    async with AsyncExitStack() as stack:
        for name in note["names"]:
            # Neither the founding's chance again nor that of an opening before: it would give the same ids a second time.
            random = SeededRandomness(f"{note['seed']}:{name}:opened {note['opened']}")
            await made.take_in(name, folder / name, random, stack)
        try:
            yield made
        finally:
            _note(folder, note | {"now": made.clock.now()})


def _settings(cast: casting.Cast, name: str, addresses: Addresses | None) -> dict[str, object]:
    co_op = cast.co_ops[name]
    given: dict[str, object] = {
        "node_id": co_op.node_id,
        "co_op": {"name": co_op.name, "phone": co_op.phone},
        "areas_file": "areas.yaml",
        "patch": list(co_op.patch),
        "resolver": {f"{each}.example": f"http://{each}.example" for each in cast.co_ops},
    }
    if addresses is not None:
        given["database"] = addresses()
    return given


async def _people(made: Village, co_op: casting.CastCoop) -> None:
    with made.at(co_op.id) as coop:
        ids = await seed_people(made.cast, co_op, here=coop.here())
        made.people |= ids
        for name, person in ids.items():
            if made.cast.people[name].state == "active":
                made.tokens[name] = await give_token(person, here=coop.here())
