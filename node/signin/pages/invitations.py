# SPDX-License-Identifier: AGPL-3.0-or-later
"""An invitation in the browser: read, put right, say yes; or, when it is over, ask for another."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid, NotFound
from node.members.shapes import Acceptance
from node.signin import acts, reads
from node.signin.pages import parts
from node.signin.pages.parts import SESSION, Ask, arriving
from node.web.forms import Form, ours
from node.web.pages import OPEN, Page, Visit, page, to

ONE = "/invitations/{token:str}"


@get("/invitations/asked", name="invitation-asked", opt=OPEN)
async def asked(visit: NamedDependency[Visit]) -> Page:
    return page("signin/invitation_asked.html", visit)


@get(ONE, name="invitation", opt=OPEN)
async def invitation(token: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    guest = await reads.guest(token, here=visit.here)
    if not guest.stands:
        return _over(visit, Form.blank(), token)
    return _invitation(visit, Form.blank(full_name=guest.name, email=guest.email), token)


def _invitation(visit: Visit, form: Form, token: str) -> Page:
    return page("signin/invitation.html", visit, form=form, token=token)


def _over(visit: Visit, form: Form, token: str, status: int = 404) -> Page:
    return page("signin/invitation_over.html", visit, form=form, token=token, status=status)


@post(ONE, name="invitation-accepting", opt=OPEN)
@arriving
async def accept(
    token: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask
) -> Page:
    try:
        given = await acts.accept_invitation(
            acceptance=form.into(Acceptance, token=token),
            before=parts.cookie(request, visit.here, SESSION),
            device=parts.device(request),
            here=visit.here,
        )
    except Invalid as no:
        return _invitation(visit, form.refused(no), token)
    except NotFound:
        return _over(visit, Form.blank(), token)
    return parts.keep(to("/sign-in/device"), given, visit.here)


@post(ONE + "/wish", name="invitation-wish", opt=OPEN)
@ours
async def ask_for_another(
    token: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask
) -> Page:
    try:
        await acts.ask_for_new_invitation(
            token=token, words=form.text("words"), origin=parts.origin(request), here=visit.here
        )
    except Invalid as no:
        return _over(visit, form.refused(no), token, status=422)
    return to("/invitations/asked")


routes = [asked, invitation, accept, ask_for_another]
