# SPDX-License-Identifier: AGPL-3.0-or-later
"""A clock that was ahead and is right again: our own logs that it signed begin anew, so that withdrawals leave at once.

A checkpoint of the future is refused by everybody whose clock is right, and a log never signs a time below its last: without
this a co-op that lived for an hour in the year after next would publish nothing until then. To be called only while the time is
beyond doubt (`keeping.Dated`), since a clock that is behind sees the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from federation import wire
from node import database, journal
from node.crossing import FeedRoom
from node.exchange import publishing
from node.exchange.tables import SPAN
from node.here import Here

log = structlog.get_logger("commoncare.righting")


async def set_right(feeds: Mapping[str, FeedRoom], *, here: Here) -> int:
    """Begin anew every feed of ours that was signed more than 300 s ahead of now. How many."""
    ahead, count = here.now + wire.SKEW, 0
    for topic, room in feeds.items():
        found = await database.row(
            "SELECT no FROM feed_log WHERE topic = {} AND (epoch > {} OR note_time > {}) LIMIT 1", topic, ahead, ahead
        )
        if found is None:
            continue
        async with database.transaction():
            await database.lock(f"feed {topic}")
            owed = await _forget_epochs(topic, ahead)
            await database.execute(
                "UPDATE feed_log SET note_time = {} WHERE topic = {} AND note_time > {}", here.now, topic, here.now
            )
            await publishing.new_epoch(room, "restore", owed=owed, here=here)
            await journal.write(None, "exchange.restored", f"node:{here.node_id}", {"topic": topic}, here=here)
        log.warning("set right", topic=topic)
        count += 1
    return count


async def _forget_epochs(topic: str, ahead: int) -> list[tuple[int, int]]:
    """Take away the epochs that begin in the future, which nobody followed. What neighbours have still to erase of others."""
    owed: set[tuple[int, int]] = set()
    for head in await database.rows("SELECT * FROM feed_log WHERE topic = {} AND epoch > {}", topic, ahead):
        owed |= {at for at in await publishing.unanswered(head) if at[0] <= ahead}
        low = int(head["no"]) * SPAN
        await database.execute("DELETE FROM feed_entry WHERE place >= {} AND place < {}", low, low + SPAN)
        await database.execute("DELETE FROM feed_log WHERE no = {}", head["no"])
    await database.execute("DELETE FROM erasure_due WHERE topic = {} AND epoch > {}", topic, ahead)
    return sorted(owed)
