# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person has begun to fill in and not yet sent: sealed under their own key, one of a kind, gone after its time.

Nobody but the person (or who acts for them) gets it back; it leaves this node never, and when the person's key is destroyed it is
nothing. A draft whose shape has changed since is as good as none.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Struct

from node import database, vault
from node.actor import Actor
from node.here import Here

S = TypeVar("S", bound=Struct)
DAY = 86_400
LONGEST_DAYS = 30


async def keep(actor: Actor, kind: str, value: Struct, *, days: int = 1, here: Here) -> None:
    """Keep this instead of whatever was kept of this kind, for so many days (30 at most)."""
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError("a draft is kept for 1 to 30 days")
    async with database.transaction():
        id = _row(actor, kind)
        ring = await vault.ring([actor.person], here=here)
        sealed = ring.seal(actor.person, "page_draft", id, "value", msgspec.json.encode(value).decode())
        await database.execute(
            "INSERT INTO page_draft (id, person, kind, value, until) VALUES ({}, {}, {}, {}, {}) "
            "ON CONFLICT (id) DO UPDATE SET value = excluded.value, until = excluded.until",
            id,
            actor.person,
            kind,
            sealed,
            here.now + days * DAY,
        )


async def kept(actor: Actor, kind: str, shape: type[S], *, here: Here) -> S | None:
    """What was kept of this kind, or None when nothing was, or its time is over."""
    id = _row(actor, kind)
    row, ring = await database.together(
        database.first("SELECT value FROM page_draft WHERE id = {} AND until > {}", id, here.now),
        vault.ring_of(actor.person, here=here),
    )
    if row is None:
        return None
    try:
        text = ring.open(actor.person, "page_draft", id, "value", row["value"])
        return msgspec.json.decode(text or "", type=shape)
    except (vault.Erased, msgspec.MsgspecError):
        return None


async def drop(actor: Actor, kind: str, *, here: Here) -> None:
    """Forget what was kept of this kind."""
    await database.execute("DELETE FROM page_draft WHERE id = {}", _row(actor, kind))


async def sweep(*, here: Here) -> int:
    """Delete every draft whose time is over; how many there were."""
    gone = await database.rows("DELETE FROM page_draft WHERE until <= {} RETURNING id", here.now)
    return len(gone)


def _row(actor: Actor, kind: str) -> str:
    return f"{actor.person}:{kind}"
