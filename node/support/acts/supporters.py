# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a lead records behind a supporter: induction, promise, supervisor, check-ins. It opens and closes the gate.

A lead doesn't record their own. When a check-in lapses nobody has to do anything: the offers pause by themselves, and come
back with the next check-in that is recorded.
"""

from __future__ import annotations

from node import database, journal, post
from node.actor import Actor
from node.errors import Invalid, NotAllowed, NotFound
from node.here import Here
from node.members import reads as members
from node.members.rights import act
from node.support import rules
from node.support.acts import publishing
from node.support.reads import offers
from node.support.shapes import CheckInDone, Induction, SupporterView
from node.words import N_, _

LEAD = "peer_support_lead"
OWN = N_("Another lead has to record this for you.")


@act("support.induct_supporter", by={LEAD}, scope="support")
async def induct_supporter(*, actor: Actor, person: str, induction: Induction, here: Here) -> SupporterView:
    """Record what stands behind a supporter, for the first time or anew. Raises Invalid with every field's fault."""
    faults = rules.when_faults(
        induction_on=induction.induction_on,
        promise_on=induction.promise_on,
        next_check_in=induction.next_check_in,
        now=here.now,
    )
    async with database.transaction():
        await _supporter(person, actor, here=here)
        if induction.supervisor == person:
            faults["supervisor"] = _("Nobody supervises themselves. Choose somebody else.")
        elif not await members.active(induction.supervisor, here=here):
            faults["supervisor"] = _("Choose somebody who is a member here.")
        if faults:
            raise Invalid(faults)
        await database.execute(
            "INSERT INTO supporter (id, person, induction_on, promise_on, supervisor, next_check_in, recorded_by, at) "
            "VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT (person) DO UPDATE SET "
            "induction_on = excluded.induction_on, promise_on = excluded.promise_on, supervisor = excluded.supervisor, "
            "next_check_in = excluded.next_check_in, recorded_by = excluded.recorded_by, at = excluded.at",
            here.token(),
            person,
            induction.induction_on,
            induction.promise_on,
            induction.supervisor,
            induction.next_check_in,
            actor.person,
            here.now,
        )
        await journal.write(actor.person, "supporter.inducted", f"person:{person}", here=here)
        await _changed(person, induction.next_check_in, here=here)
        return await offers.supporter(person, actor, here)


@act("support.record_check_in", by={LEAD}, scope="support")
async def record_check_in(*, actor: Actor, person: str, check_in: CheckInDone, here: Here) -> SupporterView:
    """A check-in took place, and the next one has a date: paused offers are shown again."""
    faults = rules.when_faults(induction_on=1, promise_on=1, next_check_in=check_in.next_check_in, now=here.now)
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        await _supporter(person, actor, here=here)
        found = await database.row("SELECT id FROM supporter WHERE person = {}", person)
        if found is None:
            raise NotFound(_("The induction comes first."), cause="no supporter row")
        await database.execute(
            "UPDATE supporter SET next_check_in = {} WHERE person = {}", check_in.next_check_in, person
        )
        await database.insert_many(
            "supporter_check_in",
            ("id", "supporter", "recorded_by", "at", "next"),
            [(here.token(), found["id"], actor.person, here.now, check_in.next_check_in)],
        )
        await journal.write(actor.person, "supporter.checked-in", f"person:{person}", here=here)
        await _changed(person, check_in.next_check_in, here=here)
        return await offers.supporter(person, actor, here)


async def _supporter(person: str, actor: Actor, *, here: Here) -> None:
    if person == actor.person:
        raise NotAllowed(_(OWN), cause="own standing")
    if person not in await members.by_role("peer_supporter", here=here):
        raise NotFound(_("We can't find a peer supporter there."), cause="no such supporter")


async def _changed(person: str, next_check_in: int, *, here: Here) -> None:
    await post.put_out(
        kind="timer", ref=f"support:check-in:{person}:{next_check_in}", to="", due=next_check_in, here=here
    )
    await publishing.refresh_all(person, here=here)
