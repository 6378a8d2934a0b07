# SPDX-License-Identifier: AGPL-3.0-or-later
"""The entries of a feed and the leaves they make; what a put's body holds.

A leaf binds origin, expiry and body of a put without showing the body: who has body and salt can check it, who has
neither learns nothing, even of a body that could be guessed. Hashing comes first and judges nothing; `read_put`
comes after a whole range has verified, and refuses one body without touching the others.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated, Any, Final, get_args

import msgspec

from .. import statements, wire
from ..errors import Refused
from .origins import ENTRY_DAYS, Origin

SALT_BYTES: Final = 32
ID_BYTES: Final = 16

# Plain JSON down to the depth that statements have, with the numbers that strict JSON allows: see `_strict`.
_Integer = Annotated[int, msgspec.Meta(gt=-wire.INTEGER_END, lt=wire.INTEGER_END)]
_Decimal = Annotated[float, msgspec.Meta(gt=-wire.INTEGER_END, lt=wire.INTEGER_END)]
_Json: Any = None | bool | _Integer | _Decimal | str
for _ in range(4):
    _Json = None | bool | _Integer | _Decimal | str | list[_Json] | dict[str, _Json]

_ID: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")  # 128 bits: the last of 22 digits carries two of them
_LONGEST: Final = {topic: days * wire.DAY for topic, days in ENTRY_DAYS.items()}
_MAX_TIME: Final = wire.INTEGER_END - 1


class Put(msgspec.Struct, frozen=True, gc=False):
    """A record in full: `expires` (Unix seconds), `salt` (32 bytes), `body` (UTF-8 JSON, 16 KiB at most)."""

    expires: int
    salt: bytes
    body: bytes


class Absent(msgspec.Struct, frozen=True, gc=False):
    """A put whose body is not shown: `expires` (Unix seconds) and `commitment` (32 bytes) still make its leaf."""

    expires: int
    commitment: bytes


class Control(msgspec.Struct, frozen=True, gc=False):
    """An entry about the log itself, always in clear: see `controls`."""

    body: bytes


Entry = Put | Absent | Control


class Record(msgspec.Struct, frozen=True, gc=False):
    """A put's body, read: `id` (22 characters of base64url, 128 bits), `iat` (Unix seconds), `data` (a statement).

    `data` is the topic's type where the bytes were just what we would write ourselves, else plain JSON; texts, topics and
    places in it are still to be judged (`statements.READERS`).
    """

    id: str
    iat: int
    data: dict[str, Any] | statements.Statement


def commitment(origin: Origin, salt: bytes, body: bytes) -> bytes:
    """HMAC-SHA256(salt, "commoncare/1 entry\\0" || origin || "\\0" || body), 32 bytes."""
    return hmac.digest(salt, _prefix(origin) + body, "sha256")


def absent(origin: Origin, put: Put) -> Absent:
    """What is left of a put when body and salt are deleted or withheld."""
    return Absent(put.expires, commitment(origin, put.salt, put.body))


def leaf(origin: Origin, entry: Entry) -> bytes:
    """The leaf: 0x00 || expires (u64, big-endian) || commitment, or 0x01 || control body."""
    if isinstance(entry, Control):
        return b"\x01" + entry.body
    held = entry.commitment if isinstance(entry, Absent) else commitment(origin, entry.salt, entry.body)
    return b"\x00" + entry.expires.to_bytes(8, "big") + held


def leaf_hashes(origin: Origin, entries: Sequence[Entry]) -> list[bytes]:
    """The RFC 6962 leaf hash of each entry, in order: `merkle.leaf_hash(leaf(origin, entry))`, only quicker."""
    prefix = _prefix(origin)
    hashes = []
    for entry in entries:
        if isinstance(entry, Put):
            held = hmac.digest(entry.salt, prefix + entry.body, "sha256")
            leaf_bytes = b"\x00\x00" + entry.expires.to_bytes(8, "big") + held
        elif isinstance(entry, Absent):
            leaf_bytes = b"\x00\x00" + entry.expires.to_bytes(8, "big") + entry.commitment
        else:
            leaf_bytes = b"\x00\x01" + entry.body
        hashes.append(sha256(leaf_bytes).digest())
    return hashes


def make_put(topic: str, *, id: bytes, iat: int, data: bytes, expires: int, salt: bytes) -> Put:
    """A put of one's own: `id` 16 and `salt` 32 fresh random bytes, `data` the statement's JSON.

    Refused: malformed, too-large, for what a follower would set aside.
    """
    if len(id) != ID_BYTES:
        raise Refused("malformed", "an id is 128 random bits")
    body = b'{"id":"%b","iat":%d,"data":%b}' % (wire.b64(id).encode(), iat, data)
    put = Put(expires, salt, body)
    read_put(topic, put)
    return put


def renew_put(topic: str, record: Record, *, iat: int, expires: int, salt: bytes) -> Put:
    """The same record again, under the same id, with a later time and expiry."""
    data = wire.dumps(record.data) if isinstance(record.data, dict) else statements.write(record.data)
    return make_put(topic, id=wire.unb64(record.id), iat=iat, data=data, expires=expires, salt=salt)


def read_put(topic: str, put: Put, *, now: int | None = None) -> Record:
    """What a put says, if it may say it: 16 KiB, strict JSON, `{id, iat, data}`, and an expiry within the topic's
    cap (availability 7 days after iat, offers 90, metrics and trust 400). Other members are ignored.

    With `now`, an `iat` more than 300 s ahead is refused too. Refused: too-large, malformed, clock-skew.
    """
    if len(put.salt) != SALT_BYTES:
        raise Refused("malformed", "a salt has 32 bytes")
    id, iat, data = _strict(topic, put.body)
    if type(id) is not str or not _ID.fullmatch(id):
        raise Refused("malformed", "$.id: 128 bits in base64url are due")
    if type(iat) is not int or iat < 0:
        raise Refused("malformed", "$.iat: a time is due")
    if not isinstance(data, _DATA):
        raise Refused("malformed", "$.data: an object is due")
    if not iat < put.expires <= iat + _LONGEST[topic] or put.expires > _MAX_TIME:
        raise Refused("malformed", "an expiry before the entry, or beyond the topic's limit")
    if now is not None and iat > now + wire.SKEW:
        raise Refused("clock-skew", "an entry from the future", server_time=now)
    return Record(id, iat, data)


class _Body(msgspec.Struct, gc=False):
    id: str
    iat: int
    data: dict[str, _Json]


_DATA: Final = (dict, *get_args(statements.Statement))


def _decoder(kind: Any) -> Callable[[bytes], Any]:
    typed = msgspec.defstruct("_Typed", [("id", str), ("iat", int), ("data", kind)], gc=False)
    return msgspec.json.Decoder(typed).decode


_plainly: Final = msgspec.json.Decoder(_Body).decode
_typed: Final = {topic: _decoder(kind) for topic, kind in statements.KINDS.items()}
_encode: Final = msgspec.json.Encoder().encode


def _strict(topic: str, body: bytes) -> tuple[object, object, object]:
    """(id, iat, data) of a body under the rules of strict JSON; a third of the time of `wire.parse`, which has the last word.

    A body that encodes again to the very same bytes holds each name once; numbers and depth are held by the types. First as
    the topic's own type, since that is what nearly every body is; then as any JSON. Whatever is written in another way, or
    has other members, goes to `wire.parse`.
    """
    if len(body) <= wire.ENTRY_LIMIT:
        for decode in (_typed.get(topic, _plainly), _plainly):
            try:
                quick = decode(body)
                if _encode(quick) == body:
                    return quick.id, quick.iat, quick.data
            except (msgspec.MsgspecError, ValueError, RecursionError):
                pass
    members = wire.parse(body, limit=wire.ENTRY_LIMIT)
    if type(members) is not dict:
        raise Refused("malformed", "a body is an object")
    return members.get("id"), members.get("iat"), members.get("data")


def _prefix(origin: Origin) -> bytes:
    return b"commoncare/1 entry\0" + str(origin).encode() + b"\0"
