# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements as text: `{}` placeholders into each dialect's own, what reads and what writes, and `Ddl` for both dialects.

Values never enter the text. A name that must (a table, a column) is refused unless it is plain lower-case snake case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Any, Literal

Dialect = Literal["sqlite", "postgres"]

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_COMMENTS = re.compile(r"\A(?:\s+|--[^\n]*\n|/\*.*?\*/|\()+", re.DOTALL)
_WRITES = re.compile(r"\b(insert|update|delete|replace|merge)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ddl:
    """What Piccolo's tables cannot say (a partial index, a trigger, a text index), one statement a string, in order.

    Every statement names what it makes, and is run once, after all tables exist.
    """

    sqlite: tuple[str, ...]
    postgres: tuple[str, ...]

    def statements(self, dialect: Dialect) -> tuple[str, ...]:
        return self.sqlite if dialect == "sqlite" else self.postgres


def quoted(name: str) -> str:
    """A table's or column's name, in quotation marks. Raises ValueError for anything but snake case."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a plain name: {name!r}")
    return f'"{name}"'


@lru_cache(maxsize=2048)
def _compiled(sql: str, dialect: Dialect) -> tuple[str, int]:
    text, count = [], 0
    for literal, field, _, _ in Formatter().parse(sql):
        text.append(literal)
        if field is None:
            continue
        if field:
            raise ValueError("placeholders are written {}; write {{ and }} for braces")
        count += 1
        text.append("?" if dialect == "sqlite" else f"${count}")
    return "".join(text), count


def compiled(sql: str, args: Sequence[Any], dialect: Dialect) -> tuple[str, list[Any]]:
    """`sql` with the dialect's placeholders, and its arguments; Piccolo's columns and query strings may be arguments."""
    if any(hasattr(arg, "get_where_string") for arg in args):  # a Piccolo Column or QueryString
        from piccolo.querystring import QueryString

        return QueryString(sql, *args).compile_string(engine_type=dialect)
    text, count = _compiled(sql, dialect)
    if count != len(args):
        raise ValueError(f"{count} placeholders but {len(args)} values")
    return text, list(args)


def insertion(table: str, columns: Sequence[str], dialect: Dialect) -> str:
    """INSERT of one row with the dialect's placeholders."""
    marks = ", ".join("?" if dialect == "sqlite" else f"${i}" for i in range(1, len(columns) + 1))
    names = ", ".join(quoted(column) for column in columns)
    return f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})"  # noqa: S608


@lru_cache(maxsize=4096)
def kind(sql: str) -> Literal["read", "write", "transaction"]:
    """Whether a statement only reads, writes, or would steer a transaction behind the engine's back."""
    body = _COMMENTS.sub("", sql)
    first = body[:12].split(maxsplit=1)[0].upper().rstrip(";") if body.strip() else ""
    if first in ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END", "START", "ABORT", "PREPARE"):
        return "transaction"
    if first in ("SELECT", "VALUES", "EXPLAIN", "SHOW", "TABLE"):
        return "read"
    if first == "PRAGMA" and "=" not in body:
        return "read"
    if first == "WITH" and not _WRITES.search(body):
        return "read"
    return "write"
