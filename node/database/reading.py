# SPDX-License-Identifier: AGPL-3.0-or-later
"""A reading that has not begun: awaited alone it is one statement; `together` with others it is one step for all of them.

On SQLite each step hands work to another thread and waits for it, on PostgreSQL it borrows a connection: what a page reads that
does not depend on each other is read in one. Statements run in the order given; outside a transaction each sees what is
committed when it runs, as if awaited one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar, overload

from node.database.context import current
from node.database.engine import Row
from node.database.sql import compiled

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Read(Generic[T]):
    """`await read` runs it: one statement with `{}` placeholders, and what `then` makes of its rows."""

    __slots__ = ("args", "sql", "then")

    def __init__(self, sql: str, *args: Any, then: Callable[[list[Row]], T]) -> None:
        self.sql = sql
        self.args = args
        self.then = then

    def __await__(self) -> Generator[Any, Any, T]:
        return self._alone().__await__()

    async def _alone(self) -> T:
        engine = current()
        return self.then(await engine.fetch(*compiled(self.sql, self.args, engine.dialect)))


def reading(sql: str, *args: Any) -> Read[list[Row]]:
    """Every row of one SELECT."""
    return Read(sql, *args, then=_all)


def first(sql: str, *args: Any) -> Read[Row | None]:
    """The first row of one SELECT, or None."""
    return Read(sql, *args, then=_first)


def _all(rows: list[Row]) -> list[Row]:
    return rows


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


@overload
async def together(a: Read[A], b: Read[B], /) -> tuple[A, B]: ...
@overload
async def together(a: Read[A], b: Read[B], c: Read[C], /) -> tuple[A, B, C]: ...
@overload
async def together(a: Read[A], b: Read[B], c: Read[C], d: Read[D], /) -> tuple[A, B, C, D]: ...
@overload
async def together(*reads: Read[Any]) -> tuple[Any, ...]: ...
async def together(*reads: Read[Any]) -> Any:
    """What each of `reads` gives, in their order, in one step."""
    engine = current()
    found = await engine.fetch_each([compiled(read.sql, read.args, engine.dialect) for read in reads])
    return tuple(read.then(rows) for read, rows in zip(reads, found, strict=True))
