# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bad weather between real processes: a proxy on the way from each node to each other, which does harm when told to.

A link listens for one node and carries what comes to another, each direction for itself and in its order: late, slowly, in
slices, held while cut, torn off, closed late. Nothing is lost or changed on a connection that stands: TCP sees to that in life
too. What it does may be changed at any moment, by a call or in words; chance comes from the seed, for each link and direction
its own.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from random import Random
from typing import Literal, get_args

from node.errors import Invalid

HOST = "127.0.0.1"
PIECE = 65_536
AHEAD = 64
"""Pieces that are under way in one direction of a connection before it is read no further."""

Direction = Literal["to", "back"]
"""From who asks to who is asked, and the way back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What befalls one direction. `latency`, `jitter`: seconds that a piece takes, and up to so many more; `bandwidth`: bytes
    a second of each connection, 0 for no limit; `slice`: bytes that go at once, 0 for all that came; `reset`: share of pieces at
    which the connection is torn off; `slow_close`: seconds from the last piece to the end; `cut`: nothing passes."""

    latency: float = 0.0
    jitter: float = 0.0
    bandwidth: int = 0
    slice: int = 0
    reset: float = 0.0
    slow_close: float = 0.0
    cut: bool = False


CALM = Harm()


@dataclass(eq=False)
class _Connection:
    """Both ends of what goes through a link."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter

    def tear(self) -> None:
        """Both ends hear of a reset, not of an end."""
        for end in (self.near, self.far):
            sock = end.get_extra_info("socket")
            if sock is not None:
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.transport.abort()


@dataclass(eq=False)
class Link:
    """The way from one node to another, at `url` once it is open. `count`: bytes that were carried, by direction; `also`: further
    ports at which the other answers: a connection goes to any one that takes it."""

    name: str
    target: int
    seed: int | str
    also: tuple[int, ...] = ()
    harm: dict[Direction, Harm] = field(default_factory=lambda: {"to": CALM, "back": CALM})
    count: dict[Direction, int] = field(default_factory=lambda: {"to": 0, "back": 0})
    torn: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _open: dict[asyncio.Task[None], _Connection | None] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _chances: dict[Direction, Random] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for direction in get_args(Direction):
            self._chances[direction] = Random(f"{self.seed}:{self.name}:{direction}")  # noqa: S311 - repeatable

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def harmed(self) -> bool:
        return any(harm != CALM for harm in self.harm.values()) or self._server is None

    async def on(self) -> None:
        """Takes connections: at the first time at a free port, afterwards at the same."""
        if self._server is None:
            self._server = await asyncio.start_server(self._arrived, HOST, self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def off(self) -> None:
        """Refuses connections, and tears off those that stand."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.reset()
        if self._open:
            await asyncio.wait(list(self._open))

    def change(self, *directions: Direction, **what: float | int | bool) -> None:
        """Another harm from now on, also to what is under way; both directions when none is named."""
        for direction in directions or get_args(Direction):
            self.harm[direction] = replace(self.harm[direction], **what)  # type: ignore[arg-type]
        self._changed.set()
        self._changed = asyncio.Event()

    def cut(self, *directions: Direction) -> None:
        """Nothing passes; connections stand, as they do when a cable is out."""
        self.change(*directions, cut=True)

    def heal(self) -> None:
        """No harm at all. What was held goes on its way."""
        self.change(**{each.name: getattr(CALM, each.name) for each in fields(Harm)})

    def reset(self) -> None:
        """Tears off every connection that stands."""
        for task, connection in list(self._open.items()):
            self.torn += 1
            if connection is not None:
                connection.tear()
            task.cancel()

    async def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = None
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await self._reach()
            connection = self._open[task] = _Connection(writer, far)
            async with asyncio.TaskGroup() as tasks:
                for direction, source, sink in (("to", reader, far), ("back", far_reader, writer)):
                    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(AHEAD)
                    tasks.create_task(_read(source, under_way))
                    tasks.create_task(self._write(direction, under_way, sink, connection))  # type: ignore[arg-type]
        except* OSError:
            pass  # one of the two ends is gone, and with it the other
        finally:
            del self._open[task]
            for end in (writer, far):
                if end is not None:
                    end.close()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to who is asked. Raises OSError when nobody takes it."""
        ports = [self.target, *self.also]
        if self.also:
            self._chances["to"].shuffle(ports)
        for port in ports[:-1]:
            with suppress(OSError):
                return await asyncio.open_connection(HOST, port)
        return await asyncio.open_connection(HOST, ports[-1])

    async def _write(
        self,
        direction: Direction,
        under_way: asyncio.Queue[tuple[float, bytes]],
        writer: asyncio.StreamWriter,
        connection: _Connection,
    ) -> None:
        loop, chance, free = asyncio.get_running_loop(), self._chances[direction], 0.0
        while True:
            came, data = await under_way.get()
            harm = self.harm[direction]
            if not data:
                await asyncio.sleep(harm.slow_close)
                with suppress(OSError):
                    writer.write_eof()
                return
            due = came + harm.latency + harm.jitter * chance.random()
            for piece in _slices(data, harm.slice):
                free = max(free, due, loop.time()) + (len(piece) / harm.bandwidth if harm.bandwidth else 0)
                await asyncio.sleep(max(0.0, free - loop.time()))
                while self.harm[direction].cut:
                    await self._changed.wait()
                if self.harm[direction].reset and chance.random() < self.harm[direction].reset:
                    self.torn += 1
                    connection.tear()
                    raise ConnectionResetError
                writer.write(piece)
                await writer.drain()
                self.count[direction] += len(piece)


async def _read(reader: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]]) -> None:
    """Everything that comes, with when it came; nothing at its end."""
    data = b"more"
    while data:
        data = await reader.read(PIECE)
        await under_way.put((asyncio.get_running_loop().time(), data))


def _slices(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size)) if size else iter((data,))


class Proxy:
    """All links of a village of processes, by "alder>birch". Use as an async context manager."""

    def __init__(self, seed: int | str = 1) -> None:
        self.seed = seed
        self.links: dict[str, Link] = {}

    async def __aenter__(self) -> Proxy:
        return self

    async def __aexit__(self, *_: object) -> None:
        for link in self.links.values():
            await link.off()

    async def lay(self, one: str, other: str, port: int, *also: int) -> Link:
        """The link from one node to another, which listens at `port` of this machine, and at those `also`."""
        name = f"{one}>{other}"
        link = self.links[name] = Link(name, port, self.seed, also)
        await link.on()
        return link

    async def command(self, words: str) -> str:
        """What a line of words says is done: `alder>birch cut`, `alder>birch back latency=0.2 slice=9`, `* heal`, `* show`; `off`
        refuses connections, `on` takes them, `reset` tears off those that stand. Raises Invalid."""
        name, *rest = words.split() or ["nothing"]
        links = [link for link in self.links.values() if name in ("*", link.name)]
        if not links:
            raise Invalid({"link": f"There is no {name}. There are: {', '.join(self.links)}."})
        directions = [word for word in rest if word in get_args(Direction)]
        deeds = [word for word in rest if word not in directions]
        for link in links:
            for deed in deeds:
                await _do(link, deed, directions)  # type: ignore[arg-type]
        return "\n".join(f"{link.name} {link.harm} carried {link.count} torn off {link.torn}" for link in links)


async def _do(link: Link, deed: str, directions: list[Direction]) -> None:
    known: dict[str, type[float] | type[int]] = {each.name: type(getattr(CALM, each.name)) for each in fields(Harm)}
    name, is_value, value = deed.partition("=")
    if is_value and name in known and name != "cut":
        try:
            link.change(*directions, **{name: known[name](value)})
        except ValueError:
            raise Invalid({name: f"{value} is no number."}) from None
    elif deed == "cut":
        link.cut(*directions)
    elif deed in ("heal", "reset"):
        getattr(link, deed)()
    elif deed in ("on", "off"):
        await getattr(link, deed)()
    elif deed != "show":
        raise Invalid(
            {"deed": f"{deed} is nothing that can be done. Say cut, heal, reset, on, off, show, or name=number."}
        )
