# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a peer-support lead does about what waits: reminds a supporter, rings who has not checked out, notes who is home.

A lead learns who of ours it is about and since when; never what was asked, by whom, or where two people meant to meet. A
look at somebody's number is put into the access log. Reminding is bounded: once a day.
"""

from __future__ import annotations

from node import database, journal
from node.actor import Actor
from node.errors import Conflict, NotFound
from node.here import Here
from node.introductions import keeping, reads, rules
from node.introductions.acts import meeting
from node.introductions.halves import Half
from node.introductions.shapes import ToRing
from node.members import notices
from node.members import reads as members
from node.members.rights import act
from node.words import _

LEAD = "peer_support_lead"


@act("introductions.remind", by={LEAD}, scope="support")
async def remind(*, actor: Actor, introduction_id: str, here: Here) -> None:
    """A neutral notice to the supporter who has not answered. Raises NotFound where nothing waits for a lead, Conflict when
    they were reminded within a day."""
    async with database.transaction():
        half = await reads.held(introduction_id)
        if half is None or half.silent or half.status != "waiting" or half.lead_told_at is None:
            raise NotFound(cause="no ask that a lead was told of")
        if any(event == "reminded" and at > here.now - rules.DAY for at, event, _ in await reads.timeline(half.id)):
            raise Conflict(_("They were reminded less than a day ago. Please give them a little time."), cause="soon")
        await keeping.note(half, "reminded", here=here)
        await notices.notify(person=half.person, what="waiting", here=here)
        await journal.write(actor.person, "introduction.reminded", f"introduction:{half.id}", {}, here=here)


@act("introductions.whom_to_ring", by={LEAD}, scope="support")
async def whom_to_ring(*, actor: Actor, introduction_id: str, here: Here) -> ToRing:
    """Name and number of somebody of ours who has not checked out; the look is logged. Raises NotFound."""
    async with database.transaction():
        half, _no = await _not_home(introduction_id)
        contact = await members.contact(half.person, here=here)
        if contact is None:
            raise NotFound(cause="no longer here")
        await journal.accessed(actor.person, half.person, "phone", "not-checked-out", here=here)
        return ToRing(who=contact.known_as, phone=contact.phone)


@act("introductions.note_home", by={LEAD}, scope="support")
async def note_home(*, actor: Actor, introduction_id: str, here: Here) -> None:
    """They were rung and are well: they count as checked out, and read who noted it. Raises NotFound; twice is once."""
    async with database.transaction():
        half, no = await _not_home(introduction_id)
        if await meeting.checked_out(half, no, mine=True, here=here):
            await keeping.note(half, "home_by_lead", here=here)
            if half.status in rules.TALKING:
                await keeping.send(half, f"out:{no}", here=here)
            await journal.write(actor.person, "introduction.noted-home", f"introduction:{half.id}", {}, here=here)


async def _not_home(introduction_id: str) -> tuple[Half, int]:
    """The half whose person has not checked out, as leads were told, and the plan's number."""
    half = await reads.held(introduction_id)
    plan = await reads.of("plan", introduction_id)
    if half is None or half.silent or plan is None or plan["lead_told_at"] is None:
        raise NotFound(cause="nobody who has not checked out")
    return half, plan["no"]
