# SPDX-License-Identifier: AGPL-3.0-or-later
"""The protocol's door for the whole topic `trust`: which charter we hold, stated here; evidence of forks, by the room of peers.

The charter stands above peers, so its door knows theirs and hands on whatever is not its own. What a neighbour states of its
charter is kept as said, one statement a neighbour, and believed for nothing: where it differs from what we hold, exchange asks
that neighbour for the document itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from federation import statements, wire
from federation.errors import Refused
from federation.feed import ENTRY_DAYS
from federation.statements import CharterHeld, trust
from node import database
from node.charter import reads
from node.charter.taking import REF
from node.crossing import Arrived, Rejected, Statement
from node.here import Here
from node.peers.sharing import room as evidence

KEPT: Final = ENTRY_DAYS["trust"] * wire.DAY - wire.DAY
"""Seconds for which our statement stands before it is renewed."""


class Room:
    """Satisfies `node.crossing.FeedRoom`."""

    topic = evidence.topic

    async def statement(self, ref: str, *, here: Here) -> Statement | None:
        if ref != REF:
            return await evidence.statement(ref, here=here)
        found = await reads.stated()
        if found is None:
            return None
        put, held = found
        said = CharterHeld(id=held.id, version=held.version, sha256=held.digest())
        return Statement(id=put, data=statements.encode(said), expires=here.now + KEPT)

    async def erased(self, ref: str, *, here: Here) -> bool:
        """A charter is nobody's data, and neither is evidence."""
        return ref != REF and await evidence.erased(ref, here=here)

    async def standing(self, *, here: Here) -> list[str]:
        ours = [] if await reads.stated() is None else [REF]
        return ours + await evidence.standing(here=here)

    async def absorb(self, source: str, put: Sequence[Arrived], gone: Sequence[str], *, here: Here) -> list[Rejected]:
        """Keep what this neighbour says of its charter, and hand on the rest."""
        rest = []
        for each in put:
            said = _read(each)
            if said is None:
                rest.append(each)
            else:
                await _said(source, each, said)
        for id in gone:
            await database.execute("DELETE FROM charter_said WHERE source = {} AND put = {}", source, id)
        return await evidence.absorb(source, rest, gone, here=here)

    async def show(self, source: str, visible: bool, *, here: Here) -> None:
        await evidence.show(source, visible, here=here)

    async def drop(self, source: str, *, here: Here) -> None:
        await database.execute("DELETE FROM charter_said WHERE source = {}", source)
        await evidence.drop(source, here=here)


def _read(each: Arrived) -> CharterHeld | None:
    """What it says of a charter; None for anything else, also for what can't be read: that is for the other room to refuse."""
    try:
        said = trust.read(wire.parse(each.data) if isinstance(each.data, bytes) else each.data)
    except Refused:
        return None
    return said if isinstance(said, CharterHeld) else None


async def _said(source: str, each: Arrived, said: CharterHeld) -> None:
    """A newer statement takes the place of the one before; the same again changes nothing of what came of asking."""
    await database.execute(
        "INSERT INTO charter_said (source, put, charter, version, digest, at) VALUES ({}, {}, {}, {}, {}, {}) "
        "ON CONFLICT (source) DO UPDATE SET put = excluded.put, charter = excluded.charter, version = excluded.version, "
        "digest = excluded.digest, at = excluded.at, "
        "asked = CASE WHEN charter_said.digest = excluded.digest THEN charter_said.asked ELSE '' END "
        "WHERE charter_said.at <= excluded.at",
        source,
        each.id,
        said.id,
        said.version,
        said.sha256,
        each.iat,
    )


room = Room()
