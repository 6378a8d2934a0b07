# SPDX-License-Identifier: AGPL-3.0-or-later
"""Visiting a peer: every endpoint of the protocol as one call, over a Fetcher that is handed in.

Each call signs a new request; nothing is retried here, and nothing that comes back is judged beyond its
form. The Fetcher keeps the cap in bytes and the total deadline, follows no redirect and asks for identity
encoding. A peer's problem becomes PeerRefused; an answer out of form is bad-answer; a network fault is
unreachable or timeout.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Protocol
from urllib.parse import urlencode

import msgspec

from . import wire
from .errors import CODES, PROBLEM_TYPE, Refused
from .feed import Heads, decode_heads
from .keys import Random, SigningKey
from .requests import NONCE_BYTES, sign_request
from .wire import parse

DEADLINE: Final = 20  # seconds for a whole call
START_DEADLINE: Final = 3  # seconds for /seen at a start (decision 12)
_ETAG: Final = re.compile(r"[A-Za-z0-9_-]{1,86}")
_REASON: Final = re.compile(r"[a-z][a-z-]{0,59}")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to a node: https to `node_id` (or where the resolver map says), with `Host: <node_id>`.

    `query` is without its question mark, empty when there is none; `cap` is in bytes of the answer's body,
    `deadline` in seconds for all of it.
    """

    node_id: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    cap: int
    deadline: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: header names in lower case, the body whole."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Fetcher(Protocol):
    """The one way out. Raises Refused: unreachable, timeout, too-large (beyond the cap), bad-answer."""

    async def fetch(self, request: Outgoing) -> Answer: ...


class Reach(msgspec.Struct, frozen=True):
    """How a peer's visit to our public documents went: `why` is empty, or unreachable, timeout, too-large, bad-answer, untrusted
    (what it found is not ours as it knows us); `at` is its own time, in Unix seconds."""

    why: Annotated[str, msgspec.Meta(pattern=r"\A[a-z-]{0,40}\Z")]
    at: Annotated[int, msgspec.Meta(ge=0, lt=wire.INTEGER_END)]


class PeerRefused(Refused):
    """A peer answered with a problem: `code` is its code where the protocol knows it, else unavailable.

    `peer_status` is the HTTP status it came with, `retry_after` the seconds after which it may be asked
    again, if it said so.
    """

    def __init__(self, code: str, cause: str, peer_status: int, **public: int | str) -> None:
        super().__init__(code, cause, **public)
        self.peer_status = peer_status

    @property
    def retry_after(self) -> int | None:
        value = self.public.get("retry_after")
        return value if isinstance(value, int) else None


class PeerClient:
    """A node's visits to its peers.

    `me` is our node id; `signer` gives our present `http` key; `now` is in Unix seconds.
    """

    def __init__(
        self,
        me: str,
        signer: Callable[[], SigningKey],
        fetcher: Fetcher,
        *,
        now: Callable[[], int],
        random: Random,
    ) -> None:
        self._me, self._signer, self._fetcher, self._now, self._random = me, signer, fetcher, now, random

    async def well_known(self, node_id: str) -> bytes:
        """The body at /.well-known/commoncare, asked for unsigned: two envelopes
        (identity.parse_well_known)."""
        cap = 2 * wire.DOCUMENT_LIMIT
        return (await self._send(node_id, "GET", wire.WELL_KNOWN, cap=cap, signed=False)).body

    async def identity(self, node_id: str, version: int) -> bytes:
        """The envelope of one version of a node's identity, asked for unsigned."""
        path = wire.identity_path(version)
        return (await self._send(node_id, "GET", path, cap=wire.DOCUMENT_LIMIT, signed=False)).body

    async def charter(self, node_id: str, version: int) -> bytes:
        """The envelope of one version of the charter."""
        return (await self._send(node_id, "GET", wire.charter_path(version), cap=wire.DOCUMENT_LIMIT)).body

    async def heads(self, node_id: str, known: str | None = None, wait: int = 0) -> tuple[Heads, str] | None:
        """The peer's heads and the etag to ask with the next time; None where they are still those of `known` (304).

        `wait` is the seconds that the peer may hold the request, 50 at most.
        """
        if not 0 <= wait <= wire.HEADS_WAIT:
            raise ValueError("heads wait 50 seconds at most")
        query: dict[str, int | str] = {} if known is None else {"known": known}
        query |= {"wait": wait} if wait else {}
        deadline = DEADLINE + wait
        answer = await self._send(node_id, "GET", wire.HEADS, query, cap=wire.HEADS_LIMIT, deadline=deadline)
        if answer.status == 304:
            return None
        etag = answer.headers.get("etag", "").strip('"')
        if not _ETAG.fullmatch(etag):
            raise Refused("bad-answer", "heads without an etag")
        try:
            return decode_heads(answer.body), etag
        except Refused as refusal:
            raise Refused("bad-answer", refusal.cause) from None

    async def entries(self, node_id: str, topic: str, epoch: int, start: int, end: int) -> bytes:
        """A page of entries from `start` to before `end`, as it came; it may be short."""
        query = {"start": start, "end": end}
        path = wire.entries_path(topic, epoch)
        return (await self._send(node_id, "GET", path, query, cap=wire.PAGE_LIMIT)).body

    async def seen(self, node_id: str, about: str, *, after: int | None = None, deadline: float = DEADLINE) -> bytes:
        """What the peer holds of the node `about`; `after` is for ourselves only, to get control entries
        back."""
        query = {} if after is None else {"after": after}
        path = wire.seen_path(about)
        return (await self._send(node_id, "GET", path, query, cap=wire.PAGE_LIMIT, deadline=deadline)).body

    async def reach(self, node_id: str) -> "Reach":
        """Asks the peer to fetch our public documents now, and how that went."""
        answer = await self._send(node_id, "GET", wire.REACH, cap=wire.PROBLEM_LIMIT)
        try:
            return msgspec.convert(parse(answer.body, limit=wire.PROBLEM_LIMIT), Reach)
        except msgspec.ValidationError:
            raise Refused("bad-answer", "not an answer to reach") from None

    async def peerings(self, node_id: str, body: bytes) -> bytes:
        """Sends an approach (invitations.Approach); the answer's body, as it came."""
        return (await self._send(node_id, "POST", wire.PEERINGS, body=body, cap=wire.DOCUMENT_LIMIT)).body

    async def letters(self, node_id: str, body: bytes) -> None:
        """Delivers an outer letter: returns once the peer has taken it (202)."""
        await self._send(node_id, "POST", wire.LETTERS, body=body, cap=wire.PROBLEM_LIMIT)

    async def receipts(self, node_id: str, body: bytes) -> None:
        """Delivers a receipt: returns once the peer has taken it (202)."""
        await self._send(node_id, "POST", wire.RECEIPTS, body=body, cap=wire.PROBLEM_LIMIT)

    async def concerns(self, node_id: str, body: bytes) -> None:
        """Delivers a concern: returns once the peer has taken it (202)."""
        await self._send(node_id, "POST", wire.CONCERNS, body=body, cap=wire.PROBLEM_LIMIT)

    async def _send(
        self,
        node_id: str,
        method: str,
        path: str,
        query: Mapping[str, int | str] | None = None,
        *,
        body: bytes | None = None,
        cap: int,
        deadline: float = DEADLINE,
        signed: bool = True,
    ) -> Answer:
        wire.node_id(node_id)
        text = urlencode(query) if query else ""
        headers = {"Accept": f"{wire.MEDIA_JSON}, {wire.MEDIA_PROBLEM}", "Accept-Encoding": "identity"}
        if signed:
            headers |= sign_request(
                method,
                node_id,
                path,
                text,
                body,
                None if body is None else wire.MEDIA_JSON,
                key=self._signer(),
                node_id=self._me,
                now=self._now(),
                nonce=self._random(NONCE_BYTES),
            )
        answer = await self._fetcher.fetch(Outgoing(node_id, method, path, text, headers, body, cap, deadline))
        if len(answer.body) > cap:
            raise Refused("bad-answer", "an answer beyond the cap")
        if "content-encoding" in answer.headers:
            raise Refused("bad-answer", "an answer with a content coding")
        if answer.status >= 400:
            raise _problem(answer)
        if answer.status not in _DUE[method] or (answer.status == 304 and path != wire.HEADS):
            raise Refused("bad-answer", f"an answer with status {answer.status}")
        return answer


_DUE: Final = {"GET": (200, 304), "POST": (200, 201, 202)}


def _problem(answer: Answer) -> PeerRefused:
    """The peer's problem (RFC 9457). Of its members only those of the protocol are read, and no text of its
    own."""
    code, public = "", dict[str, int | str]()
    try:
        members = parse(answer.body, limit=wire.PROBLEM_LIMIT)
        if isinstance(members, dict):
            code = str(members.get("type", "")).removeprefix(PROBLEM_TYPE)
            time, origin, reason = (members.get(name) for name in ("server_time", "origin", "reason"))
            public |= {"reason": reason} if isinstance(reason, str) and _REASON.fullmatch(reason) else {}
            public |= {"server_time": time} if type(time) is int else {}
            public |= {"origin": origin} if isinstance(origin, str) and len(origin) <= 400 else {}
    except Refused:
        pass  # a proxy's page, perhaps: the status says enough
    after = answer.headers.get("retry-after", "")
    if after.isascii() and after.isdigit() and len(after) <= 6:
        public["retry_after"] = int(after)
    if code not in CODES:
        code = _BY_STATUS.get(answer.status, "unavailable")
    return PeerRefused(code, f"the peer answered {answer.status}", answer.status, **public)


_BY_STATUS: Final = {404: "not-found", 413: "too-large", 429: "too-many", 503: "busy"}
