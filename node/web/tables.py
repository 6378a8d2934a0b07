# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which forms were sent, as rows: so that a second sending does nothing again. Kept for a day; says nothing of anybody."""

from __future__ import annotations

from piccolo.columns import BigInt, Text, Varchar
from piccolo.table import Table

from node.database import DB


class FormSent(Table, db=DB, tablename="form_sent", tags=["running"]):
    """One sending. `key`: SHA-256 (hex) of the visit and the form's own name; `answer`: the path that it led to."""

    key = Varchar(64, primary_key=True)
    at = BigInt(index=True)
    answer = Text(default="")
