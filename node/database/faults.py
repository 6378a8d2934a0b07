# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the database says when it fails, in the same words on both engines, and without anybody's data.

A driver's own text may quote a row (PostgreSQL's DETAIL holds the value of a broken key), so no driver error leaves the
engines: each becomes a `Violation` (a rule of the schema was broken: `kind` says which), an `Unavailable` (busy, full disk,
lost connection: trying again may help), or a `DatabaseFault` (our mistake). All are raised `from None`. Who was storing something
is told whether it was stored: with a full disk it was not; when the disk failed while it was being committed nobody can say.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Literal

from node.errors import Unavailable
from node.words import N_, _

ViolationKind = Literal["unique", "foreign key", "not null", "check", "refused"]

TRY_AGAIN = N_("Something on our side isn't working just now. Please try again in a few minutes.")
NO_ROOM = N_(
    "Nothing of this was saved: the disk on our side is full. We need to make room. Please try again later, or ring us."
)
NOT_SURE = N_(
    "The disk on our side failed, so we can't say whether this was saved. Please look before you try again, or ring us."
)


class DatabaseFault(Exception):
    """A statement that could not be run. The text holds names of tables and columns, never values."""


class Violation(DatabaseFault):
    """A rule of the schema was broken. `kind`: which sort; `where`: table, columns or constraint, as the engine names them.

    kind "refused" is a trigger of ours that said no (an append-only table).
    """

    def __init__(self, kind: ViolationKind, where: str) -> None:
        super().__init__(f"{kind}: {where}")
        self.kind = kind
        self.where = where


class Unbound(DatabaseFault):
    """No co-op's engine is bound here: wrap the call in `with database.bound(engine):`."""


class Closed(DatabaseFault):
    """The engine was not opened yet, or is closed."""


class TransactionOfAnotherTask(DatabaseFault):
    """A task was started inside a transaction and asked the database: start it with `after_commit`, or pass it values."""


class TransactionDoomed(DatabaseFault):
    """An error inside this transaction was caught and passed over, so nothing of it may be kept. Use `savepoint()`."""


class NotInTransaction(DatabaseFault):
    """This needs an open transaction."""


class InTransaction(DatabaseFault):
    """This may not be done while a transaction is open."""


_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'|(?<=argument )\$(\d+): .*(?= \()", re.DOTALL)
_SQLITE_PASSING = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
    "SQLITE_NOMEM",
    "SQLITE_PROTOCOL",
    "SQLITE_INTERRUPT",
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
)
_SQLITE_KINDS: dict[str, ViolationKind] = {
    "SQLITE_CONSTRAINT_UNIQUE": "unique",
    "SQLITE_CONSTRAINT_PRIMARYKEY": "unique",
    "SQLITE_CONSTRAINT_ROWID": "unique",
    "SQLITE_CONSTRAINT_FOREIGNKEY": "foreign key",
    "SQLITE_CONSTRAINT_NOTNULL": "not null",
    "SQLITE_CONSTRAINT_CHECK": "check",
    "SQLITE_CONSTRAINT_TRIGGER": "refused",
}
_POSTGRES_KINDS: dict[str, ViolationKind] = {
    "23505": "unique",
    "23503": "foreign key",
    "23001": "foreign key",
    "23502": "not null",
    "23514": "check",
    "P0001": "refused",
}
# Serialization failure, deadlock, lock timeout; and the classes for a lost connection, too few resources, operator
# intervention, system error.
_POSTGRES_FULL = "53100"
_POSTGRES_PASSING = ("40001", "40P01", "55P03", "08", "53", "57", "58", "25006")


def _clean(message: str) -> str:
    """The first line of a driver's message without anything in quotation marks, which may be a value."""
    return _QUOTED.sub("…", message.partition("\n")[0])[:300]


def of_sqlite(error: sqlite3.Error) -> Exception:
    """The fault for an error of sqlite3. Its messages hold identifiers only, but for FTS5's, which quote the search."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    message = str(error)
    if name in _SQLITE_KINDS:
        # ON DELETE RESTRICT is a trigger inside SQLite, and reports itself as one.
        kind = "foreign key" if message.startswith("FOREIGN KEY") else _SQLITE_KINDS[name]
        return Violation(kind, message.partition("failed: ")[2] or message)
    if name == "SQLITE_FULL":
        return Unavailable(_(NO_ROOM), cause=f"database: {name}")
    if name.startswith(_SQLITE_PASSING):
        return Unavailable(_(TRY_AGAIN), cause=f"database: {name}")
    return DatabaseFault(f"{name}: {_clean(message)}")


def of_sqlite_storing(error: sqlite3.Error) -> Exception:
    """The fault for an error of a commit. One of the disk leaves open whether it stands: a sync that failed may have kept all,
    and what follows in the log may overwrite it or not."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith("SQLITE_IOERR"):
        return Unavailable(_(NOT_SURE), cause=f"database: {name} at a commit")
    return of_sqlite(error)


def of_postgres(error: Exception) -> Exception:
    """The fault for an error of asyncpg, or for the loss of its connection."""
    state = getattr(error, "sqlstate", None) or ""
    message = str(getattr(error, "message", None) or error)
    if state in _POSTGRES_KINDS:
        if state == "P0001":
            return Violation("refused", message)
        parts = [getattr(error, name, None) for name in ("table_name", "column_name", "constraint_name")]
        return Violation(_POSTGRES_KINDS[state], ".".join(part for part in parts if part))
    if state == _POSTGRES_FULL:
        return Unavailable(_(NO_ROOM), cause=f"database: {type(error).__name__} {state}")
    # In a transaction, a statement that was known with other columns: a migration ran beside us. The driver has forgotten it now.
    outdated = type(error).__name__ == "InvalidCachedStatementError"
    if outdated or state.startswith(_POSTGRES_PASSING) or isinstance(error, (OSError, TimeoutError)):
        return Unavailable(_(TRY_AGAIN), cause=f"database: {type(error).__name__} {state}".rstrip())
    if state.startswith("42"):  # syntax, unknown or ambiguous names, rights: the message quotes names, not values
        return DatabaseFault(f"{type(error).__name__} {state}: {message.partition(chr(10))[0][:300]}")
    if not state and type(error).__name__ in (
        "ConnectionDoesNotExistError",
        "InterfaceError",
        "InternalClientError",
    ):
        return Unavailable(_(TRY_AGAIN), cause=f"database: {type(error).__name__}: {_clean(message)}")
    return DatabaseFault(f"{type(error).__name__} {state}: {_clean(message)}")
