# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Refusal as an RFC 9457 problem document, and the OpenAPI entries that say which of them a route gives.

Only the safe voice of a refusal crosses; its cause goes to the log, without the request's path, query or body. Whatever
Litestar itself refuses (a bad body, an unknown route) is put into the same form. A fault of ours is a 500 that says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, SerializationException
from litestar.openapi import ResponseSpec
from litestar.utils.scope.state import ScopeState
from msgspec import Struct

from node.errors import (
    Conflict,
    Invalid,
    Misconfigured,
    NotAllowed,
    NotFound,
    NotSignedIn,
    Refusal,
    TooMany,
    Unavailable,
)
from node.web.reading import faults
from node.words import N_, _

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:commoncare:problem:"

log = structlog.get_logger("commoncare.web")

STATUS: dict[type[Refusal], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
    Misconfigured: 503,
}
TITLES = {
    400: N_("We could not read this"),
    401: N_("Not signed in"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    405: N_("Not that way"),
    409: N_("Not as things stand"),
    413: N_("Too large"),
    415: N_("Another form is needed"),
    422: N_("Some answers need another look"),
    429: N_("Too many at once"),
    500: N_("Our fault"),
    503: N_("Not just now"),
}
REFUSED = N_("Refused")


class FieldFault(Struct, frozen=True, kw_only=True):
    """One field that needs another look. `field`: its dotted path; `detail`: what to do."""

    field: str
    detail: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An RFC 9457 problem document. `errors` lists every field that needs another look."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldFault] = []
    retry_after: int | None = None


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """What a route's `responses=` says of its refusals, for a true OpenAPI document."""
    return {
        status: ResponseSpec(
            data_container=Problem,
            description=TITLES[status],
            generate_examples=False,
            media_type=MEDIA_TYPE,
        )
        for status in sorted({*statuses, 500})
    }


def _answer(problem: Problem) -> Response[Any]:
    headers = {"cache-control": "no-store"}
    if problem.status == 401:
        headers["www-authenticate"] = 'Bearer realm="commoncare"'
    if problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal of ours."""
    return next((STATUS[kind] for kind in type(refusal).__mro__ if kind in STATUS), 400)


def refused(request: Request[Any, Any, Any], refusal: Refusal) -> Response[Any]:
    """The problem document for a refusal of ours."""
    status = status_of(refusal)
    log.info("refused", code=refusal.code, status=status, cause=refusal.cause)
    errors = []
    if isinstance(refusal, Invalid):
        errors = [FieldFault(field=name, detail=words) for name, words in refusal.fields.items()]
    retry = refusal.public.get("retry_after")
    return _answer(
        Problem(
            type=TYPE + refusal.code,
            title=_(TITLES.get(status, REFUSED)),
            status=status,
            detail=refusal.words,
            errors=errors,
            retry_after=retry if isinstance(retry, int) else None,
        )
    )


def unreadable(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """The problem document for what Litestar refused: above all a body that does not fit, with all its faults."""
    status = error.status_code
    if status == 400:
        found = _faults_of_body(request)
        if found:
            return refused(request, Invalid(found))
        return _plain(400, "malformed", _("We could not read what was sent. Send it as JSON."))
    words = {
        404: N_("There is nothing here."),
        405: N_("This can't be done this way."),
        413: N_("That is more than we can take at once."),
        415: N_("Send it as JSON."),
        429: N_("Please wait a little and try again."),
    }
    return _plain(status, TITLES.get(status, "refused").lower().replace(" ", "-"), _(words.get(status, REFUSED)))


def _faults_of_body(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Every fault of the body that was read for this request; none when it is no JSON or the route takes none."""
    field = getattr(request.route_handler, "parsed_data_field", None)
    body = ScopeState.from_scope(request.scope).body
    if field is None or not isinstance(body, bytes):
        return {}
    try:
        return faults(field.annotation, json.loads(body))
    except ValueError:
        return {}


def _plain(status: int, code: str, words: str) -> Response[Any]:
    return _answer(Problem(type=TYPE + code, title=_(TITLES.get(status, REFUSED)), status=status, detail=words))


def our_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A 500 that names nothing of what happened; the log has the traceback, without its values."""
    log.error("fault", exc_info=error, handler=str(request.route_handler))
    return _plain(500, "our-fault", _("Something went wrong here. Nothing you did. Please try again, or ring us."))


ExceptionHandlers = dict[int | type[Exception], Callable[..., Any]]

EXCEPTION_HANDLERS: ExceptionHandlers = {
    Refusal: refused,
    HTTPException: unreadable,
    SerializationException: lambda request, error: unreadable(request, HTTPException(status_code=400)),
    Exception: our_fault,
}
