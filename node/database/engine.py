# SPDX-License-Identifier: AGPL-3.0-or-later
"""What both engines promise: transactions that belong to one task, keep all or nothing, and survive cancellation anywhere.

In order: a transaction is begun (on SQLite: alone among writers), its statements run on its own connection, it is committed,
its connection is given back, and only then are its `after_commit` callables run.
- Nested blocks join the outermost. When one fails after it had changed something and the error is passed over, or when any
  statement fails outside a `savepoint`, nothing of the whole is kept: the commit raises `TransactionDoomed`, on both engines.
- A cancellation while COMMIT runs is held until its answer is here, and raised then; the deed stands or falls as answered.
- A failed COMMIT is rolled back, raised, and leaks nothing. A task inherits no transaction: it gets an error.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar

from node.database.faults import (
    InTransaction,
    NotInTransaction,
    TransactionDoomed,
    TransactionOfAnotherTask,
)
from node.database.signals import Signals
from node.database.sql import Dialect, kind, quoted

T = TypeVar("T")
Row = dict[str, Any]

log = logging.getLogger(__name__)


async def to_the_end(work: Awaitable[T]) -> tuple[T, asyncio.CancelledError | None]:
    """Wait for `work` whatever cancellations arrive: its result, and the cancellation to raise once all is in order.

    When `work` fails and a cancellation was held, the cancellation is raised, from the failure: neither is lost.
    """
    future = asyncio.ensure_future(work)
    held: asyncio.CancelledError | None = None
    while True:
        try:
            return await asyncio.shield(future), held
        except asyncio.CancelledError as error:
            if future.cancelled():
                raise
            held = error
            if future.done():
                failure = future.exception()
                if failure is not None:
                    raise held from failure
                return future.result(), held
        except BaseException as failure:
            if held is not None:
                raise held from failure
            raise


class Transaction:
    """One open transaction: whose it is, its connection, what to do when it stands. `connection` is the engine's own type."""

    __slots__ = ("after", "connection", "doom", "savepoints", "task", "writes")

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.task = asyncio.current_task()
        self.after: list[Callable[[], object]] = []
        self.doom: str | None = None
        self.writes = 0
        self.savepoints = 0

    def may_go_on(self) -> None:
        if self.doom is not None:
            raise TransactionDoomed(self.doom)


class Scope:
    """`async with engine.transaction()`: the outermost begins and commits, an inner one joins it."""

    __slots__ = ("_engine", "_mine", "_outer", "_rebuilding", "_writes")

    def __init__(self, engine: Engine, *, rebuilding: bool = False) -> None:
        self._engine = engine
        self._rebuilding = rebuilding
        self._mine: Transaction | None = None
        self._outer: Transaction | None = None
        self._writes = 0

    async def __aenter__(self) -> Transaction:
        if self._rebuilding:
            self._engine.needs_none("changing the schema")
        outer = self._engine.open_transaction()
        if outer is not None:
            outer.may_go_on()
            self._outer, self._writes = outer, outer.writes
            return outer
        self._mine = Transaction(await self._engine._begin(rebuilding=self._rebuilding))
        self._engine._open.set(self._mine)
        return self._mine

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._outer is not None:
            if error is not None and self._outer.writes != self._writes:
                self._outer.doom = self._outer.doom or f"an inner block failed after a change ({type(error).__name__})"
            return
        assert self._mine is not None
        self._engine._open.set(
            None
        )  # not reset(token): that fails, and would leak, in another context of the same task
        await self._engine._finish(self._mine, keep=error is None and self._mine.doom is None)
        if error is None and self._mine.doom is not None:
            raise TransactionDoomed(self._mine.doom)


class Engine(ABC):
    """One co-op's database. Made by `open_engine(url)`; `await open()` before use, `await close()` after."""

    dialect: Dialect

    def __init__(self) -> None:
        self._open: ContextVar[Transaction | None] = ContextVar("open_transaction", default=None)
        self.signals = Signals()

    @abstractmethod
    async def open(self) -> None:
        """Connect, and check that what was committed can survive a loss of power. Raises Misconfigured if not."""

    @abstractmethod
    async def close(self) -> None:
        """Wait for what is under way, then give everything back. May be called twice."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Inside the block signals reach other processes of this co-op too, and theirs reach us, where the engine can do it."""
        yield

    # What each engine does in its own way. `_begin` cleans up after itself when it fails.

    @abstractmethod
    async def _begin(self, *, rebuilding: bool = False) -> Any: ...

    @abstractmethod
    async def _commit(self, connection: Any) -> None: ...

    @abstractmethod
    async def _rollback(self, connection: Any) -> None: ...

    @abstractmethod
    async def _give_back(self, connection: Any) -> None: ...

    @abstractmethod
    async def _run(self, connection: Any, sql: str, args: Sequence[Any]) -> list[Row]: ...

    @abstractmethod
    async def _run_alone(self, sql: str, args: Sequence[Any], *, writes: bool) -> list[Row]: ...

    @abstractmethod
    async def _read_each(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]: ...

    @abstractmethod
    async def _run_many(self, connection: Any, sql: str, rows: Sequence[Sequence[Any]]) -> None: ...

    @abstractmethod
    async def _insert_many(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None: ...

    @abstractmethod
    async def lock(self, name: str) -> None:
        """Hold the name until this transaction ends; raises NotInTransaction outside one."""

    @abstractmethod
    async def scrub(self) -> bool:
        """See `node.database.scrub`."""

    def room(self) -> int | None:
        """Bytes that are free on the disk of the database; None where that can't be seen from here."""
        return None

    # What is the same on both.

    def open_transaction(self) -> Transaction | None:
        """This task's open transaction. Raises TransactionOfAnotherTask in a task that was started inside one."""
        found = self._open.get()
        if found is not None and found.task is not asyncio.current_task():
            raise TransactionOfAnotherTask(
                "this task was started inside a transaction of another task (asyncio.wait_for and gather start tasks "
                "too); start it by database.after_commit, and use asyncio.timeout instead of wait_for"
            )
        return found

    def transaction(self) -> Scope:
        return Scope(self)

    def rebuilding(self) -> Scope:
        """A transaction for changing the schema: SQLite's foreign keys are checked at its end instead of all along, so
        that a table others point to can be rebuilt. Never inside another."""
        return Scope(self, rebuilding=True)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Inside a transaction: a part that may fail alone. What it changed and planned is undone when it raises."""
        held = self.open_transaction()
        if held is None:
            raise NotInTransaction("a savepoint needs an open transaction")
        held.may_go_on()
        held.savepoints += 1
        name = f"part_{held.savepoints}"
        await self._statement(held, f"SAVEPOINT {name}", ())
        planned, writes = len(held.after), held.writes
        failed = True
        try:
            yield
            failed = held.doom is not None
        finally:
            if failed:
                reason, held.doom = held.doom, None
                del held.after[planned:]
                held.writes = writes
                await self._undo(held, name)
            else:
                await self._statement(held, f"RELEASE SAVEPOINT {name}", ())
        if failed:
            raise TransactionDoomed(reason or "")

    async def _undo(self, held: Transaction, name: str) -> None:
        async def undo() -> None:
            await self._run(held.connection, f"ROLLBACK TO SAVEPOINT {name}", ())
            await self._run(held.connection, f"RELEASE SAVEPOINT {name}", ())

        try:
            _, cancelled = await to_the_end(undo())
        except BaseException:
            held.doom = "a savepoint could not be undone"
            raise
        if cancelled is not None:
            raise cancelled

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement in the dialect's own placeholders: in this task's transaction, else alone and committed."""
        sort = kind(sql)
        if sort == "transaction":
            raise ValueError("transactions are steered by transaction() and savepoint() only")
        held = self.open_transaction()
        if held is None:
            return await self._run_alone(sql, args, writes=sort == "write")
        held.may_go_on()
        if sort == "write":
            held.writes += 1
        return await self._statement(held, sql, args)

    async def fetch_each(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        """Run some reading statements in one step: the rows of each, in their order. Raises ValueError for one that writes."""
        if any(kind(sql) != "read" for sql, _ in statements):
            raise ValueError("only what reads can be read together")
        held = self.open_transaction()
        if held is None:
            return await self._read_each(statements)
        held.may_go_on()
        return [await self._statement(held, sql, args) for sql, args in statements]

    async def _statement(self, held: Transaction, sql: str, args: Sequence[Any]) -> list[Row]:
        try:
            return await self._run(held.connection, sql, args)
        except BaseException as error:
            held.doom = held.doom or f"a statement failed ({type(error).__name__}) outside a savepoint"
            raise

    async def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """One statement for each of `rows`, all or none."""
        await self._in_bulk(lambda held: self._run_many(held.connection, sql, rows), rows)

    async def insert_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Insert `rows`, all or none: executemany on SQLite, COPY on PostgreSQL. Raises ValueError for a name not plain."""
        for name in (table, *columns):
            quoted(name)
        await self._in_bulk(lambda held: self._insert_many(held.connection, table, columns, rows), rows)

    async def _in_bulk(self, work: Callable[[Transaction], Awaitable[None]], rows: Sequence[Sequence[Any]]) -> None:
        if not rows:
            return
        async with self.transaction() as held:
            held.writes += 1
            try:
                await work(held)
            except BaseException as error:
                held.doom = held.doom or f"a bulk statement failed ({type(error).__name__}) outside a savepoint"
                raise

    def after_commit(self, work: Callable[[], object]) -> None:
        """Run `work` once this task's transaction stands, outside it; at once when none is open; never after a rollback."""
        held = self.open_transaction()
        if held is None:
            work()
        else:
            held.after.append(work)

    def needs_transaction(self, what: str) -> Transaction:
        held = self.open_transaction()
        if held is None:
            raise NotInTransaction(f"{what} needs an open transaction")
        held.may_go_on()
        return held

    def needs_none(self, what: str) -> None:
        if self.open_transaction() is not None:
            raise InTransaction(f"{what} may not be done inside a transaction")

    async def _finish(self, held: Transaction, *, keep: bool) -> None:
        """Commit or roll back, give back, then run the callables; a cancellation in between is raised at the end."""
        _, cancelled = await to_the_end(self._end(held.connection, keep))
        if keep:
            for work in held.after:
                try:
                    work()
                except Exception:
                    log.exception("a callable planned for after a commit failed; the commit stands")
        if cancelled is not None:
            raise cancelled

    async def _end(self, connection: Any, keep: bool) -> None:
        try:
            if not keep:
                await self._rollback(connection)
                return
            try:
                await self._commit(connection)
            except BaseException:
                await self._rollback(connection)
                raise
        finally:
            await self._give_back(connection)
