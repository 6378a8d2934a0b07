# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neighbours that only answer, by the hundred, in one small process of their own: `python -m tests.bench.stubs PORT FILE`.

Each is whole as far as the protocol can see: documents and a peering that both signed, and one log of one entry. `heads` is
answered at once when it is not yet known, and else with 304 after the wait; nothing is judged and nothing is signed anew. What a
stub says may have stages: a request for `/stage` goes on to the next.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import yaml

from federation import wire
from federation.feed import Entry, Head, Heads, encode_heads, encode_page, etag, open_log
from federation.identity import Identity, make_identity, read_identity
from federation.keys import LetterKey, SigningKey
from federation.manifest import NodeKey, make_manifest, read_manifest
from federation.notes import make_checkpoint
from federation.peerings import countersign, propose, read
from federation.profile import Profile
from federation.trust import PeerView
from node import database
from node.coop import Coop
from node.here import Here
from node.peers import keyring, own, rules, views
from node.settings import FILE, load

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Stub:
    """A neighbour: its keys, and the documents that tell of them."""

    node_id: str
    doc: SigningKey
    http: SigningKey
    log: SigningKey
    identity: Identity
    manifest: bytes

    @classmethod
    def make(cls, node_id: str, here: Here) -> Stub:
        root, doc, http, log = (SigningKey.generate(here.random.bytes) for _ in range(4))
        now, until = here.now - 60, here.now + 20 * wire.DAY
        made = make_identity(
            node_id=node_id, version=1, now=now, exp=until, roots=[root.public], threshold=1, docs=[doc.public],
            signers=[root],
        )  # fmt: skip
        identity = read_identity(made, node_id=node_id)
        letter = LetterKey.generate(here.random.bytes)
        keys = [NodeKey("http", http.public, now, until), NodeKey("log", log.public, now, until)]
        manifest = make_manifest(
            identity=identity, version=1, now=now, exp=until, profile=Profile(name=node_id.partition(".")[0]),
            keys=[*keys, NodeKey("letter", letter.public, now, until)], signer=doc,
        )  # fmt: skip
        return cls(node_id, doc, http, log, identity, manifest)

    async def befriend(self, *, here: Here) -> None:
        """A peering in force with the co-op whose database is bound, as if both operators had made it."""
        ours = await own.identity(here=here)
        terms = rules.terms(sends=("peer-support",), receives=("peer-support",), now=here.now)
        asked = propose(
            us=ours, them=self.identity, terms=terms, key=await keyring.signing("doc", here=here), now=here.now,
            random=here.random.bytes, last=None,
        )  # fmt: skip
        signed = countersign(asked, self.doc, us=self.identity, them=ours, last=None, now=here.now)
        peering = read(signed, us=ours, them=self.identity)
        view = PeerView(self.node_id, self.identity, read_manifest(self.identity, self.manifest), peering)
        await database.execute("INSERT INTO peer (node_id, created) VALUES ({}, {})", self.node_id, here.now)
        await views.keep(view, here=here, our_identity=ours)

    def says(self, now: int, *, more: Sequence[Sequence[Entry]] = (), lie: int = 0) -> dict[str, Any]:
        """What it answers, for the process that answers for it: a stage for its opening, for each of `more`, and last for a
        log of `lie` entries that nobody has."""
        made = open_log(self.node_id, "peer-support", now=now - 30, previous=None, reason="first")
        stages, pages = [self._stage(made.log.checkpoint(self.log, now=now)[1])], {"0": encode_page(made.entries)[0]}
        for entries in more:
            first = made.log.frontier.size
            made = made.log.append(entries, now=now)
            stages.append(self._stage(made.log.checkpoint(self.log, now=now)[1]))
            while first < made.log.frontier.size:
                page, count = encode_page(entries[first - made.log.frontier.size :][: wire.PAGE_ENTRIES])
                pages[str(first)] = page
                first += count
        if lie:
            note = make_checkpoint(str(made.log.origin), lie, bytes(32), now, self.log)
            stages.append(self._stage(note))
        return {"stages": stages, "pages": {start: page.decode() for start, page in pages.items()}}

    @staticmethod
    def _stage(note: str) -> tuple[str, str]:
        heads = Heads((Head("peer-support", note, 1),), 1, 1, 0)
        return encode_heads(heads).decode(), etag(heads)


async def settle_in(folder: Path, count: int, port: int, *others: Callable[[Here], tuple[Stub, Any]]) -> Path:
    """Gives the closed co-op in `folder` so many neighbours, reached at `port`, and `others`, each made with what it says; the
    file that tells what they all say."""
    said: dict[str, Any] = {}
    async with Coop.open(load(folder, {})) as coop:
        with database.bound(coop.engine):
            here = coop.here()
            async with database.transaction():
                for number in range(count):
                    stub = Stub.make(f"stub{number}.example", here)
                    await stub.befriend(here=here)
                    said[stub.node_id] = stub.says(here.now)
                for make in others:
                    stub, says = make(here)
                    said[stub.node_id] = says
                    await stub.befriend(here=here)
    settings = yaml.safe_load((folder / FILE).read_text())
    settings["resolver"] = {**settings.get("resolver", {}), **dict.fromkeys(said, f"http://{HOST}:{port}")}
    (folder / FILE).write_text(yaml.safe_dump(settings, sort_keys=False))
    told = folder.with_name(f"{folder.name}-stubs.json")
    told.write_text(json.dumps(said))
    return told


@asynccontextmanager
async def answering(port: int, told: Path) -> AsyncIterator[int]:
    """The process that answers for them, while the block lasts; its process id."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.stubs", str(port), str(told))
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


# The process itself -------------------------------------------------------------------------------------------------------


@dataclass
class Saying:
    """What one stub says now, and who waits for it to say something else."""

    stages: list[tuple[str, str]]
    pages: dict[str, str]
    waiting: set[Answers] = field(default_factory=set)

    def go_on(self) -> None:
        del self.stages[0]
        for each in list(self.waiting):
            each.wake()


class Answers(asyncio.Protocol):
    """One connection: one request at a time, as our client sends them."""

    def __init__(self, said: dict[str, Saying]) -> None:
        self._said, self._held = said, b""
        self._timer: asyncio.TimerHandle | None = None
        self._waits: Saying | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self._let_go()

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, whole, rest = self._held.partition(b"\r\n\r\n")
        if not whole:
            return
        self._held = rest
        first, *lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        path, _, query = first.split(" ")[1].partition("?")
        self._answer(self._said.get(fields.get("host", "")), path, parse_qs(query))

    def _answer(self, said: Saying | None, path: str, query: dict[str, list[str]]) -> None:
        if said is None:
            self._send(404, "{}")
        elif path == "/stage":
            said.go_on()
            self._send(200, "{}")
        elif path.endswith("/entries"):
            page = said.pages.get(query["start"][0])
            self._send(200 if page else 404, page or "{}")
        elif not path.endswith("/heads"):
            self._send(200, '{"checkpoints":[],"controls":[]}')
        elif query.get("known") != [said.stages[0][1]]:
            self._send(200, *said.stages[0])
        else:
            self._waits = said
            said.waiting.add(self)
            wait = float(query.get("wait", ["0"])[0])
            self._timer = asyncio.get_running_loop().call_later(wait, self._send, 304, "", said.stages[0][1])

    def wake(self) -> None:
        """There is news."""
        if self._waits is not None:
            self._send(200, *self._waits.stages[0])

    def _let_go(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._waits is not None:
            self._waits.waiting.discard(self)
        self._timer = self._waits = None

    def _send(self, status: int, body: str, tag: str = "") -> None:
        self._let_go()
        lines = [f"HTTP/1.1 {status} So", f"Date: {formatdate(usegmt=True)}", "Content-Type: application/json"]
        lines += [f'ETag: "{tag}"'] if tag else []
        lines += [f"Content-Length: {len(body.encode())}"] if status != 304 else []
        self._transport.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


async def _serve(port: int, told: dict[str, Any]) -> None:
    said = {name: Saying([*map(tuple, each["stages"])], each["pages"]) for name, each in told.items()}
    server = await asyncio.get_running_loop().create_server(lambda: Answers(said), HOST, port, backlog=2048)
    await server.serve_forever()


def main(argv: Sequence[str]) -> None:
    os.nice(10)  # who measures beside it goes first
    asyncio.run(_serve(int(argv[0]), json.loads(Path(argv[1]).read_text())))


if __name__ == "__main__":
    main(sys.argv[1:])
