# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was kept of an introduction, for whoever reads a concern about it: opened by a POST, each time logged, never by a GET.

Only the introduction that the concern names; to anybody else the page is the one for nothing there. What is shown stands on
this answer alone: to look again is to open it again.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Conflict, NotFound
from node.introductions import acts, concerned
from node.introductions.views import labels
from node.safeguarding import reads as safeguarding
from node.safeguarding.pages.parts import ONE, for_reader
from node.safeguarding.shapes import ConcernCard
from node.web.forms import Form, ours
from node.web.pages import Page, Visit, page

SEALED: Final = ONE + "/sealed"


@get(SEALED, name="concern-sealed")
async def sealed(concern_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    """What opening does, and the button."""
    card, _id = await _about(concern_id, visit)
    return await _closed(card, visit, "")


@post(SEALED + "/opening", name="concern-sealed-opening", status_code=200)
@ours
async def open_it(concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    card, introduction_id = await _about(concern_id, visit)
    try:
        view = await acts.open_sealed_copy(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    except Conflict as no:
        return await _closed(card, visit, no.words)
    return page(
        "introductions/sealed_copy.html",
        visit,
        card=card,
        view=view,
        topics=labels(view.topics),
        numbers=await safeguarding.numbers_here(here=visit.here),
    )


async def _closed(card: ConcernCard, visit: Visit, refused: str) -> Page:
    return page(
        "introductions/sealed.html",
        visit,
        status=409 if refused else 0,
        card=card,
        refused=refused,
        numbers=await safeguarding.numbers_here(here=visit.here),
    )


async def _about(concern_id: str, visit: Visit) -> tuple[ConcernCard, str]:
    card = await for_reader(visit, concern_id)
    half = await concerned.half_of(card)
    if half is None:
        raise NotFound(cause="a concern about no introduction")
    return card, half.id


routes = [sealed, open_it]
