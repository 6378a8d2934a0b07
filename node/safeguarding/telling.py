# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the other co-op is told, what it tells us, and what may not be erased meanwhile.

A lead or deputy who reads a concern decides, with a reason, what another co-op is told; only those words leave, by letter.
What another co-op tells us becomes a concern here, read by our lead and deputy. A hold outranks erasure until it is lifted,
with a reason.
"""

from __future__ import annotations

from node import database, post, vault
from node.actor import SAFEGUARDING_ROLES, Actor
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.members import reads as members
from node.members import rules as people_rules
from node.members.rights import act
from node.safeguarding import reads, rules
from node.safeguarding.keeping import keep, owner, record, who_reads
from node.safeguarding.shapes import (
    HoldDraft,
    HoldView,
    Lifting,
    TellingDraft,
    TellingView,
)
from node.safeguarding.tables import Hold, ToldOther
from node.words import _


def check(telling: TellingDraft, *, here: Here) -> None:
    """Whether this could be told as it stands. Raises Invalid with every fault."""
    faults = people_rules.faults(
        {
            "to": rules.node_fault(telling.to, home=here.node_id),
            "words": rules.text_fault(telling.words, longest=rules.LETTER_LONGEST),
            "reason": rules.text_fault(telling.reason),
            "urgency": rules.urgency_fault(telling.urgency),
            "about": rules.thread_fault(telling.about),
            "reach": rules.text_fault(telling.reach, needed=False, longest=200),
        }
    )
    if faults:
        raise Invalid(faults)


@act("safeguarding.tell-other", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def decide_to_tell_other(*, actor: Actor, concern_id: str, telling: TellingDraft, here: Here) -> TellingView:
    """Tell another co-op: exactly `words`, for `reason`, which stays here. Raises Invalid, Conflict (unread), NotFound."""
    check(telling, here=here)
    id, whose = here.token(), owner(concern_id)
    async with database.transaction():
        row = await reads.reader_row(actor, concern_id, held=True)
        if row["opened_at"] is None:
            raise Conflict(_("Please open and read this first."), cause="telling before opening")
        ring = await vault.ring([whose], here=here)
        await ToldOther.insert(
            ToldOther(
                id=id,
                concern=concern_id,
                to_node=telling.to,
                thread=here.token(),
                about=telling.about,
                urgency=telling.urgency,
                words=ring.seal(whose, "told_other", id, "words", telling.words.strip()),
                reason=ring.seal(whose, "told_other", id, "reason", telling.reason.strip()),
                reach=ring.seal(whose, "told_other", id, "reach", telling.reach.strip()),
                decided_by=actor.person,
                decided_at=here.now,
            )
        )
        await post.put_out(
            kind="letter",
            ref=f"concern:{id}:tell",
            to=telling.to,
            due=here.now,
            expires=here.now + rules.LETTER_LIFE,
            here=here,
        )
        await record(concern_id, "told-other", by=actor.person, here=here)
    return TellingView(
        id=id,
        to=telling.to,
        words=telling.words.strip(),
        reason=telling.reason.strip(),
        decided_by=(await members.names([actor.person], here=here))[actor.person],
        decided_at=here.now,
        urgency=telling.urgency,
        reach=telling.reach.strip(),
    )


async def take_in(
    *, source: str, thread: str, words: str, about: str = "", reach: str = "", urgent: bool = False, here: Here
) -> str | None:
    """Another co-op told us of a worry; the id of the concern here, None when nobody here could read it.

    In the caller's transaction, which holds the letter's inbox row. Its readers are our lead and deputy. `about`: the thread
    concerned; `reach`: how to reach their lead.
    """
    told = await who_reads(tell_lead=True, tell_deputy=True, here=here)
    if not told.readers:
        return None
    return await keep(
        told=told,
        words=words,
        about=f"thread:{about}" if about else "",
        contact=reach,
        source=source,
        thread=thread,
        urgent=urgent,
        here=here,
    )


@act("safeguarding.place-hold", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def place_hold(*, actor: Actor, concern_id: str, hold: HoldDraft, here: Here) -> HoldView:
    """Keep what the subject names from being erased. Raises Invalid, NotFound."""
    async with database.transaction():
        row = await reads.reader_row(actor, concern_id, held=True)
        subject = hold.subject or row["about"]
        faults = people_rules.faults(
            {
                "reason": rules.text_fault(hold.reason),
                "subject": rules.subject_fault(subject, needed=True),
            }
        )
        if faults:
            raise Invalid(faults)
        id, whose = here.token(), owner(concern_id)
        ring = await vault.ring([whose], here=here)
        await Hold.insert(
            Hold(
                id=id,
                concern=concern_id,
                subject=subject,
                reason=ring.seal(whose, "safeguarding_hold", id, "reason", hold.reason.strip()),
                placed_by=actor.person,
                placed_at=here.now,
            )
        )
        await record(concern_id, "held", by=actor.person, here=here)
    return HoldView(id=id, subject=subject, placed_at=here.now)


async def standing(actor: Actor, concern_id: str) -> list[HoldView]:
    """The holds of a concern that nobody has lifted, for its reader; without their reasons. Raises NotFound."""
    await reads.reader_row(actor, concern_id)
    found = await database.rows(
        "SELECT id, subject, placed_at FROM safeguarding_hold WHERE concern = {} AND lifted_at IS NULL "
        "ORDER BY placed_at, id",
        concern_id,
    )
    return [HoldView(id=row["id"], subject=row["subject"], placed_at=row["placed_at"]) for row in found]


@act("safeguarding.lift-hold", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def lift_hold(*, actor: Actor, hold_id: str, lifting: Lifting, here: Here) -> HoldView:
    """End a hold, with a reason. Raises Invalid; Conflict when it is lifted already; NotFound, alike for another's."""
    async with database.transaction():
        hold = await database.row_for_update("SELECT * FROM safeguarding_hold WHERE id = {}", hold_id)
        if hold is None:
            raise NotFound(cause="no hold")
        await reads.reader_row(actor, hold["concern"], held=True)
        fault = rules.text_fault(lifting.reason)
        if fault:
            raise Invalid({"reason": fault})
        if hold["lifted_at"] is not None:
            raise Conflict(_("This hold has been lifted already."), cause="lifted already")
        whose = owner(hold["concern"])
        ring = await vault.ring([whose], here=here)
        await database.execute(
            "UPDATE safeguarding_hold SET lift_reason = {}, lifted_by = {}, lifted_at = {} WHERE id = {}",
            ring.seal(whose, "safeguarding_hold", hold_id, "lift_reason", lifting.reason.strip()),
            actor.person,
            here.now,
            hold_id,
        )
        await record(hold["concern"], "hold-lifted", by=actor.person, here=here)
    return HoldView(id=hold_id, subject=hold["subject"], placed_at=hold["placed_at"], lifted_at=here.now)
