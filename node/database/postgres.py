# SPDX-License-Identifier: AGPL-3.0-or-later
"""PostgreSQL as a co-op needs it: a pool that cancelled tasks cannot drain, and a COMMIT that is believed only when it says so.

At open the server is asked, in order: version 14 or later, UTF-8, writable, and fsync, full_page_writes and
synchronous_commit on; anything else is refused (Misconfigured). Transactions are READ COMMITTED: an act that reads what it
then changes first takes `lock(name)` or reads it by `row_for_update`. COMMIT of a transaction that had failed answers ROLLBACK
without an error: that is raised as TransactionDoomed.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from node.database.bell import Bell
from node.database.engine import Engine, Row, to_the_end
from node.database.faults import Closed, TransactionDoomed, of_postgres
from node.database.sql import Dialect
from node.errors import Misconfigured

CONNECTIONS = 8
OLDEST = 140000
FAULTS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)

_SESSION = {
    "application_name": "commoncare",
    "timezone": "UTC",
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "5min",
    "jit": "off",
}


def _drop(connection: Any) -> None:
    """Lend this connection to nobody again; the server undoes what was open on it."""
    with contextlib.suppress(asyncpg.InterfaceError):  # it was lost, and has left the pool by itself
        connection.terminate()


async def _tidy(connection: Any) -> None:
    """Before a connection goes back to the pool. Nothing here sets anything for a session (locks are a transaction's, settings
    the pool's own), so only a transaction left open has to be cleared away; asking each time would cost a round trip."""
    if connection.is_in_transaction():
        await connection.reset()


class PostgresEngine(Engine):
    """See the module. `dsn`: postgresql://…; `durable=False` only for tests (a server that does not sync is accepted)."""

    dialect: Dialect = "postgres"

    def __init__(self, dsn: str, *, durable: bool = True, connections: int = CONNECTIONS) -> None:
        super().__init__()
        self._dsn = dsn
        self.durable = durable
        self._count = connections
        self._pool: Any = None

    async def open(self) -> None:
        if self._pool is not None:
            return
        session = dict(_SESSION, synchronous_commit="on" if self.durable else "off")
        try:
            pool = await asyncpg.create_pool(
                self._dsn, min_size=1, max_size=self._count, server_settings=session, timeout=30, reset=_tidy
            )
        except (*FAULTS, ValueError) as error:
            raise Misconfigured(
                "The PostgreSQL database can't be reached. Check its address, name, user and password, and that it runs.",
                cause=type(error).__name__,  # the text may hold the address with the password
            ) from None
        try:
            wrong = await self._wrong(pool)
        except BaseException:
            pool.terminate()
            raise
        if wrong:
            await pool.close()
            raise Misconfigured(
                "The database can't be kept safe here. Set in PostgreSQL: " + "; ".join(wrong) + ".",
                cause=", ".join(wrong),
            )
        self._pool = pool

    async def _wrong(self, pool: Any) -> list[str]:
        expected = {"server_encoding": "UTF8", "transaction_read_only": "off", "full_page_writes": "on"}
        if self.durable:
            expected |= {"fsync": "on", "synchronous_commit": "on"}
        else:
            del expected["full_page_writes"]
        async with pool.acquire() as connection:
            wrong = []
            if int(await connection.fetchval("SHOW server_version_num")) < OLDEST:
                wrong.append("version 14 or later")
            for name, value in expected.items():
                if await connection.fetchval(f"SHOW {name}") != value:
                    wrong.append(f"{name} = {value}")
        return wrong

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async def connect() -> Any:
            return await asyncpg.connect(self._dsn, server_settings=_SESSION, timeout=30)

        async with Bell(self.signals, connect).hung():
            yield

    def _the_pool(self) -> Any:
        if self._pool is None:
            raise Closed("the engine is not open")
        return self._pool

    async def _begin(self, *, rebuilding: bool = False) -> Any:
        pool = self._the_pool()
        try:
            connection = await pool.acquire()
            try:
                await connection.execute("BEGIN")
            except BaseException:
                _, cancelled = await to_the_end(self._end(connection, keep=False))
                if cancelled is not None:
                    raise cancelled from None
                raise
        except FAULTS as error:
            raise of_postgres(error) from None
        return connection

    async def _commit(self, connection: Any) -> None:
        try:
            answer = await connection.execute("COMMIT")
        except FAULTS as error:
            raise of_postgres(error) from None
        if answer != "COMMIT":
            raise TransactionDoomed("the server rolled the transaction back")

    async def _rollback(self, connection: Any) -> None:
        try:
            if not connection.is_closed():  # after a cancelled statement it can't be known here if one is open
                await connection.execute("ROLLBACK")
        except FAULTS:
            _drop(connection)

    async def _give_back(self, connection: Any) -> None:
        if self._pool is None:
            _drop(connection)
            return
        try:
            await self._pool.release(connection)
        except FAULTS:
            _drop(connection)

    async def _run(self, connection: Any, sql: str, args: Sequence[Any]) -> list[Row]:
        try:
            return [dict(record) for record in await connection.fetch(sql, *args)]
        except FAULTS as error:
            raise of_postgres(error) from None

    async def _run_alone(self, sql: str, args: Sequence[Any], *, writes: bool) -> list[Row]:
        try:
            async with self._the_pool().acquire() as connection:
                return await self._run(connection, sql, args)
        except FAULTS as error:
            raise of_postgres(error) from None

    async def _read_each(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> list[list[Row]]:
        try:
            async with self._the_pool().acquire() as connection:
                return [await self._run(connection, sql, args) for sql, args in statements]
        except FAULTS as error:
            raise of_postgres(error) from None

    async def _run_many(self, connection: Any, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        try:
            await connection.executemany(sql, rows)
        except FAULTS as error:
            raise of_postgres(error) from None

    async def _insert_many(
        self, connection: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> None:
        try:
            await connection.copy_records_to_table(table, records=rows, columns=list(columns))
        except FAULTS as error:
            raise of_postgres(error) from None

    async def lock(self, name: str) -> None:
        self.needs_transaction("lock")
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        await self.fetch("SELECT pg_advisory_xact_lock($1)", (number,))

    async def scrub(self) -> bool:
        self.needs_none("scrub")
        return True
