# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages' router: a visit made from a session that stands, every room's pages behind one guard, refusals as pages.

In this order for each request: the host name, where a form came from, the session (an unknown one is nobody), the language; then
the page. Who is not signed in is led to sign in and back. Nothing here decides what anybody may do: the acts do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import structlog
from litestar import Request, Response, Router, get
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency, Provide
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from node.closing import reads as closing
from node.closing import rules as closing_rules
from node.errors import NotProved, NotSignedIn, Refusal
from node.here import Here
from node.signin import reads as signin
from node.web import security
from node.web.forms import Form
from node.web.languages import chosen
from node.web.pages import Page, Visit, cookie_name, page, to
from node.web.problems import status_of
from node.web.rendering import LOOK
from node.web.tint import tint_css
from node.words import N_, _, spoken

SESSION, ANONYMOUS = "session", "visit"
KEPT = "visit"
LANGUAGE = "language"
LARGE = "large"

log = structlog.get_logger("commoncare.web")

TITLES = {
    400: N_("We could not read this"),
    403: N_("You can't do this here"),
    404: N_("We can't find that"),
    405: N_("Not that way"),
    409: N_("Not as things stand"),
    413: N_("That is too large"),
    422: N_("Some answers need another look"),
    429: N_("Too many at once"),
    500: N_("Something went wrong here"),
    503: N_("Not just now"),
}
NOTHING_HERE = N_("There is no page here. It may have moved, or be over.")
OUR_FAULT = N_("Something went wrong here. Nothing you did. Please try again, or ring us.")


class Visiting(ASGIMiddleware):
    """Round each page: guards it, makes its visit, and has everything said in the visitor's language."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, here: Callable[[], Here]) -> None:
        self._here = here

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        here = self._here()
        security.check(request, here)
        found = await _visit(request, here)
        stands = await closing.standing()
        with spoken(found.language):
            name, phone = here.co_op.name, here.co_op.phone
            said = closing_rules.notice(stands, now=here.now, co_op=name, phone=phone)
            scope["state"][KEPT] = replace(found, closing=said) if said else found
            await next_app(scope, receive, send)


async def _visit(request: Request[Any, Any, Any], here: Here) -> Visit:
    cookies = request.cookies
    cookie = cookies.get(cookie_name(here, SESSION))
    found = await signin.session(cookie, here=here) if cookie else None
    said = request.query_params.get("said", "")
    path = str(request.scope["path"])
    asked = cookies.get(cookie_name(here, LANGUAGE)) or request.headers.get("accept-language", "")
    if found is None:
        anchor = cookies.get(cookie_name(here, ANONYMOUS), "")
        fresh = not 20 <= len(anchor) <= 60
        return Visit(
            here=here,
            anchor=here.token(24) if fresh else anchor,
            fresh=fresh,
            path=path,
            said=said,
            language=chosen(asked),
            large=LARGE in cookies.get(cookie_name(here, LARGE), ""),
        )
    return Visit(
        here=here,
        anchor=found.id,
        path=path,
        said=said,
        who=found.actor,
        name=found.name,
        language=found.language or chosen(asked),
        large=found.large,
        acting_for=found.acting_for,
        shared=found.shared,
    )


@get(LOOK, name="look")
async def look(here: NamedDependency[Here]) -> Response[str]:
    """The co-op's own tint."""
    return Response(tint_css(here.co_op.tint), media_type="text/css", headers={"cache-control": "max-age=3600"})


async def provide_visit(request: Request[Any, Any, Any]) -> Visit:
    """The visit that a page is made for. Raises NotSignedIn for nobody's, unless the page is open to everybody."""
    known: Visit = request.scope["state"][KEPT]
    if known.who is None and not request.route_handler.opt.get("open"):
        raise NotSignedIn
    return known


async def provide_form(request: Request[Any, Any, Any]) -> Form:
    found: FormMultiDict = await request.form()
    return Form(list(found.multi_items()))


class TakenOnce(Router):
    """A router that one application alone takes on: Litestar would copy it deeply, with every route, a tenth of a start."""

    __slots__ = ()

    def __deepcopy__(self, memo: object) -> TakenOnce:
        return self


def router(routes: Sequence[Any], *, here: Callable[[], Here]) -> TakenOnce:
    """Every room's pages, guarded alike."""

    async def after(response: Response[Any]) -> Response[Any]:
        return security.guard(response, here())

    return TakenOnce(
        "/",
        route_handlers=[look, *routes],
        middleware=[Visiting(here)],
        dependencies={
            "visit": Provide(provide_visit),
            "form": Provide(provide_form),
        },
        after_request=after,
        include_in_schema=False,
        exception_handlers=handlers(here),
    )


def handlers(here: Callable[[], Here]) -> dict[int | type[Exception], Callable[..., Any]]:
    """Exceptions as pages. Litestar calls these without dependencies, so the visit is the one kept with the request."""

    def refused(request: Request[Any, Any, Any], no: Refusal) -> Page:
        if isinstance(no, NotSignedIn):
            return security.guard(to(f"/sign-in?next={_here_again(request)}"), here())
        if isinstance(no, NotProved):
            return security.guard(to(f"/confirm?next={_here_again(request)}"), here())
        status = status_of(no)
        log.info("refused", code=no.code, status=status, cause=no.cause)
        return _error(request, status, no.words, here())

    def unreadable(request: Request[Any, Any, Any], error: HTTPException) -> Page:
        return _error(request, error.status_code, _(NOTHING_HERE) if error.status_code == 404 else "", here())

    def fault(request: Request[Any, Any, Any], error: Exception) -> Page:
        log.error("fault", exc_info=error, handler=str(request.route_handler))
        return _error(request, 500, _(OUR_FAULT), here())

    return {Refusal: refused, HTTPException: unreadable, Exception: fault}


def _error(request: Request[Any, Any, Any], status: int, words: str, here: Here) -> Page:
    kept: Visit | None = request.scope["state"].get(KEPT)
    known = kept or Visit(here=here, anchor=here.token(24), fresh=True, path=str(request.scope["path"]))
    with spoken(known.language):
        title = _(TITLES.get(status, TITLES[400]))
        return security.guard(page("web/error.html", known, status=status, title=title, words=words or title), here)


def _here_again(request: Request[Any, Any, Any]) -> str:
    """The page to come back to: this one, or, when a form was sent, the one it stood on as far as its path says."""
    return quote(
        str(request.scope["path"]) if request.method == "GET" else _page_of(str(request.scope["path"])), safe="/"
    )


def _page_of(path: str) -> str:
    return path.rpartition("/")[0] or "/"
