# SPDX-License-Identifier: AGPL-3.0-or-later
"""Coming in by an invitation, in a browser; and asking for another when it is over.

Opening an invitation does nothing; saying yes brings the person in and signs them in. Who asks for a new one is answered
alike whatever they hold; for one of ours that is over, the operators learn of it.
"""

from __future__ import annotations

from node import database, vault
from node.actor import Actor
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import acts as members
from node.members import rules as people
from node.members.rights import act, open_to_anyone
from node.members.shapes import Acceptance
from node.signin import keeping, rules, tries
from node.signin.shapes import SignedIn
from node.words import _


@open_to_anyone("signin.accept-invitation")
async def accept_invitation(
    *, acceptance: Acceptance, before: str | None = None, device: str = "", here: Here
) -> SignedIn:
    """In, as an adult, and signed in. Raises NotFound (alike for unknown, used, over, revoked), Invalid with every fault."""
    async with database.transaction():
        person = await members.come_in(acceptance, here=here)
        return await keeping.open_session(person, how="invitation", before=before, device=device, here=here)


@open_to_anyone("signin.ask-for-new-invitation")
async def ask_for_new_invitation(*, token: str, words: str = "", origin: str, here: Here) -> None:
    """Asks the operators for another. `words`: who asks and how to reach them, if they like. Raises Invalid, TooMany."""
    told = people.tidy(words)
    if len(told) > rules.WISH_LONGEST:
        raise Invalid({"words": _("Please keep this under {most} characters.", most=rules.WISH_LONGEST)})
    await tries.count("wish-origin", rules.origin(origin), here=here)
    async with database.transaction():
        row = await database.row(
            "SELECT id FROM invitation WHERE token_hash = {} AND used_at IS NULL AND revoked_at IS NULL "
            "AND expires <= {} AND NOT EXISTS (SELECT 1 FROM invitation_wish w WHERE w.invitation = invitation.id "
            "AND w.answered_at IS NULL)",
            people.hashed(token) or "",
            here.now,
        )
        if row is None:
            return
        id = here.token()
        owner = f"invitation-wish:{id}"
        await vault.create(owner, here=here)
        ring = await vault.ring([owner], here=here)
        await database.execute(
            "INSERT INTO invitation_wish (id, invitation, words, at) VALUES ({}, {}, {}, {})",
            id,
            row["id"],
            ring.seal(owner, "invitation_wish", id, "words", told),
            here.now,
        )
        await keeping.tell_operators(here=here)
        await keeping.sweep_daily(here=here)


@act("signin.answer-wish", by={"operator"}, scope="people", alone=True)
async def answer_wish(*, actor: Actor, wish_id: str, here: Here) -> None:
    """It was looked after (a new invitation is its own act); what was written is destroyed. Raises NotFound."""
    async with database.transaction():
        row = await database.row(
            "UPDATE invitation_wish SET answered_at = {}, answered_by = {}, words = NULL "
            "WHERE id = {} AND answered_at IS NULL RETURNING id",
            here.now,
            actor.person,
            wish_id,
        )
        if row is None:
            raise NotFound(cause="no wish that waits")
        await vault.destroy(f"invitation-wish:{wish_id}", here=here)
