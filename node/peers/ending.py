# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a peering ends on both sides: it is learnt, what it brought is forgotten, and each side says so by a signed receipt.

An end is learnt from a refusal (`peer-ended`), from a receipt, or from the calendar; never while a yes of ours is still on its
way. What was forgotten is noted once for each end; a receipt settles it whenever it comes. All in the caller's transaction.
"""

from __future__ import annotations

from typing import Final

from federation.trust import PeerView, State
from node import database, journal
from node.here import Here
from node.peers import views

IN_FORCE: Final = (State.ACTIVE, State.PAUSED)


async def settled(node_id: str) -> bool:
    """Whether nothing of ours is on its way to them: neither a question, nor a yes, nor other terms."""
    row = await database.row("SELECT step FROM peer WHERE node_id = {}", node_id)
    return row is not None and not row["step"]


async def they_ended(node_id: str, *, sure: bool = False, here: Here) -> bool:
    """They say that nothing is in force between us. False where we knew, or where our own yes has not reached them yet.

    `sure`: they signed that they ended it; a refusal alone may only be older than what we just agreed.
    """
    await database.lock(f"peer {node_id}")
    view = await views.load(node_id, here=here)
    row = await database.row("SELECT step FROM peer WHERE node_id = {}", node_id)
    if view is None or row is None or view.state(here.now) not in IN_FORCE or (row["step"] and not sure):
        return False
    await database.execute(
        "UPDATE peer SET ended = {}, ended_at = {}, ended_by = 'them', step = '', declined = '', token = NULL, "
        "proposal = NULL WHERE node_id = {}",
        True,
        here.now,
        node_id,
    )
    await journal.write(None, "peers.ended-there", f"node:{node_id}", {}, here=here)
    database.signal("peers")
    database.signal("heads")
    return True


async def forgotten(view: PeerView, *, here: Here) -> bool:
    """Note that everything was deleted that this node gave us under a peering that is over. False where that was noted before."""
    assert view.peering is not None
    until = view.parting(here.now)
    at = (view.ended_at if view.ended else view.peering.exp) or here.now
    found = await database.rows(
        "UPDATE peer SET forgot_at = {}, ended_by = CASE WHEN ended_by = '' THEN 'time' ELSE ended_by END, "
        "receipt_due = {} WHERE node_id = {} AND forgot_at IS NULL RETURNING node_id",
        here.now,
        None if until is None else at + view.peering.erasure_sla_h * 3600,
        view.node_id,
    )
    if found:
        await journal.write(None, "peers.parted", f"node:{view.node_id}", {}, here=here)
    return bool(found)


async def receipt(node_id: str, peering: str, at: int, *, here: Here) -> bool:
    """They say that this peering is over and everything of ours deleted. False where it is no peering of ours with them.

    Said of an earlier end than the peering in force, it changes nothing.
    """
    view = await views.load(node_id, here=here)
    if view is None or view.peering is None or view.peering.id != peering:
        return False
    if view.state(here.now) in IN_FORCE:
        if at < view.peering.iat:
            return True
        await they_ended(node_id, sure=True, here=here)
    await database.execute(
        "UPDATE peer SET receipt_at = {} WHERE node_id = {} AND receipt_at IS NULL", here.now, node_id
    )
    await journal.write(None, "peers.parted-there", f"node:{node_id}", {}, here=here)
    return True


async def knocks(*, here: Here) -> list[str]:
    """The neighbours that an operator asked to be tried now, each told once."""
    found = await database.rows("SELECT node_id FROM peer WHERE try_at IS NOT NULL")
    for row in found:
        await database.execute("UPDATE peer SET try_at = NULL WHERE node_id = {}", row["node_id"])
    return [row["node_id"] for row in found]


async def parting(*, here: Here) -> list[str]:
    """The nodes that we parted from lately, as long as their word of it would be let in: also where it came already, since they
    may not know that it did, and say it again."""
    found = await database.rows("SELECT node_id FROM peer WHERE receipt_due IS NOT NULL ORDER BY node_id")
    held = [await views.load(row["node_id"], here=here) for row in found]
    return [view.node_id for view in held if view is not None and (view.parting(here.now) or 0) >= here.now]
