# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the paper root key is and who holds it, as somebody saw it. A new statement empties the one before; its date stays."""

from __future__ import annotations

from piccolo.columns import BigInt, Bytea, Varchar
from piccolo.table import Table

from node.database import DB


class KeysKept(Table, db=DB, tablename="keys_kept", tags=["running"]):
    """`place` and `holder` are sealed under "keys-kept:<id>", whose key goes when a newer statement is made."""

    id = Varchar(22, primary_key=True)
    place = Bytea(null=True, default=None)
    holder = Bytea(null=True, default=None)
    at = BigInt(index=True)
    recorded_by = Varchar(43)
