# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON doors of some rooms, in this process, with real tokens and real refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
from litestar import Litestar, Request
from litestar.di import NamedDependency, Provide

from node.actor import Actor
from node.errors import NotSignedIn
from node.here import Here
from node.members.reads import authenticate
from node.web.problems import EXCEPTION_HANDLERS
from tests.node.members.cast import token_for


def door(routes: Sequence[Any], here: Here) -> httpx.AsyncClient:
    """A client of an application that has these routes."""

    async def provide_here() -> Here:
        return here

    async def provide_actor(request: Request[Any, Any, Any], here: NamedDependency[Here]) -> Actor:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer":
            raise NotSignedIn
        return await authenticate(token, here=here)

    app = Litestar(
        route_handlers=list(routes),
        dependencies={"here": Provide(provide_here), "actor": Provide(provide_actor)},
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://alder.example")


async def signed_in(actor: Actor, *scopes: str, here: Here) -> dict[str, str]:
    """Headers with a fresh token of this person."""
    made = await token_for(actor, *scopes, here=here)
    return {"authorization": f"Bearer {made.token}"}


def fields(answer: httpx.Response) -> set[str]:
    """The fields that an answer names as needing another look."""
    return {fault["field"] for fault in answer.json()["errors"]}
