# SPDX-License-Identifier: AGPL-3.0-or-later
"""My offers: all of them with their state in words, one of them with what can be done about it, and each of these deeds.

"I'm full", "I have room again" and "I'm back" are one press. Ending one says first what happens here and at the neighbours.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.support import acts, reads, rules
from node.support.pages import showing
from node.support.pages.states import state_words
from node.support.shapes import OfferView
from node.web import days
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_

SAID = {
    "drafted": N_("It is kept as a draft. Nobody else can read it yet."),
    "submitted": N_("It is with your lead now. We will write to you when they have read it."),
    "full": N_("You are shown as full. Nobody can ask you until you have room again."),
    "room": N_("You are shown with room again."),
    "away": N_("You are shown as away. Nobody can ask you until you are back."),
    "back": N_("You are shown as back."),
    "confirmed": N_("It stands for longer. We will remind you before it runs out."),
    "withdrawn": N_("It has ended. Neighbour co-ops are told at once."),
}
ONE = "/offers/{offer_id:str}"


@get("/offers", name="offers")
async def offers(visit: NamedDependency[Visit]) -> Page:
    mine = await reads.mine(visit.actor, visit.here)
    behind = await reads.supporter(visit.actor.person, visit.actor, visit.here)
    topics = {topic.slug: topic.label for topic in reads.topics().items}
    return page(
        "support/offers.html",
        visit,
        said=SAID,
        standing=behind.standing,
        next_check_in=behind.next_check_in,
        writes=visit.actor.has("peer_supporter"),
        items=[
            (item, ", ".join(topics.get(slug, slug) for slug in item.topics), state_words(item, visit.here))
            for item in mine.items
        ],
    )


@get(ONE, name="offer")
async def offer(offer_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _one(offer_id, visit)


async def _one(offer_id: str, visit: Visit, form: Form | None = None) -> Page:
    mine = await own(offer_id, visit.actor, visit.here)
    preview = await reads.preview(offer_id, visit.actor, visit.here)
    return page(
        "support/offer.html",
        visit,
        said=SAID,
        form=form,
        view=mine,
        offer=showing.offer(mine, visit.here),
        preview=preview,
        state=state_words(mine, visit.here),
        old=mine.checked_on is not None and mine.checked_on + rules.RECHECK_DAYS * rules.DAY <= visit.here.now,
    )


async def own(offer_id: str, actor: Actor, here: Here) -> OfferView:
    """One's own offer; a lead finds others' on the lead's pages. Raises NotFound."""
    return await reads.own(offer_id, actor, here)


@get(ONE + "/print", name="offer_print")
async def offer_print(offer_id: FromPath[str], visit: NamedDependency[Visit], large: FromQuery[str] = "") -> Page:
    mine = await own(offer_id, visit.actor, visit.here)
    return page(
        "support/offer_print.html",
        visit,
        view=mine,
        offer=showing.offer(mine, visit.here),
        preview=await reads.preview(offer_id, visit.actor, visit.here),
        state=state_words(mine, visit.here),
        large=bool(large),
        code=showing.qr(visit.here, f"/offers/{mine.id}"),
    )


@post(ONE + "/full", name="offer_full")
@once
async def full(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.full(actor=visit.actor, offer_id=offer_id, here=visit.here)
    return to(f"/offers/{offer_id}", said="full")


@post(ONE + "/room", name="offer_room")
@once
async def room(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        asked = form.text("open")
        count = int(asked) if asked.isdecimal() and len(asked) < 5 else 0 if asked else None
        await acts.room_again(actor=visit.actor, offer_id=offer_id, open=count, here=visit.here)
    except Invalid as no:
        return await _one(offer_id, visit, form.refused(no))
    return to(f"/offers/{offer_id}", said="room")


@get(ONE + "/away", name="offer_away")
async def away(offer_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    mine = await own(offer_id, visit.actor, visit.here)
    form = Form.blank(**days.fields("until", mine.away_until))
    return page("support/offer_away.html", visit, form=form, view=mine, most=rules.AWAY_DAYS)


@post(ONE + "/away", name="offer_away_until")
@once
async def away_until(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    mine = await own(offer_id, visit.actor, visit.here)
    until, wrong = days.day_of(form, "until")
    try:
        if wrong:
            raise Invalid({"until": wrong})
        await acts.away_until(actor=visit.actor, offer_id=offer_id, until=until, here=visit.here)
    except Invalid as no:
        return page("support/offer_away.html", visit, form=form.refused(no), view=mine, most=rules.AWAY_DAYS)
    return to(f"/offers/{offer_id}", said="away")


@post(ONE + "/back", name="offer_back")
@once
async def back(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.back(actor=visit.actor, offer_id=offer_id, here=visit.here)
    return to(f"/offers/{offer_id}", said="back")


@post(ONE + "/confirmation", name="offer_confirmation")
@once
async def confirm(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.confirm_offer(actor=visit.actor, offer_id=offer_id, here=visit.here)
    return to(f"/offers/{offer_id}", said="confirmed")


@get(ONE + "/withdrawal", name="offer_withdrawal")
async def ending(offer_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    mine = await own(offer_id, visit.actor, visit.here)
    shown = showing.offer(mine, visit.here)
    preview = await reads.preview(offer_id, visit.actor, visit.here)
    return page("support/offer_withdrawal.html", visit, view=mine, offer=shown, preview=preview)


@post(ONE + "/withdrawal", name="offer_withdraw")
@once
async def withdraw(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    mine = await own(offer_id, visit.actor, visit.here)
    await acts.withdraw_offer(actor=visit.actor, offer_id=mine.id, here=visit.here)
    return to("/offers", said="withdrawn")


routes: list[Any] = [
    offers,
    offer,
    offer_print,
    full,
    room,
    away,
    away_until,
    back,
    confirm,
    ending,
    withdraw,
]
