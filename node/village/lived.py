# SPDX-License-Identifier: AGPL-3.0-or-later
"""One face for a village, whatever its nodes run in: this process, processes of their own, or containers.

`async with lived(5, folder, backend="process") as v`: v.alder is a place, v.cut("alder", "birch") harms the way between two,
v.clock.advance(days=3) lets time go by for everybody, await v.settle() waits until nobody has anything left to do. Whatever a
co-op wrote and logged stays in `folder`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import SystemRandom
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args

import httpx

from node.errors import Invalid, Unavailable
from node.village import cast as casting
from node.village.hamlet import HOST, Hamlet
from node.village.processes import NodeProcess, port_is_free
from node.village.proxy import Proxy
from node.village.quiet import settle
from node.village.village import Village, found_village, open_village

Backend = Literal["one", "process", "container"]
"""This process, with a clock that stands still; or a process, or a container, for each."""
TRIES = 50
"""Times at which free ports are looked for."""


class Advancing(Protocol):
    """Lets time go by: nothing happens until somebody works."""

    def advance(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> int: ...


@dataclass(frozen=True, slots=True)
class Place:
    """One co-op of a village. `folder`: its files; `url`: where it answers, to a client that `client` makes."""

    name: str
    node_id: str
    url: str
    folder: Path
    client: Callable[[], httpx.AsyncClient]

    @property
    def log(self) -> str:
        """What it logged to its file; in one process, nothing."""
        file = self.folder / "serve.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


class Lived(Protocol):
    """A village while it is lived in."""

    places: dict[str, Place]

    @property
    def clock(self) -> Advancing: ...

    def api(self, person: str) -> httpx.AsyncClient:
        """A client at a person's own co-op, with their token, at `/api/v1`."""
        ...

    def cut(self, one: str, other: str) -> None: ...

    def heal(self, one: str, other: str) -> None: ...

    async def kill(self, name: str) -> None:
        """As a power cut would. In one process: it is off from the next request on."""
        ...

    async def start(self, name: str) -> None: ...

    async def settle(self) -> None: ...

    def __getattr__(self, name: str) -> Place: ...


class _Places:
    places: dict[str, Place]

    def __getattr__(self, name: str) -> Place:
        try:
            return self.__dict__["places"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None


class InOne(_Places):
    """All co-ops in this process."""

    def __init__(self, village: Village, folder: Path) -> None:
        self.village, self.clock = village, village.clock
        self.places = {
            name: Place(name, f"{name}.example", f"http://{name}.example", folder / name, partial(village.client, name))
            for name in village.coops
        }

    def api(self, person: str) -> httpx.AsyncClient:
        return self.village.api(person)

    def cut(self, one: str, other: str) -> None:
        self.village.cut(one, other)

    def heal(self, one: str, other: str) -> None:
        self.village.heal(one, other)

    async def kill(self, name: str) -> None:
        self.village.stop(name)

    async def start(self, name: str) -> None:
        self.village.start(name)

    async def settle(self) -> None:
        await self.village.settle()


@dataclass
class _Clocks:
    """Everybody's clock, put forward together; each goes on by itself."""

    hamlet: Hamlet

    def advance(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> int:
        by = seconds + 60 * minutes + 3600 * hours + 86_400 * days
        for house in self.hamlet.houses.values():
            house.put_clock(house.clock.off() + by)
        return max(house.clock.now() for house in self.hamlet.houses.values())


class InProcesses(_Places):
    """Each co-op in a process or a container of its own, with ways between them that can be harmed."""

    def __init__(self, hamlet: Hamlet) -> None:
        self.hamlet, self.clock = hamlet, _Clocks(hamlet)
        self.places = {
            name: Place(
                name,
                house.co_op.node_id,
                house.node.url,
                house.node.folder,
                partial(httpx.AsyncClient, base_url=house.node.url, timeout=30),
            )
            for name, house in hamlet.houses.items()
        }

    def api(self, person: str) -> httpx.AsyncClient:
        return self.hamlet.client(person)

    def cut(self, one: str, other: str) -> None:
        for link in self._ways(one, other):
            link.cut()

    def heal(self, one: str, other: str) -> None:
        for link in self._ways(one, other):
            link.heal()

    def _ways(self, one: str, other: str) -> list[Any]:
        assert self.hamlet.proxy is not None
        return [self.hamlet.proxy.links[way] for way in (f"{one}>{other}", f"{other}>{one}")]

    async def kill(self, name: str) -> None:
        await self.hamlet.houses[name].node.kill()

    async def start(self, name: str) -> None:
        node = self.hamlet.houses[name].node
        await node.start()
        await node.ready()

    async def settle(self) -> None:
        await settle(self.hamlet)


@asynccontextmanager
async def lived(
    nodes: int,
    folder: Path,
    *,
    backend: Backend = "one",
    seed: int = 1,
    addresses: Callable[[], str] | None = None,
    programs: dict[str, list[str]] | None = None,
    image: str = "",
    images: dict[str, str] | None = None,
) -> AsyncIterator[Lived]:
    """A village of `nodes` co-ops in `folder`, peered, with the cast in them. `addresses`: gives the address of an empty
    PostgreSQL database each time it is called; left out: SQLite files. `programs`: co-op -> another version's command
    (processes alone). `image`, `images`: what containers are made of, and co-op -> another version's."""
    if backend not in get_args(Backend):
        raise Invalid({"backend": f"{backend}: there is {', '.join(get_args(Backend))}."})
    if backend == "one":
        if not (folder / "village.json").exists():
            await found_village(folder, nodes=nodes, addresses=addresses, seed=seed)
        async with open_village(folder) as village:
            yield InOne(village, folder)
        return
    async with AsyncExitStack() as stack:
        make = stack.enter_context(making(backend, folder, {"": image, **(images or {})}))
        proxy = await stack.enter_async_context(Proxy(seed))
        hamlet = Hamlet(
            nodes=nodes,
            folder=folder,
            base_port=free_ports(nodes),
            seed=seed,
            proxy=proxy,
            programs=programs or {},
            make=make,
        )
        if addresses is not None:
            hamlet.databases = {name: await asyncio.to_thread(addresses) for name in hamlet.houses}
        async with hamlet:
            yield InProcesses(hamlet)


@contextmanager
def making(
    backend: Backend, folder: Path, images: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Callable[[Path, str], NodeProcess]]:
    """What makes a co-op's node from its folder and address, inside the block. `images`: as for
    `node.village.containers.holding`, and raises what that does; Invalid for a co-op that nobody knows."""
    strangers = set(images) - {""} - set(casting.load().co_ops)
    if strangers:
        raise Invalid({"image": f"{min(strangers)} is no co-op of the village."})
    if backend != "container":
        yield NodeProcess
        return
    from node.village.containers import holding  # knows Linux alone, and needs packages of its own

    with holding(folder, images) as make:
        yield make


def free_ports(nodes: int) -> int:
    """The first of so many ports in a row that are free, as are those a hundred further (figures). Raises Unavailable."""
    for _ in range(TRIES):
        base = SystemRandom().randrange(20_000, 32_000)  # below what systems give to whoever asks for any
        if all(port_is_free(HOST, port + more) for port in range(base, base + nodes) for more in (0, 100)):
            return base
    raise Unavailable("There are no free ports.")
