# SPDX-License-Identifier: AGPL-3.0-or-later
"""The co-op's database: one face for SQLite and PostgreSQL, bound for each request and job, never shared between co-ops.

What is committed survives a loss of power; a transaction is kept whole or not at all, also when its task is cancelled; a
failure names no person's data (`faults`). See `context` for each function, `engine` for transactions, `sqlite` and
`postgres` for what is checked at open.
"""

from node.database.context import (
    DB,
    after_commit,
    bound,
    current,
    dialect,
    execute,
    in_transaction,
    insert_many,
    lock,
    many,
    only_dialect,
    open_engine,
    rebuilding,
    row,
    row_for_update,
    rows,
    savepoint,
    scrub,
    signal,
    transaction,
    version,
    wait,
    wake_everyone,
)
from node.database.engine import Engine, Row
from node.database.faults import (
    Closed,
    DatabaseFault,
    InTransaction,
    NotInTransaction,
    TransactionDoomed,
    TransactionOfAnotherTask,
    Unbound,
    Violation,
)
from node.database.reading import Read, first, reading, together
from node.database.sql import Ddl, Dialect

__all__ = [
    "DB",
    "Closed",
    "DatabaseFault",
    "Ddl",
    "Dialect",
    "Engine",
    "InTransaction",
    "NotInTransaction",
    "Read",
    "Row",
    "TransactionDoomed",
    "TransactionOfAnotherTask",
    "Unbound",
    "Violation",
    "after_commit",
    "bound",
    "current",
    "dialect",
    "execute",
    "first",
    "in_transaction",
    "insert_many",
    "lock",
    "many",
    "only_dialect",
    "open_engine",
    "reading",
    "rebuilding",
    "row",
    "row_for_update",
    "rows",
    "savepoint",
    "scrub",
    "signal",
    "together",
    "transaction",
    "version",
    "wait",
    "wake_everyone",
]
