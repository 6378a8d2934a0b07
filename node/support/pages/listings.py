# SPDX-License-Identifier: AGPL-3.0-or-later
"""One offer as a member finds it, on screen and on paper. It never says whose it is. The way on, asking or being told when there
is room, is the introductions' page."""

from __future__ import annotations

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from node.here import Here
from node.support import reads
from node.support.pages import answers, choices, showing
from node.support.shapes import Found
from node.web.pages import Page, Visit, page
from node.words import N_

SAID = {"not-sent": N_("Nothing was sent, and what you wrote is gone.")}


async def _known(found: Found, near: str, here: Here) -> dict[str, Any]:
    item = found.listing
    area = here.place.areas.get(near)
    return {
        "found": found,
        "item": item,
        "offer": showing.listing(item),
        "band": choices.band(item.distance_km, area.name if area else ""),
    }


@get("/listings/{listing_id:str}", name="listing")
async def listing(listing_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    near = (await answers.kept(visit.actor, here=visit.here)).near
    found = await reads.found(listing_id, visit.actor, visit.here, near=near)
    return page("support/listing.html", visit, said=SAID, numbers=found.help, **await _known(found, near, visit.here))


@get("/listings/{listing_id:str}/print", name="listing_print")
async def listing_print(listing_id: FromPath[str], visit: NamedDependency[Visit], large: FromQuery[str] = "") -> Page:
    """On paper nobody's place stands, so no distance is told."""
    found = await reads.found(listing_id, visit.actor, visit.here)
    return page(
        "support/listing_print.html",
        visit,
        numbers=found.help,
        large=bool(large),
        code=showing.qr(visit.here, f"/listings/{found.listing.id}"),
        **await _known(found, "", visit.here),
    )


routes = [listing, listing_print]
