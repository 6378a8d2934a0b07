# SPDX-License-Identifier: AGPL-3.0-or-later
"""A neighbour that lies: a node of the protocol made from `federation` alone, which peers properly and then speaks wrongly.

It has keys, documents, feeds and a door of its own, and an honest answer to everything. `serve(lie, …)` puts lies over that: each
takes what was asked and what the honest answer is, and gives another. `send` and `write` ask and write what no honest node would.
Nothing of the node under test is in here, so that its faults are not believed twice; what it was asked is kept in `asked`.

    async with hostile(alder) as evil:
        await evil.befriend()
        evil.serve(lies.redirected("/entries"))
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Any, Protocol

import httpx

from federation import wire
from federation.client import Answer, Outgoing, PeerClient, PeerRefused
from federation.errors import Refused
from federation.feed import Head, Heads, encode_heads, encode_page, etag
from federation.identity import Identity, accept_identity, make_identity, parse_well_known, read_identity, well_known
from federation.invitations import Approach, Fingerprint, Invitation
from federation.keys import LetterKey, SigningKey
from federation.letters import Data, reseal, seal
from federation.manifest import Manifest, NodeKey, accept_manifest, make_manifest, read_manifest
from federation.peerings import Terms, propose
from federation.profile import Profile
from federation.requests import sign_request
from tests.village.lies import Feed

AGREED = "We give each other anything.\n"
"""The text that it signs; its victims are handed it."""

DAY = 86_400
_SIGNER = re.compile(r'keyid="([a-z0-9.-]+)#')
_ENTRIES = re.compile(r"/commoncare/v1/logs/([a-z-]+)/([0-9]+)/entries")


class Victim(Protocol):
    """A real co-op as an outsider can use it: its door, and what its operator would do."""

    node_id: str

    def now(self) -> int: ...

    def attach(self, node_id: str, evil: Hostile) -> httpx.AsyncBaseTransport:
        """Puts the node on the network under this name; gives its way out."""
        ...

    async def invite(self, node_id: str) -> str: ...

    async def confirm(self, node_id: str, words: str) -> None: ...

    async def settle(self) -> None: ...


@dataclass(frozen=True)
class Asked:
    """What somebody wants: who signed, as the request claims; "" for nobody."""

    who: str
    method: str
    path: str
    query: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Said:
    """An answer. `stream`: in place of the body, for one that is never there as a whole."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    stream: Callable[[], AsyncIterator[bytes]] | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def with_json(self, value: Any) -> Said:
        return replace(self, body=json.dumps(value).encode())


Lie = Callable[[Asked, Said], Said | None]
"""Another answer in place of the honest one; None: leave it."""


class _Stream(httpx.AsyncByteStream):
    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            yield part


async def _one(body: bytes) -> AsyncIterator[bytes]:
    yield body


class Hostile(httpx.AsyncBaseTransport):
    """See the module. A transport (what reaches it is answered) and an ASGI application (`asgi`), over the same answers."""

    def __init__(self, node_id: str, victims: Sequence[Victim], seed: str = "evil") -> None:
        self.node_id, self.victims = node_id, {victim.node_id: victim for victim in victims}
        self.first = victims[0]
        self.random = Random(f"{seed} {node_id}").randbytes
        self.root, self.doc, self.http, self.log = (SigningKey.generate(self.random) for _ in range(4))
        self.letter = LetterKey.generate(self.random)
        self.identities: list[Identity] = []
        self.manifests: list[Manifest] = []
        self.new_identity()
        self.feeds: dict[str, Feed] = {}
        self.views: dict[str, dict[str, Feed]] = {}
        self.seen: dict[str, list[Feed]] = {}
        self.lies: list[Lie] = []
        self.asked: list[Asked] = []
        self.approaches: list[Approach] = []
        self.ways: dict[str, httpx.AsyncBaseTransport] = {}

    def now(self) -> int:
        return self.first.now()

    # Documents --------------------------------------------------------------------------------------------------------

    @property
    def identity(self) -> Identity:
        return self.identities[-1]

    @property
    def manifest(self) -> Manifest:
        return self.manifests[-1]

    def new_identity(self, version: int = 1, **changes: Any) -> bytes:
        """Signs and shows an identity, with a manifest under it."""
        given: dict[str, Any] = {
            "roots": [self.root.public],
            "threshold": 1,
            "docs": [self.doc.public],
            "signers": [self.root],
            "exp": self.now() + 300 * DAY,
        }
        made = make_identity(node_id=self.node_id, version=version, now=self.now(), **(given | changes))
        self.identities.append(read_identity(made, node_id=self.node_id))
        self.new_manifest(len(self.manifests) + 1)
        return made

    def keys(self) -> list[NodeKey]:
        ends = self.now() + 100 * DAY
        signing = [
            NodeKey("http", self.http.public, 1, 1 + 400 * DAY),
            NodeKey("log", self.log.public, 1, 1 + 400 * DAY),
        ]
        return [replace(key, nbf=self.now() - DAY, exp=ends) for key in signing] + [
            NodeKey("letter", self.letter.public, self.now() - DAY, self.now() + 38 * DAY)
        ]

    def new_manifest(self, version: int, **changes: Any) -> bytes:
        """Signs and shows a manifest."""
        given: dict[str, Any] = {
            "keys": self.keys(),
            "profile": Profile(name=f"The co-op at {self.node_id}"),
            "signer": self.doc,
            "exp": self.now() + 29 * DAY,
        }
        made = make_manifest(identity=self.identity, version=version, now=self.now(), **(given | changes))
        self.manifests.append(read_manifest(self.identity, made))
        return made

    # Peering ----------------------------------------------------------------------------------------------------------

    async def befriend(self, *names: str) -> None:
        """Becomes a neighbour of the victims (of all, without names) as an honest node does: invited, proposed, confirmed."""
        for victim in [self.victims[name] for name in names] or self.victims.values():
            await self.propose(await victim.invite(self.node_id))
            await victim.confirm(self.node_id, str(Fingerprint.of(self.identity)))
            await victim.settle()

    async def propose(self, invitation: str, **more: Any) -> None:
        """Takes an invitation and asks for a peering; `more` changes the terms."""
        given = Invitation.from_text(invitation)
        them = await self.documents(given.node_id)
        assert Fingerprint.of(them[0]) == given.fingerprint
        topics = ("peer-support", "trust")
        terms: dict[str, Any] = {
            "sends": topics,
            "receives": topics,
            "purpose": "To do harm",
            "agreement": sha256(AGREED.encode()).digest(),
            "retention_days": 90,
            "erasure_sla_h": 72,
            "on_end": "delete",
            "nbf": self.now(),
            "exp": self.now() + 300 * DAY,
        }
        made = propose(
            us=self.identity,
            them=them[0],
            terms=Terms(**(terms | more)),
            key=self.doc,
            now=self.now(),
            random=self.random,
            last=None,
        )
        await self.approach(given.node_id, made, given.token)

    async def approach(self, to: str, peering: bytes | None, token: bytes | None = None) -> None:
        body = Approach(self.identity.envelope, self.manifest.envelope, peering, token).body()
        await self.client(to).peerings(to, body)

    async def documents(self, of: str) -> tuple[Identity, Manifest]:
        identity, manifest = parse_well_known(await self.client(of).well_known(of))
        accepted = accept_identity(None, identity, self.now(), node_id=of)
        return accepted, accept_manifest(accepted, None, manifest, self.now())

    # Feeds ------------------------------------------------------------------------------------------------------------

    def feed(self, topic: str = "peer-support", *, to: str = "", epoch: int = 0) -> Feed:
        """Our feed on a topic, begun when first asked for; with `to`, the view that this node gets, a copy from now on."""
        if topic not in self.feeds or epoch:
            self.feeds[topic] = Feed(self.node_id, topic, epoch or self.now(), self.log, self.now, self.random)
        if not to:
            return self.feeds[topic]
        views = self.views.setdefault(to, {})
        return views.setdefault(topic, self.feeds[topic].copy())

    def shown(self, who: str) -> dict[str, Feed]:
        return self.feeds | self.views.get(who, {})

    # Answering --------------------------------------------------------------------------------------------------------

    def serve(self, *lies: Lie) -> None:
        """From now on these lies and no others."""
        self.lies = list(lies)

    def answer(self, asked: Asked) -> Said:
        self.asked.append(asked)
        said = self._honest(asked)
        for lie in self.lies:
            said = lie(asked, said) or said
        return said

    def _honest(self, asked: Asked) -> Said:
        path = asked.path
        if path == wire.WELL_KNOWN:
            return Said(body=well_known(self.identity.envelope, self.manifest.envelope))
        if path.startswith(wire.identity_path(0)[:-1]):
            version = int(path.rpartition("/")[2])
            held = next((each for each in self.identities if each.version == version), None)
            return Said(body=held.envelope) if held else Said(404)
        if path == wire.HEADS:
            return self._heads(asked)
        if match := _ENTRIES.fullmatch(path):
            feed = self.shown(asked.who)[match[1]]
            start, end = (int(number) for number in re.findall(r"[0-9]+", asked.query))
            return Said(body=encode_page(feed.entries[start:end])[0])
        if path.startswith(wire.seen_path("")):
            seen = [
                {"topic": feed.topic, "checkpoint": feed.note} for feed in self.seen.get(path.rpartition("/")[2], [])
            ]
            return Said(body=wire.dumps({"checkpoints": seen, "controls": []}))
        if path == wire.PEERINGS:
            self.approaches.append(Approach.parse(asked.body))
        return Said(202)

    def _heads(self, asked: Asked) -> Said:
        feeds = self.shown(asked.who)
        lines = tuple(Head(topic, feed.note, 1) for topic, feed in sorted(feeds.items()) if feed.note)
        heads = Heads(lines, self.identity.version, self.manifest.version, 0)
        tag = etag(heads)
        if f"known={tag}" in asked.query.split("&"):
            return Said(304, b"", {"etag": f'"{tag}"'})
        return Said(body=encode_heads(heads), headers={"etag": f'"{tag}"'})

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        found = _SIGNER.search(request.headers.get("signature-input", ""))
        query = request.url.query.decode()
        body = await request.aread()
        headers = dict(request.headers.items())
        said = self.answer(Asked(found[1] if found else "", request.method, request.url.path, query, body, headers))
        parts = said.stream() if said.stream else _one(said.body)
        return httpx.Response(said.status, headers=said.headers, stream=_Stream(parts), request=request)

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        """The same as an application; what streams is cut off after its first part."""
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        lines = [(name.decode(), value.decode()) for name, value in scope["headers"]]
        target = f"http://{self.node_id}{scope['path']}?{scope['query_string'].decode()}"
        answer = await self.handle_async_request(httpx.Request(scope["method"], target, headers=lines, content=body))
        headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": await answer.aread()})

    # Asking -----------------------------------------------------------------------------------------------------------

    async def fetch(self, request: Outgoing) -> Answer:
        """A `federation.client.Fetcher` over the network we were put on."""
        target = f"https://{request.node_id}{request.path}" + (f"?{request.query}" if request.query else "")
        headers = {**request.headers, "Host": request.node_id}
        sent = httpx.Request(request.method, target, headers=headers, content=request.body)
        answer = await self.ways[request.node_id].handle_async_request(sent)
        return Answer(answer.status_code, dict(answer.headers.items()), await answer.aread())

    def client(self, to: str, *, key: SigningKey | None = None, as_node: str = "") -> PeerClient:
        """An honest visitor's calls, with our key and name or with what we stole."""
        signer = key or self.http
        return PeerClient(as_node or self.node_id, lambda: signer, self, now=self.now, random=self.random)

    def signed(self, method: str, to: str, path: str, body: bytes | None = None, **changes: Any) -> dict[str, str]:
        """The headers of a request as we would sign it, with `changes` to what is signed."""
        given: dict[str, Any] = {"key": self.http, "node_id": self.node_id, "now": self.now(), "nonce": self.random(16)}
        media = None if body is None else wire.MEDIA_JSON
        return sign_request(method, changes.pop("authority", to), path, "", body, media, **(given | changes))

    async def send(self, to: str, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> str:
        """Sends just this; the code of the refusal, or the status where there is none."""
        answer = await self.fetch(Outgoing(to, method, path, "", headers, body, 2**20, 5))
        try:
            return str(json.loads(answer.body)["type"]).rpartition(":")[2]
        except (ValueError, KeyError, TypeError):
            return str(answer.status)

    async def write(
        self, to: str, kind: str, data: Data, *, thread: str = "", jti: str = "", **changes: Any
    ) -> Refused | None:
        """A letter by the door of its kind, sealed to its reader; what it was refused with, None when it was taken."""
        jti = jti or self.token()
        _, manifest = await self.documents(to)
        key = next(each.key for each in manifest.keys if each.use == "letter")
        given: dict[str, Any] = {"me": self.node_id, "to": to, "doc_key": self.doc, "now": self.now()}
        given |= {"exp": self.now() + 6 * DAY, "letter_key": key, "jti": jti} | changes
        return await self.deliver(to, kind, seal(kind, thread or self.token(), data, **given).outer)

    async def forward(self, to: str, inner: bytes, jti: str, *, as_from: str) -> Refused | None:
        """Seals somebody's signed bytes to another reader."""
        _, manifest = await self.documents(to)
        key: Any = next(each.key for each in manifest.keys if each.use == "letter")
        return await self.deliver(to, "concern", reseal(inner, me=as_from, to=to, jti=jti, letter_key=key))

    async def deliver(self, to: str, kind: str, outer: bytes) -> Refused | None:
        client = self.client(to)
        by = {"concern": client.concerns, "receipt": client.receipts}.get(kind, client.letters)
        try:
            await by(to, outer)
        except PeerRefused as refused:
            return refused
        return None

    def token(self) -> str:
        return wire.b64(self.random(16))


@asynccontextmanager
async def hostile(*victims: Victim, name: str = "mallory.example", seed: str = "evil") -> AsyncIterator[Hostile]:
    """A hostile node on the network of these co-ops, a stranger to them until it makes friends."""
    made = Hostile(name, victims, seed)
    for victim in victims:
        made.ways[victim.node_id] = victim.attach(name, made)
    yield made
