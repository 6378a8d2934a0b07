# SPDX-License-Identifier: AGPL-3.0-or-later
"""A disk that is full, or fails, under SQLite: who was storing something is told what became of it, and the engine goes on.

A full disk is a limit on the database's pages; a failing one is the system's limit on the size of files, which a write meets as
an error of the disk. Both are met by the real engine in real files.
"""

from __future__ import annotations

import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from node import database
from node.database.faults import NO_ROOM, NOT_SURE, of_sqlite, of_sqlite_storing
from node.database.sqlite import SqliteEngine
from node.errors import Unavailable

pytestmark = [
    pytest.mark.parametrize("dialect", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("dialect"),
]

MAKE = "CREATE TABLE thing (id VARCHAR(22) PRIMARY KEY, words TEXT NOT NULL)"
PUT = "INSERT INTO thing (id, words) VALUES ({}, {})"
LONG = "x" * 20_000


async def _count() -> int:
    found = await database.row("SELECT count(*) AS n FROM thing")
    assert found is not None
    return int(found["n"])


@contextmanager
def _no_longer_files(size: int) -> Iterator[None]:
    """No file of this process may be written to beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def _limit_pages(engine: SqliteEngine, pages: int) -> None:
    await engine._the_writer().run(lambda db: db.execute(f"PRAGMA max_page_count={pages}").fetchone())


async def test_a_full_disk_is_told_and_passes(engine: SqliteEngine) -> None:
    await database.execute(MAKE)
    pages = (await database.rows("PRAGMA page_count"))[0]["page_count"]
    await _limit_pages(engine, pages)
    for put in (database.execute(PUT, "alone", LONG), _in_a_transaction("together")):
        with pytest.raises(Unavailable) as caught:
            await put
        assert caught.value.words == NO_ROOM
        assert caught.value.cause == "database: SQLITE_FULL"
    assert await _count() == 0
    await _limit_pages(engine, pages + 1000)
    await database.execute(PUT, "alone", LONG)
    await _in_a_transaction("together")
    assert await _count() == 2


async def _in_a_transaction(id: str) -> None:
    async with database.transaction():
        await database.execute(PUT, id, LONG)


async def test_a_disk_that_fails_at_a_commit_leaves_it_open_and_passes(engine: SqliteEngine) -> None:
    await database.execute(MAKE)
    await database.execute(PUT, "before", "short")
    with _no_longer_files(os.stat(f"{engine.path}-wal").st_size):
        for put in (database.execute(PUT, "alone", LONG), _in_a_transaction("together")):
            with pytest.raises(Unavailable) as caught:
                await put
            assert caught.value.words == NOT_SURE
            assert caught.value.cause.startswith("database: SQLITE_IOERR")
        assert await _count() == 1, "reading goes on"
    for id in ("alone", "together"):
        await _in_a_transaction(id)
    assert await _count() == 3
    again = SqliteEngine(str(engine.path))
    await engine.close()
    await again.open()
    with database.bound(again):
        assert await _count() == 3
        assert [row["integrity_check"] for row in await database.rows("PRAGMA integrity_check")] == ["ok"]
    await again.close()


async def test_only_a_commit_leaves_it_open() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
    assert NOT_SURE == str(getattr(of_sqlite_storing(error), "words", ""))
    assert NOT_SURE != str(getattr(of_sqlite(error), "words", ""))
