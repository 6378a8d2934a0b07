# SPDX-License-Identifier: AGPL-3.0-or-later
"""One moment of the database, read in pages while others go on writing.

SQLite: one read transaction on a connection of its own, which holds up nobody (the write-ahead log grows meanwhile).
PostgreSQL: one transaction, REPEATABLE READ and READ ONLY. Pages follow the primary key, so memory holds one page.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from node import database
from node.backing.contents import Kept
from node.database.faults import of_sqlite
from node.database.sql import quoted

PAGE = 500
BUSY = 30.0


class Snapshot(Protocol):
    async def read(self, sql: str, *args: Any) -> list[Sequence[Any]]:
        """Every row of one SELECT with `{}` placeholders."""


@asynccontextmanager
async def snapshot() -> AsyncIterator[Snapshot]:
    """The bound database as it is at the first read."""
    path = getattr(database.current(), "path", None)
    if isinstance(path, Path):
        async with _sqlite(path) as made:
            yield made
        return
    async with database.transaction():
        await database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield _Bound()


async def pages(of: Kept, source: Snapshot, *, size: int = PAGE) -> AsyncIterator[list[list[Any]]]:
    """Every row of a table in plain values, a page at a time, in the order of its key."""
    names = ", ".join(quoted(column) for column in of.columns)
    key, place = quoted(of.key), of.columns.index(of.key)
    select = f"SELECT {names} FROM {quoted(of.name)}"  # noqa: S608
    last: tuple[Any, ...] = ()
    while True:
        where = f" WHERE {key} > {{}}" if last else ""
        rows = await source.read(f"{select}{where} ORDER BY {key} LIMIT {size}", *last)
        if rows:
            yield [of.plain(row) for row in rows]
            last = (rows[-1][place],)
        if len(rows) < size:
            return


class _Bound:
    """Reads in the transaction that is open."""

    async def read(self, sql: str, *args: Any) -> list[Sequence[Any]]:
        return [tuple(row.values()) for row in await database.rows(sql, *args)]


class _Sqlite:
    def __init__(self, db: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._db, self._thread = db, thread

    async def read(self, sql: str, *args: Any) -> list[Sequence[Any]]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._fetch, sql.replace("{}", "?"), args)

    def _fetch(self, sql: str, args: Sequence[Any]) -> list[Sequence[Any]]:
        try:
            return self._db.execute(sql, args).fetchall()
        except sqlite3.Error as error:
            raise of_sqlite(error) from None


@asynccontextmanager
async def _sqlite(path: Path) -> AsyncIterator[Snapshot]:
    thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-snapshot")
    loop = asyncio.get_running_loop()

    def begin() -> sqlite3.Connection:
        try:
            db = sqlite3.connect(path, timeout=BUSY, isolation_level=None, check_same_thread=False)
            db.execute("PRAGMA query_only=ON")
            db.execute("BEGIN")
            db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()  # the read that fixes the moment
        except sqlite3.Error as error:
            raise of_sqlite(error) from None
        return db

    try:
        db = await loop.run_in_executor(thread, begin)
        try:
            yield _Sqlite(db, thread)
        finally:
            await loop.run_in_executor(thread, db.close)
    finally:
        thread.shutdown(wait=False)
