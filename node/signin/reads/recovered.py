# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recoveries under way: for the two who began one, the person it is about, and operators."""

from __future__ import annotations

from typing import Any

from node import database
from node.actor import Actor
from node.here import Here
from node.members import reads as members
from node.signin import secrets
from node.signin.reads.alone import own
from node.signin.shapes import RecoveryView


async def recovery_of(actor: Actor, *, here: Here) -> RecoveryView | None:
    """A recovery of the actor's own sign-in that is under way: so that they can stop one they did not ask for."""
    own(actor, "signin.recovery")
    row = await database.row(
        "SELECT * FROM recovery WHERE person = {} AND taken_back_at IS NULL AND done_at IS NULL AND expires > {}",
        actor.person,
        here.now,
    )
    return await recovery_view(row, actor, here=here) if row else None


async def recoveries(actor: Actor, *, here: Here) -> list[RecoveryView]:
    """Recoveries under way that the actor has a part in; for an operator all of them."""
    own(actor, "signin.recoveries")
    found = await database.rows(
        "SELECT * FROM recovery WHERE taken_back_at IS NULL AND done_at IS NULL AND expires > {} ORDER BY first_at, id",
        here.now,
    )
    return [
        await recovery_view(row, actor, here=here)
        for row in found
        if actor.person in (row["first"], row["second"], row["person"]) or actor.has("operator")
    ]


async def recovery_view(row: dict[str, Any], actor: Actor, *, here: Here) -> RecoveryView:
    """A recovery's row as `actor` may see it: the code only for the first, the card only for the second."""
    names = await members.names([row["person"]], here=here)
    over = row["taken_back_at"] is not None or row["done_at"] is not None or row["expires"] <= here.now
    begun = row["second"] is None
    return RecoveryView(
        id=row["id"],
        person=row["person"],
        person_name=names[row["person"]],
        first=row["first"],
        first_at=row["first_at"],
        state="over" if over else "begun" if begun else "waits" if here.now < row["stands_from"] else "open",
        second=row["second"],
        stands_from=row["stands_from"],
        card=row["card"] if row["second"] == actor.person else None,
        code=secrets.code("recovery", row["id"], here=here) if begun and row["first"] == actor.person else "",
        mail_lost=bool(row["mail_lost"]),
    )
