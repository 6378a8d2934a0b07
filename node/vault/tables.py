# SPDX-License-Identifier: AGPL-3.0-or-later
"""Wrapped data keys, one row for each owner for ever: once destroyed, the row keeps who and when, and no key."""

from __future__ import annotations

from piccolo.columns import BigInt, Bytea, Varchar
from piccolo.table import Table

from node.database import DB, Ddl


class DataKey(Table, db=DB, tablename="data_key", tags=["accountability"]):
    """`node_key_id`: which node key wraps it. `wrapped`: none once destroyed. Times: Unix seconds."""

    id = Varchar(length=22, primary_key=True)
    owner = Varchar(length=100, unique=True)
    node_key_id = Varchar(length=12)
    wrapped = Bytea(null=True, default=None)
    created_at = BigInt()
    destroyed_at = BigInt(null=True, default=None)


EXTRAS = (
    Ddl(
        sqlite=(
            """CREATE TRIGGER data_key_stays_destroyed BEFORE UPDATE ON data_key WHEN OLD.destroyed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'a destroyed data key stays destroyed'); END""",
        ),
        postgres=(
            """CREATE FUNCTION data_key_stays_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a destroyed data key stays destroyed'; END $$""",
            """CREATE TRIGGER data_key_stays_destroyed BEFORE UPDATE ON data_key FOR EACH ROW
WHEN (OLD.destroyed_at IS NOT NULL) EXECUTE FUNCTION data_key_stays_destroyed()""",
        ),
    ),
)
