# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the journal shows: frozen, ids instead of people, times in Unix seconds."""

from __future__ import annotations

import msgspec


class EntryShape(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. `digest`: 64 hexadecimal digits."""

    number: int
    at: int
    actor: str | None
    act: str
    subject: str
    detail: dict[str, int | str]
    digest: str


class AccessShape(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked at what kind of whose data, when, and why (a code)."""

    at: int
    who: str
    whom: str
    kind: str
    why: str


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The last entry: how many there are, and its digest (64 hexadecimal digits). What is signed and shown to peers."""

    number: int
    digest: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """`whole`: nothing was edited, deleted, put in, reordered or cut off. Else `broken_at`: the first wrong number, `why`."""

    whole: bool
    entries: int
    head: Head
    broken_at: int | None = None
    why: str = ""
