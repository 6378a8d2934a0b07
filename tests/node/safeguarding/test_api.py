# SPDX-License-Identifier: AGPL-3.0-or-later
"""The safeguarding JSON door: raising in one request, with or without an account; to others a concern is not there."""

from __future__ import annotations

import pytest

from node.actor import Actor
from node.here import Here
from node.safeguarding.api import routes
from tests.node.members.cast import admit
from tests.node.members.door import door, fields, signed_in
from tests.node.safeguarding.cast import OUT_OF_HOURS, WORDS, gather

pytestmark = pytest.mark.usefixtures("engine")
CONCERNS = "/safeguarding/concerns"


async def test_from_a_worry_to_its_closing(here: Here) -> None:
    cast = await gather(here)
    raiser, lead = await signed_in(cast.raiser, "support", here=here), await signed_in(cast.lead, here=here)
    async with door(routes, here) as client:
        raised = await client.post(CONCERNS, json={"words": WORDS, "about": "introduction:abc"}, headers=raiser)
        assert raised.status_code == 201
        at = f"{CONCERNS}/{raised.json()['id']}"
        listed = await client.get(CONCERNS, headers=lead)
        assert [card["id"] for card in listed.json()["to_read"]] == [raised.json()["id"]]
        one = await client.get(at, headers=lead)
        assert one.status_code == 200 and WORDS not in listed.text + one.text
        opened = await client.post(f"{at}/opening", headers=lead)
        assert (opened.status_code, opened.json()["words"]) == (201, WORDS)
        noted = await client.post(f"{at}/notes", json={"wishes": "to stay at home"}, headers=lead)
        assert (noted.status_code, noted.json()["wishes"]) == (201, "to stay at home")
        held = await client.post(f"{at}/holds", json={"reason": "evidence"}, headers=lead)
        assert (held.status_code, held.json()["subject"]) == (201, "introduction:abc")
        told = await client.post(
            f"{at}/tellings", json={"to": "birch.example", "words": "please look", "reason": "risk"}, headers=lead
        )
        assert (told.status_code, told.json()["to"]) == (201, "birch.example")
        closed = await client.post(f"{at}/closing", json={"outcome": "safe", "reasons": "seen"}, headers=lead)
        assert closed.status_code == 201
        lifted = await client.post(
            f"/safeguarding/holds/{held.json()['id']}/lifting", json={"reason": "over"}, headers=lead
        )
        assert lifted.status_code == 201
        mine = await client.get(at, headers=raiser)
        assert mine.json()["card"] is None
        assert mine.json()["mine"]["state"].startswith("This has been looked into")


async def test_to_everybody_else_it_is_not_there(here: Here) -> None:
    cast = await gather(here)
    operator = await admit("Olu", "operator", here=here)
    raiser = await signed_in(cast.raiser, here=here)
    async with door(routes, here) as client:
        draft = {"words": WORDS, "tell_lead": False}
        id = (await client.post(CONCERNS, json=draft, headers=raiser)).json()["id"]

        async def answers(actor: Actor, *scopes: str) -> list[tuple[int, str]]:
            headers = await signed_in(actor, *scopes, here=here)
            found = []
            for name in (id, "A" * 22):
                for method, path, body in (
                    ("GET", "", None),
                    ("POST", "/opening", None),
                    ("POST", "/notes", {"wishes": "x"}),
                    ("POST", "/readers", {"person": actor.person}),
                    ("POST", "/closing", {"outcome": "x", "reasons": "x"}),
                ):
                    answer = await client.request(method, f"{CONCERNS}/{name}{path}", json=body, headers=headers)
                    found.append((answer.status_code, answer.text))
            assert (await client.get(CONCERNS, headers=headers)).json() == {"mine": [], "to_read": []}
            return found

        for actor, scopes, status in (
            (cast.lead, ("*",), {404}),
            (cast.other, ("*",), {403, 404}),
            (operator, ("*",), {403, 404}),
            (cast.deputy, ("support",), {403, 404}),
        ):
            found = await answers(actor, *scopes)
            half = len(found) // 2
            assert found[:half] == found[half:], "alike for this one and for none"
            assert {code for code, _ in found} == status


async def test_without_an_account_and_the_numbers(here: Here) -> None:
    await gather(here)
    async with door(routes, here) as client:
        shown = await client.get("/safeguarding/numbers")
        assert {"999", OUT_OF_HOURS} <= {line["number"] for line in shown.json()["lines"]}
        raised = await client.post(f"{CONCERNS}/without-account", json={"words": WORDS})
        assert (raised.status_code, raised.json()["id"]) == (201, None)
        assert WORDS not in raised.text
        nobody = await client.post(
            f"{CONCERNS}/without-account", json={"words": "", "tell_lead": False, "tell_deputy": False}
        )
        assert (nobody.status_code, fields(nobody)) == (422, {"words", "tell_lead"})
        assert (await client.post(CONCERNS, json={"words": WORDS})).status_code == 401


async def test_set_up_by_an_operator(here: Here) -> None:
    operator = await signed_in(await admit("Olu", "operator", here=here), here=here)
    member = await signed_in(await admit("Mo", here=here), here=here)
    async with door(routes, here) as client:
        wrong = await client.post("/safeguarding/setup", json={"out_of_hours": "soon"}, headers=operator)
        assert (wrong.status_code, fields(wrong)) == (422, {"out_of_hours"})
        done = await client.post("/safeguarding/setup", json={"out_of_hours": "01632 960 999"}, headers=operator)
        assert (done.status_code, done.json()["ready"]) == (201, False)
        assert done.json() == (await client.get("/safeguarding/setup", headers=operator)).json()
        assert (await client.get("/safeguarding/setup", headers=member)).status_code == 403
