# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answering an ask: yes, no, never again. A no is the same on the wire whoever says it, and why stays unsaid.

The supporter alone may answer. "I'm full" also closes the offer for others; "never again" works by a reference that only the
machine reads, and nobody is told of it.
"""

from __future__ import annotations

from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.introductions import keeping, reads, rules, views
from node.introductions.halves import Half
from node.introductions.shapes import (
    IntroductionView,
    No,
    Yes,
)
from node.introductions.tables import Answer, NeverAgain
from node.members.rights import act
from node.support import acts as support
from node.words import _


@act("introductions.accept", by={"member"}, scope="introductions")
async def accept(*, actor: Actor, introduction_id: str, answer: Yes, here: Here) -> IntroductionView:
    """Yes. Raises NotFound, Conflict when it was answered or has ended, Invalid."""
    faults = rules.words_faults(
        answer.words, answer.quick, limit=rules.ANSWER_LENGTH, replies=rules.YES_REPLIES, one=False
    )
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        half = await _to_answer(actor, introduction_id)
        half = await say_yes(half, quick=answer.quick, words=rules.tidy(answer.words), here=here)
        await journal.write(actor.person, "introduction.accepted", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


@act("introductions.decline", by={"member"}, scope="introductions")
async def decline(*, actor: Actor, introduction_id: str, answer: No, here: Here) -> IntroductionView:
    """No, without a reason; with `quick` "full" the offer takes no more asks. Raises NotFound, Conflict, Invalid."""
    if fault := rules.quick_fault(answer.quick, rules.NO_REPLIES):
        raise Invalid({"quick": fault})
    async with database.transaction():
        half = await _to_answer(actor, introduction_id)
        if answer.quick == "full":
            await _no_more_room(actor, half, here=here)
        half = await say_no(half, here=here)
        await journal.write(actor.person, "introduction.declined", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


@act("introductions.never_again", by={"member"}, scope="introductions")
async def never_again(*, actor: Actor, introduction_id: str, here: Here) -> IntroductionView:
    """Never again an ask from this person; what is open with them ends now. Raises NotFound."""
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        if half.side != "supporter":
            raise NotFound(cause="never again on the asker's half")
        if not half.asker_ref:
            raise Conflict(_("This was erased, so there is nothing left to go by."), cause="reference erased")
        if not await reads.refused_for_good(actor.person, half.asker_ref):
            await keeping.add(
                NeverAgain, id=here.token(), supporter=actor.person, asker_ref=half.asker_ref, at=here.now
            )
            await keeping.note(half, "never_again", here=here)
        if half.status == "waiting":
            half = await say_no(half, here=here)
        elif half.status in rules.TALKING:
            half = await keeping.finish(half, how="ended", words="", here=here)
        await journal.write(actor.person, "introduction.never-again", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


async def _to_answer(actor: Actor, introduction_id: str) -> Half:
    half = await reads.mine_held(actor, introduction_id)
    if half.side != "supporter":
        raise NotFound(cause="an answer on the asker's half")
    return half


async def _no_more_room(actor: Actor, half: Half, *, here: Here) -> None:
    text = await reads.ask_text(half, await reads.Words.of(half.owner, here=here))
    if text is not None:
        await support.full(actor=actor, offer_id=text.offer, here=here)


# Also what the machine says: a group with room, an ask that nobody is to see. -----------------------------------------


async def say_yes(half: Half, *, quick: str, words: str, here: Here) -> Half:
    """The supporter's half becomes accepted, and the answer is put out."""
    status = rules.after(half.status, "accept")
    seal = await reads.Words.of(half.owner, here=here)
    await keeping.add(
        Answer,
        introduction=half.id,
        yes=True,
        at=here.now,
        quick=quick,
        words=seal.seal("introduction_answer", half.id, "words", words),
    )
    half = await keeping.begin_talking(half, status, here=here)
    half = await keeping.change(half, place_taken=await keeping.place(half, taken=True, here=here), here=here)
    await keeping.note(half, "accepted_group" if half.group_offer else "accepted", here=here)
    await keeping.send(half, "accept:1", here=here)
    return half


async def say_no(half: Half, *, here: Here) -> Half:
    """The supporter's half becomes declined. What leaves is the same for every no."""
    status = rules.after(half.status, "decline")
    await keeping.add(Answer, introduction=half.id, yes=False, at=here.now, quick="", words=None)
    if not half.silent:
        await keeping.note(half, "declined", here=here)
    half = await keeping.close(half, status, how="declined", here=here)
    await keeping.send(half, "decline:1", here=here)
    return half
