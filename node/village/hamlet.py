# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several co-ops as real processes on this machine, peered, with the cast in them: for the demo, for torture and for bench.

In order: co-ops that are not there yet are founded and seeded; every person gets a fresh token; the processes are started; every
two co-ops that are not neighbours yet become so through their operators' API, with the words compared; then it waits until each
has what the others share. What is there already is used again, so a second start takes seconds.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, permutations
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import yaml

from node import database
from node.clock import MachineRandomness, OffClock, SeededRandomness
from node.coop import Coop, found
from node.errors import Conflict, Unavailable
from node.peers.rules import OFFERED_TOPICS
from node.settings import FILE, load
from node.village import cast as casting
from node.village.processes import NodeProcess, port_is_free, stop_all
from node.village.proxy import Proxy
from node.village.replicas import ANSWERING, FIRST_PORT, Replicas, beside, furnish
from node.village.seeding import give_link, give_token, people_of, seed

HOST = "127.0.0.1"
CLOCK = "clock"
PASSPHRASE = "made up for the demo and for nothing else"  # noqa: S105 - guards made-up people only
POLL = 0.1


@dataclass(frozen=True)
class Resident:
    """One seeded person, a token of theirs, and a link by which a browser can sign in as them."""

    id: str
    person: str
    name: str
    email: str
    roles: tuple[str, ...]
    token: str
    link: str


@dataclass
class House:
    """One co-op of the hamlet. `beside`: its further processes, where it is several."""

    co_op: casting.CastCoop
    node: NodeProcess
    metrics_port: int
    people: dict[str, Resident] = field(default_factory=dict)
    beside: list[NodeProcess] = field(default_factory=list)

    @property
    def processes(self) -> list[NodeProcess]:
        return [self.node, *self.beside]

    @property
    def ports(self) -> list[int]:
        """Where it answers: the node's port first."""
        return [each.port for each in self.processes if each.url]

    @property
    def clock(self) -> OffClock:
        return OffClock(self.node.folder / CLOCK)

    def put_clock(self, seconds: int) -> None:
        """From now on its clock is off by so many seconds."""
        new = self.node.folder / f".{CLOCK}.new"
        new.write_text(str(seconds), encoding="ascii")
        new.chmod(0o644)  # in a container it is somebody else who reads it
        new.replace(self.node.folder / CLOCK)


class Hamlet:
    """`nodes` co-ops in `folder`, at `base_port` and up. Use as an async context manager. `proxy`: lies between each two;
    `databases`: co-op -> the address of its database, where that is no file of its own; `programs`: co-op -> the command of
    another version, which founds nothing (this one does) and brings its database forward; `make`: folder and address -> what
    a node runs in; `replicas`: co-op -> how many processes it is, on a database that is no file of its own."""

    def __init__(
        self,
        *,
        nodes: int,
        folder: Path,
        base_port: int,
        seed: int = 1,
        mail_port: int = 0,
        proxy: Proxy | None = None,
        databases: Mapping[str, str] = MappingProxyType({}),
        programs: Mapping[str, Sequence[str]] = MappingProxyType({}),
        make: Callable[[Path, str], NodeProcess] = NodeProcess,
        replicas: Mapping[str, Replicas] = MappingProxyType({}),
    ) -> None:
        self.cast = casting.load()
        if not 1 <= nodes <= len(self.cast.co_ops):
            raise Conflict(f"There are made-up people for 1 to {len(self.cast.co_ops)} co-ops, not for {nodes}.")
        self.folder, self.base_port, self.seed, self.mail_port = folder.absolute(), base_port, seed, mail_port
        self.proxy, self.databases = proxy, databases
        self.programs = [co_op for co_op in list(self.cast.co_ops)[:nodes] if co_op in programs]
        if not set(replicas) <= set(databases):
            raise Conflict("Several processes of one co-op share a database: name one in a PostgreSQL for it.")
        self.houses: dict[str, House] = {}
        first_port = base_port + FIRST_PORT
        for number, co_op in enumerate(list(self.cast.co_ops.values())[:nodes]):
            node = make(self.folder / co_op.id, f"http://{HOST}:{base_port + number}")
            house = self.houses[co_op.id] = House(co_op, node, metrics_port=base_port + 100 + number)
            if co_op.id in replicas:
                node.verb = ANSWERING
                house.beside = beside(node.folder, HOST, first_port, replicas[co_op.id])
                first_port += replicas[co_op.id].web
            for each in house.processes if co_op.id in programs else ():
                each.program = tuple(programs[co_op.id])

    async def __aenter__(self) -> Hamlet:
        self._ports_must_be_free()
        try:
            await self._lay_links()
            for house in self.houses.values():
                await self.prepare(house)
            await asyncio.gather(*(self.houses[name].node.bring_forward() for name in self.programs))
            await asyncio.gather(*(each.start() for each in self._processes()))
            await asyncio.gather(*(each.ready() for each in self._processes()))
            await self._befriend()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Ends every process, within 5 seconds."""
        await stop_all(self._processes())

    def _processes(self) -> list[NodeProcess]:
        return [each for house in self.houses.values() for each in house.processes]

    def person(self, name: str) -> tuple[House, Resident]:
        """A person of the cast, and where they live."""
        house = self.houses[self.cast.people[name].co_op]
        return house, house.people[name]

    def reaches(self, name: str, node_id: str) -> bool:
        """Whether this co-op's node can ask that one's now: both are up, and the way is not cut."""
        other = next((each for each in self.houses.values() if each.co_op.node_id == node_id), None)
        if other is None or not (other.node.up and self.houses[name].node.up):
            return False
        link = None if self.proxy is None else self.proxy.links.get(f"{name}>{other.co_op.id}")
        return link is None or not any(harm.cut for harm in link.harm.values())

    def client(self, name: str, **options: Any) -> httpx.AsyncClient:
        """An HTTP client at a person's co-op, with their token."""
        house, resident = self.person(name)
        headers = {"authorization": f"Bearer {resident.token}"}
        return httpx.AsyncClient(base_url=f"{house.node.url}/api/v1", headers=headers, timeout=30, **options)

    def _ports_must_be_free(self) -> None:
        wanted = {
            port: house.co_op.name for house in self.houses.values() for port in (*house.ports, house.metrics_port)
        }
        for port, name in wanted.items():
            if not port_is_free(HOST, port):
                raise Unavailable(
                    f"Port {port}, which {name} needs, is taken by another program. "
                    "End that program, or choose other ports with --base-port."
                )

    async def prepare(self, house: House) -> None:
        """Founds and seeds a co-op that is not there yet; gives everybody a fresh token."""
        folder, co_op = house.node.folder, house.co_op
        if not (folder / FILE).exists():
            await self._settle_in(house)
        # The ports may be others than the last time.
        (folder / FILE).write_text(yaml.safe_dump(self._settings(house), sort_keys=False), encoding="utf-8")
        furnish(folder, house.beside)
        async with Coop.open(load(folder, {}), random=MachineRandomness()) as coop:
            with database.bound(coop.engine):
                for name, person in (await people_of(self.cast, co_op, here=coop.here())).items():
                    member = self.cast.people[name]
                    if member.state != "active":
                        continue
                    token = await give_token(person, here=coop.here())
                    link = await give_link(person, here=coop.here())
                    house.people[name] = Resident(name, person, member.name, member.email, member.roles, token, link)

    async def _settle_in(self, house: House) -> None:
        """Founds and seeds beside the folder and moves it there when it is whole: a start that was cut off is begun anew."""
        folder, co_op = house.node.folder, house.co_op
        new = folder.with_name(f".{folder.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        (new / "areas.yaml").write_text(casting.areas_text(), encoding="utf-8")
        chance = SeededRandomness(f"{self.seed}:{co_op.id}")
        await found(new, self._settings(house), passphrase=PASSPHRASE, random=chance)
        async with Coop.open(load(new, {}), random=MachineRandomness()) as coop:
            with database.bound(coop.engine):
                await seed(self.cast, co_op, here=coop.here())
        new.rename(folder)

    async def _lay_links(self) -> None:
        """With a proxy, each co-op reaches each other through a link of its own."""
        for one, other in permutations(self.houses, 2) if self.proxy else ():
            assert self.proxy is not None
            await self.proxy.lay(one, other, *self.houses[other].ports)

    def _way(self, one: str, other: str) -> str:
        """Where the one reaches the other."""
        link = None if self.proxy is None else self.proxy.links.get(f"{one}>{other}")
        return self.houses[other].node.url if link is None else link.url

    def _settings(self, house: House) -> dict[str, Any]:
        co_op = house.co_op
        given: dict[str, Any] = {
            "node_id": co_op.node_id,
            "address": house.node.url,
            "host": HOST,
            "port": house.node.port,
            "metrics_port": house.metrics_port,
            "co_op": {"name": co_op.name, "phone": co_op.phone, "nation": "england", "night_mail": True},
            "areas_file": "areas.yaml",
            "clock_file": str(house.node.folder / CLOCK) if house.beside else CLOCK,
            "patch": list(co_op.patch),
            "resolver": {each.co_op.node_id: self._way(co_op.id, name) for name, each in self.houses.items()},
        }
        if co_op.id in self.databases:
            given["database"] = self.databases[co_op.id]
        if house.beside:
            given["instance_file"] = ""  # as wherever several computers share one database
        if self.mail_port:
            given["mail"] = {"host": HOST, "port": self.mail_port, "sender": f"post@{co_op.node_id}"}
        return given

    async def _befriend(self) -> None:
        for one, other in combinations(self.houses.values(), 2):
            await self._make_neighbours(one, other)
        async with asyncio.TaskGroup() as group:
            for house in self.houses.values():
                group.create_task(self._until_shared(house))

    def _operator(self, house: House) -> httpx.AsyncClient:
        return self.client(self.cast.one(house.co_op.id, "operator").id)

    async def _make_neighbours(self, one: House, other: House) -> None:
        """Invitation, acceptance, and the words compared, as two operators would do it."""
        async with self._operator(one) as inviting, self._operator(other) as invited:
            if await _state(inviting, other) == "active" and await _state(invited, one) == "active":
                return
            made = _good(await inviting.post("/peers/invitations", json={"node_id": other.co_op.node_id}))
            topics = {"gives": OFFERED_TOPICS, "gets": OFFERED_TOPICS}
            _good(await invited.post("/peers", json={"invitation": made["invitation"], **topics}))
            await _until(lambda: _is(inviting, other, "proposed"))
            asked = _good(await inviting.get(f"/peers/{other.co_op.node_id}"))
            await inviting.post(f"/peers/{other.co_op.node_id}/confirmation", json={"words": asked["words"]})
            await _until(lambda: _is(inviting, other, "active"))
            await _until(lambda: _is(invited, one, "active"))

    async def _until_shared(self, house: House) -> None:
        """Waits until this co-op finds the offers of each of its neighbours."""
        reader = self.cast.of(house.co_op.id)[0].id
        others = {each.co_op.node_id for each in self.houses.values()} - {house.co_op.node_id}
        async with self.client(reader) as client:

            async def all_here() -> bool:
                seen: set[str] = set()
                after: str | None = None
                while True:
                    page = _good(await client.post("/support/searches", json={"limit": 50, "after": after}))
                    seen |= {item["node_id"] for item in page["items"]}
                    after = page["next"]
                    if after is None or others <= seen:
                        return others <= seen

            await _until(all_here)


def _good(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise Unavailable(
            f"A co-op of the demo refused what the demo asked ({answer.status_code}): {answer.text[:300]}"
        )
    return answer.json()


async def _state(client: httpx.AsyncClient, other: House) -> str | None:
    answer = await client.get(f"/peers/{other.co_op.node_id}")
    return str(answer.json()["state"]) if answer.status_code == 200 else None


async def _is(client: httpx.AsyncClient, other: House, state: str) -> bool:
    return await _state(client, other) == state


async def _until(condition: Any, seconds: float = 60) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not await condition():
                await asyncio.sleep(POLL)
    except TimeoutError:
        raise Unavailable("The co-ops of the demo did not find each other in time; their logs say more.") from None
