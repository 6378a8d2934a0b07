# SPDX-License-Identifier: AGPL-3.0-or-later
"""What we keep, why, how long, and whom to complain to, for everybody; the same for paper."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from node.front import purposes
from node.front.pages.parts import qr
from node.web.pages import OPEN, Page, Visit, page

PRIVACY = "/privacy"


@get(PRIVACY, name="privacy", opt=OPEN)
async def privacy(visit: NamedDependency[Visit]) -> Page:
    return page("front/privacy.html", visit, known=purposes.known())


@get(PRIVACY + "/print", name="privacy-print", opt=OPEN)
async def privacy_print(visit: NamedDependency[Visit]) -> Page:
    return page("front/privacy_print.html", visit, known=purposes.known(), qr=qr(visit.here, PRIVACY))


routes = [privacy, privacy_print]
