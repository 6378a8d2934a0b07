# SPDX-License-Identifier: AGPL-3.0-or-later
"""The people's JSON door: who is signed in comes from the token only; refusals are problem documents with every field."""

from __future__ import annotations

import pytest

from node.here import Here
from node.members.api import routes
from tests.node.members.cast import admit
from tests.node.members.door import door, fields, signed_in

pytestmark = pytest.mark.usefixtures("engine")


async def test_from_an_invitation_to_ones_own_page(here: Here) -> None:
    operator = await signed_in(await admit("Olu", "operator", here=here), here=here)
    async with door(routes, here) as client:
        invited = await client.post("/people/invitations", json={"roles": ["volunteer"]}, headers=operator)
        assert invited.status_code == 201
        token = invited.json()["token"]
        faulty = await client.post("/people/invitations/acceptance", json={"token": token, "email": "x"})
        assert (faulty.status_code, fields(faulty)) == (422, {"full_name", "email", "adult"})
        assert faulty.headers["content-type"].startswith("application/problem+json")
        welcome = await client.post(
            "/people/invitations/acceptance", json={"token": token, "full_name": "Val Volunteer", "adult": True}
        )
        assert welcome.status_code == 201
        headers = {"authorization": f"Bearer {welcome.json()['token']['token']}"}

        me = await client.get("/people/me", headers=headers)
        assert me.json() == welcome.json()["person"]
        assert me.json()["roles"] == ["volunteer"]
        again = await client.post(
            "/people/invitations/acceptance", json={"token": token, "full_name": "Val Volunteer", "adult": True}
        )
        assert again.status_code == 404
        changed = await client.patch("/people/me", json={"phone": "01632 960 321"}, headers=headers)
        assert changed.json()["phone"] == "01632 960 321"
        assert (await client.get("/people", headers=headers)).status_code == 403
        assert len((await client.get("/people", headers=operator)).json()) == 2


async def test_tokens_are_made_listed_and_ended(here: Here) -> None:
    ada = await signed_in(await admit("Ada", here=here), here=here)
    async with door(routes, here) as client:
        made = await client.post("/people/me/tokens", json={"label": "tablet", "scopes": ["people"]}, headers=ada)
        assert made.status_code == 201
        tablet = {"authorization": f"Bearer {made.json()['token']}"}
        assert (await client.get("/people/me", headers=tablet)).status_code == 200
        listed = await client.get("/people/me/tokens", headers=ada)
        assert {token["label"]: token["token"] for token in listed.json()} == {"my phone": None, "tablet": None}
        ended = await client.post(f"/people/me/tokens/{made.json()['id']}/revocation", headers=ada)
        assert (ended.status_code, ended.content) == (204, b"")
        assert (await client.get("/people/me", headers=tablet)).status_code == 401


async def test_roles_leaving_and_death(here: Here) -> None:
    operator = await signed_in(await admit("Olu", "operator", here=here), here=here)
    ada = await admit("Ada", here=here)
    headers = await signed_in(ada, here=here)
    async with door(routes, here) as client:
        at = f"/people/{ada.person}"
        assert (await client.post(f"{at}/roles", json={"role": "worker"}, headers=headers)).status_code == 403
        given = await client.post(f"{at}/roles", json={"role": "worker"}, headers=operator)
        assert (given.status_code, given.json()["roles"]) == (201, ["worker"])
        wrong = await client.post(f"{at}/roles", json={"role": "queen"}, headers=operator)
        assert (wrong.status_code, fields(wrong)) == (422, {"role"})
        ended = await client.post(f"{at}/roles/worker/ending", headers=operator)
        assert (ended.status_code, ended.json()["roles"]) == (201, [])
        left = await client.post(f"{at}/leaving", headers=headers)
        assert (left.status_code, left.json()["how"]) == (201, "left")
        assert (await client.get("/people/me", headers=headers)).status_code == 401
        died = await client.post(f"{at}/death", headers=operator)
        assert (died.status_code, died.json()["how"]) == (201, "died")
        assert (await client.post(f"{at}/death", headers=operator)).status_code == 409
        assert (await client.post(f"{at}/return", headers=operator)).json()["how"] == "active"


async def test_what_the_request_says_of_itself_counts_for_nothing(here: Here) -> None:
    operator = await admit("Olu", "operator", here=here)
    async with door(routes, here) as client:
        for headers in ({}, {"authorization": "Bearer x"}, {"x-person": operator.person}):
            answer = await client.get("/people", headers=headers)
            assert answer.status_code == 401
            assert "olu" not in answer.text.casefold()
