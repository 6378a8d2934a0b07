# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a lead does: words the ending for somebody who left or died. And what a safeguarding reader does: opens a sealed copy.

A peer-support lead never reads an ask or a message. A sealed copy opens only for whoever reads a concern about that very
introduction; each opening is logged, whether or not anything was found.
"""

from __future__ import annotations

import json
from typing import Any

from node import database, journal, vault
from node.actor import SAFEGUARDING_ROLES, Actor
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.introductions import concerned, keeping, reads, rules, texts
from node.introductions.halves import Half
from node.introductions.shapes import (
    Goodbye,
    MessageView,
    SealedCopyView,
    SharedValue,
)
from node.introductions.tables import Ending
from node.members.rights import act
from node.words import _


@act("introductions.word_ending", by={"peer_support_lead"}, scope="support")
async def word_ending(*, actor: Actor, introduction_id: str, goodbye: Goodbye, here: Here) -> None:
    """The words in which the other person learns that it has ended. Raises NotFound, Conflict once they are set, Invalid."""
    words = rules.tidy(goodbye.words)
    if fault := rules.text_fault(words, rules.ENDING_LENGTH):
        raise Invalid({"words": fault})
    if not words:
        raise Invalid({"words": _("Write a few words; they go to the other person.")})
    async with database.transaction():
        half = await reads.held(introduction_id)
        ending = await reads.of("ending", introduction_id)
        if half is None or ending is None or ending["to_word_by"] is None:
            raise NotFound(cause="no ending to word")
        if ending["worded_at"] is not None:
            raise Conflict(_("This ending has been worded already."), cause="worded")
        await set_words(half, words, by=actor.person, here=here)
        await journal.write(actor.person, "introduction.ending-worded", f"introduction:{half.id}", {}, here=here)


async def set_words(half: Half, words: str, *, by: str | None, here: Here) -> None:
    """The words stand, and the ending is put out."""
    seal = await reads.Words.of(half.owner, here=here)
    await keeping.put(
        Ending,
        half.id,
        words=seal.seal("introduction_ending", half.id, "words", words),
        worded_at=here.now,
        worded_by=by,
    )
    await keeping.send(half, "end:1", here=here)


@act("introductions.open_sealed_copy", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def open_sealed_copy(*, actor: Actor, introduction_id: str, here: Here) -> SealedCopyView:
    """What this home kept, for a concern about it. Where nothing was withdrawn, a hold keeps the thread and opens it.

    Raises NotFound, alike for no such introduction and for nobody who reads a concern about it; Conflict once it is gone.
    """
    async with database.transaction():
        half = await reads.find(introduction_id)
        if half is None or not await concerned.may_open(half, actor, here=here):
            raise NotFound(cause="no concern about it for this reader")
        kept, until = await _kept(half, here=here)
        await journal.accessed(actor.person, half.person, "sealed-copy", "concern", here=here)
        return await _opened(half, kept, until, here=here)


async def _kept(half: Half, *, here: Here) -> tuple[dict[str, Any], int | None]:
    copy = await database.row("SELECT id, thread, until FROM introduction_sealed_copy WHERE introduction = {}", half.id)
    if copy is not None and copy["thread"] is not None:
        owner = f"sealed-copy:{copy['id']}"
        ring = await vault.ring([owner], here=here)
        text = ring.open(owner, "introduction_sealed_copy", copy["id"], "thread", bytes(copy["thread"])) or "{}"
        return json.loads(text), copy["until"]
    if copy is None and half.erased_at is None and await concerned.held(half):
        return await keeping.gathered(half, await reads.Words.of(half.owner, here=here)), None
    raise Conflict(
        _(
            "Nothing of it can be opened. It was not withdrawn, or what was kept has been erased. "
            "A hold keeps it from being erased."
        ),
        cause="no sealed copy",
    )


async def _opened(half: Half, kept: dict[str, Any], until: int | None, *, here: Here) -> SealedCopyView:
    ask, plan = kept.get("ask") or {}, kept.get("plan") or {}
    return SealedCopyView(
        id=half.id,
        side=half.side,
        co_op=await reads.co_op(half.other_node, here=here),
        node_id=half.other_node,
        thread=half.thread,
        kept_until=until,
        topics=ask.get("topics", []),
        needs=ask.get("needs", ""),
        message=ask.get("message", ""),
        messages=[
            MessageView(
                no=each["no"],
                mine=each["mine"],
                at=each["at"],
                words=each["words"],
                quick=each["quick"],
                quick_label=texts.quick_label(each["quick"]),
                reached_at=each["reached_at"],
            )
            for each in kept.get("messages", [])
        ],
        theirs=[
            SharedValue(field=field, label=texts.field_label(field), value=value)
            for field, value in (kept.get("shared") or {}).items()
        ],
        plan=", ".join(text for text in (plan.get("place_kind"), plan.get("where"), plan.get("who_knows")) if text),
    )
