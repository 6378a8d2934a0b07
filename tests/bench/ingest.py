# SPDX-License-Identifier: AGPL-3.0-or-later
"""A neighbour's 10,000 offers taken in: what that costs the receiver, and how long catching up lasts, on each database.

The neighbour publishes by the real path and is not measured: its answers are recorded once and played to fresh receivers.
The limit, in the same run: the rows that the receiver ended with, put into the same empty tables and search index by the
shortest code, and for each entry one leaf hash and one decoding. CPU of a PostgreSQL on this machine counts on both sides.
"""

from __future__ import annotations

import asyncio
import gc
import hmac
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import httpx
import msgspec
import yaml

from federation import statements
from federation.feed import Origin
from federation.statements import PeerSupport
from node import database
from node.clock import HandClock, SeededRandomness
from node.coop import Coop
from node.crossing import Statement
from node.database.sqlite import prepare
from node.exchange import publishing
from node.exchange.absorbing import COLUMNS as ENTRY
from node.here import Here
from node.settings import FILE, load
from node.support.entries import COLUMNS as LISTING
from node.support.sharing import Room
from node.village.village import START, found_village
from tests.bench.telling import tell
from tests.databases import NoPostgres, PostgresServer, shared_server
from tests.support_offers import Made, offers

SENDER, RECEIVER = "birch", "alder"
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
LIMIT = "the same rows into the same empty tables and index, a leaf hash and a decoding for each, shortest code"
PLACES = ", ".join("?" * len(ENTRY))


async def run(*, offers: int = 10_000, rounds: int = 5) -> None:
    async with each_database() as grounds:
        for ground in grounds:
            await _tell(ground, offers, rounds)


# The databases that are to be had -------------------------------------------------------------------------------------


@dataclass
class Ground:
    """A database engine to measure on, a folder for its co-ops, and what the lines have to say besides."""

    dialect: str
    folder: Path
    server: PostgresServer | None = None
    more: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return NAMES[self.dialect]

    async def found(self, *, nodes: int, people: bool) -> Path:
        """A settled village, closed."""
        server = self.server
        addresses = None if server is None else lambda: server.new_database(empty=True)
        folder = self.folder / "village"
        folder.mkdir(parents=True)
        await found_village(folder, nodes=nodes, addresses=addresses, people=people)
        return folder

    def copy(self, co_op: Path, name: str) -> Path:
        """A copy of a closed co-op, with a database of its own."""
        copied = Path(shutil.copytree(co_op, self.folder / name))
        if self.server is not None:
            given = yaml.safe_load((copied / FILE).read_text())
            given["database"] = self.server.copy_of(given["database"])
            (copied / FILE).write_text(yaml.safe_dump(given))
        return copied


@asynccontextmanager
async def each_database() -> AsyncIterator[list[Ground]]:
    """SQLite in files, and PostgreSQL where one is to be had; where not, SQLite's lines say why."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        here = Path(folder)
        sqlite = Ground("sqlite", here / "sqlite")
        async with AsyncExitStack() as stack:
            try:
                server = stack.enter_context(shared_server(here))
            except NoPostgres as why:
                sqlite.more["left_out"] = f"PostgreSQL: {why}"
                yield [sqlite]
                return
            unsynced = {"durability": "a server for tests, which does not sync to disk, on both sides"}
            yield [sqlite, Ground("postgres", here / "postgres", server, unsynced)]


# The sender, recorded -------------------------------------------------------------------------------------------------


class Sending(Room):
    """What a neighbour has to say: many offers that nobody had to write and approve one by one."""

    def __init__(self, made: Sequence[Made]) -> None:
        self._made = {each.id: each for each in made}

    async def statement(self, ref: str, *, here: Here) -> Statement | None:
        made = self._made[ref]
        said = statements.encode(msgspec.convert(made.statement, PeerSupport))
        return Statement(id=made.id, data=said, expires=made.expires, not_to=frozenset())

    async def standing(self, *, here: Here) -> list[str]:
        return list(self._made)


class Recorder(httpx.AsyncBaseTransport):
    """A way to the sender that keeps its answers by method, path and query; without `inner` it only plays them."""

    def __init__(self, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self.inner = inner
        self.kept: dict[tuple[str, str], tuple[int, list[tuple[bytes, bytes]], bytes]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        key = (request.method, request.url.raw_path.decode())
        if self.inner is not None and key not in self.kept:
            answer = await self.inner.handle_async_request(request)
            self.kept[key] = answer.status_code, answer.headers.raw, await answer.aread()
        if key not in self.kept:
            raise httpx.ConnectError("nobody asked this while it was recorded", request=request)
        status, headers, body = self.kept[key]
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


@asynccontextmanager
async def opened(folder: Path, way: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Coop]:
    """A co-op of a founded village at the moment of its founding, its database bound."""
    clock, chance = HandClock(START), SeededRandomness(f"bench {folder.name}")
    async with Coop.open(load(folder, {}), clock=clock, random=chance, transport=way) as coop:
        with database.bound(coop.engine):
            yield coop


async def record(ground: Ground, village: Path, count: int) -> Recorder:
    """Lets the sender publish, and one receiver follow it."""
    made = list(offers(7, count, now=START))
    async with opened(village / SENDER) as sender:
        await publishing.new_epoch(Sending(made), "first", here=sender.here())
        recorder = Recorder(httpx.ASGITransport(sender.app, client=("127.0.0.1", 1)))  # type: ignore[arg-type]
        async with opened(ground.copy(village / RECEIVER, "recorder"), recorder) as receiver:
            await follow(receiver)
    recorder.inner = None
    return recorder


async def follow(receiver: Coop) -> None:
    """Until the sender has nothing new."""
    while await receiver.exchange.follow(f"{SENDER}.example", wait=0):
        pass


# Measuring ------------------------------------------------------------------------------------------------------------


@dataclass
class Spent:
    """Seconds of CPU and of the clock."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def spending(server: Callable[[], float]) -> Iterator[Spent]:
    """What this process and the database's server spend inside the block; nothing is collected meanwhile but its own."""
    spent = Spent()
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time() + server()
    yield spent
    spent.cpu, spent.wall = time.process_time() + server() - cpu, time.perf_counter() - wall


@asynccontextmanager
async def server_time(ground: Ground) -> AsyncIterator[Callable[[], float]]:
    """Gives the CPU seconds of the ground's PostgreSQL with all its processes; 0.0 where they are not on this machine."""
    if ground.server is None:
        yield lambda: 0.0
        return
    connection = await asyncpg.connect(ground.server.url)
    try:
        parent = _stat(await connection.fetchval("SELECT pg_backend_pid()"))
        if parent is None or parent[1] != "postgres":
            ground.more["server"] = "elsewhere: its CPU does not count, on either side"
            yield lambda: 0.0
            return
        yield lambda: _family(parent[2])
    finally:
        await connection.close()


def _stat(pid: int) -> tuple[int, str, int, float, float] | None:
    """(process, program, parent, own CPU seconds, those of children that ended), from the kernel's own account."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    name, rest = text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
    own, gone = int(rest[11]) + int(rest[12]), int(rest[13]) + int(rest[14])
    return pid, name, int(rest[1]), own / 100, gone / 100


def _family(parent: int) -> float:
    found = [_stat(int(each.name)) for each in Path("/proc").iterdir() if each.name.isdigit()]
    return sum(
        each[3] + (each[4] if each[0] == parent else 0.0) for each in found if each and parent in (each[0], each[2])
    )


async def _tell(ground: Ground, count: int, rounds: int) -> None:
    village = await ground.found(nodes=2, people=False)
    recorder = await record(ground, village, count)
    ours: list[Spent] = []
    limits: list[Spent] = []
    async with server_time(ground) as server:
        for number in range(rounds):
            folder = ground.copy(village / RECEIVER, f"receiver-{number}")
            async with opened(folder, recorder) as receiver:
                with spending(server) as spent:
                    await follow(receiver)
                ours.append(spent)
                kept = await Kept.read(count)
            limits.append(await _limit(ground, ground.copy(village / RECEIVER, f"limit-{number}"), kept, server))
    # The lowest of the rounds: whatever else this machine does only adds.
    cpu, floor = min(each.cpu for each in ours), min(each.cpu for each in limits)
    tell(
        f"offers ingested per second per core at the receiver, {ground.name}",
        count / cpu,
        unit="offers/s",
        limit=count / floor,
        limit_is=f"{LIMIT}; the aim is half of it",
        aim=count / floor / 2,
        better="more",
        microseconds_an_offer=round(cpu / count * 1e6, 1),
        **ground.more,
    )
    wall, floor = min(each.wall for each in ours), min(each.wall for each in limits)
    tell(
        f"catch-up of {count:,} offers, {ground.name}",
        wall,
        unit="s",
        limit=floor,
        limit_is=f"{LIMIT}; the aim is twice that",
        aim=2 * floor,
        **ground.more,
    )


# The limit ------------------------------------------------------------------------------------------------------------


@dataclass
class Kept:
    """What a receiver holds in the end, as tuples."""

    prefix: bytes
    entries: list[tuple[Any, ...]]
    listings: list[tuple[Any, ...]]

    @classmethod
    async def read(cls, count: int) -> Kept:
        """Raises AssertionError when not every offer is to be seen."""
        entries = await database.rows(f"SELECT {', '.join(ENTRY)} FROM followed_entry ORDER BY place")
        listings = await database.rows(f"SELECT {', '.join(LISTING)} FROM listing WHERE NOT hidden ORDER BY n")
        assert len(listings) == count, f"{len(listings)} of {count} offers are to be seen"
        log = await database.row("SELECT epoch FROM followed WHERE size = {}", count + 1)
        assert log is not None
        origin = str(Origin(f"{SENDER}.example", "peer-support", log["epoch"]))
        return cls(
            b"commoncare/1 entry\0" + origin.encode() + b"\0",
            [tuple(row.values()) for row in entries],
            [tuple(row.values()) for row in listings],
        )

    def hashed_and_decoded(self) -> list[bytes]:
        """One leaf hash and one decoding for each put."""
        decode, leaves = msgspec.json.Decoder().decode, []
        for _, _, _, _, expires, salt, body, _ in self.entries[1:]:
            held = hmac.digest(salt, self.prefix + body, "sha256")
            leaves.append(sha256(b"\0\0" + expires.to_bytes(8, "big") + held).digest())
            decode(body)
        return leaves


async def _limit(ground: Ground, folder: Path, kept: Kept, server: Callable[[], float]) -> Spent:
    address = load(folder, {}).database_url
    work = _into_sqlite if ground.server is None else _into_postgres
    spent, leaves = await work(address, kept, server)
    assert leaves == [bytes(entry[2]) for entry in kept.entries[1:]], "the limit hashed something else"
    return spent


async def _into_sqlite(address: str, kept: Kept, server: Callable[[], float]) -> tuple[Spent, list[bytes]]:
    db = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
    prepare(db, 30.0, durable=True, read_only=False)
    with spending(server) as spent:
        leaves = kept.hashed_and_decoded()
        db.execute("BEGIN IMMEDIATE")
        db.executemany(f"INSERT INTO followed_entry ({', '.join(ENTRY)}) VALUES ({PLACES})", kept.entries)
        db.executemany(
            f"INSERT INTO listing ({', '.join(LISTING)}) VALUES ({', '.join('?' * len(LISTING))})", kept.listings
        )
        db.execute("INSERT INTO listing_words (rowid, tokens) SELECT n, tokens FROM listing")
        db.execute("COMMIT")
    db.close()
    return spent, leaves


async def _into_postgres(address: str, kept: Kept, server: Callable[[], float]) -> tuple[Spent, list[bytes]]:
    connection = await asyncpg.connect(plain(address), server_settings={"synchronous_commit": "off", "jit": "off"})
    with spending(server) as spent:
        leaves = kept.hashed_and_decoded()
        async with connection.transaction():
            await connection.copy_records_to_table("followed_entry", records=kept.entries, columns=list(ENTRY))
            await connection.copy_records_to_table("listing", records=kept.listings, columns=list(LISTING))
    await connection.close()
    return spent, leaves


def plain(address: str) -> str:
    """A database's address without what only our own engine understands."""
    parts = urlsplit(address)
    return parts._replace(query="&".join(each for each in parts.query.split("&") if each != "durability=off")).geturl()


if __name__ == "__main__":
    asyncio.run(run())
