# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lead's check, which stands before every publication: yes, or back with a note. Never of the lead's own offer.

Yes is for the newest wording that was handed in and for no other; what leaves is decided again at departure. The gate (induction,
promise, supervisor, next check-in) must hold at that moment.
"""

from __future__ import annotations

from node import database, journal, vault
from node.actor import Actor
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.here import Here
from node.members import notices
from node.members.rights import act
from node.support import rules
from node.support.acts import publishing
from node.support.reads import offers, rows
from node.support.rules import Facts
from node.support.shapes import OfferView
from node.words import _

LEAD = "peer_support_lead"


@act("support.approve_offer", by={LEAD}, scope="support")
async def approve_offer(*, actor: Actor, offer_id: str, here: Here) -> OfferView:
    """The lead read it and says yes: it is published here and, by its audience, to the neighbours, for 90 days."""
    async with database.transaction():
        facts = await _waiting(actor, offer_id)
        standing = await rows.standing(facts.supporter, here=here)
        if not standing.ok:
            raise Conflict(_("This can't be published yet.") + " " + " ".join(standing.missing), cause="gate")
        content = await rows.content(facts, facts.revision_id, here=here)
        await database.insert_many(
            "offer_approval",
            ("id", "revision", "by", "at"),
            [(here.token(), facts.revision_id, actor.person, here.now)],
        )
        await publishing.set_audience(offer_id, content, here=here)
        # Before the first publication the draft's number stands in Places already, or what was said since.
        room = facts.open if facts.published is None or content.open is None else content.open
        await publishing.set_places(offer_id, places=content.places, open=min(room, content.places), here=here)
        await publishing.refresh(offer_id, here=here)
        await notices.notify(person=facts.supporter, what="answer", here=here)
        await journal.write(
            actor.person, "offer.published", f"offer:{offer_id}", {"revision": facts.revision}, here=here
        )
        return await _view(offer_id, here=here)


@act("support.return_offer", by={LEAD}, scope="support")
async def return_offer(*, actor: Actor, offer_id: str, note: str, here: Here) -> OfferView:
    """Back to the supporter, with a note on what to change. A wording published before stays."""
    note = rules.tidy(note)
    if not note or len(note) > rules.NOTE:
        raise Invalid({"note": _("Tell the supporter what to change, in up to {limit} characters.", limit=rules.NOTE)})
    async with database.transaction():
        facts = await _waiting(actor, offer_id)
        id = here.token()
        ring = await vault.ring([facts.supporter], here=here)
        sealed = ring.seal(facts.supporter, "offer_return", id, "note", note)
        await database.insert_many(
            "offer_return",
            ("id", "revision", "by", "at", "note"),
            [(id, facts.revision_id, actor.person, here.now, sealed)],
        )
        await notices.notify(person=facts.supporter, what="answer", here=here)
        await journal.write(
            actor.person, "offer.returned", f"offer:{offer_id}", {"revision": facts.revision}, here=here
        )
        return await _view(offer_id, here=here)


async def _waiting(actor: Actor, offer_id: str) -> Facts:
    """The offer that waits for this lead, held. NotFound when nothing of it was handed in; NotAllowed for one's own."""
    facts = await rows.facts(offer_id, held=True)
    if facts is None or facts.submitted_at is None:
        raise NotFound(cause="nothing handed in")
    if facts.supporter == actor.person:
        raise NotAllowed(_("Another lead has to read your own offer."), cause="own offer")
    if not rules.waits_for_check(facts):
        raise Conflict(_("This has been dealt with already."), cause="not waiting")
    return facts


async def _view(offer_id: str, *, here: Here) -> OfferView:
    facts = await rows.facts(offer_id)
    assert facts is not None
    return await offers.view(facts, facts.revision_id, for_lead=True, here=here)
