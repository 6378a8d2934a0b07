# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which co-op's database is meant: `DB`, the one engine that every Table names, forwards to the one bound in this context.

Bind around each request, job and command: `with bound(engine):`. A ContextVar carries it, so two co-ops in one process never
meet. Unbound use raises Unbound. Of Piccolo's engine, `batch`, `atomic` and pools are refused: `batch` swallows errors, and
`atomic` begins DEFERRED.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, NoReturn, cast
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from piccolo.engine.base import Engine as PiccoloEngine
from piccolo.querystring import QueryString

from node.database.engine import Engine, Row, Scope
from node.database.faults import Unbound
from node.database.sql import Dialect, compiled
from node.errors import Misconfigured

_bound: ContextVar[Engine | Dialect | None] = ContextVar("bound_engine", default=None)


def open_engine(url: str) -> Engine:
    """The engine for `sqlite:///relative.db`, `sqlite:////absolute.db` or `postgresql://…`; `await engine.open()` next.

    `?durability=off` is for tests only: nothing is synced to disk, and a PostgreSQL without fsync is accepted.
    Raises Misconfigured for anything else.
    """
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    durable = ("durability", "off") not in query
    if parts.scheme == "sqlite" and not parts.netloc:
        path = unquote(parts.path.removeprefix("/"))
        if path not in ("", ":memory:"):
            from node.database.sqlite import SqliteEngine

            return SqliteEngine(path, durable=durable)
    if parts.scheme in ("postgresql", "postgres"):
        from node.database.postgres import PostgresEngine

        rest = urlencode([pair for pair in query if pair[0] != "durability"])
        return PostgresEngine(urlunsplit(parts._replace(query=rest)), durable=durable)
    raise Misconfigured(
        "The database address must look like sqlite:////var/lib/commoncare/node.db or postgresql://user@host/name.",
        cause=f"database scheme {parts.scheme!r}",
    )


@contextmanager
def bound(engine: Engine) -> Iterator[Engine]:
    """Every statement in this context (and in tasks started in it) goes to `engine`. Inner bindings win."""
    before = _bound.get()
    _bound.set(engine)
    try:
        yield engine
    finally:
        _bound.set(before)


@contextmanager
def only_dialect(name: Dialect) -> Iterator[None]:
    """Statements can be built for a dialect but not run: for writing migrations without a server."""
    before = _bound.get()
    _bound.set(name)
    try:
        yield
    finally:
        _bound.set(before)


def current() -> Engine:
    """The engine bound here. Raises Unbound."""
    found = _bound.get()
    if not isinstance(found, Engine):
        raise Unbound("no co-op's database is bound here: wrap the call in `with database.bound(engine):`")
    return found


def dialect() -> Dialect:
    found = _bound.get()
    return found if isinstance(found, str) else current().dialect


def transaction() -> Scope:
    """`async with transaction():` all or nothing; an inner one joins the outer. On SQLite: alone among writers."""
    return current().transaction()


def rebuilding() -> Scope:
    """A transaction for changing the schema; see `Engine.rebuilding`."""
    return current().rebuilding()


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Inside a transaction, a part that may fail alone: catch its error outside the block."""
    async with current().savepoint():
        yield


def in_transaction() -> bool:
    return current().open_transaction() is not None


def after_commit(work: Callable[[], object]) -> None:
    """Run `work` once the outermost transaction stands; at once when none is open; never after a rollback."""
    current().after_commit(work)


async def rows(sql: str, *args: Any) -> list[Row]:
    """Every row of one statement with `{}` placeholders. Outside a transaction a write is committed by itself."""
    engine = current()
    return await engine.fetch(*compiled(sql, args, engine.dialect))


async def row(sql: str, *args: Any) -> Row | None:
    """The first row, or None."""
    found = await rows(sql, *args)
    return found[0] if found else None


async def row_for_update(sql: str, *args: Any) -> Row | None:
    """The first row of a SELECT, held until the transaction ends: nobody else changes it in between, on either engine."""
    engine = current()
    engine.needs_transaction("row_for_update")
    return await row(sql + " FOR UPDATE" if engine.dialect == "postgres" else sql, *args)


async def execute(sql: str, *args: Any) -> None:
    """One statement whose rows are not wanted."""
    await rows(sql, *args)


async def many(sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """One statement with `{}` placeholders for each of `rows`, all or none; joins the open transaction."""
    if not rows:
        return
    engine = current()
    await engine.many(compiled(sql, rows[0], engine.dialect)[0], rows)


async def insert_many(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert many rows fast, all or none; joins the open transaction. executemany on SQLite, COPY on PostgreSQL."""
    await current().insert_many(table, columns, rows)


async def lock(name: str) -> None:
    """Hold `name` until the transaction ends: on PostgreSQL an advisory lock, on SQLite the one writer has it already."""
    await current().lock(name)


def signal(topic: str) -> None:
    """After commit: raise the topic's version and wake who waits for it in this process."""
    engine = current()
    engine.after_commit(lambda: engine.signals.raise_version(topic))


def version(topic: str) -> int:
    return current().signals.version(topic)


async def wait(topic: str, since: int, timeout: float) -> int:
    """Wait for a version above `since`, at most `timeout` seconds; the version then. Not inside a transaction."""
    engine = current()
    engine.needs_none("waiting for a signal")
    return await engine.signals.wait(topic, since, timeout)


def wake_everyone() -> None:
    """Shutdown: every wait on the bound engine returns now, and from now on at once."""
    current().signals.wake_everyone()


async def scrub() -> bool:
    """After an erasure: take deleted text out of SQLite's write-ahead log (it lies there until a truncating checkpoint).

    True when done; False when another process was reading all the while: ask again later. On PostgreSQL nothing is done
    (True): there, what must not be found again is sealed, and its key destroyed. Not inside a transaction.
    """
    return await current().scrub()


class ContextEngine(PiccoloEngine[Any]):
    """Piccolo's view of the bound engine."""

    def __init__(self) -> None:  # not the base's, which would connect
        self.query_id = 0
        self.log_queries = False
        self.log_responses = False
        self.min_version_number = 0

    engine_type = property(lambda self: dialect())
    current_transaction = property(lambda self: current()._open)

    def transaction_exists(self) -> bool:
        return in_transaction()

    async def get_version(self) -> float:
        return self.get_version_sync()

    def get_version_sync(self) -> float:
        """Piccolo asks this only to refuse old SQLite versions, which our engine refused at open."""
        return 3.35 if dialect() == "sqlite" else 14.0

    async def prep_database(self) -> None:
        return None

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> list[Row]:
        engine = current()
        return await engine.fetch(*querystring.compile_string(engine_type=engine.dialect))

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> list[Row]:
        return await current().fetch(ddl)

    def transaction(self, *args: Any, **kwargs: Any) -> Any:
        if args or kwargs:
            raise TypeError("transaction() takes no options here")
        return current().transaction()

    def _refused(self, what: str) -> NoReturn:
        raise NotImplementedError(f"Piccolo's {what} is not used here: see node/database")

    async def batch(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refused("batch(), which swallows errors,")

    def atomic(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refused("atomic()")

    async def start_connection_pool(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refused("start_connection_pool()")

    async def close_connection_pool(self, *args: Any, **kwargs: Any) -> NoReturn:
        self._refused("close_connection_pool()")


DB = cast(PiccoloEngine[Any], ContextEngine())
