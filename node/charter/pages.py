# SPDX-License-Identifier: AGPL-3.0-or-later
"""The charter, for operators: who belongs, who signed, until when it stands, what is amiss, whom to invite.

The page shows and tells which command does what; each deed is done by command or by the API.
"""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from node.charter import reads, wording
from node.web.pages import Page, Visit, page


@get("/charter", name="charter")
async def charter(visit: NamedDependency[Visit]) -> Page:
    detail = await reads.detail(visit.actor, here=visit.here)
    return page(
        "charter/charter.html",
        visit,
        charter=detail,
        standing=wording.standing(detail, now=visit.here.now),
        member_words=wording.member_words,
        doubt_words=wording.doubt_words,
    )


routes = [charter]
