# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door: a fact from its draft to its end by two people, what a member reads, refusals in one form."""

from __future__ import annotations

import httpx
import msgspec

from node.metrics.api import routes
from tests.node.members.door import door, fields, signed_in
from tests.node.metrics.conftest import RATES, SIZE, Alder


async def call(
    client: httpx.AsyncClient, alder: Alder, who: str, method: str, path: str, body: object = None
) -> httpx.Response:
    headers = await signed_in(alder.people[who], here=alder.here)
    return await client.request(method, path, headers=headers, json=body)


def asked(draft: object) -> object:
    return msgspec.to_builtins(draft)


async def test_a_story_through_the_door(alder: Alder) -> None:
    async with door(routes, alder.here) as client:
        made = await call(client, alder, "yasmin", "POST", "/metrics/facts", asked(RATES))
        assert (made.status_code, made.json()["state"], made.json()["own"]) == (201, "waiting", True)
        one = f"/metrics/facts/{made.json()['id']}"
        assert (await call(client, alder, "maureen", "GET", "/metrics/facts")).json() == {"items": []}
        own = await call(client, alder, "yasmin", "POST", one + "/confirmation")
        assert (own.status_code, own.json()["type"]) == (403, "urn:commoncare:problem:not-allowed")
        done = await call(client, alder, "callum", "POST", one + "/confirmation")
        assert (done.status_code, done.json()["state"], done.json()["confirmed_by"]) == (201, "declared", "Callum")
        assert (await call(client, alder, "peter", "POST", one + "/confirmation")).status_code == 409
        [item] = (await call(client, alder, "maureen", "GET", "/metrics/facts")).json()["items"]
        assert item["said"]["rates"][0] == {"care": "personal-care", "paid": 1450, "charged": 2175}
        assert not {"words", "written_by"} & item.keys()
        assert (await call(client, alder, "peter", "GET", one)).json()["words"] == RATES.words
        listed = (await call(client, alder, "peter", "GET", "/metrics/records")).json()["items"]
        assert [each["id"] for each in listed] == [item["id"]]
        gone = await call(client, alder, "peter", "POST", one + "/withdrawal")
        assert (gone.status_code, gone.json()["state"]) == (201, "withdrawn")
        assert (await call(client, alder, "maureen", "GET", "/metrics/facts")).json() == {"items": []}


async def test_refusals(alder: Alder) -> None:
    async with door(routes, alder.here) as client:
        bad = await call(
            client, alder, "yasmin", "POST", "/metrics/facts", {"about": "total", "number": "many", "x": 1}
        )
        assert (bad.status_code, fields(bad)) == (422, {"number", "x"})
        bad = await call(client, alder, "yasmin", "POST", "/metrics/facts", {"about": "size"})
        assert (bad.status_code, fields(bad)) == (422, {"people", "circle", "agreed_on", "review_on", "words"})
        assert (await client.get("/metrics/facts")).status_code == 401
        assert (await call(client, alder, "maureen", "POST", "/metrics/facts", asked(SIZE))).status_code == 403
        assert (await call(client, alder, "maureen", "GET", "/metrics/records")).status_code == 403
        assert (await call(client, alder, "maureen", "GET", "/metrics/facts/none")).status_code == 403
        for path in ("/confirmation", "/withdrawal"):
            assert (await call(client, alder, "callum", "POST", "/metrics/facts/none" + path)).status_code == 404
        narrow = await signed_in(alder.callum, "support", here=alder.here)
        assert (await client.get("/metrics/facts", headers=narrow)).status_code == 200
        assert (await client.get("/metrics/records", headers=narrow)).status_code == 403
