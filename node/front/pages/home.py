# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first page: a welcome for whoever is not signed in, and for everybody else what waits for them and one thing to do."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from node.front import reads, rules
from node.web.pages import OPEN, Page, Visit, page
from node.words import N_

SAID = {
    "signed-in": N_("You are signed in."),
    "signed-out": N_("You are signed out."),
    "welcome": N_("Welcome. You are in."),
}


@get("/", name="home", opt=OPEN)
async def home(visit: NamedDependency[Visit]) -> Page:
    if visit.who is None:
        return page("front/welcome.html", visit, said=SAID)
    leads = any(visit.who.has(role) for role in rules.LEADS)
    reads_complaints = leads or visit.who.has("operator")
    return page(
        "front/home.html",
        visit,
        said=SAID,
        home=await reads.home(visit.who, here=visit.here),
        leads=leads,
        peer_lead=visit.who.has("peer_support_lead"),
        reads_complaints=reads_complaints,
        supporter=visit.who.has("peer_supporter"),
        introductions=visit.who.may_use("introductions"),
    )


routes = [home]
