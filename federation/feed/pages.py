# SPDX-License-Identifier: AGPL-3.0-or-later
"""A run of entries on the wire: `{"entries":[{expires,salt,body} | {expires,c} | {body}]}`.

At most 1,000 entries and 1 MiB, never empty, strict JSON without members of other names. A body is a JSON string
whose UTF-8 bytes are the body: the page says nothing about what is in it, and reading a page refuses no body.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Iterable
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from .. import wire
from ..errors import Refused
from .entries import Absent, Control, Entry, Put

_HEAD: Final = b'{"entries":['
_TAIL: Final = b"]}"
# 32 bytes: 43 digits, the last of which carries four bits. One value, one text.
_B64_32: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")
_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


class _Wire(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """Any of the three forms; which one it is, `_entry` finds out. The order of members is the order we write."""

    expires: Annotated[int, msgspec.Meta(ge=0, lt=wire.INTEGER_END)] | UnsetType = UNSET
    salt: str | UnsetType = UNSET
    body: str | UnsetType = UNSET
    c: str | UnsetType = UNSET


class _Page(msgspec.Struct, forbid_unknown_fields=True):
    entries: Annotated[list[_Wire], msgspec.Meta(min_length=1, max_length=wire.PAGE_ENTRIES)]


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(_Page).decode


def encode_page(entries: Iterable[Entry]) -> tuple[bytes, int]:
    """(the page, how many of the entries it took): as many from the front as the two limits allow, at least one.

    ValueError when there is no entry, or a body is not UTF-8. One entry of 16 KiB always fits.
    """
    parts: list[bytes] = []
    room = wire.PAGE_LIMIT - len(_HEAD) - len(_TAIL)
    for entry in entries:
        part = _encode(_written(entry))
        room -= len(part) + 1
        if len(parts) == wire.PAGE_ENTRIES or (room < 0 and parts):
            break
        parts.append(part)
    if not parts:
        raise ValueError("a page is never empty")
    return _HEAD + b",".join(parts) + _TAIL, len(parts)


def decode_page(page: bytes) -> list[Entry]:
    """The entries of a page, in order. Refused: too-large, malformed."""
    if len(page) > wire.PAGE_LIMIT:
        raise Refused("too-large", "a page of more than 1 MiB")
    try:
        read = _decode(page)
        if _encode(read) != page:
            # Not the very bytes that we would write: a second reading makes sure that no name stands twice.
            strict: Any = wire.parse(page, limit=wire.PAGE_LIMIT)
            read = msgspec.convert(strict, _Page)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused("malformed", "not a page of entries") from error
    return [_entry(item) for item in read.entries]


def _written(entry: Entry) -> _Wire:
    if isinstance(entry, Put):
        return _Wire(expires=entry.expires, salt=wire.b64(entry.salt), body=entry.body.decode())
    if isinstance(entry, Absent):
        return _Wire(expires=entry.expires, c=wire.b64(entry.commitment))
    return _Wire(body=entry.body.decode())


def _entry(item: _Wire) -> Entry:
    expires, salt, body, c = item.expires, item.salt, item.body, item.c
    if body is not UNSET and c is UNSET:
        text = body.encode()
        if salt is not UNSET and expires is not UNSET:
            return Put(expires, _32(salt), text)
        if salt is UNSET and expires is UNSET:
            return Control(text)
    elif body is UNSET and c is not UNSET and expires is not UNSET and salt is UNSET:
        return Absent(expires, _32(c))
    raise Refused("malformed", "an entry of none of the three forms")


def _32(text: str) -> bytes:
    """`wire.unb64(text, length=32)`, quicker: it is asked for each entry."""
    if not _B64_32.fullmatch(text):
        raise Refused("malformed", "32 bytes in base64url are due")
    return a2b_base64(text.encode().translate(_STANDARD) + b"=")
