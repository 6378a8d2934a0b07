# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asking: first exactly what would leave, then the ask. Nothing is stored for a preview.

Refused with every fault at once: an offer that can't be asked for, topics it has not, texts that are too long, a fourth open
ask. The letter that leaves holds the fields of the preview and no other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from node import database, dates, journal, vault
from node.actor import Actor
from node.errors import Invalid, NotAllowed, NotFound, Refusal
from node.here import Here
from node.introductions import keeping, lists, reads, rules, texts, views
from node.introductions.halves import AskText, Half
from node.introductions.shapes import (
    AskDraft,
    AskPreview,
    BackDraft,
    BackView,
    IntroductionView,
    Leaf,
)
from node.introductions.tables import BackNotice, Helped, Introduction
from node.members import reads as members
from node.members.rights import act
from node.support import reads as support
from node.support.shapes import Listing
from node.words import N_, _

GONE = N_("That offer is no longer there. Please look for another.")


@dataclass(frozen=True, slots=True)
class Judged:
    """An ask that may be made: for whom, to which listing."""

    person: str
    listing: Listing
    draft: AskDraft


@act("introductions.preview", by={"member"}, scope="introductions")
async def preview(*, actor: Actor, draft: AskDraft, here: Here) -> AskPreview:
    """Exactly what would leave. Raises Invalid, NotAllowed as `ask` does."""
    judged = await _judge(actor, draft, here=here)
    listing, draft = judged.listing, judged.draft
    co_op = await reads.co_op(listing.node_id, here=here)
    group = listing.kind == "group"
    until = here.now + rules.ASK_LIFE
    return AskPreview(
        to_co_op=co_op,
        to_node=listing.node_id,
        to_whom=_("The supporter of this group at {co_op}", co_op=co_op)
        if group
        else _("One peer supporter at {co_op}", co_op=co_op),
        leaves=[
            Leaf(field="offer", label=_("The offer you ask for"), value=listing.offer_id),
            Leaf(field="revision", label=_("Which version of the offer you read"), value=str(listing.revision)),
            Leaf(field="topics", label=_("What it is about"), value=", ".join(views.labels(draft.topics))),
            Leaf(field="needs", label=_("What would help you"), value=draft.needs),
            Leaf(field="message", label=_("Your message"), value=draft.message),
            Leaf(
                field="asker_ref",
                label=_("A reference that only the other co-op's computer reads. It does not say who you are"),
                value=_ref(judged.person, listing.node_id, here=here),
            ),
            Leaf(field="answer_by", label=_("An answer can come until"), value=dates.day(until)),
            Leaf(field="for_group", label=_("To join a group"), value=_("yes") if group else _("no")),
        ],
        does_not_leave=_(texts.DOES_NOT_LEAVE),
        who_reads=[
            _("The supporter at {co_op}.", co_op=co_op),
            _(
                "Nobody else reads it. If it waits for five days, the supporter's lead learns that something waits, "
                "and not what."
            ),
        ],
        until=until,
        until_words=_(
            "Your ask ends on {day} if there is no answer. You can withdraw it at any time.", day=dates.day(until)
        ),
        help=views.help_now(here),
        crisis=views.crisis(f"{draft.needs}\n{draft.message}", draft.topics),
        words=_(texts.NOT_SENT),
        stop=_(texts.STOP),
    )


@act("introductions.ask", by={"member"}, scope="introductions")
async def ask(*, actor: Actor, draft: AskDraft, here: Here) -> IntroductionView:
    """Ask. Raises Invalid with all faults; NotAllowed when it is for somebody else and the actor is no lead."""
    async with database.transaction():
        await database.lock(f"asks:{draft.for_person or actor.person}")
        judged = await _judge(actor, draft, here=here)
        half = await _new_half(judged, here=here)
        if judged.person != actor.person:
            await keeping.add(
                Helped,
                introduction=half.id,
                helper=actor.person,
                assisted=draft.assisted_id or "",
                asked_alone=True,
                at=here.now,
            )
        await keeping.note(half, "joined" if half.group_offer else "asked", here=here)
        await keeping.send(half, "ask:1", until=half.answer_by, here=here)
        await keeping.wake("ways-on", half.id, here.now + rules.WAYS_ON_AFTER, here=here)
        await keeping.wake("expire", half.id, half.answer_by, here=here)
        await journal.write(actor.person, "introduction.asked", f"introduction:{half.id}", {}, here=here)
        return await views.view(half, here=here)


async def _new_half(judged: Judged, *, here: Here) -> Half:
    listing, draft = judged.listing, judged.draft
    id, thread = here.token(), here.token()
    owner = f"{keeping.PREFIX}:{id}"
    await vault.create(owner, here=here)
    words = await reads.Words.of(owner, here=here)
    text = AskText(
        offer=listing.offer_id,
        revision=listing.revision,
        listing=listing.id,
        topics=draft.topics,
        needs=draft.needs,
        message=draft.message,
    )
    await keeping.add(
        Introduction,
        id=id,
        thread=rules.way_back(thread, here.node_id, listing.node_id),
        thread_out=thread,
        side="asker",
        other_node=listing.node_id,
        person=judged.person,
        status="waiting",
        group_offer=listing.kind == "group",
        asked_at=here.now,
        answer_by=here.now + rules.ASK_LIFE,
        ask=words.seal("introduction", id, "ask", msgspec.json.encode(text).decode()),
        had_of=rules.CONVERSATIONS,
        changed_at=here.now,
    )
    half = await reads.find(id)
    assert half is not None
    return half


async def _judge(actor: Actor, draft: AskDraft, *, here: Here) -> Judged:
    """The ask as it may be made. Raises Invalid with the faults of every field."""
    person, faults = await _for_whom(actor, draft, here=here)
    listing: Listing | None = None
    try:
        listing = await support.askable(draft.offer_id, replace(actor, person=person), here)
    except NotFound:
        faults["offer_id"] = _(GONE)
    except Refusal as refusal:
        faults["offer_id"] = refusal.words
    faults = (
        rules.ask_faults(
            draft,
            offered=listing.topics if listing else None,
            group=listing is not None and listing.kind == "group",
            open_asks=await reads.open_asks(person),
        )
        | faults
    )
    if listing is not None and await _asked_already(person, listing, here=here):
        faults.setdefault("offer_id", _("You have asked this supporter already, and the ask still waits."))
    if faults or listing is None:
        raise Invalid(faults)
    tidied = msgspec.structs.replace(draft, needs=rules.tidy(draft.needs), message=rules.tidy(draft.message))
    return Judged(person=person, listing=listing, draft=tidied)


async def _for_whom(actor: Actor, draft: AskDraft, *, here: Here) -> tuple[str, dict[str, str]]:
    """Whose ask it is. A lead may enter one for somebody they searched with, and who was asked alone."""
    if draft.for_person is None or draft.for_person == actor.person:
        return actor.person, {}
    if not actor.has("peer_support_lead"):
        raise NotAllowed(_("You can ask only for yourself."), cause="ask for another")
    searched = None
    if draft.assisted_id is not None:
        searched = await support.assisted(draft.assisted_id, here)
    if searched is None or searched.person != draft.for_person or searched.lead != actor.person:
        return actor.person, {"assisted_id": _("First search together with this person, then ask from that search.")}
    if not searched.asked_alone:
        return actor.person, {"assisted_id": _("Ask the person alone first, and note that in the search.")}
    if not await members.active(draft.for_person, here=here):
        return actor.person, {"for_person": _("We can't find that person.")}
    return draft.for_person, {}


async def _asked_already(person: str, listing: Listing, *, here: Here) -> bool:
    for half in await reads.open_of_person(person):
        if half.side != "asker" or half.other_node != listing.node_id:
            continue
        words = await reads.Words.of(half.owner, here=here)
        text = await reads.ask_text(half, words)
        if text is not None and text.offer == listing.offer_id:
            return True
    return False


def _ref(person: str, node_id: str, *, here: Here) -> str:
    return rules.asker_ref(here.node_key.derive("asker ref"), person, node_id)


# Tell me when they are back -------------------------------------------------------------------------------------------


@act("introductions.tell_me_when_back", by={"member"}, scope="introductions")
async def tell_me_when_back(*, actor: Actor, draft: BackDraft, here: Here) -> BackView:
    """One tap: a neutral notice goes to the actor when the supporter takes asks again. Nothing leaves this node.

    Raises Invalid when the offer is not there; asking twice gives the first.
    """
    async with database.transaction():
        found = await support.listed(draft.offer_id, here)
        if found is None:
            raise Invalid({"offer_id": _(GONE)})
        for view, listing in await lists.back_notices(actor.person, here=here):
            if listing == found.id:
                return view
        id = here.token()
        await vault.create(f"{keeping.PREFIX}:{id}", here=here)
        words = await reads.Words.of(f"{keeping.PREFIX}:{id}", here=here)
        await keeping.add(
            BackNotice,
            id=id,
            person=actor.person,
            listing=words.seal("introduction_back_notice", id, "listing", found.id),
            until=found.away_until,
            at=here.now,
        )
        due = max(found.away_until or 0, here.now + rules.DAY)
        await keeping.wake("back", id, due, here=here)
        return lists.back_view(id, found.away_until)
