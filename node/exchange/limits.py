# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often somebody may knock, and what was used before: token buckets and nonces.

A bucket is asked in monotonic time, so a jump of the wall clock opens no door. Both kinds of memory are bounded: buckets that
are full again are forgotten, nonces are forgotten when no clock would accept them any more.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Protocol

from federation.requests import Authentic
from node import database
from node.here import Here

MOST_BUCKETS: Final = 20_000


@dataclass
class Buckets:
    """A token bucket for each name: `rate` tokens a second, `burst` at most."""

    rate: float
    burst: float
    _held: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, name: str, at: float, cost: float = 1.0) -> float:
        """0 when the tokens were there, else the seconds until they are. `at`: monotonic seconds."""
        tokens, since = self._held.pop(name, (self.burst, at))
        tokens = min(self.burst, tokens + (at - since) * self.rate)
        wait = 0.0 if tokens >= cost else (cost - tokens) / self.rate
        self._held[name] = (tokens if wait else tokens - cost, at)
        while len(self._held) > MOST_BUCKETS:
            self._held.popitem(last=False)
        return wait

    def give_back(self, name: str, cost: float = 1.0) -> None:
        """What was taken turned out not to count."""
        if name in self._held:
            tokens, since = self._held[name]
            self._held[name] = (min(self.burst, tokens + cost), since)


class Nonces(Protocol):
    """Remembers nonces of requests whose signature verified."""

    async def first(self, request: Authentic, *, here: Here) -> bool:
        """Whether this nonce of this key comes for the first time. It is remembered from now on."""
        ...

    async def sweep(self, *, here: Here) -> None: ...


class NoncesHere(Nonces):
    """In this process: for SQLite, where one process has the door. A restart forgets them, so `not_before` refuses."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, str, str], int] = {}

    async def first(self, request: Authentic, *, here: Here) -> bool:
        if request.replay_key in self._until:
            return False
        self._until[request.replay_key] = request.keep_until
        if len(self._until) % 4096 == 0:
            await self.sweep(here=here)
        return True

    async def sweep(self, *, here: Here) -> None:
        self._until = {key: until for key, until in self._until.items() if until >= here.now}


class NoncesShared(Nonces):
    """In the database: for PostgreSQL, where replicas share one door."""

    async def first(self, request: Authentic, *, here: Here) -> bool:
        made = await database.rows(
            "INSERT INTO used_nonce (key, until) VALUES ({}, {}) ON CONFLICT (key) DO NOTHING RETURNING key",
            "{}#{} {}".format(*request.replay_key),
            request.keep_until,
        )
        return bool(made)

    async def sweep(self, *, here: Here) -> None:
        await database.execute("DELETE FROM used_nonce WHERE until < {}", here.now)
