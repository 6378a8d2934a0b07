# SPDX-License-Identifier: AGPL-3.0-or-later
"""The safeguarding store, apart from all others: no other room reads it, and people stand in it as opaque ids only.

Every word is sealed under the concern's own key, which is nobody's personal key, so that an erasure or a withdrawn consent
can't reach it. Notes, openings, escalations and events are added and never changed.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, ForeignKey, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB, Ddl


class Concern(Table, db=DB, tablename="concern", tags=["safeguarding"]):
    """A worry about somebody's safety. `source`: "home", or the node that told us; `thread`: of the letter it came by."""

    id = Varchar(43, primary_key=True)
    about = Varchar(200, default="", index=True)
    source = Varchar(255, default="home")
    thread = Varchar(43, default="")
    raised_by = Varchar(43, null=True, default=None, index=True)
    raised_at = BigInt(index=True)
    words = Bytea(null=True, default=None)
    contact = Bytea(null=True, default=None)
    urgent = Boolean(default=False)
    told_lead = Boolean(default=True)
    told_deputy = Boolean(default=True)
    opened_at = BigInt(null=True, default=None)
    opened_by = Varchar(43, null=True, default=None)
    closed_at = BigInt(null=True, default=None)
    closed_by = Varchar(43, null=True, default=None)


class ConcernReader(Table, db=DB, tablename="concern_reader", tags=["safeguarding"]):
    """Who may read a concern, while they hold a safeguarding role. `role`: "lead" or "deputy", as which they were told;
    `added_by`: who handed it to them, None where it followed from the role."""

    id = Varchar(43, primary_key=True)
    concern = ForeignKey(Concern, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    person = Varchar(43, index=True)
    role = Varchar(8)
    since = BigInt()
    added_by = Varchar(43, null=True, default=None)


class ConcernKeptOut(Table, db=DB, tablename="concern_kept_out", tags=["safeguarding"]):
    """Who never reads a concern nor hears of it, whatever they become later: `why` "unticked" or "alleged"."""

    id = Varchar(43, primary_key=True)
    concern = ForeignKey(Concern, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    person = Varchar(43, index=True)
    why = Varchar(16)


class ConcernNote(Table, db=DB, tablename="concern_note", tags=["safeguarding"]):
    """What was found, decided and done, in the words of whoever did it. `number`: 1, 2, 3 … within its concern."""

    id = Varchar(43, primary_key=True)
    concern = ForeignKey(Concern, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    number = BigInt()
    by = Varchar(43)
    at = BigInt()
    wishes = Bytea(null=True, default=None)
    capacity = Bytea(null=True, default=None)
    danger = Bytea(null=True, default=None)
    decision = Bytea(null=True, default=None)
    reasons = Bytea(null=True, default=None)
    referral = Bytea(null=True, default=None)
    outcome = Bytea(null=True, default=None)


class ConcernEscalation(Table, db=DB, tablename="concern_escalation", tags=["safeguarding"]):
    """That a concern stayed unopened: the `step`-th time, and when it was noticed."""

    id = Varchar(43, primary_key=True)
    concern = ForeignKey(Concern, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    step = BigInt()
    at = BigInt()


class ToldOther(Table, db=DB, tablename="told_other", tags=["safeguarding"]):
    """What another co-op is told: decided by whom, why, and whether the letter arrived. `about`: the thread concerned."""

    id = Varchar(43, primary_key=True)
    concern = ForeignKey(Concern, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    to_node = Varchar(255)
    thread = Varchar(43)
    about = Varchar(43, default="")
    urgency = Varchar(8)
    words = Bytea(null=True, default=None)
    reach = Bytea(null=True, default=None)
    reason = Bytea(null=True, default=None)
    decided_by = Varchar(43)
    decided_at = BigInt()
    reached_at = BigInt(null=True, default=None)
    delayed_at = BigInt(null=True, default=None)
    failed_at = BigInt(null=True, default=None)
    why = Varchar(64, default="")


class Hold(Table, db=DB, tablename="safeguarding_hold", tags=["safeguarding"]):
    """While it stands, no erasure reaches `subject`. Who placed and lifted it, and both reasons."""

    id = Varchar(43, primary_key=True)
    concern = ForeignKey(Concern, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    subject = Varchar(200, index=True)
    reason = Bytea(null=True, default=None)
    placed_by = Varchar(43)
    placed_at = BigInt()
    lift_reason = Bytea(null=True, default=None)
    lifted_by = Varchar(43, null=True, default=None)
    lifted_at = BigInt(null=True, default=None)


class ConcernEvent(Table, db=DB, tablename="concern_event", tags=["safeguarding"]):
    """This room's own log. The journal holds, for each row, only its `id`: enough to see a row removed, too little to tell
    anybody who may read the journal that somebody is worried, about whom, or who knows."""

    id = Varchar(43, primary_key=True)
    concern = Varchar(43, default="", index=True)
    what = Varchar(32)
    by = Varchar(43, null=True, default=None)
    at = BigInt()


class SafeguardingSetup(Table, db=DB, tablename="safeguarding_setup", tags=["safeguarding"]):
    """The numbers to ring, one row: this co-op's."""

    id = Varchar(8, primary_key=True)
    out_of_hours = Varchar(40, default="")
    lead_phone = Varchar(40, default="")
    deputy_phone = Varchar(40, default="")
    set_by = Varchar(43)
    at = BigInt()


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


_ONCE = (
    "CREATE UNIQUE INDEX concern_reader_once ON concern_reader (concern, person)",
    "CREATE UNIQUE INDEX concern_note_number ON concern_note (concern, number)",
    "CREATE UNIQUE INDEX concern_escalation_once ON concern_escalation (concern, step)",
)

EXTRAS = (
    _append_only("concern_note"),
    _append_only("concern_event"),
    _append_only("concern_kept_out"),
    Ddl(sqlite=_ONCE, postgres=_ONCE),
)
