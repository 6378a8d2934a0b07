# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a co-op takes along: every table of every room is named here, in the file that it goes into, or among those left out.

Nothing is taken or left by default: a table that is named nowhere, a sealed column whose key nobody said, and a column that looks
like a secret are faults (`missing`), and no export is made. Columns are read off the tables themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from node import schema
from node.backing import contents
from node.backing.contents import Kept
from node.leaving.lists import CO_OP, LEFT_OUT, PRIVATE, SAFEGUARDING
from node.leaving.shapes import Drawer

SECRET: Final = ("hash", "blind", "secret", "token", "password")
"""How the names of columns end that can hold what nobody may carry away; each has to be named as left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A table as it is taken. `words`: what it is, in plain ones; `owner`: SQL for whose key its `sealed` columns are closed
    under; `left`: columns that stay, with the reason; `plain`: columns of bytes that are no secret; `only`: SQL for the rows."""

    words: str
    owner: str = ""
    sealed: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()
    left: Mapping[str, str] = field(default_factory=dict)
    only: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A table with its columns, in the order in which they are written. `of` has them all, as they lie in the database."""

    of: Kept
    named: Named

    @property
    def columns(self) -> list[str]:
        return [column for column in self.of.columns if column not in self.named.left]


def _named(tables: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Named]:
    return {name: Named(**given) for name, given in tables.items()}


DRAWERS: Final[Mapping[Drawer, Mapping[str, Named]]] = {
    "co-op": _named(CO_OP),
    "private": _named(PRIVATE),
    "safeguarding": _named(SAFEGUARDING),
}


def taken(drawer: Drawer) -> list[Taken]:
    """The tables of one file, targets of foreign keys first."""
    return [Taken(of, DRAWERS[drawer][of.name]) for of in contents.kept() if of.name in DRAWERS[drawer]]


def missing() -> list[str]:
    """What nobody has decided about, or decided twice: "table" or "table.column" with what is wrong. Empty when all is named."""
    wrong: list[str] = []
    there = {table._meta.tablename for table in schema.tables()}
    kept = {of.name: of for of in contents.kept()}
    named = {name for tables in DRAWERS.values() for name in tables}
    wrong += [f"{name}: neither taken nor left out" for name in sorted(there - named - LEFT_OUT.keys())]
    wrong += [f"{name}: both taken and left out" for name in sorted(named & LEFT_OUT.keys())]
    wrong += [f"{name}: no such table" for name in sorted((named | LEFT_OUT.keys()) - there)]
    wrong += [f"{name}: in no backup, so it can't be read" for name in sorted((named & there) - kept.keys())]
    for tables in DRAWERS.values():
        for name, each in tables.items():
            wrong += _columns(kept[name], each) if name in kept else []
    return wrong


def _columns(of: Kept, named: Named) -> list[str]:
    said = [*named.sealed, *named.plain, *named.left]
    wrong = [f"{of.name}.{column}: no such column" for column in said if column not in of.columns]
    wrong += [f"{of.name}.{column}: named twice" for column in set(said) if said.count(column) > 1]
    for column, kind in zip(of.columns, of.kinds, strict=True):
        if kind is bytes and column not in said:
            wrong.append(f"{of.name}.{column}: say whether it is sealed, plain or left out")
        if column.endswith(SECRET) and column not in said:
            wrong.append(f"{of.name}.{column}: it looks like a secret; say whether it is left out")
    if bool(named.sealed) != bool(named.owner):
        wrong.append(f"{of.name}: sealed columns and whose key belong together")
    return wrong
