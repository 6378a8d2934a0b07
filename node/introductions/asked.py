# SPDX-License-Identifier: AGPL-3.0-or-later
"""An ask that came: for one of our published offers, from a co-op that may read it, for somebody who is here.

Whatever is amiss with the offer gets one answer. An ask that its supporter is not to see (never again, a fourth open one, no
room) is kept without a word of it, and declined after as long as a person might take. A group with room is joined at once.
"""

from __future__ import annotations

import msgspec

from node import database, vault
from node.errors import NotFound
from node.here import Here
from node.introductions import keeping, reads, rules
from node.introductions.acts import answering
from node.introductions.arrivals import Late
from node.introductions.halves import AskText, Half
from node.introductions.tables import Introduction
from node.members import notices
from node.members import reads as members
from node.support import reads as support
from node.support.reads import rows
from node.support.shapes import OwnOffer


async def ask(
    source: str,
    thread: str,
    *,
    text: AskText,
    asker_ref: str,
    answer_by: int,
    for_group: bool,
    here: Here,
) -> None:
    """Somebody asks one of our supporters. An offer that is not there and one they may not ask for are answered alike."""
    known = await reads.by_thread(source, thread)
    if known is not None:
        if known.side != "supporter" or known.asker_ref not in ("", asker_ref):
            raise Late("thread-taken")
        return
    if await _ended_before(source, thread):
        return
    offer = await _offer(text.offer, source, for_group=for_group, here=here)
    text = msgspec.structs.replace(text, topics=[topic for topic in text.topics if topic in offer.topics])
    answer_by = min(answer_by, here.now + rules.ASK_LIFE)
    if answer_by <= here.now:
        raise Late("too-late")
    await database.lock(f"asker:{asker_ref}")
    silent = (
        not offer.takes_asks
        or await reads.refused_for_good(offer.supporter, asker_ref)
        or await reads.open_asks_of(asker_ref) >= rules.OPEN_ASKS
    )
    half = await _new_half(
        source,
        thread,
        supporter=offer.supporter,
        text=None if silent else text,
        asker_ref=asker_ref,
        answer_by=answer_by,
        group=for_group,
        here=here,
    )
    if silent:
        await keeping.wake("decline", half.id, here.now + rules.decline_after(here.random.bytes(8)), here=here)
        return
    await keeping.note(half, "came", by=answer_by, here=here)
    if for_group:
        await answering.say_yes(half, quick="", words="", here=here)
    else:
        await keeping.wake("nudge", half.id, here.now + rules.NUDGE_AFTER, here=here)
        await keeping.wake("tell-lead", half.id, here.now + rules.LEAD_AFTER, here=here)
        await keeping.wake("expire", half.id, answer_by, here=here)
    await notices.notify(person=half.person, what="message", here=here)


async def _ended_before(source: str, thread: str) -> bool:
    found = await database.rows(
        "DELETE FROM introduction_early_ending WHERE source = {} AND thread = {} RETURNING id", source, thread
    )
    return bool(found)


async def _offer(offer_id: str, source: str, *, for_group: bool, here: Here) -> OwnOffer:
    try:
        offer = await support.own_offer(offer_id, here)
    except NotFound:
        raise Late("no-such-offer") from None
    if offer.state != "published" or not await _shown_to(offer_id, source, here=here):
        raise Late("no-such-offer")
    if not await members.active(offer.supporter, here=here):
        raise Late("no-such-offer")
    if (offer.kind == "group") is not for_group:
        raise Late("no-such-offer")
    return offer


async def _shown_to(offer_id: str, source: str, *, here: Here) -> bool:
    """Whether the offer is for that co-op to read. Knowing its id is not enough."""
    facts = await rows.facts(offer_id)
    return facts is not None and (source == here.node_id or not (facts.home_only or source in facts.not_to))


async def _new_half(
    source: str,
    thread: str,
    *,
    supporter: str,
    text: AskText | None,
    asker_ref: str,
    answer_by: int,
    group: bool,
    here: Here,
) -> Half:
    """The supporter's half. Of an ask that nobody will see, not a word is kept."""
    id = here.token()
    sealed: bytes | None = None
    if text is not None:
        owner = f"{keeping.PREFIX}:{id}"
        await vault.create(owner, here=here)
        words = await reads.Words.of(owner, here=here)
        sealed = words.seal("introduction", id, "ask", msgspec.json.encode(text).decode())
    await keeping.add(
        Introduction,
        id=id,
        thread=thread,
        thread_out=rules.way_back(thread, source, here.node_id),
        side="supporter",
        other_node=source,
        person=supporter,
        status="waiting",
        group_offer=group,
        silent=text is None,
        asked_at=here.now,
        answer_by=answer_by,
        ask=sealed,
        asker_ref=asker_ref,
        had_of=rules.CONVERSATIONS,
        changed_at=here.now,
    )
    half = await reads.find(id)
    assert half is not None
    return half
