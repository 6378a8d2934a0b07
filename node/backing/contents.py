# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a backup holds: every table of every room, but for those and those columns that are named here, each with its reason.

A table that is new is in. The text index is not a table of a room: it is built anew after a restore. Values are plain on
either database: int, bool, float, text, bytes or nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from piccolo.columns import BigInt, Boolean, Bytea, DoublePrecision, ForeignKey, Integer, Serial, Text, Varchar
from piccolo.columns.base import Column
from piccolo.table import Table

from node import schema

LEFT_OUT: Final[Mapping[str, str]] = {
    "session": "nobody is signed in by an old cookie",
    "signin_pending": "a sign-in that was begun is begun again",
    "signin_challenge": "a challenge is good for minutes and for one browser",
    "signin_try": "counts of tries are of an hour",
    "helper_code": "a code that was read out is good for a day",
    "recovery": "two people vouch anew; one that was used must not be used again",
    "reply_link": "an answer from an old mail must not be taken twice",
    "form_sent": "says which forms were sent in the last day",
    "used_nonce": "requests from before a restore are refused by their time",
    "peer_bucket": "counts of a minute",
    "follow_lease": "whoever followed is no more",
    "day_taken": "counts of a day",
    "concerns_taken": "counts of a day",
}
"""Tables of which no row is kept, and why."""

EMPTIED: Final[Mapping[str, Mapping[str, str]]] = {
    "outbox": {
        "lease": "whoever held it is no more",
        "leased_until": "whoever held it is no more",
        "worker": "whoever held it is no more",
    },
}
"""Columns that are kept as nothing, and why."""

LETTER_KEYS: Final = "the private half of a letter key stands in no backup (docs/protocol, decision 3)"

_KINDS: Final[Mapping[type[Column], type]] = {
    BigInt: int,
    Integer: int,
    Serial: int,
    Boolean: bool,
    DoublePrecision: float,
    Text: str,
    Varchar: str,
    Bytea: bytes,
}


@dataclass(frozen=True, slots=True)
class Kept:
    """A table as it is backed up: its columns in order, which is the key, and of what kind each value is."""

    name: str
    key: str
    columns: tuple[str, ...]
    kinds: tuple[type, ...]

    def plain(self, row: Sequence[Any]) -> list[Any]:
        """One row as it stands in a backup."""
        values = [None if value is None else kind(value) for value, kind in zip(row, self.kinds, strict=True)]
        for column in EMPTIED.get(self.name, ()):
            values[self.columns.index(column)] = None
        if self.name == "own_key" and values[self.columns.index("use")] == "letter":
            values[self.columns.index("secret")] = None
        return values


def kept() -> list[Kept]:
    """Every table that is in a backup, targets of foreign keys first."""
    return [_kept(table) for table in schema.tables() if table._meta.tablename not in LEFT_OUT]


def serials() -> list[tuple[str, str]]:
    """(table, column) of every number that the database gives out itself."""
    return [
        (table._meta.tablename, column._meta.db_column_name)
        for table in schema.tables()
        for column in table._meta.columns
        if isinstance(column, Serial)
    ]


def _kept(table: type[Table]) -> Kept:
    columns = list(table._meta.columns)
    return Kept(
        table._meta.tablename,
        table._meta.primary_key._meta.db_column_name,
        tuple(column._meta.db_column_name for column in columns),
        tuple(_kind(column) for column in columns),
    )


def _kind(column: Column) -> type:
    """Raises TypeError for a column of a kind that was never tried on both databases."""
    if isinstance(column, ForeignKey):
        return _kind(column._foreign_key_meta.resolved_references._meta.primary_key)
    for kind in type(column).__mro__:
        if kind in _KINDS:
            return _KINDS[kind]
    raise TypeError(f"{column._meta.table._meta.tablename}.{column._meta.name}: say how this kind is backed up")
