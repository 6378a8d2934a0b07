# SPDX-License-Identifier: AGPL-3.0-or-later
"""Before anything is read of a request: how much its address may still ask, and how long a flood is kept waiting.

Each address (in IPv6 each /64) has a bucket; what is refused costs it more than what is let in, so whoever sends what never
verifies is soon answered without a look; and two of its requests are proved at a time. The answer to an empty bucket is held
back for a moment, for some at a time, who are let go one by one: a flood then waits at its own end, connection by connection,
and the rest goes by.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from node.clock import Clock
from node.exchange.limits import Buckets

RATE, BURST = 50.0, 1000.0
REFUSED_COST: Final = 4.0
"""What a refused request costs its address besides."""
AT_ONCE: Final = 2
HELD_SECONDS: Final = 2.0
APART: Final = (1 + REFUSED_COST) / RATE
"""Seconds between those of one address that are let go: as its bucket fills, so that they do not come back all at once."""
MOST_HELD: Final = 512
MOST_SECONDS: Final = 20.0
_COSTLY: Final = frozenset({400, 401, 413, 415, 421, 429})
"""Refusals that an honest neighbour hardly ever meets."""


class Addresses:
    """What this process has seen of addresses; each replica counts for itself."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets = Buckets(RATE, BURST)
        self._turns: dict[str, list[asyncio.Future[None]]] = {}
        self._held: dict[str, tuple[int, float]] = {}
        """Network -> how many wait, and when the last of them is let go."""
        self._all_held = 0

    def spend(self, network: str) -> float:
        """One request of this network begins. 0, or the seconds until its bucket holds something again."""
        return self._buckets.take(network, self._clock.monotonic())

    def refused(self, network: str, status: int) -> None:
        """The request was refused with this status."""
        if status in _COSTLY:
            self._buckets.change(network, -REFUSED_COST)

    @asynccontextmanager
    async def turn(self, network: str) -> AsyncIterator[None]:
        """Work on a request of this network: at most AT_ONCE at a time, in their order; other networks go by."""
        queue = self._turns.setdefault(network, [])
        mine = asyncio.get_running_loop().create_future()
        queue.append(mine)
        try:
            if len(queue) > AT_ONCE:
                await mine
            yield
        finally:
            queue.remove(mine)
            for waiting in queue[:AT_ONCE]:
                if not waiting.done():
                    waiting.set_result(None)
            if not queue:
                self._turns.pop(network, None)

    async def hold_back(self, network: str) -> bool:
        """Wait before answering an empty bucket. False: too many wait already; then the connection is closed instead."""
        now = self._clock.monotonic()
        waiting, last = self._held.get(network, (0, 0.0))
        until = max(now + HELD_SECONDS, last + APART)
        if self._all_held >= MOST_HELD or until > now + MOST_SECONDS:
            return False
        self._held[network] = waiting + 1, until
        self._all_held += 1
        try:
            await self._clock.sleep(until - now)
        finally:
            waiting, last = self._held.pop(network)
            if waiting > 1:
                self._held[network] = waiting - 1, last
            self._all_held -= 1
        return True


def network_of(address: str) -> str:
    """Whose bucket an address shares: its own; in IPv6 that of its /64, which one household or machine has to itself."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return str(ip.ipv4_mapped)
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)
