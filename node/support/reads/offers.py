# SPDX-License-Identifier: AGPL-3.0-or-later
"""Offers as their supporter and the lead see them, the preview of what leaves, and what stands behind a supporter.

A supporter sees their own; a lead sees what was handed to them or was published, never a draft still being written. To
anybody else there is no such offer. A lead's look at somebody's offer is put into the access log, in the same transaction.
"""

from __future__ import annotations

import msgspec

from node import database, journal
from node.actor import Actor
from node.errors import NotFound
from node.here import Here
from node.members.rights import check
from node.peers import reads as peers
from node.safeguarding import reads as safeguarding
from node.support import rules
from node.support.hints import check_hints
from node.support.reads import rows
from node.support.rules import Facts
from node.support.shapes import (
    Audience,
    CoOpName,
    OfferLine,
    OfferList,
    OfferView,
    Preview,
    SupporterView,
    TopicList,
    TopicView,
)
from node.support.taxonomy import common
from node.support.wording import Content
from node.words import _

LEAD = "peer_support_lead"
WRITERS = frozenset({"peer_supporter", LEAD})


async def offer(offer_id: str, actor: Actor, here: Here) -> OfferView:
    """One offer. Raises NotFound, alike for none and for one that this person may not see."""
    async with database.transaction():
        facts, revision = await readable(offer_id, actor, here=here)
        return await view(facts, revision, for_lead=facts.supporter != actor.person, here=here)


async def own(offer_id: str, actor: Actor, here: Here) -> OfferView:
    """One of the actor's own offers. Raises NotFound, alike for none and for another's, whatever else the actor may see."""
    check(actor, by=WRITERS, scope="support", act="support.offer")
    facts = await rows.facts(offer_id)
    if facts is None or facts.supporter != actor.person:
        raise NotFound(cause="no such offer of this person")
    return await view(facts, facts.revision_id, for_lead=False, here=here)


async def readable(offer_id: str, actor: Actor, *, here: Here) -> tuple[Facts, str]:
    """The offer, and the id of the revision that this person reads of it; a lead's look is logged. Raises NotFound."""
    check(actor, by=WRITERS, scope="support", act="support.offer")
    facts = await rows.facts(offer_id)
    if facts is None:
        raise NotFound(cause="no such offer")
    if facts.supporter == actor.person:
        return facts, facts.revision_id
    shown = facts.revision_id if facts.submitted_at is not None else facts.published_id
    if shown is None or not actor.has(LEAD):
        raise NotFound(cause="another's offer")
    await journal.accessed(actor.person, facts.supporter, "offer", "check", here=here)
    return facts, shown


async def view(facts: Facts, revision_id: str, *, for_lead: bool, here: Here) -> OfferView:
    """The offer with one wording of it, opened."""
    content = await rows.content(facts, revision_id, here=here)
    standing = await rows.standing(facts.supporter, here=here)
    return OfferView(
        id=facts.id,
        state=rules.state(facts, ok=standing.ok, now=here.now),
        revision=facts.revision,
        published_revision=facts.published,
        kind=content.kind,
        topics=list(content.topics),
        have=content.have,
        how=content.how,
        limits=content.limits,
        ways=list(content.ways),
        languages=list(content.languages),
        area=content.area_id,
        times=content.times,
        replies=content.replies,
        places=content.places,
        open=facts.open,
        careful_ok=content.careful_ok,
        audience=Audience(home_only=content.home_only, not_to=list(content.not_to)),
        away_until=facts.away_until if facts.is_away(here.now) else None,
        expires_at=facts.expires_at,
        checked_on=facts.checked_on,
        newer=rules.newer(facts),
        note=await rows.note(facts, here=here) if facts.returned_at is not None else None,
        standing=standing,
        hints=check_hints(content, common()) if for_lead else [],
    )


async def mine(actor: Actor, here: Here) -> OfferList:
    """The actor's own offers, newest first."""
    check(actor, by=WRITERS, scope="support", act="support.offers")
    return OfferList(items=await _lines(await rows.of_supporter(actor.person), here=here))


async def waiting(actor: Actor, here: Here) -> OfferList:
    """Offers that wait for the lead's check, the longest waiting first, without the lead's own."""
    check(actor, by=frozenset({LEAD}), scope="support", act="support.waiting")
    found = [facts for facts in await rows.with_the_lead() if facts.supporter != actor.person]
    return OfferList(items=await _lines(found, here=here))


async def shown_of(node_id: str, *, here: Here) -> int:
    """How many offers of this co-op our members can find now."""
    found = await database.row(
        "SELECT COUNT(*) AS n FROM listing WHERE node_id = {} AND hidden = {} AND expires_at > {}",
        node_id,
        False,
        here.now,
    )
    return int(found["n"]) if found else 0


async def _lines(found: list[Facts], *, here: Here) -> list[OfferLine]:
    opened = await rows.contents([(facts, facts.revision_id) for facts in found], here=here)
    ok = {who: (await rows.standing(who, here=here)).ok for who in {facts.supporter for facts in found}}
    return [
        OfferLine(
            id=facts.id,
            state="waiting_check"
            if rules.waits_for_check(facts) and facts.published is None
            else rules.state(facts, ok=ok[facts.supporter], now=here.now),
            revision=facts.revision,
            kind=opened[facts.revision_id].kind,
            topics=list(opened[facts.revision_id].topics),
            open=facts.open,
            places=facts.places,
            expires_at=facts.expires_at,
            away_until=facts.away_until if facts.is_away(here.now) else None,
            newer=rules.newer(facts),
        )
        for facts in found
    ]


async def preview(offer_id: str, actor: Actor, here: Here) -> Preview:
    """Exactly what would leave of the wording this person reads, to which co-ops by name, until when; or why it stays."""
    async with database.transaction():
        facts, revision = await readable(offer_id, actor, here=here)
        content = await rows.content(facts, revision, here=here)
    known = await co_ops(here=here)
    names = await peers.name_of(content.not_to, here=here)
    because = await stays_because(content, here=here)
    to = [each for each in known if each.node_id not in content.not_to]
    said = rows.said(facts, content, revision=facts.revision, checked_on=facts.checked_on or here.now, now=here.now)
    return Preview(
        leaves=None if because else msgspec.to_builtins(said),
        to=[] if because else to,
        not_to=[CoOpName(node_id=node_id, name=names[node_id]) for node_id in content.not_to],
        until=None if because else (facts.expires_at or here.now + rules.OFFER_DAYS * rules.DAY),
        stays_because=because,
    )


async def co_ops(*, here: Here) -> list[CoOpName]:
    """The neighbour co-ops that get our offers now, by name."""
    known = await peers.neighbours(here=here)
    getting = [each for each in known if each.state == "active" and rules.TOPIC in each.gets]
    return [CoOpName(node_id=each.node_id, name=each.name) for each in getting]


async def stays_because(content: Content, *, here: Here) -> list[str]:
    """Why this wording does not leave the co-op now; empty when it may."""
    ready = await safeguarding.ready(here=here)
    return rules.may_leave(content, common()) + ([] if ready.ok else ready.missing)


async def supporter(person: str, actor: Actor, here: Here) -> SupporterView:
    """What stands behind a supporter: for themselves and for leads. Raises NotFound."""
    check(actor, by=WRITERS, scope="support", act="support.supporter")
    if person != actor.person and not actor.has(LEAD):
        raise NotFound(cause="another's standing")
    behind = await rows.behind(person, here=here) or rules.Behind()
    return SupporterView(
        person=person,
        induction_on=behind.induction_on,
        promise_on=behind.promise_on,
        supervisor=behind.supervisor,
        next_check_in=behind.next_check_in,
        standing=await rows.standing(person, here=here),
    )


def topics() -> TopicList:
    """All topics, in the order in which they are shown."""
    known = common()
    return TopicList(
        items=[
            TopicView(
                slug=topic.slug,
                label=_(topic.label),
                group=topic.group,
                group_label=known.group_label(topic.group),
                also=list(topic.also),
                reach=topic.reach,
                crisis=topic.slug in known.crisis,
            )
            for topic in known.all.values()
        ]
    )
