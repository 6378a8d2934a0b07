# SPDX-License-Identifier: AGPL-3.0-or-later
"""The journal, newest first, a kind at a time, and whether it is whole. Pages go on by an entry's number, which tells nothing."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, get, post
from litestar.di import NamedDependency

from node.journal import Verdict
from node.running.reads import book
from node.web.forms import Form, ours
from node.web.pages import Page, Visit, page
from node.words import _

LONGEST: Final = 18


@get("/journal", name="journal")
async def journal(request: Request[Any, Any, Any], visit: NamedDependency[Visit]) -> Page:
    asked = request.query_params.get("before", "")
    before = int(asked) if asked.isdecimal() and len(asked) <= LONGEST else None
    return await _page(visit, kind=request.query_params.get("kind", ""), before=before)


@post("/journal/verification", name="journal-verification")
@ours
async def verify(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    return await _page(visit, verdict=await book.verify(visit.actor, here=visit.here))


async def _page(visit: Visit, *, kind: str = "", before: int | None = None, verdict: Verdict | None = None) -> Page:
    kind = kind if kind in book.NAMES else ""
    found = await book.page_of(visit.actor, kind=kind, before=before, here=visit.here)
    at = f"/journal?kind={kind}&" if kind else "/journal?"
    return page(
        "running/journal.html",
        visit,
        lines=found.lines,
        older=f"{at}before={found.older}" if found.older else "",
        newest=at.rstrip("?&") if before is not None else "",
        whole=found.whole,
        kinds=[("", _("Everything")), *((key, _(words)) for key, words in book.NAMES.items())],
        kind=kind,
        verdict=verdict,
    )


routes = [journal, verify]
