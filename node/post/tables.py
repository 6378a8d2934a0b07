# SPDX-License-Identifier: AGPL-3.0-or-later
"""The outbox and the inbox. Rows hold references, times and codes, never what is sent.

While it is open, a reference is in the outbox once for its kind; a letter of one source is in the inbox once.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Integer, Varchar
from piccolo.table import Table

from node.database import DB, Ddl


class Outbox(Table, db=DB, tablename="outbox", tags=["sharing"]):
    """`state`: open, done, dead (given up), back (taken back). `due_again`: it was put out again while it was leased."""

    id = Varchar(length=22, primary_key=True)
    kind = Varchar(length=40)
    reference = Varchar(length=200, db_column_name="ref")  # Piccolo keeps the name `ref` for itself
    destination = Varchar(length=253)
    state = Varchar(length=4, default="open")
    put_at = BigInt()
    due = BigInt()
    due_again = BigInt(null=True, default=None)
    expires = BigInt(null=True, default=None)
    attempts = Integer()
    lease = Varchar(length=22, null=True, default=None)
    leased_until = BigInt(null=True, default=None)
    worker = Varchar(length=80, null=True, default=None)
    why = Varchar(length=80, null=True, default=None)
    ended_at = BigInt(null=True, default=None)


class Inbox(Table, db=DB, tablename="inbox", tags=["sharing"]):
    """`jti`: the letter's own id at its source. `digest`: of its bytes, to tell a repeat from another under the same id."""

    id = Varchar(length=22, primary_key=True)
    source = Varchar(length=253)
    jti = Varchar(length=200)
    digest = Varchar(length=128)
    received_at = BigInt()
    expires = BigInt(index=True)


_BOTH = (
    "CREATE UNIQUE INDEX outbox_open_once ON outbox (kind, ref) WHERE state = 'open'",
    "CREATE INDEX outbox_open_due ON outbox (kind, due, id) WHERE state = 'open'",
    "CREATE INDEX outbox_ended ON outbox (ended_at) WHERE state <> 'open'",
    "CREATE UNIQUE INDEX inbox_once ON inbox (source, jti)",
)

EXTRAS = (Ddl(sqlite=_BOTH, postgres=_BOTH),)
