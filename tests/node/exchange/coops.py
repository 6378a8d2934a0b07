# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two or more co-ops in one process that speak through each other's real door, and small real rooms for them to share.

Nothing of the node is replaced: the network between them is an httpx transport from host to application, on which a test may
look at, change or lose what passes. The rooms keep what they are given in tables of their own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from federation.letters import Concern
from node import database, post
from node.actor import at_the_command_line
from node.charter.sharing import room as trust
from node.clock import HandClock
from node.crossing import Arrived, Incoming, Leaving, Reject, Rejected, Statement
from node.exchange.erasures import room as receipts
from node.exchange.outbound import HttpFetcher
from node.exchange.worker import Exchange
from node.here import Here, NodeKey
from node.peers import acts, own
from node.peers.founding import found_node
from node.peers.shapes import Acceptance
from node.place import CoOpFacts
from tests.support import SeededRandomness

NOW = 1_800_000_000
DAY = 86_400
OPERATOR = at_the_command_line()
Filter = Callable[[httpx.Request, Callable[[], Awaitable[httpx.Response]]], Awaitable[httpx.Response]]


class Board:
    """A room of notes: one row a note of our own, one row a note of a neighbour. Satisfies FeedRoom."""

    topic = "peer-support"

    async def make(self) -> None:
        await database.execute(
            "CREATE TABLE board_own (ref VARCHAR(40) PRIMARY KEY, id VARCHAR(22), words TEXT, not_to TEXT, expires BIGINT)"
        )
        await database.execute(
            "CREATE TABLE board_theirs (source VARCHAR(60), id VARCHAR(22), words TEXT, iat BIGINT, shown INTEGER, "
            "PRIMARY KEY (source, id))"
        )

    async def write(self, ref: str, words: str, *, here: Here, not_to: Sequence[str] = (), days: int = 90) -> None:
        async with database.transaction():
            await database.execute(
                "INSERT INTO board_own (ref, id, words, not_to, expires) VALUES ({}, {}, {}, {}, {}) "
                "ON CONFLICT (ref) DO UPDATE SET words = excluded.words, not_to = excluded.not_to",
                ref,
                here.token(),
                words,
                " ".join(not_to),
                here.now + days * DAY,
            )
            await post.put_out(kind="feed", ref=f"{self.topic}:{ref}", to="", due=here.now, expires=None, here=here)

    async def take_down(self, ref: str, *, here: Here) -> None:
        async with database.transaction():
            await database.execute("DELETE FROM board_own WHERE ref = {}", ref)
            await post.put_out(kind="feed", ref=f"{self.topic}:{ref}", to="", due=here.now, expires=None, here=here)

    async def statement(self, ref: str, *, here: Here) -> Statement | None:
        row = await database.row("SELECT * FROM board_own WHERE ref = {}", ref)
        if row is None or row["expires"] <= here.now:
            return None
        data = json.dumps({"words": row["words"]}, separators=(",", ":")).encode()
        return Statement(row["id"], data, row["expires"], frozenset(row["not_to"].split()))

    async def erased(self, ref: str, *, here: Here) -> bool:
        return ref.startswith("erased")

    async def standing(self, *, here: Here) -> list[str]:
        return [row["ref"] for row in await database.rows("SELECT ref FROM board_own ORDER BY ref")]

    async def absorb(self, source: str, put: Sequence[Arrived], gone: Sequence[str], *, here: Here) -> list[Rejected]:
        no = [Rejected(each.id, "rude") for each in put if "rude" in json.dumps(each.data)]
        bad = {each.id for each in no}
        await database.many(
            "INSERT INTO board_theirs (source, id, words, iat, shown) VALUES ({}, {}, {}, {}, 1) "
            "ON CONFLICT (source, id) DO UPDATE SET words = excluded.words, iat = excluded.iat, shown = 1",
            [(source, e.id, e.data["words"], e.iat) for e in put if e.id not in bad],
        )
        await database.many("DELETE FROM board_theirs WHERE source = {} AND id = {}", [(source, id) for id in gone])
        return no

    async def show(self, source: str, visible: bool, *, here: Here) -> None:
        await database.execute("UPDATE board_theirs SET shown = {} WHERE source = {}", int(visible), source)

    async def drop(self, source: str, *, here: Here) -> None:
        await database.execute("DELETE FROM board_theirs WHERE source = {}", source)

    async def seen(self) -> list[str]:
        """The words of neighbours that a member would see."""
        rows = await database.rows("SELECT words FROM board_theirs WHERE shown = 1 ORDER BY words")
        return [row["words"] for row in rows]


class Desk:
    """A room of letters, each a row: `out` until it is known to have arrived, `come_in` once. Satisfies LetterRoom."""

    prefix = "concern"

    async def make(self) -> None:
        await database.execute(
            "CREATE TABLE desk_out (ref VARCHAR(80) PRIMARY KEY, words TEXT, thread VARCHAR(22), fate TEXT)"
        )
        await database.execute("CREATE TABLE desk_in (jti VARCHAR(22), source VARCHAR(60), words TEXT)")

    async def write(self, ref: str, words: str, *, to: str, here: Here) -> str:
        ref = f"{self.prefix}:{ref}:tell"
        async with database.transaction():
            await database.execute(
                "INSERT INTO desk_out (ref, words, thread, fate) VALUES ({}, {}, {}, '')", ref, words, here.token()
            )
            await post.put_out(kind="letter", ref=ref, to=to, due=here.now, expires=here.now + 7 * DAY, here=here)
        return ref

    async def letter(self, ref: str, *, here: Here) -> Leaving | None:
        row = await database.row("SELECT * FROM desk_out WHERE ref = {}", ref)
        if row is None or row["fate"] in ("reached", "taken back"):
            return None
        return Leaving("concern", row["thread"], Concern(words=row["words"], urgency="soon"), here.now + 7 * DAY)

    async def _say(self, ref: str, fate: str) -> None:
        await database.execute("UPDATE desk_out SET fate = {} WHERE ref = {}", fate, ref)

    async def reached(self, ref: str, *, here: Here) -> None:
        await self._say(ref, "reached")

    async def delayed(self, ref: str, why: str, *, here: Here) -> None:
        await self._say(ref, f"delayed {why}")

    async def undeliverable(self, ref: str, why: str, *, here: Here) -> None:
        await self._say(ref, f"undeliverable {why}")

    async def receive(self, letter: Incoming, *, here: Here) -> None:
        assert isinstance(letter.data, Concern)
        await database.execute(
            "INSERT INTO desk_in (jti, source, words) VALUES ({}, {}, {})", letter.jti, letter.source, letter.data.words
        )
        if "refuse" in letter.data.words:
            raise Reject("not-here")

    async def fate(self, ref: str) -> str:
        row = await database.row("SELECT fate FROM desk_out WHERE ref = {}", ref)
        return "" if row is None else str(row["fate"])

    async def read(self) -> list[str]:
        return [row["words"] for row in await database.rows("SELECT words FROM desk_in ORDER BY words")]


class _Once(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self.body


class Network(httpx.AsyncBaseTransport):
    """From host to application. `filter` sees every request and may answer, change or lose it; `passed` counts them."""

    def __init__(self) -> None:
        self.apps: dict[str, httpx.ASGITransport] = {}
        self.down: set[str] = set()
        self.filter: Filter | None = None
        self.passed: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.passed.append(request)

        async def on() -> httpx.Response:
            host = request.url.host
            if host not in self.apps or host in self.down:
                raise httpx.ConnectError("down", request=request)
            return await self.apps[host].handle_async_request(request)

        if self.filter is None:
            return await on()
        response = await self.filter(request, on)
        if response.is_stream_consumed or response.is_closed:  # the filter read or made it: let it be read again
            headers = {k: v for k, v in response.headers.items() if k != "content-length"}
            return httpx.Response(response.status_code, headers=headers, content=None, stream=_Once(response.content))
        return response


class CoOp:
    """One co-op: its database, clock, rooms and exchange."""

    def __init__(self, name: str, engine: database.Engine, network: Network, clock: HandClock, seed: int) -> None:
        self.node_id, self.engine, self.clock, self.network = f"{name}.example", engine, clock, network
        self.name, self.random, self.key = name.title(), SeededRandomness(seed), NodeKey(bytes([seed]) * 32)
        self.board, self.desk = Board(), Desk()
        self.exchange = self.start()

    def start(self) -> Exchange:
        """A fresh process, as it were: what was only in memory is forgotten."""
        self.exchange = Exchange(
            here=self.here,
            clock=self.clock,
            fetcher=HttpFetcher(transport=self.network),
            feeds={self.board.topic: self.board, trust.topic: trust},
            rooms={self.desk.prefix: self.desk, receipts.prefix: receipts},
        )
        self.network.apps[self.node_id] = httpx.ASGITransport(self._app, raise_app_exceptions=True)
        return self.exchange

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        with database.bound(self.engine):
            await self.exchange.door(scope, receive, send)

    def here(self) -> Here:
        return Here(
            node_id=self.node_id,
            now=self.clock.now(),
            random=self.random,
            node_key=self.key,
            co_op=CoOpFacts(name=self.name, phone="01422 000000"),
        )

    def bound(self) -> Any:
        return database.bound(self.engine)

    async def step(self) -> int:
        with self.bound():
            return await self.exchange.step()

    async def seen(self) -> list[str]:
        with self.bound():
            return await self.board.seen()

    async def write(self, ref: str, words: str, **more: Any) -> None:
        with self.bound():
            await self.board.write(ref, words, here=self.here(), **more)

    async def take_down(self, ref: str) -> None:
        with self.bound():
            await self.board.take_down(ref, here=self.here())

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        with self.bound():
            return await database.rows(sql, *args)


@asynccontextmanager
async def coops(*names: str, addresses: Callable[..., str], folder: Path) -> AsyncIterator[list[CoOp]]:
    """Co-ops of these names, founded, strangers to each other, on one network and one clock."""
    network, clock, made = Network(), HandClock(NOW), list[CoOp]()
    try:
        for number, name in enumerate(names, 1):
            engine = database.open_engine(addresses())
            await engine.open()
            coop = CoOp(name, engine, network, clock, number)
            made.append(coop)
            with coop.bound():
                await coop.board.make()
                await coop.desk.make()
                await found_node(
                    actor=OPERATOR,
                    root_file=folder / name / "root.pem",
                    passphrase="correct horse battery",
                    here=coop.here(),
                )
        yield made
    finally:
        for coop in made:
            await coop.engine.close()


async def settle(*coops: CoOp, rounds: int = 30) -> None:
    """Until nobody has anything left to do."""
    for _ in range(rounds):
        if not sum([await coop.step() for coop in coops]):
            return
    raise AssertionError("the co-ops do not come to rest")


async def make_peers(one: CoOp, other: CoOp, **scopes: Any) -> None:
    """One invites, the other accepts, one confirms with the other's own words."""
    with one.bound():
        invitation = await acts.invite(actor=OPERATOR, node_id=other.node_id, here=one.here())
    with other.bound():
        await acts.accept(
            actor=OPERATOR, invitation=Acceptance(invitation=invitation.invitation, **scopes), here=other.here()
        )
        words = await own.words(here=other.here())
    await settle(one, other)
    with one.bound():
        await acts.confirm(actor=OPERATOR, node_id=other.node_id, words=words, here=one.here())
    await settle(one, other)


async def change(coop: CoOp, act: Any, node_id: str, **more: Any) -> Any:
    """One of the operator's acts at this co-op."""
    with coop.bound():
        return await act(actor=OPERATOR, node_id=node_id, here=coop.here(), **more)
