# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands on the wire: paths, media types, limits, strict JSON, base64url, node ids.

Reading refuses whatever two readers could understand differently: duplicate names, NaN, lone surrogates,
integers beyond 2**53, padding, other alphabets, stray bits after the last base64 digit, upper-case or
numeric host names. Order for JSON: size, UTF-8, syntax with names and numbers, then depth and surrogates.
"""

import base64
import binascii
import json
import re
from typing import Any, Final, NoReturn

import msgspec

from .errors import Refused

PREFIX: Final = "/commoncare/v1"
WELL_KNOWN: Final = "/.well-known/commoncare"
HEADS: Final = PREFIX + "/heads"
PEERINGS: Final = PREFIX + "/peerings"
LETTERS: Final = PREFIX + "/letters"
CONCERNS: Final = PREFIX + "/concerns"
RECEIPTS: Final = PREFIX + "/receipts"
REACH: Final = PREFIX + "/reach"

MEDIA_JSON: Final = "application/json"
MEDIA_PROBLEM: Final = "application/problem+json"

TOPICS: Final = ("availability", "peer-support", "metrics", "trust")

KIB: Final = 1024
REQUEST_LIMIT: Final = 256 * KIB  # bytes of a request's body
ENTRY_LIMIT: Final = 16 * KIB  # bytes of one entry's body
LETTER_LIMIT: Final = 64 * KIB  # bytes of an outer letter
PAGE_ENTRIES: Final = 1_000  # entries of one page
PAGE_LIMIT: Final = 1024 * KIB  # bytes of one page of entries
HEADS_LIMIT: Final = 64 * KIB  # bytes of an answer to heads
DOCUMENT_LIMIT: Final = 64 * KIB  # bytes of one signed document in its envelope
PROBLEM_LIMIT: Final = 8 * KIB  # bytes of a problem that we read
HEADER_LIMIT: Final = 16 * KIB  # bytes of all header fields together
HEADER_COUNT: Final = 64
TARGET_LIMIT: Final = 2 * KIB  # bytes of path and query together
DEPTH: Final = 16
HEADS_WAIT: Final = 50  # seconds that a request for heads may be held
SKEW: Final = 300  # seconds that two honest clocks may differ
SIGNATURE_LIFETIME: Final = 120  # seconds between created and expires, at most
RATE_PER_MINUTE: Final = 600
ENTRIES_PER_DAY: Final = 10_000
SNAPSHOT_FREE: Final = 20_000  # entries of a day's first snapshot that the quota does not count
CONCERNS_PER_DAY: Final = 5
INTEGER_END: Final = 2**53
DAY: Final = 86_400

_B64: Final = re.compile(r"[A-Za-z0-9_-]*")
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NODE_ID: Final = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


def identity_path(version: int) -> str:
    return f"{PREFIX}/identity/{version}"


def charter_path(version: int) -> str:
    return f"{PREFIX}/charter/{version}"


def entries_path(topic: str, epoch: int) -> str:
    return f"{PREFIX}/logs/{topic}/{epoch}/entries"


def seen_path(node: str) -> str:
    return f"{PREFIX}/seen/{node}"


def node_id(text: str) -> str:
    """The text itself where it is a node id: a lower-case ASCII host name (RFC 1123 labels, two at least,
    253 bytes).

    A-labels (`xn--`) pass as what they are, ASCII. Refuses addresses, ports, a trailing dot and U-labels:
    malformed.
    """
    if (
        not isinstance(text, str)
        or len(text) > 253
        or not _NODE_ID.fullmatch(text)
        # A last label that is a number makes resolvers read the whole as an IPv4 address (URL standard, 3.5).
        or _NUMERIC.fullmatch(text.rpartition(".")[2])
    ):
        raise Refused("malformed", "not a node id")
    return text


def b64(data: bytes) -> str:
    """Unpadded base64url (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str, *, length: int | None = None) -> bytes:
    """The bytes of unpadded base64url, of exactly `length` bytes where given.

    Refuses padding, whitespace, the other alphabet and stray trailing bits (RFC 4648, section 3.5), so that
    one value has one text: malformed.
    """
    if not isinstance(text, str) or not _B64.fullmatch(text) or len(text) % 4 == 1:
        raise Refused("malformed", "not unpadded base64url")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Refused("malformed", "not unpadded base64url") from error
    if len(text) % 4 and b64(data[-(len(data) % 3) :]) != text[-(len(text) % 4) :]:
        raise Refused("malformed", "stray bits after the last base64url digit")
    if length is not None and len(data) != length:
        raise Refused("malformed", f"{len(data)} bytes where {length} were due")
    return data


def dumps(obj: Any) -> bytes:
    """Compact UTF-8 JSON. A lone surrogate or a number that is not finite raises ValueError: our own
    mistake."""
    return json.dumps(obj, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def parse(data: bytes | str, *, limit: int = REQUEST_LIMIT, depth: int = DEPTH) -> Any:
    """Strict JSON: UTF-8 without BOM, no duplicate names, no NaN, no lone surrogates, numbers below 2**53 in
    magnitude.

    `limit` is in bytes, `depth` in nested arrays and objects. Refuses with too-large or malformed.
    """
    if len(data) > limit:
        raise Refused("too-large", f"more than {limit} bytes of JSON")
    try:
        raw = data.encode("utf-8") if isinstance(data, str) else data
        if len(raw) > limit:
            raise Refused("too-large", f"more than {limit} bytes of JSON")
        value = _quick(raw)
        if value is _UNDECIDED:
            value = _careful(raw)
    except RecursionError as error:
        raise Refused("malformed", f"nested deeper than {depth}") from error
    except ValueError as error:  # JSONDecodeError and UnicodeError too; our words never quote the data
        raise Refused("malformed", "not strict JSON") from error
    # Most records hold fewer brackets than the limit on depth: counting in C settles those, the others are
    # walked.
    if raw.count(b"[") + raw.count(b"{") > depth:
        _walk(value, depth)
    return value


_UNDECIDED: Final = object()
_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))


def _quick(raw: bytes) -> Any:
    """The value of text in our own compact form, else _UNDECIDED; about a third of the careful reading's
    time.

    Text that encodes again to the very same bytes holds each name once, and a run of fewer than 16 digits is
    a number below 2**53: what is left for the careful reading is every other spelling.
    """
    if b"0000000000000000" in raw.translate(_DIGITS):
        return _UNDECIDED
    try:
        value = _quick_decode(raw)
        return value if _quick_encode(value) == raw else _UNDECIDED
    except (msgspec.MsgspecError, ValueError):
        return _UNDECIDED


def _careful(raw: bytes) -> Any:
    """The value, by the standard library's scanner with every rule of ours hooked in. It alone says no."""
    value = _decode(str(raw, "utf-8"))
    if b"\\u" in raw:  # only an escape can bring half a surrogate pair past the UTF-8 decoder
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate name")
    return members


def _integer(digits: str) -> int:
    value = int(digits) if len(digits) <= 17 else INTEGER_END
    if not -INTEGER_END < value < INTEGER_END:
        raise ValueError("integer out of range")
    return value


def _decimal(digits: str) -> float:
    value = float(digits)
    if not -INTEGER_END < value < INTEGER_END:
        raise ValueError("number out of range")
    return value


def _constant(_: str) -> NoReturn:
    raise ValueError("not a number")


_decode = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
).decode


_quick_decode = msgspec.json.Decoder(float_hook=_decimal).decode
_quick_encode = msgspec.json.Encoder().encode


def _walk(value: Any, depth: int) -> None:
    """Refuses nesting beyond `depth`, one level at a time so that no stack grows."""
    level = [value]
    for _ in range(depth):
        level = [
            child
            for item in level
            if isinstance(item, dict | list)
            for child in (item.values() if isinstance(item, dict) else item)
        ]
        if not level:
            return
    if any(isinstance(item, dict | list) for item in level):
        raise Refused("malformed", f"nested deeper than {depth}")
