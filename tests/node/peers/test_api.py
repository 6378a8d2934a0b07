# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's JSON door to trust: the same acts, the same shapes, problems for what can't be."""

from __future__ import annotations

from typing import Any

import httpx
from litestar import Litestar
from litestar.di import NamedDependency, Provide

from node import database
from node.actor import Actor
from node.here import Here
from node.peers import api, own
from node.web.problems import EXCEPTION_HANDLERS
from tests.node.exchange.coops import OPERATOR, CoOp, settle


def door(coop: CoOp, actor: Actor = OPERATOR) -> httpx.AsyncClient:
    async def provide_here() -> Here:
        return coop.here()

    async def provide_actor(here: NamedDependency[Here]) -> Actor:
        return actor

    app = Litestar(
        route_handlers=api.routes,
        dependencies={"here": Provide(provide_here), "actor": Provide(provide_actor)},
        exception_handlers=EXCEPTION_HANDLERS,
    )

    async def bound(scope: Any, receive: Any, send: Any) -> None:
        with database.bound(coop.engine):
            await app(scope, receive, send)

    return httpx.AsyncClient(transport=httpx.ASGITransport(bound), base_url="http://operator")


async def test_from_invitation_to_ending(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    at_alder, at_birch = door(alder), door(birch)
    invited = await at_alder.post("/peers/invitations", json={"node_id": "birch.example"})
    assert invited.status_code == 201
    accepted = await at_birch.post("/peers", json={"invitation": invited.json()["invitation"]})
    assert (accepted.status_code, accepted.json()["words"]) == (201, invited.json()["words"])
    await settle(alder, birch)
    with birch.bound():
        words = await own.words(here=birch.here())
    wrong = await at_alder.post("/peers/birch.example/confirmation", json={"words": invited.json()["words"]})
    assert (wrong.status_code, [each["field"] for each in wrong.json()["errors"]]) == (422, ["words"])
    assert (await at_alder.post("/peers/birch.example/confirmation", json={"words": words})).json()["state"] == "active"
    await settle(alder, birch)
    (peer,) = (await at_birch.get("/peers")).json()["peers"]
    assert (peer["node_id"], peer["name"], peer["state"]) == ("alder.example", "Alder", "active")
    for step, body, state in (("pause", {"reason": "A worry"}, "paused"), ("resumption", None, "active")):
        assert (await at_birch.post(f"/peers/alder.example/{step}", json=body)).json()["state"] == state
    assert (await at_birch.get("/peers/alder.example")).json()["gives"] == ["peer-support", "trust"]
    assert (await at_birch.post("/peers/alder.example/ending", json={"reason": "We merge"})).json()["state"] == "ended"


async def test_only_operators_and_only_known_co_ops(strangers: list[CoOp]) -> None:
    alder = strangers[0]
    member = door(alder, Actor(person="p", roles=frozenset({"peer_support_lead"})))
    assert [(await member.get(path)).status_code for path in ("/peers", "/peers/birch.example")] == [403, 403]
    assert (await member.post("/peers/invitations", json={"node_id": "birch.example"})).status_code == 403
    assert (await door(alder).get("/peers/birch.example")).status_code == 404
    assert (await door(alder).post("/peers/invitations", json={"node_id": "10.0.0.1"})).status_code == 422
