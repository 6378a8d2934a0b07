# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ending without fault, withdrawing, and "I'm worried".

An ending keeps the messages for 90 days and says so. Withdrawing stops the relay, hides the thread on both sides at once and
leaves at each home one sealed copy that opens only for a concern. Being worried goes to one's own safeguarding lead and
deputy, whatever the state of the introduction, and the other person is told nothing.
"""

from __future__ import annotations

from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.introductions import keeping, reads, rules, views
from node.introductions.halves import Half
from node.introductions.shapes import (
    Goodbye,
    IntroductionView,
    Worry,
)
from node.introductions.tables import Withdrawal
from node.members.rights import act
from node.safeguarding import acts as safeguarding
from node.safeguarding.shapes import ConcernDraft, ConcernReceipt
from node.words import _


@act("introductions.end", by={"member"}, scope="introductions")
async def end(*, actor: Actor, introduction_id: str, goodbye: Goodbye, here: Here) -> IntroductionView:
    """End it; nobody asks why. Raises NotFound, Conflict when it has not begun or is over, Invalid."""
    if fault := rules.text_fault(rules.tidy(goodbye.words), rules.ENDING_LENGTH):
        raise Invalid({"words": fault})
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        half = await keeping.finish(half, how="ended", words=rules.tidy(goodbye.words), here=here)
        await journal.write(actor.person, "introduction.ended", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


@act("introductions.withdraw", by={"member"}, scope="introductions")
async def withdraw(*, actor: Actor, introduction_id: str, here: Here) -> IntroductionView:
    """Withdraw: nothing more goes either way. Twice is once. Raises NotFound, and Conflict for an ask still to be answered
    by the actor, or one that is erased."""
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        if half.hidden:
            return await views.view(half, here=here)
        if half.erased_at is not None:
            raise Conflict(_("This is over, and what was written has been erased."), cause="withdraw after erasure")
        if half.side == "supporter" and half.status == "waiting":
            raise Conflict(
                _("You can say no to this ask; nobody asks why."), cause="withdraw on a waiting supporter's half"
            )
        left = half.side == "supporter" or await keeping.has_left(half)
        half = await withdrawn(half, mine=True, here=here)
        if left:
            await keeping.send(half, "end:1", here=here)
        await journal.write(actor.person, "introduction.withdrawn", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


async def withdrawn(half: Half, *, mine: bool, here: Here) -> Half:
    """The half as it is once one of the two withdrew: closed, hidden, its thread under a key of its own."""
    half = await keeping.close(half, rules.after(half.status, "withdraw"), how="withdrawn", here=here)
    await keeping.put(Withdrawal, half.id, mine=mine, at=here.now)
    until = await keeping.hide(half, here=here)
    await keeping.note(half, "withdrawn_by_me" if mine else "withdrawn_by_them", on=until, here=here)
    found = await reads.find(half.id)
    assert found is not None
    return found


@act("introductions.worry", by={"member"}, scope="introductions")
async def worry(*, actor: Actor, introduction_id: str, worry: Worry, here: Here) -> ConcernReceipt:
    """Tell one's own safeguarding lead and deputy. Nothing of it is written on the timeline: a page can be read by others.

    Raises NotFound, Invalid.
    """
    async with database.transaction():
        half = await reads.mine(actor, introduction_id)
        return await safeguarding.raise_concern(
            actor=actor,
            draft=ConcernDraft(
                words=worry.words,
                about=f"introduction:{half.id}",
                tell_lead=worry.tell_lead,
                tell_deputy=worry.tell_deputy,
            ),
            here=here,
        )
