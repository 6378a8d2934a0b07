# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages of sign-in share: the session behind a request, its cookies, where to go next, codes to scan.

`arriving` stands round every form that signs somebody in: it has the same check of the form's origin as any other, and lets a
second sending through, since the first answer with its cookie may never have arrived.
"""

from __future__ import annotations

import functools
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from litestar import Request, Response
from markupsafe import Markup

from node.dates import UK
from node.errors import NotAllowed, NotSignedIn
from node.here import Here
from node.signin import acts, reads
from node.signin.shapes import Session, SignedIn
from node.web import codes
from node.web.forms import NOT_GIVEN, TOKEN, Form, Handler
from node.web.pages import Page, Visit, cookie_name, next_path, set_cookie, to
from node.words import _

SESSION, COMING = "session", "coming"
"""The cookies of a session, and of a sign-in that was begun in this browser."""
HOUR = 3600
Ask = Request[Any, Any, Any]


def arriving(handler: Handler) -> Handler:
    """Round a handler that takes `form` and `visit` and signs somebody in. Raises NotAllowed as `ours` does."""

    @functools.wraps(handler)
    async def guarded(**known: Any) -> Response[Any]:
        visit: Visit = known["visit"]
        if visit.once(known["form"].text(TOKEN)) is None:
            if visit.signed_in:  # the first sending has arrived: its cookie is here already
                return to("/")
            raise NotAllowed(_(NOT_GIVEN), cause="form token")
        return await handler(**known)

    return guarded  # type: ignore[return-value]


def sending(form: Form, visit: Visit) -> str:
    """The name of this one sending of a form, known to nobody else."""
    return visit.once(form.text(TOKEN)) or ""


def cookie(request: Ask, here: Here, what: str) -> str | None:
    """A cookie of ours."""
    return request.cookies.get(cookie_name(here, what)) or None


def origin(request: Ask) -> str:
    """The network address that a request comes from."""
    return request.client.host if request.client else ""


def device(request: Ask) -> str:
    """What the browser says it is."""
    return request.headers.get("user-agent", "")[:500]


async def session(request: Ask, here: Here) -> Session:
    """The session that stands, or one that is stale. Raises NotSignedIn."""
    value = cookie(request, here, SESSION)
    found = await reads.session(value, here=here) if value else None
    if found is None:
        raise NotSignedIn
    return found


def keep(answer: Page, given: SignedIn, here: Here) -> Page:
    """The answer, with the session's new cookie; what was begun in this browser is over."""
    set_cookie(answer, here, SESSION, given.cookie, seconds=given.seconds)
    return forget(answer, here, COMING)


async def again(request: Ask, form: Form, visit: Visit, where: str) -> Page | None:
    """What the first sending of this form was answered with, if it changed the session's cookie a moment ago."""
    given = await acts.step_again(
        session=await session(request, visit.here), sending=sending(form, visit), here=visit.here
    )
    return keep(to(where), given, visit.here) if given else None


def forget(answer: Page, here: Here, what: str) -> Page:
    """The answer, taking a cookie away."""
    set_cookie(answer, here, what, "", seconds=0)
    return answer


def after(form_or_query: str) -> str:
    """Where somebody wanted to go, as a page of ours; never back to a page of signing in."""
    path = next_path(form_or_query)
    return "/" if path.startswith(("/sign-in", "/signed-out", "/confirm", "/sign-out")) else path


def asked(request: Ask) -> str:
    """Where the address of this page says that somebody wanted to go."""
    return after(request.query_params.get("next", ""))


def with_next(path: str, where: str) -> str:
    """`path`, remembering where to go afterwards."""
    return path if where == "/" else f"{path}?next={quote(where, safe='/')}"


def options(text: str) -> Page:
    """What a script hands to the browser for a passkey."""
    return Response(text, media_type="application/json", status_code=200)


def qr(text: str) -> Markup:
    """A code to scan."""
    return codes.qr(text)


def end_of(form: Form, name: str) -> int:
    """The last second of the day in a date's three fields, by the clock on the wall; 0 for what is no day."""
    parts = [form.text(f"{name}-{part}") for part in ("year", "month", "day")]
    try:
        day = date(*(int(part) for part in parts))
        return int(datetime.combine(day + timedelta(days=1), time(), UK).timestamp()) - 1
    except (ValueError, OverflowError):
        return 0
