# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing through the relay, choosing what to share, counting conversations, looking at how it goes.

Nothing here shares anything: confirming sends the other co-op that this side is ready, without a value. Values leave only
once both have confirmed, are read from the person's details at that moment, and are shown only when both have arrived.
"""

from __future__ import annotations

import msgspec

from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.introductions import keeping, reads, rules, views
from node.introductions.shapes import IntroductionView, ReviewDraft, Sharing, Words
from node.introductions.tables import Message, Review, ShareChoice
from node.members import reads as members
from node.members.rights import act
from node.words import _


@act("introductions.write", by={"member"}, scope="introductions")
async def write(*, actor: Actor, introduction_id: str, words: Words, here: Here) -> IntroductionView:
    """One message to the other person. Raises NotFound, Conflict before a yes or after an ending, Invalid."""
    faults = rules.words_faults(
        words.words, words.quick, limit=rules.WORDS_LENGTH, replies=rules.MESSAGE_REPLIES, one=True
    )
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        last = await database.row(
            "SELECT coalesce(max(no), 0) AS no FROM introduction_message WHERE introduction = {} AND mine = {}",
            half.id,
            True,
        )
        no = await keeping.next_number(last["no"] if last else 0)
        seal = await reads.Words.of(half.owner, here=here)
        id = here.token()
        await keeping.add(
            Message,
            id=id,
            introduction=half.id,
            mine=True,
            no=no,
            at=here.now,
            words=seal.seal("introduction_message", id, "words", rules.tidy(words.words)),
            quick=words.quick,
        )
        await keeping.send(half, f"message:{no}", here=here)
        half = await keeping.change(half, here=here)
        await journal.write(actor.person, "introduction.wrote", f"introduction:{half.id}", {"no": no}, here=here)
        return await views.view(half, here=here)


@act("introductions.share", by={"member"}, scope="introductions")
async def share(*, actor: Actor, introduction_id: str, sharing: Sharing, here: Here) -> IntroductionView:
    """Tick, confirm, or take back. Raises NotFound, Conflict once what was ticked has arrived, Invalid."""
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        have = await members.shareable(actor.person, rules.FIELDS, here=here)
        faults = rules.sharing_faults(sharing.fields, confirm=sharing.confirm, have=have)
        if faults:
            raise Invalid(faults)
        before = await reads.of("share", half.id)
        was_confirmed = before is not None and before["confirmed_at"] is not None
        if before is not None and (before["reached_at"] is not None or half.status == "shared"):
            _only_more(before["fields"], sharing)
        no = await keeping.next_number(before["no"] if before else 0)
        await keeping.put(
            ShareChoice,
            half.id,
            no=no,
            fields=",".join(sharing.fields),
            confirmed_at=here.now if sharing.confirm else None,
            left_at=None,
            reached_at=None,
        )
        if sharing.confirm:
            await keeping.note(half, "confirmed_by_me", here=here)
        elif was_confirmed:
            await keeping.forget_theirs(half)
            await keeping.note(half, "taken_back_by_me", here=here)
        if sharing.confirm or was_confirmed:
            await keeping.send(half, f"ready:{no}", here=here)
            event = "introduction.confirmed" if sharing.confirm else "introduction.took-back"
            await journal.write(actor.person, event, f"introduction:{half.id}", {"no": no}, here=here)
        half = await keeping.weigh_sharing(half, here=here)
        return await views.view(half, here=here)


def _only_more(had: str, sharing: Sharing) -> None:
    """What has arrived stands; more can be added to it."""
    if not sharing.confirm or not set(had.split(",")) <= set(sharing.fields):
        raise Conflict(
            _("What you shared has arrived, and can't be taken back. You can still share more, or end this."),
            cause="shared values have arrived",
        )


@act("introductions.count_conversation", by={"member"}, scope="introductions")
async def count_conversation(*, actor: Actor, introduction_id: str, here: Here) -> IntroductionView:
    """One more conversation was had; after six a review is due. It stays in this co-op. Raises NotFound, Conflict."""
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        half = await keeping.change(half, had=half.had + 1, here=here)
        await keeping.note(half, "conversation", had=half.had, of=half.had_of, here=here)
        if half.had == half.had_of:
            await keeping.note(half, "review_due", here=here)
        return await views.view(half, here=here)


@act("introductions.review", by={"member"}, scope="introductions")
async def review(*, actor: Actor, introduction_id: str, answers: ReviewDraft, here: Here) -> IntroductionView:
    """How it is going, in this person's words; it never leaves. To carry on is six more. Raises NotFound, Conflict, Invalid."""
    if faults := rules.review_faults(answers):
        raise Invalid(faults)
    async with database.transaction():
        half = await reads.mine_held(actor, introduction_id)
        rules.must_talk(half)
        seal = await reads.Words.of(half.owner, here=here)
        id = here.token()
        text = msgspec.json.encode(
            {
                "going": answers.going,
                "words": rules.tidy(answers.words),
                "carry_on": "yes" if answers.carry_on else "no",
            }
        ).decode()
        await keeping.add(
            Review,
            id=id,
            introduction=half.id,
            at=here.now,
            answers=seal.seal("introduction_review", id, "answers", text),
        )
        await keeping.note(half, "reviewed", here=here)
        due = here.now + rules.REVIEW_AFTER
        await keeping.wake("review", half.id, due, here=here)
        half = await keeping.change(
            half,
            had_of=half.had + rules.CONVERSATIONS if answers.carry_on else half.had_of,
            review_due_at=due,
            here=here,
        )
        await journal.write(actor.person, "introduction.reviewed", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)
