# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages that a mail leads to, as rows: for whom, which thing, what may be answered, until when, and what was.

A row does not open its page: the address needs a proof that is made with a key from outside the database. While it is unused
there is one row for a thing of a person.
"""

from __future__ import annotations

from piccolo.columns import BigInt, ForeignKey, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB, Ddl
from node.members.tables import Person


class ReplyLink(Table, db=DB, tablename="reply_link", tags=["introductions"]):
    """`what`: of `rules.ANSWERS`; `subject`: the thing's own id there, or ""; `allowed`: the answers that this page takes;
    `since`: since when the thing waits; `used_at`, `answer`: when it was used, once, and for what."""

    id = Varchar(22, primary_key=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, on_update=OnUpdate.restrict, index=True)
    what = Varchar(12)
    subject = Varchar(22, default="")
    allowed = Varchar(60)
    since = BigInt()
    made_at = BigInt()
    expires = BigInt(index=True)
    used_at = BigInt(null=True, default=None)
    answer = Varchar(12, null=True, default=None)


_ONCE = ("CREATE UNIQUE INDEX reply_link_open_once ON reply_link (person, what, subject) WHERE used_at IS NULL",)
EXTRAS = (Ddl(sqlite=_ONCE, postgres=_ONCE),)
