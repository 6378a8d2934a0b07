# SPDX-License-Identifier: AGPL-3.0-or-later
"""One circuit for each neighbour, shared by everything that visits it: after a failure nobody knocks until its next try is due.

It stands in the neighbour's row, so all processes share it and a restart keeps it. In order: closed, everybody goes; a visit
fails (no answer, or 429, 502, 503, 504), and it is open for full jitter below 1, 2, 4 … s, an hour at most, or for as long as
`Retry-After` said; then one goes ahead, and what becomes of that opens or closes it. A valid request of the neighbour makes
the next try due at once; the first visit of a process is made in any case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from federation import wire
from federation.client import Answer, Fetcher, Outgoing
from federation.errors import Refused
from node import database
from node.exchange.trying import NO_ANSWER, back_off
from node.here import Here

LATELY: Final = 60
APART: Final = frozenset({wire.CONCERNS, wire.REACH})
"""Where 429 says nothing of anything else: of each a neighbour takes only some."""
NOT_NOW: Final = frozenset({429, 502, 503, 504})


@dataclass
class Circuits:
    """A `federation.client.Fetcher` before another one. `here`: this co-op at the present moment."""

    fetcher: Fetcher
    here: Callable[[], Here]
    _tried: set[str] = field(default_factory=set)
    _answered: dict[str, int] = field(default_factory=dict)
    """When somebody whose circuit was closed answered last: for a minute after, that is not looked up again."""

    async def fetch(self, request: Outgoing) -> Answer:
        """As the fetcher's. An open circuit is Refused: unreachable, with `retry_after`; so is a visit that opened it."""
        peer = request.node_id
        failures, until = (0, 0) if self._lately(peer) else await self._held(peer)
        if failures and peer in self._tried:
            await self._half_open(peer, until, request.deadline)
        self._tried.add(peer)
        try:
            answer = await self.fetcher.fetch(request)
        except Refused as refusal:
            if refusal.code not in NO_ANSWER:
                await self._reached(peer, failures)  # it answered, whatever it said
                raise
            wait = await self._failed(peer, failures)
            raise Refused(refusal.code, refusal.cause, retry_after=wait) from None
        if answer.status in NOT_NOW and not (answer.status == 429 and request.path in APART):
            await self._failed(peer, failures, _retry_after(answer))
        else:
            await self._reached(peer, failures)
        return answer

    async def open_for(self, peer: str) -> int:
        """Seconds until this neighbour may be visited; 0: now."""
        _, until = await self._held(peer)
        return max(0, until - self.here().now)

    def _lately(self, peer: str) -> bool:
        return 0 <= self.here().now - self._answered.get(peer, -LATELY) < LATELY

    async def _held(self, peer: str) -> tuple[int, int]:
        row = await database.row("SELECT failures, next_try FROM peer WHERE node_id = {}", peer)
        return (0, 0) if row is None else (int(row["failures"]), int(row["next_try"]))

    async def _half_open(self, peer: str, until: int, deadline: float) -> None:
        """One visit goes ahead; for as long as it may last, the others find the circuit open."""
        now = self.here().now
        if until <= now:
            gone = await database.rows(
                "UPDATE peer SET next_try = {} WHERE node_id = {} AND next_try = {} AND failures > 0 RETURNING node_id",
                now + int(deadline) + 1,
                peer,
                until,
            )
            if gone:
                return
            until = now + 1
        raise Refused("unreachable", "this neighbour's circuit is open", retry_after=until - now)

    async def _failed(self, peer: str, failures: int, after: int = 0) -> int:
        """Open it. Visits that fail together count once, and wait alike. Seconds until the next try."""
        here = self.here()
        self._answered.pop(peer, None)
        wait = max(after, back_off(failures, here=here))
        opened = await database.rows(
            "UPDATE peer SET failures = {}, next_try = {} WHERE node_id = {} AND failures = {} RETURNING node_id",
            failures + 1,
            here.now + wait,
            peer,
            failures,
        )
        return wait if opened else max(1, after, await self.open_for(peer))

    async def _reached(self, peer: str, failures: int) -> None:
        self._answered[peer] = self.here().now
        if failures:
            await database.execute("UPDATE peer SET failures = 0, next_try = 0 WHERE node_id = {}", peer)
            database.signal(f"heard {peer}")


def _retry_after(answer: Answer) -> int:
    given = answer.headers.get("retry-after", "")
    return min(wire.DAY, int(given)) if given.isascii() and given.isdigit() and len(given) <= 9 else 0
