# SPDX-License-Identifier: AGPL-3.0-or-later
"""What safeguarding has to do with a half: by which names concerns know it, what keeps it from erasure, who may open it.

A concern raised here names a half by its id; one that the other co-op told us of, by the thread that both know. The person whose
half that is may be the one it is about, so nothing on their pages ever says that such a hold stands.
"""

from __future__ import annotations

from node.actor import Actor
from node.here import Here
from node.introductions import reads
from node.introductions.halves import Half
from node.safeguarding import reads as safeguarding
from node.safeguarding.shapes import HOME, ConcernCard

INTRODUCTION, THREAD = "introduction:", "thread:"


async def half_of(card: ConcernCard) -> Half | None:
    """The half that a concern is about, if it is about one of ours."""
    if card.source == HOME:
        return await reads.find(card.about.removeprefix(INTRODUCTION)) if card.about.startswith(INTRODUCTION) else None
    if not card.about.startswith(THREAD):
        return None
    return await reads.of_thread(card.source, card.about.removeprefix(THREAD))


async def held(half: Half) -> bool:
    """Whether a hold keeps this half, whoever's concern it was placed for."""
    return await held_for_its_person(half) or await safeguarding.held(THREAD + half.thread)


async def held_for_its_person(half: Half) -> bool:
    """Whether a hold stands for a concern raised here about this very half, as its own person may know."""
    return await safeguarding.held(INTRODUCTION + half.id)


async def may_open(half: Half, actor: Actor, *, here: Here) -> bool:
    """Whether `actor` reads a concern about this half: only then may what is kept of it be opened."""
    if await safeguarding.concern_about(INTRODUCTION + half.id, actor, source=HOME, here=here):
        return True
    return await safeguarding.concern_about(THREAD + half.thread, actor, source=half.other_node, here=here)
