# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is held of each neighbour's logs, how fresh it is, and what each neighbour says that it holds of ours. Reads only.

A topic that a neighbour grants and that we know no log of is stale, as the protocol has it. What was set aside is counted by
its reason; no entry is opened.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from federation.feed import Known, Origin, freshness
from node import database
from node.exchange.tables import SPAN
from node.here import Here

Fresh = Literal["fresh", "stale", "alarm"]


class SetAsideCount(Struct, frozen=True, kw_only=True):
    """Entries that can't be taken, by reason. `newest`: Unix seconds."""

    reason: str
    count: int
    newest: int


class Taken(Struct, frozen=True, kw_only=True):
    """What we hold of a neighbour's log on a topic: `held` bodies of `size` entries, by its newest checkpoint at `checkpoint_at`.
    `alarm`: a finding of the protocol, "" for none. Zeros where we know no log."""

    topic: str
    held: int
    size: int
    checkpoint_at: int | None
    fresh: Fresh
    alarm: str
    aside: list[SetAsideCount]


class Given(Struct, frozen=True, kw_only=True):
    """What a neighbour last said that it holds of our log on a topic. `size`: ours; `theirs`: None where it never said, 0 of one
    that it does not know; `lag`: entries; `lag_seconds`: by how much its checkpoint is older than our newest; `said_at`: when."""

    topic: str
    size: int
    theirs: int | None
    lag: int | None
    lag_seconds: int | None
    said_at: int | None


class Owed(Struct, frozen=True, kw_only=True):
    """An erasure of ours that a neighbour has to answer for: the entry of our log, since when, until when. Unix seconds."""

    topic: str
    entry: int
    asked: int
    due: int


async def taken(peer: str, topics: frozenset[str], *, counted: bool = True, here: Here) -> list[Taken]:
    """What we hold of it on these topics, and on any other of which we hold a log. Without `counted` no entry is counted."""
    logs = {
        row["topic"]: row
        for row in await database.rows(
            "SELECT no, topic, epoch, size, root, note, note_time, alarm FROM followed WHERE peer = {} AND size > 0 "
            "ORDER BY epoch",
            peer,
        )
    }
    found = []
    for topic in sorted(topics | logs.keys()):
        row = logs.get(topic)
        known = None
        held = 0
        if row is not None:
            origin = Origin(peer, topic, row["epoch"])
            known = Known(origin, row["size"], bytes(row["root"]), row["note_time"], row["note"])
            held = await _puts(row["no"]) if counted else 0
        found.append(
            Taken(
                topic=topic,
                held=held,
                size=row["size"] if row else 0,
                checkpoint_at=row["note_time"] if row else None,
                fresh=freshness(known, here.now) if topic in topics else "fresh",
                alarm=row["alarm"] if row else "",
                aside=await _aside(peer, topic) if counted else [],
            )
        )
    return found


async def _puts(no: int) -> int:
    """How many bodies of a log are here."""
    row = await database.row(
        "SELECT COUNT(*) AS n FROM followed_entry WHERE place >= {} AND place < {} AND kind = 'put'",
        no * SPAN,
        (no + 1) * SPAN,
    )
    return int(row["n"]) if row else 0


async def _aside(peer: str, topic: str) -> list[SetAsideCount]:
    rows = await database.rows(
        "SELECT reason, COUNT(*) AS n, MAX(at) AS newest FROM set_aside WHERE source = {} AND topic = {} "
        "GROUP BY reason ORDER BY reason",
        peer,
        topic,
    )
    return [SetAsideCount(reason=row["reason"], count=int(row["n"]), newest=row["newest"]) for row in rows]


async def given(peer: str, topics: frozenset[str]) -> list[Given]:
    """What it says that it holds of ours, on these topics."""
    ours = {
        row["topic"]: row
        for row in await database.rows(
            "SELECT topic, epoch, size, note_time FROM feed_log WHERE note <> '' ORDER BY topic, epoch"
        )
    }
    rows = await database.rows("SELECT topic, epoch, size, note_time, at FROM held_of_us WHERE peer = {}", peer)
    said = {row["topic"]: row for row in rows}
    at = max((row["at"] for row in rows), default=None)
    found = []
    for topic in sorted(topics):
        log, theirs = ours.get(topic), said.get(topic)
        size = log["size"] if log else 0
        same = log is not None and theirs is not None and theirs["epoch"] == log["epoch"]
        known = None if at is None else theirs["size"] if theirs is not None and same else 0
        found.append(
            Given(
                topic=topic,
                size=size,
                theirs=known,
                lag=None if known is None else max(0, size - known),
                lag_seconds=max(0, log["note_time"] - theirs["note_time"]) if log is not None and theirs else None,
                said_at=at,
            )
        )
    return found


async def owed(peer: str) -> list[Owed]:
    """The erasures that it has not answered for, the oldest first."""
    rows = await database.rows(
        "SELECT topic, idx, asked, due FROM erasure_due WHERE peer = {} AND done_at IS NULL ORDER BY due, topic, idx",
        peer,
    )
    return [Owed(topic=row["topic"], entry=row["idx"], asked=row["asked"], due=row["due"]) for row in rows]
