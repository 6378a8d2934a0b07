# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls asked for, copies asked for, and complaints about data, as rows.

What names or reaches somebody, and whatever they wrote, is sealed: under the person's own key where it is part of what is kept
about them, else under a key of its own, which goes when its time is over. Who did what, and when, are columns.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Bytea, ForeignKey, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB, Ddl
from node.members.tables import Person


class CallRequest(Table, db=DB, tablename="call_request", tags=["calls"]):
    """Somebody asks to be rung. `person`: None without an account. Name, phone and what it is about (`rules.ABOUT`) are sealed
    under "call:<id>", which is destroyed a while after somebody has rung. `phone_blind`: keyed hash, so that one number waits
    once."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    at = BigInt(index=True)
    name = Bytea(null=True, default=None)
    phone = Bytea(null=True, default=None)
    about = Bytea(null=True, default=None)
    suits = Varchar(12, default="any")
    phone_blind = Varchar(43)
    done_at = BigInt(null=True, default=None)
    done_by = Varchar(43, null=True, default=None)
    erase_at = BigInt(null=True, default=None)


class CopyRequest(Table, db=DB, tablename="copy_request", tags=["rights"]):
    """Somebody asked for a copy of what is kept about them. `asked_by`: who entered it, the person or for them; `due`: one
    calendar month on. `content`: what was gathered when a lead opened it, and after `handed_at` what was handed out, sealed
    under the person's key until `over_at`; `note`: the lead's words to the person, sealed alike."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    asked_at = BigInt()
    asked_by = Varchar(43)
    introductions = Varchar(3, default="no")
    due = BigInt(index=True)
    opened_at = BigInt(null=True, default=None)
    opened_by = Varchar(43, null=True, default=None)
    content = Bytea(null=True, default=None)
    note = Bytea(null=True, default=None)
    handed_at = BigInt(null=True, default=None)
    handed_by = Varchar(43, null=True, default=None)
    over_at = BigInt(null=True, default=None)
    taken_back_at = BigInt(null=True, default=None)


class CopyLeftOut(Table, db=DB, tablename="copy_left_out", tags=["rights"]):
    """One entry that a lead left out of a copy: where it stood ("section/entry"), the reason (`rules.REASONS`), who, when."""

    id = Varchar(22, primary_key=True)
    request = ForeignKey(CopyRequest, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    entry = Varchar(120)
    reason = Varchar(16)
    by = Varchar(43)
    at = BigInt()


class DataComplaint(Table, db=DB, tablename="data_complaint", tags=["rights"]):
    """A complaint about how data is handled. Words and how to reach them, and our answer, are sealed under "complaint:<id>".
    `readers`: "all", "leads" or "operators". To be acknowledged by `due`, 30 days on."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    at = BigInt(index=True)
    readers = Varchar(12, default="all")
    words = Bytea(null=True, default=None)
    contact = Bytea(null=True, default=None)
    due = BigInt()
    acknowledged_at = BigInt(null=True, default=None)
    acknowledged_by = Varchar(43, null=True, default=None)
    answer = Bytea(null=True, default=None)
    answered_at = BigInt(null=True, default=None)
    answered_by = Varchar(43, null=True, default=None)


_ONCE = (
    "CREATE UNIQUE INDEX call_request_waits_once ON call_request (phone_blind) WHERE done_at IS NULL",
    "CREATE UNIQUE INDEX copy_request_waits_once ON copy_request (person) "
    "WHERE handed_at IS NULL AND taken_back_at IS NULL",
    "CREATE UNIQUE INDEX copy_left_out_once ON copy_left_out (request, entry)",
)
EXTRAS = (Ddl(sqlite=_ONCE, postgres=_ONCE),)
