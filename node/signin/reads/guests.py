# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invitations as those who hold them see them, and who asks for another."""

from __future__ import annotations

import json

from node import database, vault
from node.actor import Actor
from node.here import Here
from node.members.rights import check
from node.members.rules import hashed as invitation_hash
from node.signin.shapes import Guest, Wish


async def guest(token: str, *, here: Here) -> Guest:
    """What an invitation says to whoever holds it. One that is over, used or unknown says only that it does not stand."""
    digest = invitation_hash(token)
    row = digest and await database.row(
        "SELECT id, name, email FROM invitation WHERE token_hash = {} AND used_at IS NULL AND revoked_at IS NULL "
        "AND expires > {}",
        digest,
        here.now,
    )
    if not row:
        return Guest(stands=False)
    owner = f"invitation:{row['id']}"
    ring = await vault.ring([owner], here=here)
    return Guest(
        stands=True,
        name=ring.open(owner, "invitation", row["id"], "name", row["name"]) or "",
        email=ring.open(owner, "invitation", row["id"], "email", row["email"]) or "",
    )


async def wishes(actor: Actor, *, here: Here) -> list[Wish]:
    """Who asks for a new invitation, for operators, the oldest first."""
    check(actor, by=frozenset({"operator"}), scope="people", act="signin.wishes")
    found = await database.rows(
        "SELECT w.id, w.words, w.at, w.invitation, i.roles, i.invited_by FROM invitation_wish w "
        "JOIN invitation i ON i.id = w.invitation WHERE w.answered_at IS NULL ORDER BY w.at, w.id"
    )
    ring = await vault.ring([f"invitation-wish:{row['id']}" for row in found], here=here)
    return [
        Wish(
            id=row["id"],
            invitation=row["invitation"],
            invited_by=row["invited_by"],
            roles=json.loads(row["roles"]),
            words=ring.open(f"invitation-wish:{row['id']}", "invitation_wish", row["id"], "words", row["words"]) or "",
            at=row["at"],
        )
        for row in found
    ]
