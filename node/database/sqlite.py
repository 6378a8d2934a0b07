# SPDX-License-Identifier: AGPL-3.0-or-later
"""SQLite as a co-op needs it: one writer, a few readers, and nothing acknowledged lost when the power goes.

At open, in order: the file is made readable by its owner only; WAL, synchronous=FULL, foreign keys, secure_delete and a busy
timeout are set and read back on every connection; anything else is refused (Misconfigured). Every transaction is IMMEDIATE.
Writers of this process take turns by a lock, those of other processes (worker, command line) by SQLite's own, waited for up
to BUSY seconds. Readers cannot write (query_only). Each connection has one thread, so statements on it run in order, also
those that their asker no longer waits for.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import piccolo.engine.sqlite  # noqa: F401  (registers the adapters and converters that Piccolo's columns count on)

from node.database.engine import Engine, Row, to_the_end
from node.database.faults import Closed, Violation, of_sqlite, of_sqlite_storing
from node.database.sql import Dialect, insertion
from node.errors import Misconfigured

T = TypeVar("T")

BUSY = 30.0
READERS = 3
OLDEST = (3, 35, 0)  # RETURNING

# Piccolo's own goes through Decimal for each number, which is most of the time of reading a large list.
sqlite3.register_converter("INTEGER", int)

INTERRUPT_SECONDS = 0.05


class Connection:
    """One sqlite3 connection in one thread. `run` gives a future: cancelling it drops work not begun, and no more."""

    def __init__(self, path: str, name: str, timeout: float) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"sqlite-{name}")
        self._path = path
        self._timeout = timeout
        self._db: sqlite3.Connection | None = None

    def run(self, work: Callable[[sqlite3.Connection], T]) -> asyncio.Future[T]:
        def call() -> T:
            if self._db is None:
                raise Closed("this SQLite connection is closed")
            try:
                return work(self._db)
            except sqlite3.Error as error:
                raise of_sqlite(error) from None

        return asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def connect(self, durable: bool, read_only: bool) -> None:
        def make() -> None:
            self._db = sqlite3.connect(
                self._path,
                timeout=self._timeout,
                isolation_level=None,
                check_same_thread=False,
                detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES,
                cached_statements=512,
            )
            prepare(self._db, self._timeout, durable=durable, read_only=read_only)

        try:
            await to_the_end(asyncio.get_running_loop().run_in_executor(self._thread, make))
        except sqlite3.Error as error:
            raise Misconfigured(
                "The database file can't be opened. Check that its folder exists, that the disk has room, and that this "
                "program may read and write there.",
                cause=str(of_sqlite(error)),
            ) from None

    def interrupt(self) -> None:
        if self._db is not None:
            self._db.interrupt()

    async def close(self) -> None:
        def stop() -> None:
            if self._db is not None:
                db, self._db = self._db, None
                db.close()

        await to_the_end(asyncio.get_running_loop().run_in_executor(self._thread, stop))
        self._thread.shutdown(wait=False)


def _until_done(work: asyncio.Future[Any], reader: Connection) -> None:
    """Interrupt again and again: a statement that its thread has not begun yet takes no notice of an interrupt."""
    if not work.done():
        reader.interrupt()
        asyncio.get_running_loop().call_later(INTERRUPT_SECONDS, _until_done, work, reader)


def prepare(db: sqlite3.Connection, timeout: float, *, durable: bool, read_only: bool) -> None:
    """Set what the engine counts on, then read each back. Raises Misconfigured, naming what did not hold."""
    db.execute(f"PRAGMA busy_timeout={int(timeout * 1000)}")
    go_to_wal(db, timeout)
    for setting in (
        f"synchronous={'FULL' if durable else 'OFF'}",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=MEMORY",
        f"query_only={'ON' if read_only else 'OFF'}",
    ):
        db.execute(f"PRAGMA {setting}")
    expected = {
        "journal_mode": "wal",
        "synchronous": 2 if durable else 0,
        "foreign_keys": 1,
        "secure_delete": 1,
        "busy_timeout": int(timeout * 1000),
        "query_only": int(read_only),
    }
    held = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in expected}
    wrong = sorted(name for name in expected if held[name] != expected[name])
    if wrong:
        raise Misconfigured(
            f"The database can't be kept safe here: SQLite did not accept {', '.join(wrong)}. Put the database file on a "
            "local disk of this machine (not a network folder).",
            cause=f"pragmas {wrong}",
        )


def go_to_wal(db: sqlite3.Connection, timeout: float) -> None:
    """Changing the journal mode does not heed the busy timeout: several processes that start at once ask again."""
    until = time.monotonic() + timeout
    while db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > until:
                raise
            time.sleep(0.01)


def fetch(db: sqlite3.Connection, sql: str, args: Sequence[Any]) -> list[Row]:
    cursor = db.execute(sql, args)
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def begin(db: sqlite3.Connection, rebuilding: bool) -> None:
    if rebuilding:
        db.execute("PRAGMA foreign_keys=OFF")  # has no effect once a transaction is open
    db.execute("BEGIN IMMEDIATE")


def alone(db: sqlite3.Connection, sql: str, args: Sequence[Any]) -> list[Row]:
    """A statement that writes, and its own transaction."""
    try:
        return fetch(db, sql, args)
    except sqlite3.Error as error:
        raise of_sqlite_storing(error) from None


def commit(db: sqlite3.Connection) -> None:
    try:
        db.execute("COMMIT")
    except sqlite3.Error as error:
        raise of_sqlite_storing(error) from None


def check_and_commit(db: sqlite3.Connection) -> None:
    broken = db.execute("PRAGMA foreign_key_check").fetchone()
    if broken is not None:
        raise Violation("foreign key", f"{broken[0]} to {broken[2]}")
    commit(db)
    db.execute("PRAGMA foreign_keys=ON")


def undo(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")
    db.execute("PRAGMA foreign_keys=ON")


class SqliteEngine(Engine):
    """See the module. `path`: of the database file; `durable=False` only for tests (no sync at all)."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: str, *, durable: bool = True, readers: int = READERS, busy: float = BUSY) -> None:
        super().__init__()
        self.path = Path(path)
        self.durable = durable
        self._busy = busy
        self._count = readers
        self._writer: Connection | None = None
        self._turn = asyncio.Lock()
        self._idle: list[Connection] = []
        self._seats = asyncio.Semaphore(readers)
        self._rebuilding = False

    async def open(self) -> None:
        if self._writer is not None:
            return
        if sqlite3.sqlite_version_info < OLDEST:
            raise Misconfigured("SQLite 3.35 or later is needed.", cause=sqlite3.sqlite_version)
        self._make_private()
        made = [Connection(str(self.path), f"{i or 'writer'}", self._busy) for i in range(self._count + 1)]
        try:
            for position, connection in enumerate(made):
                await connection.connect(self.durable, read_only=position > 0)
        except BaseException:
            for connection in made:
                await connection.close()
            raise
        self._writer, self._idle = made[0], made[1:]

    def _make_private(self) -> None:
        """Care data: the file (and by it -wal and -shm) is made for its owner's eyes before SQLite would make it."""
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o600))
        except OSError as error:
            raise Misconfigured(
                "The database file can't be made or opened. Check that its folder exists and that this program may write "
                "there.",
                cause=type(error).__name__,
            ) from None

    async def close(self) -> None:
        if self._writer is None:
            return
        async with self._turn:
            writer, self._writer = self._writer, None
            for _ in range(self._count):
                await self._seats.acquire()
            readers, self._idle = self._idle, []
            for connection in [*readers, writer]:
                if connection is not None:
                    await connection.close()
            for _ in range(self._count):
                self._seats.release()

    def _the_writer(self) -> Connection:
        if self._writer is None:
            raise Closed("the engine is not open")
        return self._writer

    async def _begin(self, *, rebuilding: bool = False) -> Connection:
        self._the_writer()
        await self._turn.acquire()
        try:
            writer = self._the_writer()
            self._rebuilding = rebuilding
            try:
                await writer.run(lambda db: begin(db, rebuilding))
            except BaseException:
                # A BEGIN that is already running in the thread goes on: undo it, in the same thread, behind it.
                _, cancelled = await to_the_end(writer.run(undo))
                if cancelled is not None:
                    raise cancelled from None
                raise
        except BaseException:
            self._turn.release()
            raise
        return writer

    async def _commit(self, connection: Connection) -> None:
        await connection.run(check_and_commit if self._rebuilding else commit)

    async def _rollback(self, connection: Connection) -> None:
        await connection.run(undo)

    async def _give_back(self, connection: Connection) -> None:
        self._turn.release()

    async def _run(self, connection: Connection, sql: str, args: Sequence[Any]) -> list[Row]:
        return await connection.run(lambda db: fetch(db, sql, args))

    async def _run_alone(self, sql: str, args: Sequence[Any], *, writes: bool) -> list[Row]:
        self._the_writer()
        if writes:
            async with (
                self._turn
            ):  # in autocommit: the statement is its own transaction, done when its rows are fetched
                return await self._the_writer().run(lambda db: alone(db, sql, args))
        return await self._read(lambda db: fetch(db, sql, args))

    async def _read_each(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        self._the_writer()
        return await self._read(lambda db: [fetch(db, sql, args) for sql, args in statements])

    async def _read(self, asked: Callable[[sqlite3.Connection], T]) -> T:
        """On a reader that is free; its thread goes on until the statement is over, however the asker left."""
        await self._seats.acquire()
        if not self._idle:
            self._seats.release()
            raise Closed("the engine is not open")
        reader = self._idle.pop()
        work = reader.run(asked)

        def back(done: asyncio.Future[T]) -> None:
            self._idle.append(reader)
            self._seats.release()

        work.add_done_callback(back)  # not before the thread is free, however the asker left
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            _until_done(work, reader)
            raise

    async def _run_many(self, connection: Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        await connection.run(lambda db: db.executemany(sql, rows) and None)

    async def _insert_many(
        self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        await self._run_many(connection, insertion(table, columns, "sqlite"), rows)

    async def lock(self, name: str) -> None:
        self.needs_transaction("lock")  # the one writer holds every name

    def room(self) -> int | None:
        try:
            return shutil.disk_usage(self.path.parent).free
        except OSError:
            return None

    async def scrub(self) -> bool:
        self.needs_none("scrub")
        async with self._turn:
            found = await self._the_writer().run(lambda db: fetch(db, "PRAGMA wal_checkpoint(TRUNCATE)", ()))
        return bool(found) and found[0]["busy"] == 0
