# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record of processing, read off the tables: under each purpose the tables that bear its tag, and what their columns hold.

Nothing is listed twice: a table without a tag, a tag without a purpose and a text in clear without words are faults (`faults`),
and no record is printed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from piccolo.table import Table

from node import schema
from node.backing.contents import LEFT_OUT
from node.papers.columns import IN_CLEAR, Holds, holds
from node.papers.purposes import PURPOSES, Purpose
from node.peers.leaving import in_english, letters_in_english

_TOLD: Final[tuple[tuple[Holds, str], ...]] = (
    ("closed", "Private, special-category where the purpose says so; closed with a key of its own"),
    ("who", "Who, by a number"),
    ("co-op", "Which co-op"),
    ("sum", "Sums, from which nothing is read back"),
    ("bytes", "Signed documents, keys, sums"),
    ("plain", "Times, numbers, codes"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """One table: its name, what it is, whether it is in backups, and lines of (what, columns); `clear`: words in clear."""

    name: str
    words: str
    in_backups: bool
    lines: tuple[tuple[str, tuple[str, ...]], ...]
    clear: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One purpose with what is kept for it, and what of it leaves, in the words of the protocol's own fields."""

    purpose: Purpose
    tables: tuple[Kept, ...]
    published: tuple[tuple[str, tuple[str, ...]], ...]
    sealed: tuple[tuple[str, tuple[str, ...]], ...]


def faults(tables: Sequence[type[Table]]) -> list[str]:
    """What of these tables has no purpose, or no words; and what is named and is not there. Empty when all is well."""
    wrong = []
    used: set[str] = set()
    columns: set[str] = set()
    for table in tables:
        name = table._meta.tablename
        wrong += [f"{name}: no purpose; give it tags=[…]"] if not table._meta.tags else []
        wrong += [f"{name}: {tag} is no purpose" for tag in table._meta.tags if tag not in PURPOSES]
        used |= set(table._meta.tags)
        for column in table._meta.columns:
            columns.add(f"{name}.{column._meta.db_column_name}")
            try:
                holds(name, column)
            except LookupError as fault:
                wrong.append(str(fault))
    wrong += [f"{tag}: a purpose for which nothing is kept" for tag in PURPOSES.keys() - used]
    return wrong + [f"{name}: words for a column that is none" for name in sorted(IN_CLEAR.keys() - columns)]


def record() -> list[Entry]:
    """Every purpose, in the order of `PURPOSES`, with its tables. Raises LookupError where something is not named."""
    tables = schema.tables()
    if wrong := faults(tables):
        raise LookupError("; ".join(wrong))
    return [
        Entry(
            purpose,
            tuple(_kept(table) for table in tables if tag in table._meta.tags),
            tuple((what, tuple(fields)) for topic in purpose.topics for what, fields in in_english(topic)),
            tuple(
                (what, tuple(fields))
                for name, what, fields in letters_in_english()
                if name.partition(".")[0] in purpose.letters
            ),
        )
        for tag, purpose in PURPOSES.items()
    ]


def _kept(table: type[Table]) -> Kept:
    name = table._meta.tablename
    found: dict[Holds, list[str]] = {}
    for column in table._meta.columns:
        found.setdefault(holds(name, column), []).append(column._meta.db_column_name)
    return Kept(
        name=name,
        words=_first(table.__doc__ or ""),
        in_backups=name not in LEFT_OUT,
        lines=tuple((told, tuple(found[kind])) for kind, told in _TOLD if kind in found),
        clear=tuple((each, IN_CLEAR.get(f"{name}.{each}", "a place, rounded")) for each in found.get("clear", ())),
    )


def _first(doc: str) -> str:
    """The first sentence of a docstring, in one line."""
    return re.split(r"(?<=[.!?])\s", " ".join(doc.split()), maxsplit=1)[0]
