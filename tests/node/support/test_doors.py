# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door, as a supporter, a lead and a member use it; and "Find someone for me" at the telephone."""

from __future__ import annotations

import json

import httpx
import pytest

from node.errors import Invalid, NotAllowed
from node.support import acts, reads
from node.support.api import routes
from node.support.shapes import AssistedQuery, SearchQuery
from tests.node.members.cast import everything_stored
from tests.node.members.door import door, fields, signed_in
from tests.node.support.conftest import DAY, Alder

OFFER = {
    "topics": ["stroke"],
    "have": "I had a stroke in 2021.",
    "how": "We talk about getting out again.",
    "ways": ["phone"],
    "area": "Saltmarsh",
    "places": 2,
    "open": 1,
    "submit": True,
}


async def call(
    client: httpx.AsyncClient, alder: Alder, who: str, method: str, path: str, body: object = None
) -> httpx.Response:
    headers = await signed_in(alder.people[who], here=alder.here)
    return await client.request(method, path, headers=headers, json=body)


async def test_a_story_through_the_door(alder: Alder) -> None:
    async with door(routes, alder.here) as client:
        made = await call(client, alder, "derek", "POST", "/support/offers", OFFER)
        assert (made.status_code, made.json()["state"]) == (201, "waiting_check")
        one = f"/support/offers/{made.json()['id']}"
        waiting = await call(client, alder, "yasmin", "GET", "/support/offers?state=waiting")
        assert [item["id"] for item in waiting.json()["items"]] == [made.json()["id"]]
        assert (await call(client, alder, "yasmin", "POST", one + "/approval")).json()["state"] == "published"
        preview = await call(client, alder, "derek", "POST", one + "/preview")
        assert (preview.status_code, preview.json()["leaves"]["topics"]) == (200, ["stroke"])

        words = {"words": "someone who has had a stroke, by phone", "near": "Mill Hollow", "within_km": 10}
        answer = await call(client, alder, "maureen", "POST", "/support/searches", words)
        assert answer.status_code == 200
        [item] = answer.json()["items"]
        assert (item["co_op"], item["area"], item["open"], item["askable"]) == (
            "Alder Neighbours Co-op",
            "Saltmarsh",
            1,
            True,
        )
        assert "derek" not in answer.text.lower()
        assert answer.json()["next"] is None

        for path, body in (
            ("/fullness", {"full": True}),
            ("/fullness", {"full": False, "open": 2}),
            ("/away", {"until": alder.here.now + DAY}),
            ("/away", {"until": None}),
            ("/confirmation", None),
            ("/revision", OFFER),
            ("/withdrawal", None),
        ):
            done = await call(client, alder, "derek", "POST", one + path, body)
            assert done.status_code == 201, (path, done.text)
        assert (await call(client, alder, "derek", "GET", one)).json()["state"] == "withdrawn"
        mine = await call(client, alder, "derek", "GET", "/support/offers")
        assert [item["state"] for item in mine.json()["items"]] == ["withdrawn"]


async def test_a_supporters_standing_through_the_door(alder: Alder) -> None:
    now = alder.here.now
    async with door(routes, alder.here) as client:
        path = f"/support/supporters/{alder.farah.person}"
        assert not (await call(client, alder, "farah", "GET", path)).json()["standing"]["ok"]
        given = {"induction_on": now, "promise_on": now, "supervisor": alder.ruth.person, "next_check_in": now + DAY}
        made = await call(client, alder, "yasmin", "POST", path + "/induction", given)
        assert (made.status_code, made.json()["standing"]) == (201, {"ok": True, "missing": []})
        made = await call(client, alder, "yasmin", "POST", path + "/check-in", {"next_check_in": now + 9 * DAY})
        assert made.json()["next_check_in"] == now + 9 * DAY
        assert (await call(client, alder, "derek", "GET", path)).status_code == 404


async def test_refusals(alder: Alder) -> None:
    async with door(routes, alder.here) as client:
        bad = await call(client, alder, "derek", "POST", "/support/offers", {"topics": [], "kind": "x", "ways": []})
        assert (bad.status_code, fields(bad)) == (422, {"topics", "kind", "ways", "have", "how"})
        bad = await call(client, alder, "maureen", "POST", "/support/searches", {"limit": 1000, "kind": "x"})
        assert (bad.status_code, fields(bad)) == (422, {"limit", "kind"})
        assert (await client.post("/support/searches", json={})).status_code == 401
        assert (await call(client, alder, "maureen", "POST", "/support/offers", OFFER)).status_code == 403
        assert (await call(client, alder, "derek", "POST", "/support/offers/nothing/withdrawal")).status_code == 404
        topics = (await call(client, alder, "maureen", "GET", "/support/topics")).json()["items"]
        assert {"slug": "stroke", "reach": "open", "crisis": False}.items() <= topics[0].items()


async def test_find_someone_for_me(alder: Alder) -> None:
    offer = await alder.publish()
    full = await alder.publish()
    await acts.full(actor=alder.derek, offer_id=full, here=alder.here)
    query = SearchQuery(words="canaryword stroke", near="mill-hollow", within_km=10)
    asked = AssistedQuery(person=alder.maureen.person, query=query, asked_alone=True)
    view = await acts.assisted_search(actor=alder.yasmin, asked=asked, here=alder.here)
    assert [(choice.number, choice.listing) for choice in view.choices] == [(1, offer)]
    assert view.choices[0].lines == [
        "Life after a stroke",
        "One person, Saltmarsh, about 6 km away",
        "Alder Neighbours Co-op",
        "by phone or by message",
        "Tuesday mornings",
        "I had a stroke in 2021.",
    ]
    kept = await reads.assisted(view.id, alder.here)
    assert kept is not None
    assert (kept.person, kept.lead, kept.asked_alone) == (alder.maureen.person, alder.yasmin.person, True)
    stored = await everything_stored()
    assert b"canaryword" not in stored
    assert json.dumps([offer]).encode() not in stored  # which choices were read out stands sealed


async def test_nobody_is_searched_for_unasked(alder: Alder) -> None:
    given = {"person": alder.maureen.person, "query": SearchQuery()}
    with pytest.raises(Invalid) as no:
        await acts.assisted_search(actor=alder.yasmin, asked=AssistedQuery(**given), here=alder.here)
    assert set(no.value.fields) == {"asked_alone"}
    stranger = AssistedQuery(person="nobody", query=SearchQuery())
    with pytest.raises(Invalid) as no:
        await acts.assisted_search(actor=alder.yasmin, asked=stranger, here=alder.here)
    assert set(no.value.fields) == {"asked_alone", "person"}
    with pytest.raises(NotAllowed):
        await acts.assisted_search(actor=alder.derek, asked=AssistedQuery(**given, asked_alone=True), here=alder.here)
    assert await reads.assisted("nothing", alder.here) is None
