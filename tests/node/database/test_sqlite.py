# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only SQLite needs: its pragmas, its files, its log, and its readers."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from node import database
from node.errors import Misconfigured, Unavailable

pytestmark = [
    pytest.mark.parametrize("dialect", ["sqlite"], indirect=True),
    pytest.mark.usefixtures("dialect"),
]

MAKE = "CREATE TABLE thing (id VARCHAR(22) PRIMARY KEY, number BIGINT NOT NULL)"


async def test_every_connection_is_safe(engine):
    expected = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": 30000,
    }
    for connection in [engine._writer, *engine._idle]:
        for pragma, value in expected.items():
            found = await connection.run(lambda db, name=pragma: db.execute(f"PRAGMA {name}").fetchone()[0])
            assert found == value, pragma
    with pytest.raises(Unavailable):
        await engine._idle[0].run(lambda db: db.execute("CREATE TABLE no (id)"))


async def test_the_files_are_their_owners_only(new_database):
    engine = database.open_engine(new_database(empty=True))
    await engine.open()
    with database.bound(engine):
        await database.execute(MAKE)
        modes = {end: stat.S_IMODE(os.stat(f"{engine.path}{end}").st_mode) for end in ("", "-wal", "-shm")}
    await engine.close()
    assert modes == {"": 0o600, "-wal": 0o600, "-shm": 0o600}


async def test_what_cannot_be_safe_is_refused(tmp_path):
    for url in ("sqlite://", "sqlite:///:memory:", "sqlite://host/x.db", "mysql://x/y", "", "node.db"):
        with pytest.raises(Misconfigured):
            database.open_engine(url)
    with pytest.raises(Misconfigured) as caught:
        await database.open_engine(f"sqlite:///{tmp_path}/no/such/node.db").open()
    assert "folder" in caught.value.words
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at as one" * 50)
    with pytest.raises(Misconfigured):
        await database.open_engine(f"sqlite:///{tmp_path}/text.db").open()


async def test_pragmas_that_do_not_hold_are_refused(tmp_path, monkeypatch):
    from node.database import sqlite

    monkeypatch.setattr(sqlite, "go_to_wal", lambda db, timeout: None)
    with pytest.raises(Misconfigured) as caught:
        await database.open_engine(f"sqlite:///{tmp_path}/node.db").open()
    assert "journal_mode" in caught.value.words


async def test_scrub_empties_the_log(engine):
    await database.execute(MAKE)
    await database.execute("INSERT INTO thing VALUES ({}, 1)", "canary-canary-canary")
    await database.execute("DELETE FROM thing")
    log = Path(f"{engine.path}-wal")
    assert b"canary" in log.read_bytes()
    async with database.transaction():
        with pytest.raises(database.InTransaction):
            await database.scrub()
    assert await database.scrub()
    assert b"canary" not in log.read_bytes()
    assert b"canary" not in engine.path.read_bytes()


async def test_a_cancelled_reader_is_given_back(engine):
    slow = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000000) SELECT max(i) FROM n"
    tasks = [asyncio.create_task(database.rows(slow)) for _ in range(10)]
    for _ in range(200):  # turns of the loop: the readers are at their statements
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(database.row("SELECT 1 AS one") for _ in range(10))) == [{"one": 1}] * 10


async def test_a_trigger_may_keep_a_text_index(engine):
    """Some ways of hardening SQLite (trusted_schema) forbid this, so it is asserted."""
    await database.execute(MAKE)
    await database.execute("CREATE VIRTUAL TABLE words USING fts5(id)")
    await database.execute(
        "CREATE TRIGGER thing_words AFTER INSERT ON thing BEGIN INSERT INTO words (id) VALUES (NEW.id); END"
    )
    await database.insert_many("thing", ("id", "number"), [("green apple", 1), ("red pear", 2)])
    assert await database.rows("SELECT id FROM words WHERE words MATCH {}", "pear") == [{"id": "red pear"}]
