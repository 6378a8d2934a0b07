# SPDX-License-Identifier: AGPL-3.0-or-later
"""Entries that were fetched and are not yet believed: held in memory, beyond some MiB in rows that nobody reads.

Nothing here is verified and nothing of it is shown to a room. What an unfinished fetch left behind is thrown away by the next.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from federation import wire
from federation.feed import Absent, Control, Entry, Put
from node import database
from node.exchange.absorbing import COLUMNS, Chunk
from node.exchange.tables import SPAN

HOLD: Final = 8 * 1024 * 1024
"""Bytes of pages held in memory for one log; more is staged in rows."""


@dataclass
class Staged:
    """What was fetched of a log beyond `start` and has not verified: in memory, and beyond HOLD in rows not visible."""

    no: int
    start: int
    held: list[Chunk] = field(default_factory=list)
    size: int = 0
    in_rows: int = 0

    async def add(self, chunk: Chunk, size: int) -> None:
        self.held.append(chunk)
        self.size += size
        if self.size > HOLD:
            for start, entries, leaves in self.held:
                await database.insert_many("followed_entry", COLUMNS, list(self._rows(start, entries, leaves)))
                self.in_rows += len(entries)
            self.held, self.size = [], 0

    def _rows(self, start: int, entries: Sequence[Entry], leaves: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
        for place, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), self.no * SPAN + start):
            if isinstance(entry, Put):
                yield place, "put", leaf, None, entry.expires, entry.salt, entry.body, False
            elif isinstance(entry, Control):
                yield place, "control", leaf, None, 0, None, entry.body, False
            else:
                yield place, "absent", leaf, None, entry.expires, None, entry.commitment, False

    async def chunks(self) -> AsyncIterator[Chunk]:
        """Everything in order. Rows are taken out as they are read: they come back as what they turned out to be."""
        at, end = self.start, self.start + self.in_rows
        while at < end:
            low = self.no * SPAN + at
            rows = await database.rows(
                "DELETE FROM followed_entry WHERE place >= {} AND place < {} "
                "RETURNING place, kind, leaf, expires, salt, body",
                low,
                self.no * SPAN + min(end, at + wire.PAGE_ENTRIES),
            )
            rows.sort(key=lambda row: int(row["place"]))
            entries: list[Any] = []
            for row in rows:
                body = bytes(row["body"])
                if row["kind"] == "put":
                    entries.append(Put(row["expires"], bytes(row["salt"]), body))
                else:
                    entries.append(Control(body) if row["kind"] == "control" else Absent(row["expires"], body))
            yield at, entries, [bytes(row["leaf"]) for row in rows]
            at += len(rows)
        for chunk in self.held:
            yield chunk

    async def clear(self) -> None:
        """Throw away what an earlier, unfinished fetch left."""
        low = self.no * SPAN + self.start
        found = await database.row(
            "SELECT place FROM followed_entry WHERE place >= {} AND place < {} LIMIT 1", low, (self.no + 1) * SPAN
        )
        if found is not None:
            await database.execute(
                "DELETE FROM followed_entry WHERE place >= {} AND place < {}", low, (self.no + 1) * SPAN
            )
