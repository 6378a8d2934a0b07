# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole schema: every room's tables and what Piccolo cannot say of them, made at once or by migrations, the same.

`create_all` makes it in one transaction from the tables as they are (tests, a demo); `migrate` brings any earlier state
forward (a real node). A test holds the two equal on both engines.
"""

from node.schema.migrating import APP, create_all, known, migrate, must_fit, pending, standing
from node.schema.rooms import ROOMS, extras, statements, tables

__all__ = [
    "APP",
    "ROOMS",
    "create_all",
    "extras",
    "known",
    "migrate",
    "must_fit",
    "pending",
    "standing",
    "statements",
    "tables",
]
