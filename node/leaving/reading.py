# SPDX-License-Identifier: AGPL-3.0-or-later
"""Unlocks a file of an export, and says whether all is in it that its own list names. Needs no node and no database."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from node.backing import locking
from node.backing.format import Damaged
from node.leaving import placing
from node.leaving.archive import FORMAT, Contents


class Opened(Struct, frozen=True, kw_only=True):
    """A file that was unlocked, and is whole."""

    path: str
    file: str
    node_id: str
    made_at: int
    tables: int
    rows: int


def unlock(file: Path, out: Path, secret: Any) -> Opened:
    """Write what is in `file`, decrypted, into the new file `out`. Raises WrongKey, Damaged, Invalid, Conflict, OSError."""
    placing.names(out, ["co-op"], locked=False)
    with placing.new_file(out) as to:
        with locking.opened(file, secret) as plain:
            shutil.copyfileobj(plain, to)
        to.flush()
        found = check(placing.part_of(out))
    rows = sum(table.rows for table in found.tables)
    return Opened(
        path=str(out),
        file=found.file,
        node_id=found.node_id,
        made_at=found.made_at,
        tables=len(found.tables),
        rows=rows,
    )


def check(path: Path) -> Contents:
    """The list of what is in an unlocked file, once every table was counted and summed. Raises Damaged."""
    try:
        with zipfile.ZipFile(path) as held:
            found = msgspec.json.decode(held.read("schema.json"), type=Contents)
            if found.format != FORMAT:
                raise Damaged(
                    f"This file has format {found.format}, and this program reads format {FORMAT}. Take the version of "
                    "commoncare that made it."
                )
            for table in found.tables:
                count, digest = 0, hashlib.sha256()
                with held.open(table.file) as rows:
                    for line in rows:
                        digest.update(line)
                        count += 1
                if (count, digest.hexdigest()) != (table.rows, table.sha256):
                    raise Damaged(f"The rows of {table.name} are not those that were written. Take another copy.")
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError, msgspec.ValidationError, EOFError):
        raise Damaged(f"{path.name.strip('.')} is no file of an export, or it was cut short.") from None
    return found
