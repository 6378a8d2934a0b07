# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts the cast into a co-op through the same acts that people use: nothing is written past them.

In order: people with their roles, the numbers to ring, supporters' inductions, then offers, each drafted by its supporter and
checked by the lead, and facts, each written down by one lead and confirmed by another. What has run out ran out in truth: it
was published 91 days ago. Idempotent it is not: seed a co-op once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node import database
from node.actor import Actor, at_the_command_line
from node.here import Here
from node.members import acts as members
from node.members import reads as people
from node.members import standing
from node.members.shapes import Admission, TokenDraft
from node.metrics import acts as metrics
from node.metrics.shapes import FactDraft, Rate
from node.safeguarding import setup
from node.safeguarding.shapes import SetupDraft
from node.signin import keeping
from node.signin import reads as signin
from node.support import acts as support
from node.support.shapes import Audience, Induction, OfferDraft
from node.village.cast import Cast, CastCoop

DAY = 86_400
OFFER_DAYS = 91
AGREED_DAYS = 30
CLI = at_the_command_line()


async def seed(cast: Cast, co_op: CastCoop, *, here: Here) -> dict[str, str]:
    """Everybody and everything of one co-op; gives cast id -> person id. The database is bound."""
    earlier = here.at(here.now - OFFER_DAYS * DAY)
    ids: dict[str, str] = {}
    for person in cast.of(co_op.id):
        made = await members.admit(
            actor=CLI,
            admission=Admission(
                full_name=person.name, email=person.email, phone=person.phone, roles=list(person.roles), adult=True
            ),
            here=earlier,
        )
        ids[person.id] = made.id
    await setup.set_up(actor=CLI, draft=SetupDraft(out_of_hours=co_op.out_of_hours), here=earlier)
    lead = await people.actor(ids[cast.one(co_op.id, "peer_support_lead").id], here=here)
    for person in cast.of(co_op.id):
        if "peer_supporter" in person.roles:
            await _induct(lead, ids[person.id], when=earlier, here=here)
    for offer in cast.offers:
        if offer["by"] in ids:
            await _offer(offer, ids, lead, earlier=earlier, here=here)
    second = await people.actor(ids[cast.one(co_op.id, "safeguarding_lead").id], here=here)
    for fact in cast.facts:
        if fact["co_op"] == co_op.id:
            await _fact(fact, lead, second, here=here)
    for person in cast.of(co_op.id):
        if person.state == "died":
            await standing.record_death(actor=CLI, person_id=ids[person.id], here=here)
    return ids


async def _induct(lead: Actor, person: str, *, when: Here, here: Here) -> None:
    await support.induct_supporter(
        actor=lead,
        person=person,
        induction=Induction(
            induction_on=when.now - 7 * DAY,
            promise_on=when.now - 7 * DAY,
            supervisor=lead.person,
            next_check_in=here.now + 60 * DAY,
        ),
        here=here,
    )


async def _offer(given: Mapping[str, Any], ids: Mapping[str, str], lead: Actor, *, earlier: Here, here: Here) -> None:
    state = given.get("state", "published")
    when = earlier if state == "expired" else here
    supporter = await people.actor(ids[given["by"]], here=when)
    plain = (
        "kind",
        "topics",
        "have",
        "how",
        "limits",
        "ways",
        "languages",
        "area",
        "times",
        "replies",
        "places",
        "open",
    )
    draft = OfferDraft(
        **{name: given[name] for name in plain if name in given},
        careful_ok=given.get("careful_ok", False),
        audience=Audience(
            home_only=given.get("audience") == "home", not_to=[f"{name}.example" for name in given.get("not_to", [])]
        ),
        submit=state != "draft",
    )
    offer = await support.draft_offer(actor=supporter, draft=draft, here=when)
    if state == "draft":
        return
    await support.approve_offer(actor=lead, offer_id=offer.id, here=when)
    if days := given.get("away_for_days"):
        await support.away_until(actor=supporter, offer_id=offer.id, until=here.now + days * DAY, here=here)


async def _fact(given: Mapping[str, Any], writer: Actor, second: Actor, *, here: Here) -> None:
    agreed_on = here.now - AGREED_DAYS * DAY
    plain = ("about", "services", "people", "theme", "grade", "name", "number", "counted", "circle", "words")
    when: dict[str, Any] = {}
    if "published" in given:
        when["published_on"] = here.now - given["published"] * DAY
    if "days" in given:
        when |= {"start": agreed_on - given["days"] * DAY, "end": agreed_on}
    draft = FactDraft(
        **{name: given[name] for name in plain if name in given},
        **when,
        rates=[Rate(**rate) for rate in given.get("rates", ())],
        agreed_on=agreed_on,
        review_on=agreed_on + 365 * DAY,
    )
    fact = await metrics.draft_fact(actor=writer, draft=draft, here=here)
    await metrics.confirm_fact(actor=second, fact_id=fact.id, here=here)


async def people_of(cast: Cast, co_op: CastCoop, *, here: Here) -> dict[str, str]:
    """Cast id -> person id of a co-op that was seeded before, by address."""
    found = {}
    for person in cast.of(co_op.id):
        ids = await people.by_email(person.email, here=here)
        if ids:
            found[person.id] = ids[0]
    return found


async def give_token(person: str, *, here: Here) -> str:
    """A token with every scope, for 30 days; its text."""
    made = await standing.issue_token(
        actor=CLI, draft=TokenDraft(label="the demo", scopes=["*"], days=30), person_id=person, here=here
    )
    assert made.token is not None
    return made.token


async def give_link(person: str, *, here: Here) -> str:
    """A link whose page signs this person in, as the QR code of a printed card does; those given before end."""
    themselves = await people.actor(person, here=here)
    async with database.transaction():
        await keeping.end_cards(person, by=person, here=here)
        card = await keeping.new_card(person, by=person, stands_from=here.now, expires=here.now + 30 * DAY, here=here)
    return (await signin.card(themselves, card, here=here)).link
