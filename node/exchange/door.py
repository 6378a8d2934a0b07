# SPDX-License-Identifier: AGPL-3.0-or-later
"""The protocol's door, a plain ASGI application: everything that another node may ask of us comes through here.

Order for each request (docs/protocol, decision 22): a bucket for the address; caps and headers; the key, looked up in our own
documents and never fetched; destination, time, coverage, signature, digest; peer state and scope by the one guard; the
peer's quota; the nonce; then the handler, with strict JSON. Every refusal is an RFC 9457 problem with a code of the protocol
and nothing else. Held requests for heads end when we stop, and when the same peer asks again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from litestar import asgi
from litestar.types import ASGIApp, Receive, Scope, Send

from federation import requests, wire
from federation.client import PeerClient
from federation.errors import Refused
from federation.requests import Authentic
from federation.trust import Extent, PeerView, Route, may
from node import database
from node.charter import reads as charters
from node.clock import Clock
from node.crossing import LetterRoom
from node.errors import Refusal
from node.exchange import letters, reaching, serving
from node.exchange.addresses import Addresses, network_of
from node.exchange.limits import BURST, RATE, Buckets, Gate, GateHere, GateShared, too_many
from node.here import Here
from node.peers import handshake, own, reads

log = structlog.get_logger("commoncare.door")

BODY_SECONDS: Final = 15
CALLS: Final = (1 / 20, 3.0)
"""How often we call one neighbour back: three times at once, then every 20 seconds."""
LOOK_SECONDS: Final = 5.0
"""How long a held request sleeps at most before it looks by itself: another process's changes wake nobody here."""

_NUMBER = r"(0|[1-9][0-9]{0,15})"
_ROUTES: Final = (
    (Route.WELL_KNOWN, "GET", re.compile(re.escape(wire.WELL_KNOWN))),
    (Route.IDENTITY, "GET", re.compile(re.escape(wire.PREFIX) + r"/identity/" + _NUMBER)),
    (Route.CHARTER, "GET", re.compile(re.escape(wire.PREFIX) + r"/charter/" + _NUMBER)),
    (Route.HEADS, "GET", re.compile(re.escape(wire.HEADS))),
    (Route.ENTRIES, "GET", re.compile(re.escape(wire.PREFIX) + r"/logs/([a-z-]{1,40})/" + _NUMBER + "/entries")),
    (Route.SEEN, "GET", re.compile(re.escape(wire.PREFIX) + r"/seen/([a-z0-9.-]{1,253})")),
    (Route.PEERINGS, "POST", re.compile(re.escape(wire.PEERINGS))),
    (Route.LETTERS, "POST", re.compile(re.escape(wire.LETTERS))),
    (Route.CONCERNS, "POST", re.compile(re.escape(wire.CONCERNS))),
    (Route.RECEIPTS, "POST", re.compile(re.escape(wire.RECEIPTS))),
    (Route.REACH, "GET", re.compile(re.escape(wire.REACH))),
)
_APART: Final = {Route.CONCERNS: "concern", Route.RECEIPTS: "receipt"}
"""Letters that come by a door of their own, since it is open through a pause: their one kind."""
_ETAG: Final = re.compile(r"[A-Za-z0-9_-]{1,86}")

Reply = tuple[int, bytes, dict[str, str]]


def routes(door: ASGIApp) -> list[Any]:
    """The handlers that an application mounts."""

    async def protocol(scope: Scope, receive: Receive, send: Send) -> None:
        await door(scope, receive, send)

    return [
        asgi("/commoncare", is_mount=True, copy_scope=True)(protocol),
        asgi(wire.WELL_KNOWN, copy_scope=True)(protocol),
    ]


class Door:
    """See the module. `here`: this co-op at the present moment; `rooms`: prefix -> room, for letters; `client`: our way out, to
    call back whoever asks for it."""

    def __init__(
        self,
        *,
        here: Callable[[], Here],
        clock: Clock,
        rooms: Mapping[str, LetterRoom],
        client: Callable[[], Awaitable[PeerClient]],
    ) -> None:
        self._here, self._clock, self._rooms, self._client = here, clock, rooms, client
        self._calls = Buckets(*CALLS)
        self._addresses, self._quiet = Addresses(clock), Buckets(RATE, BURST)
        self._gate: Gate | None = None
        self._began = clock.now()
        self._turns: dict[str, int] = {}
        self._handlers: dict[Route, Callable[..., Awaitable[Reply]]] = {
            Route.CHARTER: self._charter,
            Route.HEADS: self._heads,
            Route.ENTRIES: self._entries,
            Route.SEEN: self._seen,
            Route.PEERINGS: self._peerings,
            Route.LETTERS: self._letters,
            Route.CONCERNS: self._letters,
            Route.RECEIPTS: self._letters,
            Route.REACH: self._reach,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        network = network_of(str((scope.get("client") or ("", 0))[0]))
        try:
            status, body, headers = await self._let_in(network, scope, receive)
        except Refused as refusal:
            log.info("refused", code=refusal.code, cause=refusal.cause)
            status, body, headers = _problem(refusal)
            self._addresses.refused(network, status)
            if str(scope.get("method")) != "GET":
                headers["connection"] = "close"  # what was not read of its body is read no more
        except Refusal as refusal:
            log.warning("unavailable", cause=refusal.cause or refusal.code)
            status, body, headers = _problem(Refused("unavailable", refusal.code, retry_after=5))
        except Exception as error:
            log.error("fault", exc_info=error)
            status, body, headers = _problem(Refused("internal", "fault"))
        lines = [(name.encode(), value.encode()) for name, value in headers.items()]
        lines += [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _let_in(self, network: str, scope: Any, receive: Receive) -> Reply:
        wait = self._addresses.spend(network)
        if not wait:
            return await self._answer(network, scope, receive)
        status, body, headers = _problem(too_many(wait))
        held = await self._addresses.hold_back(network)
        return status, body, headers if held and str(scope["method"]) == "GET" else headers | {"connection": "close"}

    async def _answer(self, network: str, scope: Any, receive: Receive) -> Reply:
        method = str(scope["method"])
        path, query = _target(scope)
        route, words = _route(method, path)
        scope.get("state", {})["handler"] = route.value  # for the figures
        here = self._here()
        if route is Route.WELL_KNOWN:
            return await _public(await own.served())
        if route is Route.IDENTITY:
            return await _public(await own.identity_at(min(int(words[0]), 2**31 - 1)))
        async with self._addresses.turn(network):
            headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
            claimed = requests.read(method, path, query, headers)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(receive)
        except TimeoutError:
            raise Refused("malformed", "the body did not come in time") from None
        async with self._addresses.turn(network):
            who, view, extent = await self._prove(claimed, route, words, body, here)
        return await self._handlers[route](who, words, query, body, extent, view, here)

    async def _prove(
        self, claimed: requests.Claimed, route: Route, words: tuple[str, ...], body: bytes, here: Here
    ) -> tuple[Authentic, PeerView | None, Extent]:
        """Who it is, and how far this route is open to them now. Raises Refused."""
        caller = await reads.caller(claimed.node_id, claimed.kid, here=here)
        key = caller.key
        if key is None and route is Route.PEERINGS:
            key = await handshake.newcomer(claimed.node_id, claimed.kid, body, here=here)
        gate = self._the_gate()
        who = claimed.verify(
            key,
            now=here.now,
            authority=here.node_id,
            body=body,
            not_before=await gate.began(here=here),
        )
        view = _as_we_pause(caller.view)
        topic = words[0] if route is Route.ENTRIES else None
        extent = may(view, route, topic, here.now, us=here.node_id)
        await gate.admit(who, self._clock.monotonic(), here=here)
        if caller.out_of_reach:
            await handshake.heard(who.node_id)
        database.signal(f"heard {who.node_id}")
        return who, view, extent

    def _the_gate(self) -> Gate:
        """One process has the door to SQLite; replicas share the one to PostgreSQL."""
        if self._gate is None:
            self._gate = GateShared() if database.dialect() == "postgres" else GateHere(self._began)
        return self._gate

    def _spend(self, buckets: Buckets, name: str) -> None:
        wait = buckets.take(name, self._clock.monotonic())
        if wait:
            raise too_many(wait)

    async def _free(self, peer: str, *, here: Here) -> None:
        """Heads without news cost nothing, as long as nobody asks for them as often as it may ask for anything."""
        if not self._quiet.take(peer, self._clock.monotonic()):
            await self._the_gate().give_back(peer, here=here)

    async def sweep(self, *, here: Here) -> None:
        """Forget nonces and buckets whose time is over."""
        await self._the_gate().sweep(here=here)

    # Handlers -------------------------------------------------------------------------------------------------------

    async def _heads(
        self, who: Authentic, words: Any, query: str, body: bytes, extent: Extent, view: Any, here: Here
    ) -> Reply:
        known, wait = _heads_query(query)
        turn = self._turns[who.node_id] = self._turns.get(who.node_id, 0) + 1
        database.signal("heads")  # an older held request of this peer wakes, and sees that it was overtaken
        until = self._clock.monotonic() + wait
        began = asyncio.get_running_loop().time()
        while True:
            version = database.version("heads")
            now = self._here()
            held = await self._judged_again(who, now)
            heads, tag = await serving.heads_for(held, here=now)
            if tag != known:
                return 200, serving.heads_body(heads), _json() | {"etag": f'"{tag}"'}
            left = min(until - self._clock.monotonic(), wait - (asyncio.get_running_loop().time() - began))
            over = database.current().signals.over or self._turns[who.node_id] != turn
            if left <= 0 or over:
                await self._free(who.node_id, here=now)
                return 304, b"", {"etag": f'"{tag}"'}
            await database.wait("heads", version, min(left, LOOK_SECONDS))

    async def _judged_again(self, who: Authentic, here: Here) -> PeerView:
        caller = await reads.caller(who.node_id, who.kid, here=here)
        view = _as_we_pause(caller.view)
        may(view, Route.HEADS, None, here.now, us=here.node_id)
        if view is None or caller.key is None:
            raise Refused("signature-invalid", "the key was taken out of use meanwhile")
        return view

    async def _entries(
        self, who: Authentic, words: Any, query: str, body: bytes, extent: Extent, view: Any, here: Here
    ) -> Reply:
        match = re.fullmatch(f"start={_NUMBER}&end={_NUMBER}", query)
        if match is None:
            raise Refused("malformed", "start and end are due")
        page = await serving.entries(
            who.node_id, words[0], int(words[1]), int(match[1]), int(match[2]), extent, here=here
        )
        return 200, page, _json()

    async def _charter(
        self, who: Authentic, words: Any, query: str, body: bytes, extent: Extent, view: Any, here: Here
    ) -> Reply:
        return await _public(await charters.served(who.node_id, min(int(words[0]), 2**31 - 1)))

    async def _seen(
        self, who: Authentic, words: Any, query: str, body: bytes, extent: Extent, view: Any, here: Here
    ) -> Reply:
        match = re.fullmatch(f"(?:after={_NUMBER})?", query)
        if match is None or (match[1] is not None and words[0] != who.node_id):
            raise Refused("malformed", "only after, and only about oneself")
        if extent is not Extent.FULL and words[0] != who.node_id:
            raise Refused("peer-paused", "seen of another node while paused")
        after = None if match[1] is None else int(match[1])
        return 200, await serving.seen(who.node_id, wire.node_id(words[0]), after, here=here), _json()

    async def _peerings(
        self, who: Authentic, words: Any, query: str, body: bytes, extent: Extent, view: Any, here: Here
    ) -> Reply:
        state = await handshake.arrive(who.node_id, body, here=here)
        return 202, wire.dumps({"state": state.value}), _json()

    async def _letters(
        self, who: Authentic, words: Any, query: str, body: bytes, extent: Extent, view: Any, here: Here
    ) -> Reply:
        new = await letters.arrive(self._rooms, who.node_id, body, prefix=words[0] if words else "", here=here)
        return (202 if new else 200), b"{}", _json()

    async def _reach(
        self, who: Authentic, words: Any, query: str, body: bytes, extent: Extent, view: Any, here: Here
    ) -> Reply:
        if query:
            raise Refused("malformed", "reach asks nothing more")
        self._spend(self._calls, who.node_id)
        return 200, await reaching.call_back(view, await self._client(), here=here), _json()


def _as_we_pause(view: PeerView | None) -> PeerView | None:
    """The view by our own pause alone: whether they pause us is theirs to say, and to take back, in their answers. Were
    it counted here, two nodes that each note the other's pause would never come out of it."""
    return None if view is None else view.pause(there=False)


def _route(method: str, path: str) -> tuple[Route, tuple[str, ...]]:
    for route, due, pattern in _ROUTES:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        if method != due:
            raise Refused("method-not-allowed", "another method is due")
        apart = _APART.get(route)
        return route, tuple(match.groups()) if apart is None else (apart,)
    raise Refused("not-found", "no such path")


def _target(scope: Any) -> tuple[str, str]:
    """Path and query as they came, not decoded. Refused: malformed."""
    raw, query = scope.get("raw_path") or scope["path"].encode(), scope.get("query_string", b"")
    try:
        return raw.partition(b"?")[0].decode("ascii"), query.decode("ascii")
    except UnicodeDecodeError:
        raise Refused("malformed", "a target that is not ASCII") from None


async def _body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refused("malformed", "the request ended early")
        body += message.get("body", b"")
        if len(body) > wire.REQUEST_LIMIT:
            raise Refused("too-large", "a body beyond the limit")
        if not message.get("more_body"):
            return bytes(body)


async def _public(body: bytes | None) -> Reply:
    if body is None:
        raise Refused("not-found", "no such document")
    return 200, body, _json()


def _heads_query(query: str) -> tuple[str | None, int]:
    """(known, wait) of `known=<etag>&wait=<seconds>`, each optional, each once. Refused: malformed."""
    given: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        if name not in ("known", "wait") or name in given:
            raise Refused("malformed", "known and wait, each once")
        given[name] = value
    known, wait = given.get("known"), given.get("wait", "0")
    if known is not None and not _ETAG.fullmatch(known):
        raise Refused("malformed", "not an etag")
    if not re.fullmatch(r"[0-9]{1,2}", wait) or int(wait) > wire.HEADS_WAIT:
        raise Refused("malformed", "wait is 0 to 50 seconds")
    return known, int(wait)


def _json() -> dict[str, str]:
    return {"content-type": wire.MEDIA_JSON}


def _problem(refusal: Refused) -> Reply:
    headers = {"content-type": wire.MEDIA_PROBLEM}
    after = refusal.public.get("retry_after")
    if after is not None:
        headers["retry-after"] = str(after)
    return refusal.status, wire.dumps(refusal.problem()), headers
