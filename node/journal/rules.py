# SPDX-License-Identifier: AGPL-3.0-or-later
"""The chain: each entry's digest is SHA-256 over its fields, each with its length, and the digest before it.

An entry is refused (ValueError) that is not named like "offer.published" or whose detail is more than a few short values: a
long text in it could be somebody's.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

import msgspec

from node.here import NodeKey

BEGINNING = bytes(32)
_ACT = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+")
_LONGEST = 200


def encoded(detail: Mapping[str, int | str]) -> str:
    """The detail as JSON with sorted keys. Raises ValueError for anything but a few numbers and short texts."""
    for name, value in detail.items():
        if not isinstance(value, int | str) or len(str(value)) > _LONGEST or len(name) > _LONGEST:
            raise ValueError(f"a journal entry's detail holds numbers and short texts only: {name[:40]!r}")
    if len(detail) > 30:
        raise ValueError("a journal entry's detail holds 30 values at most")
    return msgspec.json.encode(dict(detail), order="sorted").decode()


def check(act: str, subject: str) -> None:
    """Raises ValueError for a name that is not a deed's."""
    if not _ACT.fullmatch(act) or len(act) > 80:
        raise ValueError("an act is named like offer.published")
    if not subject or len(subject) > _LONGEST:
        raise ValueError("a subject is named like offer:<id>")


def _field(value: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4, "big") + value


def digest(*, previous: bytes, number: int, at: int, actor: str | None, act: str, subject: str, detail: str) -> bytes:
    """The 32 bytes of this entry. A missing actor differs from an empty one."""
    fields = (
        b"commoncare/1 journal entry",
        previous,
        str(number).encode(),
        str(at).encode(),
        None if actor is None else actor.encode(),
        act.encode(),
        subject.encode(),
        detail.encode(),
    )
    return hashlib.sha256(b"".join(_field(field) for field in fields)).digest()


def seal(number: int, head: bytes, node_key: NodeKey) -> bytes:
    """HMAC-SHA256 (RFC 2104) of a head, under a key that stands outside the database."""
    text = _field(str(number).encode()) + _field(head)
    return hmac.new(node_key.derive("journal head"), text, hashlib.sha256).digest()
