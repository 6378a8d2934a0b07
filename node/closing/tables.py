# SPDX-License-Identifier: AGPL-3.0-or-later
"""That this co-op said it would leave, and what became of that."""

from __future__ import annotations

from piccolo.columns import BigInt, Varchar
from piccolo.table import Table

from node.database import DB, Ddl


class Closing(Table, db=DB, tablename="closing", tags=["running"]):
    """`said_at`: when it was said, `said_by` whom; `on_at`: the first moment of the day on which it leaves; `until`: until when
    somebody answers the telephone; `taken_back_at`: it stays after all; `done_at`: all that can be ended was. Unix seconds. One
    at most was not taken back."""

    id = Varchar(length=22, primary_key=True)
    said_at = BigInt()
    said_by = Varchar(length=43)
    on_at = BigInt()
    until = BigInt()
    taken_back_at = BigInt(null=True, default=None)
    done_at = BigInt(null=True, default=None)


_ONE = ("CREATE UNIQUE INDEX closing_stands ON closing ((taken_back_at IS NULL)) WHERE taken_back_at IS NULL",)
EXTRAS = (Ddl(sqlite=_ONE, postgres=_ONE),)
