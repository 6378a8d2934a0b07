# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ways of changing bytes: as bytes, as JSON, as what is written inside in base64.

Every function takes the chance it may use and gives changed bytes, or the same where there was nothing to change. What is not
JSON is only ever changed as bytes.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Change = Callable[[Random, bytes, Sequence[bytes]], bytes]
"""(chance, what to change, others of its kind) -> changed."""


def bytewise(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """Bits flipped, bytes swapped, a piece cut off, cut out, doubled, moved, filled, or taken from another."""
    if not data:
        return rng.randbytes(rng.choice((1, 2, 43)))
    out = bytearray(data)
    at, to = sorted((rng.randrange(len(out)), rng.randrange(len(out))))
    match rng.randrange(10):
        case 0 | 1:
            for _ in range(rng.choice((1, 1, 1, 2, 8))):
                out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
        case 2:
            out[at], out[to] = out[to], out[at]
        case 3:
            del out[rng.choice((at, len(out) - 1)) :]
        case 4:
            del out[at : min(to + 1, at + 64)]
        case 5:
            out[to:to] = out[at : min(to + 1, at + 512)]
        case 6:
            out[at : at + 1] = bytes([rng.choice(_TELLING)])
        case 7:
            out[at:at] = rng.choice(_PIECES)
        case 8:
            other = rng.choice(others) if others else data
            cut = rng.randrange(len(other) + 1)
            out = bytearray(data[:at] + other[cut:])
        case _:
            out[at : to + 1] = rng.randbytes(min(to + 1 - at, 16))
    return bytes(out)


_TELLING = b'\x00\n\r\t "\\/:{}[],.=+-_#%&?~\x7f\x80\xc3\xff019AZaz'
_PIECES = (
    b"\x00", b"\r\n", b"\n\n", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xae", b"=", b"==", b"%00", b"../", b"1e999", b"-0",
    b"null", b"{}", b"\xe2\x80\x94 x AAAAAAAA\n", b" " * 300, b"\xf0\x9f\x92\xa9",
)  # fmt: skip


def as_json(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """A member removed, added, retyped, swapped with another's, or the whole written in another way."""
    tree = _loaded(data)
    if tree is None:
        return bytewise(rng, data, others)
    if rng.random() < 0.25:
        return rewritten(rng, tree)
    return _written(changed(rng, tree, [each for each in map(_loaded, others[:4]) if each is not None]))


def inside(rng: Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """The payload of an envelope, or another text in base64 or of JSON, changed within the unchanged rest."""
    tree = _loaded(data)
    slots = [] if tree is None else [slot for slot in _slots(tree) if isinstance(slot[0][slot[1]], str)]
    long = [slot for slot in slots if len(slot[0][slot[1]]) > 20]
    if not long:
        return as_json(rng, data, others)
    holder, name = rng.choice(long)
    text = holder[name]
    change = rng.choice((bytewise, as_json))
    raw = _unpacked(text)
    if raw is None:
        holder[name] = change(rng, text.encode("utf-8", "surrogatepass"), ()).decode("utf-8", "replace")
    else:
        other = rng.choice(others) if others else data
        theirs = [
            _unpacked(slot[0][slot[1]]) or b""
            for slot in _slots(_loaded(other) or {})
            if isinstance(slot[0][slot[1]], str)
        ]
        holder[name] = _packed(change(rng, raw, theirs), like=text)
    return _written(tree)


def changed(rng: Random, tree: Any, others: Sequence[Any] = ()) -> Any:
    """The tree with one thing in it removed, added, retyped, doubled or taken from another tree."""
    slots = _slots(tree)
    if not slots:
        return rng.choice(_ODD)
    holder, name = rng.choice(slots)
    match rng.randrange(9):
        case 0:
            del holder[name]
        case 1:
            holder[name] = rng.choice(_ODD)
        case 2:
            holder[name] = retyped(rng, holder[name])
        case 3 if isinstance(holder, dict):
            holder[rng.choice(("alg", "exp", "iss", "extra", "__proto__", name + " ", name.upper()))] = rng.choice(_ODD)
        case 3 | 4 if isinstance(holder, list):
            holder.insert(name, holder[rng.randrange(len(holder))])
        case 4:
            holder[name] = [holder[name]]
        case 5 | 6:
            where = _slots(rng.choice(others)) if others else slots
            same = [slot for slot in where if slot[1] == name] or where
            if same:
                from_holder, from_name = rng.choice(same)
                holder[name] = json.loads(json.dumps(from_holder[from_name]))
        case 7 if isinstance(holder[name], str):
            holder[name] = bytewise(rng, holder[name].encode("utf-8", "replace"), ()).decode("utf-8", "replace")
        case 8 if isinstance(holder[name], int):
            holder[name] = int(holder[name]) + rng.choice((-1, 1, 300, -301, 86_400, 2**31, 2**53))
        case _:
            other_holder, other_name = rng.choice(slots)
            holder[name] = json.loads(json.dumps(other_holder[other_name]))
    return tree


_ODD: Sequence[Any] = (
    None, True, False, 0, 1, -1, 2**31, 2**53, 2**64, 10**40, 0.5, -0.0, 1e300, "", "\x00", "a" * 3000, "\u202e", "é", "\ud800",
    [], {}, [[]], {"a": {}}, [None], "null", "0", "alder.example", "birch.example",
)  # fmt: skip


def retyped(rng: Random, value: Any) -> Any:
    """The same value as another type."""
    if isinstance(value, str):
        return rng.choice((int(value) if value.isdecimal() and len(value) < 20 else 0, [value], {value: value}, None))
    if isinstance(value, bool | int | float):
        return rng.choice((str(value), float(value) if abs(value) < 1e300 else 0.0, [value], not value, None))
    if isinstance(value, dict):
        return rng.choice((list(value.values()), list(value), json.dumps(value), None))
    if isinstance(value, list):
        return rng.choice(({str(at): each for at, each in enumerate(value)}, value[:1], value * 2, value[::-1], None))
    return rng.choice((0, "", [], {}))


def rewritten(rng: Random, tree: Any) -> bytes:
    """The same JSON by another hand: spacing, order, escapes, names twice, big numbers, nesting, what is no JSON at all."""
    plain = json.dumps(tree, ensure_ascii=True)
    match rng.randrange(9):
        case 0:
            return json.dumps(tree, indent=rng.choice((0, 1, "\t"))).encode()
        case 1:
            return json.dumps(tree, sort_keys=True, separators=(",", ":")).encode()
        case 2:
            return re.sub(r"[a-z]", lambda m: f"\\u{ord(m[0]):04x}" if rng.random() < 0.2 else m[0], plain).encode()
        case 3 if isinstance(tree, dict) and tree:
            name = rng.choice(list(tree))
            twice = f"{json.dumps(name)}: {json.dumps(rng.choice((tree[name], *_ODD[:8])))}"
            first = f"{{{twice}, {plain[1:]}"
            return (first if rng.random() < 0.5 else f"{plain[:-1]}, {twice}}}").encode()
        case 4:
            return re.sub(
                r"\b\d+\b", lambda m: rng.choice((m[0] + ".0", m[0] + "e0", "0" + m[0], m[0] + "0" * 20)), plain
            ).encode()
        case 5:
            deep = rng.choice((15, 17, 200, 20_000))
            return (b"[" * deep + plain.encode() + b"]" * deep) if deep < 300 else b'{"a":' * deep + b"1" + b"}" * deep
        case 6:
            return re.sub(
                r"\b\d+\b|null|true|false", rng.choice(("NaN", "Infinity", "-Infinity", "nul", "+1", ".5")), plain
            ).encode()
        case 7:
            return (
                rng.choice((b"\xef\xbb\xbf", b"\x00", b" ", b"// \n"))
                + plain.encode()
                + rng.choice((b"", b"\n", b",", b"\x00", b"{}"))
            )
        case _:
            return plain.encode(rng.choice(("utf-16", "utf-32", "utf-8")))


def _loaded(data: bytes) -> Any:
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, dict | list) else None


def _written(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _slots(tree: Any) -> list[tuple[Any, Any]]:
    """Every place in a tree that holds something: (dict, name) or (list, index)."""
    found: list[tuple[Any, Any]] = []
    level = [tree]
    while level and len(found) < 2000:
        item = level.pop()
        names: Any = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else ()
        for name in names:
            found.append((item, name))
            level.append(item[name])
    return found


def _unpacked(text: str) -> bytes | None:
    standard = text.replace("-", "+").replace("_", "/")
    if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", standard):
        return None
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4))
    except ValueError:
        return None


def _packed(raw: bytes, *, like: str) -> str:
    """In the alphabet and padding of the text that it takes the place of."""
    if "=" in like or "+" in like or "/" in like or (len(like) % 4 == 0 and "-" not in like and "_" not in like):
        return base64.b64encode(raw).decode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
