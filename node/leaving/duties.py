# SPDX-License-Identifier: AGPL-3.0-or-later
"""The day has come: everything that this co-op began with others ends, each by the deed by which it ends on any day.

In order: the charter, facts, offers, what its own members have open with each other, then every peering, which ends what is open
across and asks each neighbour for a receipt. A few at a time, each turn in a transaction of its own; a turn that was killed is
done again, and what ended already is passed over. Nothing here waits for a neighbour.
"""

from __future__ import annotations

from typing import Final

from node import database, journal, post
from node.actor import at_the_command_line
from node.charter import acts as charter
from node.closing import reads as closing
from node.here import Here
from node.introductions import duties as introductions
from node.leaving.reads import FACTS, OFFERS
from node.metrics import acts as facts
from node.metrics import rows as fact_rows
from node.peers import acts as peers
from node.peers import reads as peer_reads
from node.support.acts import writing
from node.support.reads import rows as offers

AT_ONCE: Final = 50
REASON: Final = "Our co-op has closed."


async def due(ref: str, *, here: Here) -> None:
    """A timer "leaving:go:<id>" fired. In the caller's transaction."""
    stands = await closing.standing()
    if stands is None or not ref.endswith(f":{stands.id}") or stands.on_at > here.now or stands.done_at is not None:
        return
    if await _some(here=here):
        await post.put_out(kind="timer", ref=ref, due=here.now, here=here)
        return
    await database.execute("UPDATE closing SET done_at = {} WHERE id = {}", here.now, stands.id)
    await journal.write(None, "co-op.left", "co-op", {}, here=here)


async def _some(*, here: Here) -> bool:
    """End a few things; whether there may be more."""
    if await database.row("SELECT id FROM charter WHERE left_at IS NULL") is not None:
        await charter.leave(actor=at_the_command_line(), here=here)
    for row in (found := await database.rows(f"SELECT id {FACTS} ORDER BY id LIMIT {AT_ONCE}")):
        fact = await fact_rows.one(row["id"])
        if fact is not None:
            await facts.end(fact, by=None, here=here)
    if found:
        return True
    for row in (found := await database.rows(f"SELECT id {OFFERS} ORDER BY id LIMIT {AT_ONCE}")):
        held = await offers.facts(row["id"], held=True)
        if held is not None:
            await writing.end(held, by=None, here=here)
    if found:
        return True
    await introductions.co_op_gone(here=here)
    there = [each for each in await peer_reads.details(here=here) if each.ended_at is None]
    for each in there[:AT_ONCE]:
        await peers.end(actor=at_the_command_line(), node_id=each.node_id, reason=REASON, here=here)
    return len(there) > AT_ONCE
