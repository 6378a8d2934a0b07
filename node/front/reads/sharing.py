# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything that somebody shares now, and who looked at what is kept about them.

Each thing in force names what leaves, to which co-op, until when, and the page where it ends. Of who looked, only kinds that
`rules.LOOKS` names are shown, each once for a day: never a look for safeguarding, whose list would tell the person alleged.
"""

from __future__ import annotations

from datetime import date, datetime

from node import journal
from node.actor import COMMAND_LINE, Actor
from node.dates import UK
from node.errors import NotAllowed
from node.front import rules
from node.front.shapes import GrantView, Look, SharingPage
from node.here import Here
from node.introductions import reads as introductions
from node.introductions import rules as talk
from node.introductions import texts
from node.introductions.halves import Half
from node.members import reads as members
from node.members.rights import check
from node.peers import reads as peers
from node.support import reads as support
from node.support.reads import offers, rows
from node.support.rules import TOPIC
from node.support.taxonomy import common
from node.support.wording import Content
from node.words import N_, _

MOST_LOOKS = 500
AT_THE_MACHINE = N_("Whoever looks after the computer")


async def sharing(actor: Actor, *, here: Here) -> SharingPage:
    """What the actor shares, and who looked. A delegate sees of it what they were named for."""
    check(actor, by=frozenset({"member"}), scope="people", act="front.sharing")
    own = actor.may_use("introductions")
    return SharingPage(
        introductions=await _introductions(actor, here=here) if own else [],
        offers=await _offers(actor, here=here),
        looks=await looks(actor.person, here=here),
        introductions_hidden=not own,
    )


async def looks(person: str, *, here: Here) -> list[Look]:
    """Who looked, newest first. The same person at the same kind of thing for the same reason is one line a day."""
    found = await journal.accesses_of(person, MOST_LOOKS, kinds=rules.LOOKS)
    names = await members.names({each.who for each in found}, here=here) | {COMMAND_LINE: _(AT_THE_MACHINE)}
    seen: set[tuple[str, str, str, date]] = set()
    lines = []
    for each in found:
        day = _day(each.at)
        if each.who == person or (each.who, each.kind, each.why, day) in seen:
            continue
        seen.add((each.who, each.kind, each.why, day))
        lines.append(
            Look(
                at=each.at,
                who=names[each.who],
                kind=_(rules.LOOKS[each.kind]),
                why=_(rules.WHY.get(each.why, "")),
            )
        )
    return lines


def _day(at: int) -> date:
    return datetime.fromtimestamp(at, UK).date()


async def _introductions(actor: Actor, *, here: Here) -> list[GrantView]:
    found = []
    for half in await introductions.of_person(actor.person):
        view = await _introduction(half, here=here)
        if view is not None:
            found.append(view)
    return found


async def _introduction(half: Half, *, here: Here) -> GrantView | None:
    """An introduction in force, or one that is over in which something left that can't be taken back."""
    choice = await introductions.of("share", half.id)
    ticked = [
        _(texts.FIELD_LABELS[field]) for field in (choice["fields"].split(",") if choice and choice["fields"] else [])
    ]
    left = choice is not None and choice["reached_at"] is not None
    in_force = half.status in talk.OPEN and not half.hidden
    if not in_force and not left:
        return None
    leaves = []
    if half.side == "asker" and in_force:
        leaves.append(_("What you asked, in the words you read before you sent it"))
    if half.status in talk.TALKING:
        leaves.append(_("The messages you write there"))
    if ticked and left:
        leaves += [_("{field}: it has arrived and can't be taken back", field=field) for field in ticked]
    elif ticked and choice is not None and choice["confirmed_at"] is not None:
        leaves += [_("{field}: confirmed, not sent yet", field=field) for field in ticked]
    if not leaves:
        leaves.append(_("Nothing of yours yet"))
    co_op = await introductions.co_op(half.other_node, here=here)
    return GrantView(
        what=_("A private introduction with somebody from {co_op}", co_op=co_op),
        to=[co_op],
        leaves=leaves,
        since=half.asked_at,
        until=half.answer_by if half.status == "waiting" else half.erase_at,
        href=f"/introductions/{half.id}" if in_force else "",
        ends=_("Take it back or end it on its own page") if in_force else "",
        note=texts.status(half.status, half.side),
    )


async def _offers(actor: Actor, *, here: Here) -> list[GrantView]:
    if not actor.may_use("support"):
        return []
    found = []
    try:
        listed = (await support.mine(actor, here)).items
    except NotAllowed:
        return []
    for offer in listed:
        facts = await rows.facts(offer.id)
        if offer.state != "published" or facts is None or facts.published_id is None:
            continue
        content = await rows.content(facts, facts.published_id, here=here)
        topics = ", ".join(common().label(slug) for slug in content.topics)
        found.append(
            GrantView(
                what=_("An offer: {topics}", topics=topics),
                to=[here.co_op.name, *await _neighbours(content, here=here)],
                leaves=[_("The offer as the lead checked it, without your name")],
                since=facts.checked_on,
                until=facts.expires_at,
                href=f"/offers/{offer.id}/withdrawal",
                ends=_("Withdraw this offer"),
            )
        )
    return found


async def _neighbours(content: Content, *, here: Here) -> list[str]:
    """The neighbour co-ops that have this wording now, by name."""
    if await offers.stays_because(content, here=here):
        return []
    known = await peers.neighbours(here=here)
    return [
        each.name
        for each in known
        if each.state == "active" and TOPIC in each.gets and each.node_id not in content.not_to
    ]
