# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a room hands over when somebody asks for a copy of what is kept about them.

Each room gathers its own part; whoever puts the parts together knows nothing of their tables. Words of ours stand in English and
are said at reading, so that one copy reads in anybody's language and is the same for a machine.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Kind = Literal["text", "when", "ours"]
"""How a value reads: as it was written; as a moment (Unix seconds, as figures); as a sentence of ours."""


class Fact(Struct, frozen=True, kw_only=True):
    """One thing that is kept. `name` is for machines and stays; `label`, and a value of kind "ours", are our English words."""

    name: str
    label: str
    value: str
    kind: Kind = "text"


class Entry(Struct, frozen=True, kw_only=True):
    """Facts that belong together. `id` is unique within its section and is never shown; `title` is our English words."""

    id: str
    title: str
    facts: list[Fact]
    at: int | None = None


class Section(Struct, frozen=True, kw_only=True):
    """One room's part. `own_only`: it goes to the person without anybody reading it first, since it could tell a reader what
    is none of their business and tells the person nothing of anybody else. `note`: our English words above it, or ""."""

    name: str
    title: str
    entries: list[Entry]
    own_only: bool = False
    note: str = ""


def text(name: str, label: str, value: str | None) -> list[Fact]:
    """A text as somebody wrote it; nothing when there is none."""
    return [Fact(name=name, label=label, value=value)] if value else []


def when(name: str, label: str, at: int | None) -> list[Fact]:
    """A moment; nothing when there was none."""
    return [Fact(name=name, label=label, value=str(at), kind="when")] if at is not None else []


def ours(name: str, label: str, words: str | None) -> list[Fact]:
    """A sentence of ours, in English; nothing when there is none."""
    return [Fact(name=name, label=label, value=words, kind="ours")] if words else []
