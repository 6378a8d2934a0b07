# SPDX-License-Identifier: AGPL-3.0-or-later
"""How often somebody may knock and how much a day may bring: buckets, nonces, and the day's quota of entries.

A bucket in this process is asked in monotonic time, so that a jump of the wall clock opens no door. What must hold for all
replicas together (a peer's bucket, nonces) stands in PostgreSQL in unlogged tables, in one statement and without a commit that
waits for a disk; the day's quota stands in the database on either engine, and outlives a restart. All memory is bounded.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Protocol

from federation import wire
from federation.errors import Refused
from federation.requests import Authentic
from node import database
from node.here import Here
from node.peers import own

MOST_BUCKETS: Final = 20_000
RATE: Final = wire.RATE_PER_MINUTE / 60
BURST: Final = float(wire.RATE_PER_MINUTE)
BEGAN: Final = ""
"""The row of `peer_bucket` that says since when nonces are remembered."""


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

    def change(self, name: str, tokens: float) -> None:
        """Give back what turned out not to count, or take what turned out to cost more; never below nothing."""
        if name in self._held:
            held, since = self._held[name]
            self._held[name] = (max(0.0, min(self.burst, held + tokens)), since)


# The gate: a peer's bucket and its nonces --------------------------------------------------------------------------------


class Gate(Protocol):
    """Judges requests whose signature verified: the peer's bucket first, then the nonce. `at`: monotonic seconds."""

    async def began(self, *, here: Here) -> int:
        """Since when nonces are remembered (Unix seconds): what was created earlier is refused."""
        ...

    async def admit(self, request: Authentic, at: float, *, here: Here) -> None:
        """Refused: too-many, replayed. A nonce that is admitted is remembered; one that found the bucket empty is not."""
        ...

    async def give_back(self, peer: str, *, here: Here) -> None:
        """A request of this peer turned out to cost nothing."""
        ...

    async def sweep(self, *, here: Here) -> None: ...


class GateHere(Gate):
    """In this process: for SQLite, where one process has the door. A restart forgets, so `began` is its start."""

    def __init__(self, began: int) -> None:
        self._began = began
        self._peers = Buckets(RATE, BURST)
        self._until: dict[tuple[str, str, str], int] = {}

    async def began(self, *, here: Here) -> int:
        return self._began

    async def admit(self, request: Authentic, at: float, *, here: Here) -> None:
        wait = self._peers.take(request.node_id, at)
        if wait:
            raise too_many(wait)
        if request.replay_key in self._until:
            raise Refused("replayed", "a nonce that was used")
        self._until[request.replay_key] = request.keep_until
        if len(self._until) % 4096 == 0:
            await self.sweep(here=here)

    async def give_back(self, peer: str, *, here: Here) -> None:
        self._peers.change(peer, 1.0)

    async def sweep(self, *, here: Here) -> None:
        self._until = {key: until for key, until in self._until.items() if until >= here.now}


_LATER: Final = "GREATEST(0, excluded.at - b.at)"
_FULLER: Final = f"LEAST({BURST}, b.tokens + {_LATER} * {RATE})"
_ADMIT: Final = f"""
WITH held AS (
  INSERT INTO peer_bucket AS b (peer, tokens, at) VALUES ({{}}, {BURST - 1}, {{}})
  ON CONFLICT (peer) DO UPDATE SET tokens = {_FULLER} - 1,
    at = CASE WHEN b.at > excluded.at + 60 THEN excluded.at ELSE GREATEST(b.at, excluded.at) END
  WHERE {_FULLER} >= 1 OR b.at > excluded.at + 60
  RETURNING b.peer
), fresh AS (
  INSERT INTO used_nonce (key, until) SELECT {{}}, {{}} FROM held ON CONFLICT (key) DO NOTHING RETURNING key
)
SELECT (SELECT count(*) FROM held) AS room, (SELECT count(*) FROM fresh) AS fresh
"""  # noqa: S608 - constants
"""Replicas' clocks may differ by a moment, so a bucket's time only grows; unless the clock was set back by more than a minute,
when the bucket goes on from there."""


class GateShared(Gate):
    """In the database: for PostgreSQL, where replicas share one door. The tables are unlogged: a crash of the server empties
    them, and `began` is noted anew."""

    async def began(self, *, here: Here) -> int:
        found = await database.row("SELECT at FROM peer_bucket WHERE peer = {}", BEGAN)
        if found is None:
            await database.execute(
                "INSERT INTO peer_bucket (peer, tokens, at) VALUES ({}, 0, {}) ON CONFLICT (peer) DO NOTHING",
                BEGAN,
                here.now,
            )
            found = {"at": here.now}
        return max(int(found["at"]), await own.restored_at())

    async def admit(self, request: Authentic, at: float, *, here: Here) -> None:
        key = "{}#{} {}".format(*request.replay_key)
        found = await database.row(_ADMIT, request.node_id, here.now, key, request.keep_until)
        if found is None or not found["room"]:
            raise too_many(1 / RATE)
        if not found["fresh"]:
            raise Refused("replayed", "a nonce that was used")

    async def give_back(self, peer: str, *, here: Here) -> None:
        await database.execute("UPDATE peer_bucket SET tokens = LEAST({}, tokens + 1) WHERE peer = {}", BURST, peer)

    async def sweep(self, *, here: Here) -> None:
        await database.execute("DELETE FROM used_nonce WHERE until < {}", here.now)
        await database.execute("DELETE FROM peer_bucket WHERE at < {} AND peer <> {}", here.now - 3600, BEGAN)


def too_many(wait: float) -> Refused:
    """The refusal of an empty bucket. `wait`: seconds."""
    return Refused("too-many", "an empty bucket", retry_after=max(1, round(wait + 0.5)))


# The day's quota of entries ------------------------------------------------------------------------------------------------


async def take_entries(peer: str, topic: str, entries: int, *, snapshot: bool, here: Here) -> int:
    """Hold what is about to be fetched of a topic against the day's quota, before it is fetched. What of it counted.

    The first snapshot of a day is free up to `wire.SNAPSHOT_FREE` entries. Refused: too-many, until the day is over.
    """
    day = here.now // wire.DAY
    async with database.transaction():
        await database.lock(f"quota {peer} {topic}")
        held = await database.row("SELECT day, entries, snapshots FROM day_taken WHERE key = {}", f"{peer} {topic}")
        taken, snapshots = (held["entries"], held["snapshots"]) if held and held["day"] == day else (0, 0)
        free = snapshot and not snapshots
        counted = max(0, entries - wire.SNAPSHOT_FREE) if free else entries
        if taken + counted > wire.ENTRIES_PER_DAY:
            left = (day + 1) * wire.DAY - here.now
            raise Refused("too-many", "more entries in a day than we take", retry_after=left)
        await database.execute(
            "INSERT INTO day_taken (key, day, entries, snapshots) VALUES ({}, {}, {}, {}) ON CONFLICT (key) DO UPDATE SET "
            "day = excluded.day, entries = excluded.entries, snapshots = excluded.snapshots",
            f"{peer} {topic}",
            day,
            taken + counted,
            snapshots + free,
        )
    return counted


async def give_back_entries(peer: str, topic: str, entries: int, *, here: Here) -> None:
    """Of what counted, so many never came: the neighbour could not be reached."""
    if entries > 0:
        await database.execute(
            "UPDATE day_taken SET entries = entries - {} WHERE key = {} AND day = {} AND entries >= {}",
            entries,
            f"{peer} {topic}",
            here.now // wire.DAY,
            entries,
        )


async def sweep_quotas(*, here: Here) -> None:
    """Forget the counts of days that are over."""
    await database.execute("DELETE FROM day_taken WHERE day < {}", here.now // wire.DAY)
