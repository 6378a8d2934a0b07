# SPDX-License-Identifier: AGPL-3.0-or-later
"""Carrying on without a word of how it goes: what somebody may say by one press.

Only where a look at how it goes is due, and only as much as a look would do: six more conversations, and the next look six
weeks on. Nothing is written for them and nothing leaves; they can still look at it at any time, or end it.
"""

from __future__ import annotations

from node import database, journal
from node.actor import Actor
from node.errors import Conflict
from node.here import Here
from node.introductions import keeping, reads, rules
from node.members.rights import act
from node.words import _


@act("introductions.carry_on", by={"member"}, scope="introductions", alone=True)
async def carry_on(*, actor: Actor, introduction_id: str, here: Here) -> None:
    """Six more conversations. Raises NotFound, Conflict where no look is due."""
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        if not rules.review_due(half, here.now):
            raise Conflict(_("There is nothing to look at just now."), cause="no review due")
        await keeping.note(half, "carried_on", here=here)
        due = here.now + rules.REVIEW_AFTER
        await keeping.wake("review", half.id, due, here=here)
        await keeping.change(half, had_of=half.had + rules.CONVERSATIONS, review_due_at=due, here=here)
        await journal.write(actor.person, "introduction.carried-on", f"introduction:{half.id}", {}, here=here)
