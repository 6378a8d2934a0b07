# SPDX-License-Identifier: AGPL-3.0-or-later
"""The protocol's door for trust: evidence of forked logs, ours to everybody and everybody's to us.

What a neighbour publishes is judged anew against the accused node's own keys, whoever says it. Evidence about a node that we do
not know is passed over; what proves nothing is set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from federation import wire
from federation.errors import Refused
from federation.feed import Fork
from federation.statements import ForkFound, trust
from node import database
from node.crossing import Arrived, Rejected, Statement
from node.here import Here
from node.peers import evidence, views

KEPT: Final = 400 * wire.DAY
"""Seconds for which evidence stands in our feed."""


class Room:
    """Satisfies `node.crossing.FeedRoom`."""

    topic = evidence.TOPIC

    async def statement(self, ref: str, *, here: Here) -> Statement | None:
        row = await database.row("SELECT fork, at FROM evidence WHERE id = {}", ref)
        if row is None or row["at"] + KEPT <= here.now:
            return None
        return Statement(id=ref, data=row["fork"].encode(), expires=row["at"] + KEPT)

    async def erased(self, ref: str, *, here: Here) -> bool:
        """Evidence is nobody's data."""
        return False

    async def standing(self, *, here: Here) -> list[str]:
        found = await database.rows("SELECT id FROM evidence WHERE at > {} ORDER BY at, id", here.now - KEPT)
        return [row["id"] for row in found]

    async def absorb(self, source: str, put: Sequence[Arrived], gone: Sequence[str], *, here: Here) -> list[Rejected]:
        """Judge what this neighbour has found. What it takes back changes nothing: a proof stays one."""
        no: list[Rejected] = []
        for each in put:
            try:
                said = trust.read(wire.parse(each.data) if isinstance(each.data, bytes) else each.data)
                if not isinstance(said, ForkFound):
                    continue
                if said.node_id != here.node_id and await views.load(said.node_id, here=here) is None:
                    continue
                fork = Fork(said.note_m, said.note_n, said.root_m, said.path)
                await evidence.take(fork, said.node_id, source=source, here=here)
            except Refused as refusal:
                no.append(Rejected(each.id, refusal.code))
        return no

    async def show(self, source: str, visible: bool, *, here: Here) -> None:
        """Nothing of it is shown by source."""

    async def drop(self, source: str, *, here: Here) -> None:
        """A proof stays one, whoever brought it."""


room = Room()
