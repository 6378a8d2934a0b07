# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first page: a welcome for whoever is not signed in, and for everybody else what waits for them and one thing to do."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from node.actor import Actor
from node.front import reads, rules
from node.here import Here
from node.web.pages import Page, Visit, page
from node.words import N_

SAID = {
    "signed-in": N_("You are signed in."),
    "signed-out": N_("You are signed out."),
    "welcome": N_("Welcome. You are in."),
}


@get("/", name="home")
async def home(
    visit: NamedDependency[Visit], whoever: NamedDependency[Actor | None], here: NamedDependency[Here]
) -> Page:
    if whoever is None:
        return page("front/welcome.html", visit, said=SAID)
    leads = any(whoever.has(role) for role in rules.LEADS)
    reads_complaints = leads or whoever.has("operator")
    return page(
        "front/home.html",
        visit,
        said=SAID,
        home=await reads.home(whoever, here=here),
        leads=leads,
        peer_lead=whoever.has("peer_support_lead"),
        reads_complaints=reads_complaints,
        supporter=whoever.has("peer_supporter"),
        introductions=whoever.may_use("introductions"),
    )


routes = [home]
