# SPDX-License-Identifier: AGPL-3.0-or-later
"""My introductions: what waits for my answer first, then the others, the newest first; and one of them, whole."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.here import Here
from node.introductions import lists, rules, views
from node.introductions import waits as waiting
from node.introductions.pages.parts import BASE, ONE, whole
from node.introductions.shapes import BackView
from node.support import reads as support
from node.web.pages import Page, Visit, page
from node.words import N_, _

WAITS = {
    "answer": N_("Somebody asks you. It waits for your answer."),
    "check-out": N_("Are you home again? Please check out."),
    "plan": N_("There is a plan to look at."),
    "share": N_("They have confirmed what they share. It waits for your choice."),
    "review": N_("Time to look at how it is going."),
}
SAID = {"back": N_("We tell you when they are back. Nothing has been sent to them.")}


@get(BASE, name="introductions")
async def mine(visit: NamedDependency[Visit]) -> Page:
    found = await lists.listing(visit.actor, here=visit.here)
    waits = await waiting.waits(visit.actor, here=visit.here)
    for_me = {each.id for each in waits.items}
    return page(
        "introductions/introductions.html",
        visit,
        said=SAID,
        waits=[(each, _(WAITS[each.what])) for each in waits.items],
        meeting=waits.next,
        going_on=[each for each in found.items if each.status in rules.OPEN and each.id not in for_me],
        over=[each for each in found.items if each.status not in rules.OPEN],
        back=await _back(visit.actor, here=visit.here),
    )


async def _back(actor: Actor, *, here: Here) -> list[tuple[BackView, str, str]]:
    """What they asked to be told of: with the page of that offer and what it is about, as long as it is there."""
    found = []
    for view, listing_id in await lists.back_notices(actor.person, here=here):
        listing = await support.listed(listing_id, here)
        path = f"/listings/{listing_id}" if listing else ""
        about = ", ".join(views.labels(listing.topics)) if listing else _("An offer that is no longer there")
        found.append((view, path, about))
    return found


@get(ONE, name="introduction")
async def introduction(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await whole(introduction_id, visit=visit)


routes = [mine, introduction]
