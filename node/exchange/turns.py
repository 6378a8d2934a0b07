# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which of a co-op's workers follows which neighbour: one at a time, by a lease in the database.

A worker renews all of its own at once, about every minute; when it dies, another takes its neighbours over
after three minutes at most, or at once where it ended in good order or starts again on the same machine. Two that follow one
neighbour for a moment harm nothing: what is taken in is taken in once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from node import database
from node.here import Here

LEASE: Final = 180


class Turns:
    """The leases of one worker. `mine` asks the database only for a neighbour that is new to it, or whose lease was not renewed
    in time."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._until: dict[str, int] = {}

    async def mine(self, peer: str, *, here: Here) -> bool:
        """Whether this worker follows that neighbour now. Not inside a transaction."""
        if LEASE / 4 < self._until.get(peer, 0) - here.now <= LEASE:
            return True
        row = await database.row(
            "INSERT INTO follow_lease (peer, worker, until) VALUES ({}, {}, {}) ON CONFLICT (peer) DO UPDATE "
            "SET worker = excluded.worker, until = excluded.until "
            "WHERE follow_lease.worker = excluded.worker OR follow_lease.until <= {} OR follow_lease.until > {} "
            "RETURNING peer",
            peer,
            self._worker,
            here.now + LEASE,
            here.now,
            here.now + LEASE,  # by a clock that was ahead
        )
        self._until[peer] = here.now + LEASE if row else 0
        return row is not None

    async def renew(self, *, here: Here) -> None:
        """The leases of which a third is gone, in one statement. What another took meanwhile is not ours any more."""
        due = here.now + LEASE * 2 // 3
        old = [peer for peer, until in self._until.items() if until <= due]
        if not old:
            return
        ours = await database.rows(
            "UPDATE follow_lease SET until = {} WHERE worker = {} AND until <= {} RETURNING peer",
            here.now + LEASE,
            self._worker,
            due,
        )
        self._until |= dict.fromkeys(old, 0) | {row["peer"]: here.now + LEASE for row in ours}

    async def over(self) -> None:
        """This worker follows nobody any more."""
        self._until.clear()
        await let_go([self._worker])


async def holders() -> list[str]:
    """The workers that have neighbours to follow."""
    return [row["worker"] for row in await database.rows("SELECT DISTINCT worker FROM follow_lease ORDER BY worker")]


async def let_go(workers: Sequence[str]) -> None:
    """What these had is for others now."""
    for worker in workers:
        await database.execute("DELETE FROM follow_lease WHERE worker = {}", worker)
