# SPDX-License-Identifier: AGPL-3.0-or-later
"""A plan for meeting: where, when, who else knows; both agree, and both check out afterwards.

A first meeting is never at somebody's home. Whoever has not checked out two hours after the planned end is told to the lead
of their own co-op, by a timer that reads the plan again.
"""

from __future__ import annotations

import msgspec

from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.introductions import keeping, reads, rules, views
from node.introductions.halves import Half
from node.introductions.shapes import (
    IntroductionView,
    PlanDraft,
)
from node.introductions.tables import CheckOut, Plan
from node.members.rights import act
from node.words import _


@act("introductions.plan", by={"member"}, scope="introductions")
async def plan(*, actor: Actor, introduction_id: str, draft: PlanDraft, here: Here) -> IntroductionView:
    """Propose a plan; it replaces the one before. Raises NotFound, Conflict, Invalid with all faults."""
    if faults := rules.plan_faults(draft, here.now):
        raise Invalid(faults)
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        before = await reads.of("plan", half.id)
        no = await keeping.next_number(before["no"] if before else 0)
        await set_plan(
            half,
            no=no,
            mine=True,
            details={
                "place_kind": draft.place_kind,
                "where": rules.tidy(draft.where),
                "who_knows": rules.tidy(draft.who_knows),
            },
            at=draft.at,
            minutes=draft.minutes,
            here=here,
        )
        await keeping.note(half, "plan_by_me", here=here)
        await keeping.send(half, f"plan:{no}", here=here)
        await journal.write(actor.person, "introduction.planned", f"introduction:{half.id}", {"no": no}, here=here)
        return await views.view(half, here=here)


@act("introductions.agree", by={"member"}, scope="introductions")
async def agree(*, actor: Actor, introduction_id: str, here: Here, no: int | None = None) -> IntroductionView:
    """Agree to the plan that the other person proposed; with `no`, to that one only, as it was read. Raises NotFound,
    Conflict when there is none to agree to, or another one by now."""
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        stands = await reads.of("plan", half.id)
        if stands is None or stands["mine"] or stands["agreed_at"] is not None:
            raise Conflict(_("There is no plan that waits for your yes."), cause="nothing to agree to")
        if no is not None and stands["no"] != no:
            raise Conflict(
                _("They changed the plan while you were reading. Please look at it once more."), cause="another plan"
            )
        await agreed(half, here=here)
        await keeping.send(half, f"agree:{stands['no']}", here=here)
        await journal.write(actor.person, "introduction.agreed", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


@act("introductions.check_out", by={"member"}, scope="introductions")
async def check_out(*, actor: Actor, introduction_id: str, here: Here) -> IntroductionView:
    """Home again. Raises NotFound, Conflict when nothing was agreed. Checking out twice is checking out once."""
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        stands = await reads.of("plan", half.id)
        if stands is None:
            raise NotFound(cause="no plan to check out from")
        if stands["agreed_at"] is None:
            raise Conflict(
                _("Nothing has been agreed yet, so there is nothing to check out from."), cause="no agreed plan"
            )
        if await checked_out(half, stands["no"], mine=True, here=here):
            await keeping.note(half, "checked_out_by_me", here=here)
            if half.status in rules.TALKING:
                await keeping.send(half, f"out:{stands['no']}", here=here)
            await journal.write(actor.person, "introduction.checked-out", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


# Also what comes from the other side. ---------------------------------------------------------------------------------


async def set_plan(
    half: Half, *, no: int, mine: bool, details: dict[str, str], at: int, minutes: int, here: Here
) -> None:
    """The plan that stands now, not agreed yet."""
    seal = await reads.Words.of(half.owner, here=here)
    await keeping.put(
        Plan,
        half.id,
        no=no,
        mine=mine,
        plan=seal.seal("introduction_plan", half.id, "plan", msgspec.json.encode(details).decode()),
        at=at,
        ends_at=at + 60 * minutes,
        agreed_at=None,
        agreed_no=0,
        lead_told_at=None,
    )
    await keeping.change(half, here=here)


async def agreed(half: Half, *, here: Here) -> None:
    """The plan that stands is agreed; a timer looks whether this side's person came home."""
    stands = await reads.of("plan", half.id)
    assert stands is not None
    await keeping.put(Plan, half.id, agreed_at=here.now, agreed_no=stands["no"])
    await keeping.note(half, "plan_agreed", when=stands["at"], here=here)
    due = stands["ends_at"] + rules.CHECK_OUT_GRACE
    await keeping.wake("check-out", half.id, due, here=here)
    await keeping.change(half, here=here)


async def checked_out(half: Half, plan_no: int, *, mine: bool, here: Here) -> bool:
    """Note that one of the two came home. False when that was known."""
    found = await database.row(
        "SELECT id FROM introduction_check_out WHERE introduction = {} AND plan_no = {} AND mine = {}",
        half.id,
        plan_no,
        mine,
    )
    if found is not None:
        return False
    await keeping.add(CheckOut, id=here.token(), introduction=half.id, plan_no=plan_no, mine=mine, at=here.now)
    await keeping.change(half, here=here)
    return True
