# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only file that knows all rooms: which routes there are, which room answers for which letters, feeds and jobs.

`build` gives one co-op's ASGI application. The routes behind it are put together once in a process, however many co-ops it holds:
every request runs with its co-op, that co-op's database and one moment bound around it, is counted by handler and status, and
logged without its path, query, body or person. What no handler claims is a problem document too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import structlog
from litestar import Litestar, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from node import __version__, database, post
from node.actor import Actor
from node.charter import api as charter_api
from node.charter import pages as charter_pages
from node.charter import sharing as charter_sharing
from node.crossing import FeedRoom, LetterRoom
from node.errors import NotSignedIn, Unavailable
from node.exchange.door import routes as protocol_routes
from node.exchange.erasures import room as receipts
from node.exchange.worker import Handler, by_itself, inside
from node.figures import Figures
from node.front import duties as front_duties
from node.front import pages as front_pages
from node.front import reads as front_reads
from node.front.acts import calls
from node.front.shapes import CallDraft
from node.here import Here
from node.introductions import api as introductions_api
from node.introductions import duties as introductions_duties
from node.introductions import pages as introductions_pages
from node.introductions import sharing as introductions_sharing
from node.leaving import duties as leaving_duties
from node.members import api as members_api
from node.members import duties as members_duties
from node.members import notices
from node.members import pages as members_pages
from node.members.reads import authenticate
from node.metrics import api as metrics_api
from node.metrics import duties as metrics_duties
from node.metrics import pages as metrics_pages
from node.metrics import sharing as metrics_sharing
from node.neighbours import api as neighbours_api
from node.neighbours import pages as neighbours_pages
from node.peers import api as peers_api
from node.peers import pages as peers_pages
from node.peers import reads as peers
from node.replies import digest as replies_digest
from node.replies import duties as replies_duties
from node.replies import pages as replies_pages
from node.replies.shapes import Ringing
from node.running import pages as running_pages
from node.safeguarding import api as safeguarding_api
from node.safeguarding import duties as safeguarding_duties
from node.safeguarding import pages as safeguarding_pages
from node.safeguarding import sharing as safeguarding_sharing
from node.safeguarding.shapes import NeighbourCoOp
from node.signin import duties as signin_duties
from node.signin import mail as signin_mail
from node.signin import pages as signin_pages
from node.support import api as support_api
from node.support import duties as support_duties
from node.support import pages as support_pages
from node.support import sharing as support_sharing
from node.visiting import TakenOnce
from node.visiting import handlers as as_pages
from node.visiting import router as pages_router
from node.web import static
from node.web.languages import chosen
from node.web.problems import EXCEPTION_HANDLERS, problems
from node.words import _, spoken

BODY_LIMIT = 256 * 1024
ROOM = 4 * 1024 * 1024
"""Bytes that a disk has to have left: with fewer, what people send is refused now and then."""

log = structlog.get_logger("commoncare.web")


class Readiness(Protocol):
    """Answers with what still stands in the way of serving; empty when ready."""

    async def __call__(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class _CoOp:
    """What the routes ask of the co-op that a request came to."""

    here: Callable[[], Here]
    ready: Readiness
    door: ASGIApp


_AT: ContextVar[_CoOp] = ContextVar("the co-op that a request came to")


def build(
    *, engine: database.Engine, here: Callable[[], Here], figures: Figures, ready: Readiness, door: ASGIApp
) -> ASGIApp:
    """One co-op's application. `here`: its place and the present moment; `door`: exchange's, for other nodes."""
    return at_this_co_op(_routes(), _CoOp(here, ready, door), engine=engine, figures=figures)


def _here() -> Here:
    return _AT.get().here()


async def _door(scope: Scope, receive: Receive, send: Send) -> None:
    await _AT.get().door(scope, receive, send)


@cache
def _routes() -> Litestar:
    """Every route, for whichever co-op is bound around a request."""

    async def provide_here() -> Here:
        return _here()

    async def provide_co_ops(here: NamedDependency[Here]) -> Mapping[str, NeighbourCoOp]:
        known = await peers.neighbours(here=here)
        return {
            each.node_id: NeighbourCoOp(
                node_id=each.node_id, name=each.name, tellable=each.state in ("active", "paused")
            )
            for each in known
        }

    async def provide_ringing() -> Ringing:
        return _to_be_rung

    async def provide_actor(request: Request[Any, Any, Any], here: NamedDependency[Here]) -> Actor:
        kind, _space, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise NotSignedIn(_("Please sign in first: send your access token as a bearer token."))
        return await authenticate(token.strip(), here=here)

    @get("/health/live", operation_id="health_live", tags=["Health"], summary="Is the process answering?")
    async def live() -> dict[str, bool]:
        return {"ok": True}

    @get(
        "/health/ready",
        operation_id="health_ready",
        tags=["Health"],
        summary="Can it serve people now?",
        responses=problems(503),
    )
    async def may_serve() -> dict[str, bool]:
        missing = await _AT.get().ready()
        if missing:
            raise Unavailable("Not ready yet: " + "; ".join(missing) + ".", cause="not ready")
        # On a full disk people can still read, and are told what can't be done: it is no reason to send nobody here.
        room = database.current().room()
        return {"ok": True} if room is None or room >= ROOM else {"ok": True, "room": False}

    @get("/openapi.json", include_in_schema=False, media_type="application/vnd.oai.openapi+json")
    async def document(request: Request[Any, Any, Any]) -> dict[str, Any]:
        """Ours, and not Litestar's own: that one answers for every unknown path below it, with an HTML page."""
        return request.app.openapi_schema.to_schema()

    api = TakenOnce(
        "/api/v1",
        route_handlers=[*api_routes(), document],
        dependencies={"actor": Provide(provide_actor)},
        security=[{"token": []}],
    )
    pages = pages_router(page_routes(), here=_here)
    return Litestar(
        route_handlers=[live, may_serve, api, static.serve, pages, *protocol_routes(_door)],
        dependencies={
            "here": Provide(provide_here),
            "co_ops": Provide(provide_co_ops),
            "ringing": Provide(provide_ringing),
        },
        exception_handlers=_for_people_or_programs(),
        after_request=_not_kept,
        request_max_body_size=BODY_LIMIT,
        openapi_config=OpenAPIConfig(
            title="Commoncare",
            version=__version__,
            path="/.openapi",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
        ),
        logging_config=None,
        debug=False,
    )


def page_routes() -> list[Any]:
    """Every room's HTML door."""
    rooms = (
        front_pages,
        signin_pages,
        members_pages,
        support_pages,
        metrics_pages,
        introductions_pages,
        safeguarding_pages,
        peers_pages,
        neighbours_pages,
        charter_pages,
        running_pages,
        replies_pages,
    )
    return [route for room in rooms for route in room.routes]


def _for_people_or_programs() -> dict[int | type[Exception], Callable[..., Any]]:
    """What no route answers for is a page for a browser, a problem document for a program."""
    pages = as_pages(_here)

    def either(kind: int | type[Exception]) -> Callable[..., Any]:
        def answer(request: Request[Any, Any, Any], error: Any) -> Response[Any]:
            wanted = "text/html" in request.headers.get("accept", "") and not str(request.scope["path"]).startswith(
                "/api/"
            )
            chosen_handlers = pages if wanted and kind in pages else EXCEPTION_HANDLERS
            found: Response[Any] = chosen_handlers[kind](request, error)
            return found

        return answer

    return {kind: either(kind) for kind in EXCEPTION_HANDLERS}


def api_routes() -> list[Any]:
    """Every room's JSON door."""
    rooms = (
        members_api,
        safeguarding_api,
        neighbours_api,
        peers_api,
        charter_api,
        support_api,
        metrics_api,
        introductions_api,
    )
    return [route for room in rooms for route in room.routes]


def feeds() -> dict[str, FeedRoom]:
    """Topic -> the room that publishes on it and takes in what neighbours publish."""
    return {room.topic: room for room in (support_sharing.room, metrics_sharing.room, charter_sharing.room)}


def letter_rooms() -> dict[str, LetterRoom]:
    """The first word of a letter's kind -> the room that writes and receives it."""
    return {room.prefix: room for room in (introductions_sharing.room, safeguarding_sharing.room, receipts)}


DUTIES = {
    "members": members_duties.due,
    "signin": signin_duties.due,
    "safeguarding": safeguarding_duties.due,
    "support": support_duties.due,
    "metrics": metrics_duties.due,
    "introductions": introductions_duties.due,
    "front": front_duties.due,
    "replies": replies_duties.due,
    "leaving": leaving_duties.due,
}
WHEN_SOMEBODY_GOES = (
    signin_duties.person_gone,
    safeguarding_duties.person_gone,
    support_duties.person_gone,
    introductions_duties.person_gone,
    front_duties.person_gone,
    replies_duties.person_gone,
)


def handlers(mailer: notices.Mailer | None) -> dict[str, Handler]:
    """Outbox kind -> what is done with it. Without a `mailer` nothing is claimed of kind "mail": it waits for one."""

    async def timer(item: post.Item, here: Here) -> None:
        await DUTIES[item.ref.partition(":")[0]](item.ref, here=here)

    async def person_gone(item: post.Item, here: Here) -> None:
        person, how = members_duties.gone(item.ref)
        for told in WHEN_SOMEBODY_GOES:
            await told(person, how, here=here)

    async def neighbour_gone(item: post.Item, here: Here) -> None:
        await introductions_duties.neighbour_gone(item.ref, here=here)

    found = {"timer": inside(timer), "person-gone": inside(person_gone), "neighbour-gone": inside(neighbour_gone)}
    if mailer is not None:
        sender = mailer

        async def mail(item: post.Item, here: Here) -> None:
            await notices.leave_by_mail(item, sender, here, replies_digest.digest(_waiting_at_home))

        async def signin(item: post.Item, here: Here) -> None:
            await signin_mail.leave_by_mail(item, sender, here)

        found |= {"mail": by_itself(mail), **dict.fromkeys(signin_mail.KINDS, by_itself(signin))}
    return found


async def _to_be_rung(actor: Actor, about: str, here: Here) -> None:
    """A wish of the replies room on the front room's list. Raises Invalid where we have no number."""
    await calls.ring_me(actor=actor, draft=CallDraft(about=about), here=here)


async def _waiting_at_home(actor: Actor, here: Here) -> int:
    """How many things stand on somebody's first page."""
    found = await front_reads.home(actor, here=here)
    return len(found.waiting) + found.worries


async def _not_kept(response: Response[Any]) -> Response[Any]:
    """What is answered is somebody's: no cache keeps it. (Async, or Litestar runs it in a thread for each request.)"""
    response.headers.setdefault("cache-control", "no-store")
    return response


def at_this_co_op(app: Litestar, co_op: _CoOp, *, engine: database.Engine, figures: Figures) -> ASGIApp:
    """Binds the co-op and its database around every request and lifespan, counts and times by handler, logs without private
    data."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        with database.bound(engine), _bound(_CoOp(cache(co_op.here), co_op.ready, co_op.door)):
            if scope["type"] != "http":  # type: ignore[comparison-overlap]  # a plain word at run time
                await app(scope, receive, send)
                return
            started = time.perf_counter()
            note: dict[str, Any] = {**scope.get("state", {})}
            scope["state"] = note
            status = 500

            async def noting(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                with spoken(chosen(_asked(scope))):
                    await app(scope, receive, noting)
            finally:
                handler = note.get("handler") or _called(scope.get("route_handler"))
                took = time.perf_counter() - started
                figures.requests.labels(handler, str(status)).inc()
                figures.seconds.labels(handler).observe(took)
                log.info("answered", handler=handler, status=status, ms=round(took * 1000, 1))

    return wrapped


@contextmanager
def _bound(co_op: _CoOp) -> Iterator[None]:
    before = _AT.set(co_op)
    try:
        yield
    finally:
        _AT.reset(before)


def _called(handler: Any) -> str:
    """A handler as figures and logs name it: a page's name, an API operation's id, else its function's name."""
    names = (getattr(handler, each, None) for each in ("name", "operation_id", "handler_name"))
    return next((str(name) for name in names if name), "none")


def _asked(scope: Scope) -> str:
    """The languages that a request asks for."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept-language"), "")
