# SPDX-License-Identifier: AGPL-3.0-or-later
"""One tap each: "I'm full", "I have room again", away until, back. Also a place taken or given back by an introduction.

A tap changes only the room or the absence, so nobody has to read the offer again; its readers see it at once, the neighbours by
the next news.
"""

from __future__ import annotations

from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.members.rights import act
from node.support import rules
from node.support.acts import publishing
from node.support.acts.writing import ENDED, SUPPORTER, own
from node.support.reads import offers, rows
from node.support.rules import DAY, Facts
from node.support.shapes import OfferView
from node.words import _


@act("support.full", by={SUPPORTER}, scope="support")
async def full(*, actor: Actor, offer_id: str, here: Here) -> OfferView:
    """ "I'm full": nobody can ask until there is room again."""
    async with database.transaction():
        facts = await _standing(actor, offer_id)
        await publishing.set_places(offer_id, places=facts.places, open=0, here=here)
        return await _done(facts, actor, "offer.full", here=here)


@act("support.room_again", by={SUPPORTER}, scope="support")
async def room_again(*, actor: Actor, offer_id: str, open: int | None = None, here: Here) -> OfferView:
    """ "I have room again": for `open` people, one when not said."""
    async with database.transaction():
        facts = await _standing(actor, offer_id)
        room = 1 if open is None else open
        if not 1 <= room <= facts.places:
            raise Invalid({"open": _("Say for how many there is room now: 1 to {most}.", most=facts.places)})
        await publishing.set_places(offer_id, places=facts.places, open=room, here=here)
        return await _done(facts, actor, "offer.room", here=here)


@act("support.away_until", by={SUPPORTER}, scope="support")
async def away_until(*, actor: Actor, offer_id: str, until: int, here: Here) -> OfferView:
    """Away until that moment (Unix seconds), at most 180 days ahead: the offer stays to be seen, and can't be asked."""
    if not here.now < until <= here.now + rules.AWAY_DAYS * DAY:
        raise Invalid({"until": _("Give a day within the next {days} days.", days=rules.AWAY_DAYS)})
    async with database.transaction():
        facts = await _standing(actor, offer_id)
        await _set_away(facts, actor, until, here=here)
        return await _done(facts, actor, "offer.away", here=here)


@act("support.back", by={SUPPORTER}, scope="support")
async def back(*, actor: Actor, offer_id: str, here: Here) -> OfferView:
    """Back again, earlier than said. Nothing when they were not away."""
    async with database.transaction():
        facts = await _standing(actor, offer_id)
        if facts.is_away(here.now):
            await _set_away(facts, actor, here.now, here=here)
        return await _done(facts, actor, "offer.back", here=here)


async def take_place(offer_id: str, *, here: Here) -> bool:
    """An introduction was accepted: one place fewer. False when there was none left. In the caller's transaction."""
    return await _move_place(offer_id, -1, here=here)


async def give_place_back(offer_id: str, *, here: Here) -> bool:
    """An introduction ended: one place more, never more than there are. False when none was taken."""
    return await _move_place(offer_id, 1, here=here)


async def _move_place(offer_id: str, step: int, *, here: Here) -> bool:
    facts = await rows.facts(offer_id, held=True)
    if facts is None or not 0 <= facts.open + step <= facts.places:
        return False
    await publishing.set_places(offer_id, places=facts.places, open=facts.open + step, here=here)
    await publishing.refresh(offer_id, here=here)
    return True


async def _standing(actor: Actor, offer_id: str) -> Facts:
    facts = await own(actor, offer_id)
    if facts.withdrawn_at is not None:
        raise Conflict(_(ENDED))
    return facts


async def _set_away(facts: Facts, actor: Actor, until: int, *, here: Here) -> None:
    await database.execute("DELETE FROM offer_away WHERE offer = {}", facts.id)
    await database.insert_many(
        "offer_away",
        ("id", "offer", "until", "said_by", "at"),
        [(here.token(), facts.id, until, actor.person, here.now)],
    )


async def _done(facts: Facts, actor: Actor, what: str, *, here: Here) -> OfferView:
    await publishing.refresh(facts.id, here=here)
    await journal.write(actor.person, what, f"offer:{facts.id}", here=here)
    now = await rows.facts(facts.id)
    assert now is not None
    return await offers.view(now, now.revision_id, for_lead=False, here=here)
