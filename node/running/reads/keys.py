# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was last said about the paper root key."""

from __future__ import annotations

from node import database, vault
from node.actor import Actor
from node.here import Here
from node.members import register
from node.running.reads import for_operators
from node.running.rules import KEYS_AGAIN
from node.running.shapes import KeysView


async def keys(actor: Actor, *, here: Here) -> KeysView | None:
    """The newest statement, or None when there is none yet."""
    for_operators(actor, "running.keys")
    row = await database.row("SELECT * FROM keys_kept WHERE place IS NOT NULL ORDER BY at DESC, id LIMIT 1")
    if row is None:
        return None
    owner = f"keys-kept:{row['id']}"
    ring = await vault.ring([owner], here=here)
    names = await register.called([row["recorded_by"]], here=here)
    return KeysView(
        place=ring.open(owner, "keys_kept", row["id"], "place", row["place"]) or "",
        holder=ring.open(owner, "keys_kept", row["id"], "holder", row["holder"]) or "",
        at=row["at"],
        recorded_by=names[row["recorded_by"]],
        again_at=row["at"] + KEYS_AGAIN,
    )
