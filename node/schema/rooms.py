# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which rooms keep tables, and the statements that make them all: tables in the order of their foreign keys, then extras.

A table may point only at tables of its own room or of a room listed before it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from piccolo.columns import ForeignKey
from piccolo.table import Table

from node.database import Ddl, Dialect, dialect, only_dialect

ROOMS = (
    "web",
    "vault",
    "journal",
    "post",
    "closing",
    "members",
    "signin",
    "peers",
    "charter",
    "safeguarding",
    "exchange",
    "support",
    "metrics",
    "introductions",
    "front",
    "running",
    "replies",
)


def _modules() -> list[ModuleType]:
    return [importlib.import_module(f"node.{room}.tables") for room in ROOMS]


def tables() -> list[type[Table]]:
    """Every Table that a room's tables.py defines itself, targets of foreign keys first, else as written."""
    found = [
        item
        for module in _modules()
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Table) and item.__module__ == module.__name__
    ]
    return _in_order(found)


def extras() -> list[Ddl]:
    return [extra for module in _modules() for extra in getattr(module, "EXTRAS", ())]


def targets(table: type[Table]) -> set[str]:
    """The names of the tables that this one points at, itself left out."""
    names = {key._foreign_key_meta.resolved_references._meta.tablename for key in foreign_keys(table)}
    return names - {table._meta.tablename}


def foreign_keys(table: type[Table]) -> list[ForeignKey[Any]]:
    return list(table._meta.foreign_key_columns)


def _in_order(found: list[type[Table]]) -> list[type[Table]]:
    """Stable: a table waits only for those it points at. Raises ValueError for a circle or an unknown target."""
    made: dict[str, type[Table]] = {}
    waiting = list(found)
    while waiting:
        ready = [table for table in waiting if targets(table) <= made.keys()]
        if not ready:
            names = ", ".join(sorted(table._meta.tablename for table in waiting))
            raise ValueError(f"these tables point in a circle, or at a table that no room keeps: {names}")
        made[ready[0]._meta.tablename] = ready[0]
        waiting.remove(ready[0])
    return list(made.values())


def statements(name: Dialect) -> list[str]:
    """Every statement that makes the schema, in order; needs no database."""
    with only_dialect(name):
        made = [statement for table in tables() for statement in _of(table)]
    return made + [statement for extra in extras() for statement in extra.statements(name)]


def _of(table: type[Table]) -> Iterable[str]:
    if table._meta.constraints and dialect() == "sqlite":
        raise ValueError(f"{table.__name__}: SQLite can't add a constraint later; write a unique index in EXTRAS")
    name = table._meta.tablename
    columns = ",\n".join(f"    {column.ddl}" for column in table._meta.columns)
    # Piccolo would call the index of person.state "person_state", which may be a table's name: both engines refuse that.
    indexes = [
        f'CREATE INDEX "{name}_{column}_idx" ON "{name}" ("{column}")'
        for column in (found._meta.db_column_name for found in table._meta.columns if found._meta.index)
    ]
    return [f'CREATE TABLE "{name}" (\n{columns}\n)', *indexes]
