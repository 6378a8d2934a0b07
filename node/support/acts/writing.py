# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a supporter does with their own offer: draft, revise, hand in, confirm, withdraw; and the lead's withdrawal.

Each: the right is checked, the offer is held, the change made, the journal written, exchange told, in one transaction. A
wording is judged as a whole and sealed before it is stored. What is published stays as it was until the lead has read the
newer wording.
"""

from __future__ import annotations

import msgspec

from node import database, journal, vault
from node.actor import Actor
from node.errors import Conflict, NotFound
from node.here import Here
from node.members import notices
from node.members import reads as members
from node.members.rights import act
from node.support import rules
from node.support.acts import publishing
from node.support.reads import offers, rows
from node.support.rules import DAY, Facts
from node.support.shapes import OfferDraft, OfferView
from node.support.taxonomy import common
from node.support.wording import Content
from node.words import N_, _

SUPPORTER = "peer_supporter"
LEAD = "peer_support_lead"
NODE = "node"
"""Who ended an offer when a person left: nobody in particular."""
ENDED = N_("This offer has ended. You can write a new one.")


@act("support.draft_offer", by={SUPPORTER}, scope="support")
async def draft_offer(*, actor: Actor, draft: OfferDraft, here: Here) -> OfferView:
    """Begin an offer; with `submit` it goes to the lead at once. Raises Invalid with every field's fault."""
    content = rules.judged(draft, topics=common(), here=here)
    async with database.transaction():
        offer_id = here.token()
        await database.insert_many(
            "offer",
            ("id", "supporter", "created_at", "revision"),
            [(offer_id, actor.person, here.now, 1)],
        )
        await _write(offer_id, actor.person, 1, content, here=here)
        room = content.places if content.open is None else content.open
        await publishing.set_places(offer_id, places=content.places, open=room, here=here)
        await journal.write(actor.person, "offer.drafted", f"offer:{offer_id}", here=here)
        if draft.submit:
            await _hand_in(await own(actor, offer_id), actor, here=here)
        return await _view(offer_id, here=here)


@act("support.revise_offer", by={SUPPORTER}, scope="support")
async def revise_offer(*, actor: Actor, offer_id: str, draft: OfferDraft, here: Here) -> OfferView:
    """A new wording. Others go on reading the approved one until the lead has read this one too."""
    content = rules.judged(draft, topics=common(), here=here)
    async with database.transaction():
        facts = await own(actor, offer_id)
        if facts.withdrawn_at is not None:
            raise Conflict(_(ENDED))
        number = facts.revision + 1
        await database.execute("UPDATE offer SET revision = {} WHERE id = {}", number, offer_id)
        await _write(offer_id, actor.person, number, content, here=here)
        if facts.published is None:
            room = content.places if content.open is None else content.open
            await publishing.set_places(offer_id, places=content.places, open=room, here=here)
        await journal.write(actor.person, "offer.revised", f"offer:{offer_id}", {"revision": number}, here=here)
        if draft.submit:
            await _hand_in(await own(actor, offer_id), actor, here=here)
        return await _view(offer_id, here=here)


@act("support.submit_offer", by={SUPPORTER}, scope="support")
async def submit_offer(*, actor: Actor, offer_id: str, here: Here) -> OfferView:
    """Hand the newest wording to the lead. Doing it twice is doing it once."""
    async with database.transaction():
        await _hand_in(await own(actor, offer_id), actor, here=here)
        return await _view(offer_id, here=here)


@act("support.confirm_offer", by={SUPPORTER}, scope="support")
async def confirm_offer(*, actor: Actor, offer_id: str, here: Here) -> OfferView:
    """ "Still right": it stands for another 90 days. A year after the lead's check it has to be read again."""
    async with database.transaction():
        facts = await own(actor, offer_id)
        if facts.withdrawn_at is not None:
            raise Conflict(_(ENDED))
        if facts.checked_on is None:
            raise Conflict(_("This offer has not been published yet."))
        if facts.checked_on + rules.RECHECK_DAYS * DAY <= here.now:
            raise Conflict(_("It is a year since this was last checked. Please hand it in again for a fresh look."))
        await database.insert_many(
            "offer_confirmation", ("id", "offer", "by", "at"), [(here.token(), offer_id, actor.person, here.now)]
        )
        await journal.write(actor.person, "offer.confirmed", f"offer:{offer_id}", here=here)
        await publishing.refresh(offer_id, here=here)
        return await _view(offer_id, here=here)


@act("support.withdraw_offer", by={SUPPORTER, LEAD}, scope="support")
async def withdraw_offer(*, actor: Actor, offer_id: str, here: Here) -> OfferView:
    """End an offer, here and at every neighbour. Nobody asks why. Doing it twice is doing it once."""
    async with database.transaction():
        facts = await rows.facts(offer_id, held=True)
        handed_in = facts is not None and (facts.submitted_at or facts.published) is not None
        if facts is None or (facts.supporter != actor.person and not (actor.has(LEAD) and handed_in)):
            raise NotFound(cause="no such offer for this person")
        await end(facts, by=actor.person, here=here)
        if actor.person != facts.supporter:
            await notices.notify(person=facts.supporter, what="answer", here=here)
        return await _view(offer_id, here=here)


async def end(facts: Facts, *, by: str | None, here: Here) -> None:
    """Withdraw an offer that was found; nothing when it was already. In the caller's transaction."""
    if facts.withdrawn_at is not None:
        return
    await database.insert_many(
        "offer_withdrawal", ("id", "offer", "by", "at"), [(here.token(), facts.id, by or NODE, here.now)]
    )
    await journal.write(by, "offer.withdrawn", f"offer:{facts.id}", here=here)
    await publishing.refresh(facts.id, here=here)


async def own(actor: Actor, offer_id: str) -> Facts:
    """The actor's own offer, held until the transaction ends. Raises NotFound, alike for another's and for none."""
    facts = await rows.facts(offer_id, held=True)
    if facts is None or facts.supporter != actor.person:
        raise NotFound(cause="no such offer of this person")
    return facts


async def _write(offer_id: str, supporter: str, number: int, content: Content, *, here: Here) -> None:
    id = here.token()
    ring = await vault.ring([supporter], here=here)
    text = msgspec.json.encode(content).decode()
    sealed = ring.seal(supporter, "offer_revision", id, "content", text)
    await database.insert_many(
        "offer_revision",
        ("id", "offer", "number", "written_by", "at", "content"),
        [(id, offer_id, number, supporter, here.now, sealed)],
    )


async def _hand_in(facts: Facts, actor: Actor, *, here: Here) -> None:
    if facts.withdrawn_at is not None:
        raise Conflict(_(ENDED))
    if facts.submitted_at is not None:
        return
    await database.insert_many(
        "offer_submission",
        ("id", "revision", "by", "at"),
        [(here.token(), facts.revision_id, actor.person, here.now)],
    )
    for lead in await members.by_role(LEAD, here=here):
        if lead != facts.supporter:
            await notices.notify(person=lead, what="waiting", here=here)
    await journal.write(actor.person, "offer.submitted", f"offer:{facts.id}", {"revision": facts.revision}, here=here)


async def _view(offer_id: str, *, here: Here) -> OfferView:
    facts = await rows.facts(offer_id)
    assert facts is not None
    return await offers.view(facts, facts.revision_id, for_lead=False, here=here)
