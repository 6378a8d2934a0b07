# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whom to ring: by area, for everybody; and the co-op's own numbers, which an operator sets and leads can look at."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency

from node.errors import Invalid
from node.safeguarding import reads, setup
from node.safeguarding.pages.parts import CONCERNS
from node.safeguarding.pages.worry import WORRY
from node.safeguarding.shapes import SetupDraft
from node.web.forms import Form, once
from node.web.pages import OPEN, Page, Visit, page, to
from node.words import N_

SETTINGS = CONCERNS + "/settings"
SAID = {"set": N_("These numbers stand from now on.")}


@get(WORRY + "/numbers", name="worry-numbers", opt=OPEN)
async def by_area(visit: NamedDependency[Visit]) -> Page:
    """Adult social care for every area we know. Nothing is chosen, so nothing is left in a history."""
    return page(
        "safeguarding/numbers.html",
        visit,
        numbers=await reads.numbers_here(here=visit.here),
        councils=await reads.councils(here=visit.here),
    )


@get(SETTINGS, name="safeguarding-settings")
async def settings(visit: NamedDependency[Visit]) -> Page:
    return await _shown(None, visit)


@post(SETTINGS, name="safeguarding-setting", status_code=200)
@once
async def set_up(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await setup.set_up(actor=visit.actor, draft=form.into(SetupDraft), here=visit.here)
    except Invalid as no:
        return await _shown(form.refused(no), visit)
    return to(SETTINGS, said="set")


async def _shown(form: Form | None, visit: Visit) -> Page:
    now = await reads.setup(visit.actor, here=visit.here)
    return page(
        "safeguarding/settings.html",
        visit,
        form=form
        or Form.blank(out_of_hours=now.out_of_hours, lead_phone=now.lead_phone, deputy_phone=now.deputy_phone),
        said=SAID,
        now_set=now,
        may_set=visit.actor.has("operator"),
        readers=await reads.would_read(here=visit.here),
    )


routes = [by_area, settings, set_up]
