# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door: the fixed routes and fields, every fault at once, and the same no for another's half and for none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import msgspec
from litestar import Litestar, Router
from litestar.di import Provide

from node.actor import Actor
from node.here import Here
from node.introductions import api
from node.introductions.shapes import AskPreview, IntroductionView
from node.web.problems import EXCEPTION_HANDLERS
from tests.node.introductions.conftest import Story, events

BASE = "/api/v1/support/introductions"


@asynccontextmanager
async def door(story: Story, who: str) -> AsyncIterator[httpx.AsyncClient]:
    """The room's routes as `who` uses them."""
    home = story.home[who]

    async def here() -> Here:
        return story.town.here(home)

    async def actor() -> Actor:
        return story.people[who]

    router = Router("/api/v1", route_handlers=api.routes)
    app = Litestar(
        [router],
        dependencies={"here": Provide(here), "actor": Provide(actor)},
        exception_handlers=EXCEPTION_HANDLERS,
        openapi_config=None,
    )
    with story.town.at(home):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://alder.example") as client:
            yield client


async def test_the_story_by_the_door(story: Story) -> None:
    ask = {
        "offer_id": story.listings["samuel"],
        "topics": ["stroke"],
        "needs": "",
        "message": "Hello.",
        "preview": True,
    }
    async with door(story, "maureen") as client:
        shown = await client.post(BASE, json=ask)
        assert shown.status_code == 200
        assert msgspec.json.decode(shown.content, type=AskPreview).words == "Nothing has been sent yet."
        made = await client.post(BASE, json=ask | {"preview": False})
        assert made.status_code == 201
        id = made.json()["id"]
        listed = (await client.get(BASE)).json()
        assert [item["id"] for item in listed["items"]] == [id]
    await story.town.settle()
    async with door(story, "samuel") as client:
        theirs = (await client.get(BASE)).json()["items"][0]["id"]
        assert theirs != id
        accepted = await client.post(f"{BASE}/{theirs}/acceptance", json={"quick": "yes-ring-me"})
        assert accepted.status_code == 201
        assert accepted.json()["status"] == "accepted"
        assert (await client.get(f"{BASE}/{id}")).status_code == 404
    await story.town.settle()
    async with door(story, "maureen") as client:
        for path, body in (
            ("messages", {"words": "Thank you."}),
            ("sharing", {"fields": ["first_name"], "confirm": True}),
            ("plan", {"place_kind": "phone", "at": story.town.now + 86_400}),
            ("conversations", None),
            ("review", {"going": "well"}),
            ("concerns", {"words": "I'm worried.", "tell_lead": True, "tell_deputy": False}),
            ("ending", {"words": ""}),
            ("withdrawal", None),
        ):
            answer = (
                await client.post(f"{BASE}/{id}/{path}", json=body)
                if body
                else await client.post(f"{BASE}/{id}/{path}")
            )
            assert answer.status_code == 201, (path, answer.text)
        body = (await client.get(f"{BASE}/{id}")).json()
    view = msgspec.convert(body, IntroductionView)
    assert view.status == "ended"
    assert events(view)[-1] == "withdrawn_by_me"


async def test_every_fault_is_named(story: Story) -> None:
    async with door(story, "maureen") as client:
        body = {"offer_id": story.listings["samuel"], "topics": ["knitting"], "needs": "n" * 600, "message": ""}
        answer = await client.post(BASE, json=body)
        assert answer.status_code == 422
        assert {fault["field"] for fault in answer.json()["errors"]} == {"topics", "needs", "message"}
        answer = await client.post(BASE, json={"topics": "stroke", "who": "me"})
        assert {fault["field"] for fault in answer.json()["errors"]} == {"offer_id", "topics", "who"}


async def test_another_and_none_get_the_same_answer(story: Story) -> None:
    mine, _ = await story.begun("grace", "derek")
    async with door(story, "maureen") as client:
        for path in ("", "/messages", "/withdrawal", "/plan/agreement", "/plan/check-out", "/never-again"):
            answers = []
            for id in (mine, "AAAAAAAAAAAAAAAAAAAAAA"):
                call = client.post if path else client.get
                given = {"json": {"words": "x"}} if path == "/messages" else {}
                answer = await call(f"{BASE}/{id}{path}", **given)
                answers.append((answer.status_code, answer.content))
            assert answers[0] == answers[1]
            assert answers[0][0] == 404


async def test_leads_and_readers_have_their_own_doors(story: Story) -> None:
    _, theirs = await story.begun()
    async with door(story, "maureen") as client:
        assert (await client.get("/api/v1/support/unanswered")).status_code == 403
        assert (await client.post(f"{BASE}/{theirs}/sealed-copy")).status_code == 403
    async with door(story, "ruth") as client:
        assert (await client.get("/api/v1/support/unanswered")).json() == {"items": []}
        assert (await client.post(f"{BASE}/{theirs}/sealed-copy")).status_code == 404
        assert (await client.get(f"{BASE}/{theirs}")).status_code == 404


async def test_tell_me_when_they_are_back_by_the_door(story: Story) -> None:
    async with door(story, "maureen") as client:
        answer = await client.post("/api/v1/support/back-notices", json={"offer_id": story.listings["samuel"]})
        assert answer.status_code == 201
        listed = (await client.get("/api/v1/support/back-notices")).json()
        assert [item["id"] for item in listed["items"]] == [answer.json()["id"]]
