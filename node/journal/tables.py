# SPDX-License-Identifier: AGPL-3.0-or-later
"""Journal entries, their head, and access events. Triggers refuse to change or delete a row of them, on both engines.

The head is one row that only ever moves one entry on. Who can drop a trigger can still tamper: that the chain shows.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Bytea, Text, Varchar
from piccolo.table import Table

from node.database import DB, Ddl


class JournalEntry(Table, db=DB, tablename="journal_entry", tags=["accountability"]):
    """`number`: 1, 2, 3 … `detail`: JSON with sorted keys. `digest`: SHA-256 over the others and the digest before."""

    number = BigInt(primary_key=True)
    at = BigInt()
    actor = Varchar(length=43, null=True, default=None)
    act = Varchar(length=80)
    subject = Varchar(length=200)
    detail = Text()
    digest = Bytea()


class JournalHead(Table, db=DB, tablename="journal_head", tags=["accountability"]):
    """One row. `seal`: HMAC-SHA256 of number and digest under the node key, so that a head can't be made up."""

    id = Varchar(length=4, primary_key=True)
    number = BigInt()
    digest = Bytea()
    seal = Bytea()


class AccessEvent(Table, db=DB, tablename="access_event", tags=["accountability"]):
    """`who` looked at `kind` of `whom`'s, and `why` (a code): never what they saw."""

    id = Varchar(length=22, primary_key=True)
    at = BigInt()
    who = Varchar(length=43)
    whom = Varchar(length=43)
    kind = Varchar(length=80)
    why = Varchar(length=80)


def _append_only(table: str) -> Ddl:
    words = f"{table} is append-only"
    return Ddl(
        sqlite=tuple(
            f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed.upper()} ON {table}\n"
            f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
            for deed in ("update", "delete")
        ),
        postgres=(
            f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            f"BEGIN RAISE EXCEPTION '{words}'; END $$",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}\n"
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()",
        ),
    )


EXTRAS = (
    _append_only("journal_entry"),
    _append_only("access_event"),
    Ddl(
        sqlite=(
            """CREATE TRIGGER journal_head_moves_on BEFORE UPDATE ON journal_head WHEN NEW.number <> OLD.number + 1
BEGIN SELECT RAISE(ABORT, 'journal_head moves on by one'); END""",
            """CREATE TRIGGER journal_head_stays BEFORE DELETE ON journal_head
BEGIN SELECT RAISE(ABORT, 'journal_head stays'); END""",
        ),
        postgres=(
            """CREATE FUNCTION journal_head_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'journal_head moves on by one'; END $$""",
            """CREATE TRIGGER journal_head_moves_on BEFORE UPDATE ON journal_head FOR EACH ROW
WHEN (NEW.number <> OLD.number + 1) EXECUTE FUNCTION journal_head_is_kept()""",
            """CREATE TRIGGER journal_head_stays BEFORE DELETE OR TRUNCATE ON journal_head
FOR EACH STATEMENT EXECUTE FUNCTION journal_head_is_kept()""",
        ),
    ),
    Ddl(
        sqlite=(
            "CREATE INDEX access_event_whom_at ON access_event (whom, at)",
            "CREATE INDEX journal_entry_subject ON journal_entry (subject, act)",
        ),
        postgres=(
            "CREATE INDEX access_event_whom_at ON access_event (whom, at)",
            "CREATE INDEX journal_entry_subject ON journal_entry (subject, act)",
        ),
    ),
)
