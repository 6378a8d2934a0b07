# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes a backup while the node runs: whole, of one moment, locked, and there under its name or not at all.

In order: the file of what ended is brought in step; the database's moment is fixed; header, what ended, and every table pass
through the lock into a file beside its name; it is synced and renamed; only then are older ones taken away. Refused where no key
to lock it with is set, and for a database that is behind this version.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import Final

from msgspec import Struct

from node import ended, schema
from node.backing import catching, contents, folder, locking
from node.backing.format import FORMAT, End, Endings, EndingsEnd, FrameWriter, Header, Rows, TableBegin, TableEnd, seal
from node.backing.snapshot import PAGE, Snapshot, pages, snapshot
from node.errors import Misconfigured
from node.here import Here
from node.settings import Settings

LINES: Final = 5000
"""Lines of what ended in one frame."""
SEAL: Final = "whole"
SEAL_ENDINGS: Final = "endings"


class Made(Struct, frozen=True, kw_only=True):
    """A backup that was made. `bytes`: of the file; `gone`: names of older ones that were taken away."""

    path: str
    made_at: int
    rows: int
    bytes: int
    gone: list[str]


async def make(settings: Settings, *, keep: int = 0, size: int = PAGE, here: Here) -> Made:
    """One backup of the bound database into the folder that the settings name. `keep`: how many to keep; 0: all.

    `size`: rows read at once. Raises Misconfigured, Conflict, OSError.
    """
    if not settings.backup.recipients:
        raise Misconfigured(
            f"No key to lock a backup with is set yet. Make one with: commoncare backup key --dir {settings.folder}"
        )
    if await schema.pending():
        raise Misconfigured(
            "The database is behind this version. Make the backup with the version that it belongs to, then migrate."
        )
    to, list_of_ended = settings.path(settings.backup.folder), settings.path(ended.FILE)
    await catching.catch_up(list_of_ended, here=here)
    lines = sorted(await asyncio.to_thread(ended.read, list_of_ended))
    with folder.new_file(to, here.node_id, here.now) as (path, file):
        async with snapshot() as source:
            with locking.locked(file, settings.backup.recipients) as plain:
                rows = await _write(FrameWriter(plain), source, lines, size=size, here=here)
    gone = folder.prune(to, here.node_id, keep)
    return Made(
        path=str(path),
        made_at=here.now,
        rows=rows,
        bytes=path.stat().st_size,
        gone=[each.name for each in gone],
    )


async def _write(out: FrameWriter, source: Snapshot, lines: list[ended.Ended], *, size: int, here: Here) -> int:
    tables = contents.kept()
    await _put(out, await _header(source, [table.name for table in tables], here=here))
    for start in range(0, len(lines), LINES):
        await _put(out, Endings([str(line) for line in lines[start : start + LINES]]))
    await _put(out, EndingsEnd(seal(out.digest, SEAL_ENDINGS, here.node_key)))
    total = 0
    for table in tables:
        await _put(out, TableBegin(table.name, list(table.columns)))
        count, digest = 0, hashlib.sha256()
        async for page in pages(table, source, size=size):
            digest.update(await _put(out, Rows(page)))
            count += len(page)
        await _put(out, TableEnd(table.name, count, digest.digest()))
        total += count
    await _put(out, End(total, out.digest, seal(out.digest, SEAL, here.node_key)))
    return total


async def _put(out: FrameWriter, frame: Header | Endings | EndingsEnd | TableBegin | Rows | TableEnd | End) -> bytes:
    """In a thread: the pipe to the lock may be full."""
    return await asyncio.to_thread(out.write, frame)


async def _header(source: Snapshot, tables: list[str], *, here: Here) -> Header:
    ran = await source.read("SELECT name FROM migration WHERE app_name = {} ORDER BY name", schema.APP)
    node = await source.read("SELECT node_id, instance FROM own_node")
    if not node or node[0][0] != here.node_id:
        raise Misconfigured(
            f"node_id: this database is not {here.node_id}'s. Put the name back under which it was made."
        )
    return Header(
        format=FORMAT,
        node_id=here.node_id,
        instance=str(node[0][1]),
        made_at=here.now,
        migrations=[str(row[0]) for row in ran],
        node_key=here.node_key.kid,
        tables=tables,
    )
