# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door as programs meet it: a true OpenAPI document, refusals in one form, another's thing and no thing alike."""

from __future__ import annotations

import json
from typing import Any

import httpx
import jsonschema

from node.village import Village
from tests.village.conftest import folk_of
from tests.village.folk import settling
from tests.village.stories import INTRODUCTIONS, ask_samuel

PROBLEM = {"type", "title", "status", "detail"}


async def document(made: Village) -> dict[str, Any]:
    answer = await made.client("alder").get("/api/v1/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() >= PROBLEM
    assert body["status"] == status
    return dict(body)


async def test_the_document_is_openapi_3_1_and_names_every_fixed_route(three: Village) -> None:
    doc = await document(three)
    assert doc["openapi"].startswith("3.1")
    fixed = {
        "/api/v1/support/searches", "/api/v1/support/offers", "/api/v1/support/offers/{offer_id}",
        "/api/v1/support/offers/{offer_id}/approval", "/api/v1/support/offers/{offer_id}/withdrawal",
        "/api/v1/support/introductions", "/api/v1/support/introductions/{introduction_id}",
        *(f"/api/v1/support/introductions/{{introduction_id}}/{last}" for last in
          ("acceptance", "declining", "messages", "sharing", "withdrawal", "ending", "concerns")),
    }  # fmt: skip
    assert fixed <= doc["paths"].keys()
    for path, operations in doc["paths"].items():
        for verb, operation in operations.items():
            assert operation.get("summary") and operation.get("tags"), f"{verb} {path}"
            if path.startswith("/api/v1"):
                statuses = {int(status) for status in operation["responses"]}
                assert 500 in statuses, f"{verb} {path} says nothing of faults"


async def test_answers_are_what_the_document_says(three: Village) -> None:
    """Every answer of a story, refusals included, held against the document's schema for it."""
    doc = await document(three)
    checked = 0
    for client_of in ("maureen", "samuel"):
        person = folk_of(three)[client_of]
        calls: list[tuple[str, str, str, Any]] = [
            ("POST", "/support/searches", "/support/searches", {"words": "stroke"}),
            ("POST", "/support/searches", "/support/searches", {"limit": "many", "kind": 3}),
            ("GET", INTRODUCTIONS, INTRODUCTIONS, None),
            ("GET", f"{INTRODUCTIONS}/none", f"{INTRODUCTIONS}/{{introduction_id}}", None),
            ("POST", INTRODUCTIONS, INTRODUCTIONS, {"offer_id": "none"}),
            ("GET", "/people/me", "/people/me", None),
            ("POST", "/peers/invitations", "/peers/invitations", {"node_id": "x.example"}),
        ]
        for verb, path, template, body in calls:
            answer = await person.call(verb, path, body)
            operation = doc["paths"]["/api/v1" + template][verb.lower()]
            described = operation["responses"].get(str(answer.status_code))
            assert described, f"{verb} {template} gave {answer.status_code}, which the document does not name"
            kind = answer.headers["content-type"].partition(";")[0]
            schema = described["content"][kind]["schema"]
            jsonschema.Draft202012Validator({**schema, "components": doc["components"]}).validate(answer.json())
            checked += 1
    assert checked == 14


async def test_every_fault_of_a_body_comes_at_once(three: Village) -> None:
    answer = await folk_of(three)["maureen"].call(
        "POST", "/support/searches", {"limit": "many", "ways": "phone", "x": 1}
    )
    body = is_problem(answer, 422)
    assert {each["field"] for each in body["errors"]} == {"limit", "ways", "x"}
    assert "many" not in json.dumps(body), "what was sent is not repeated"


async def test_what_is_not_json_and_what_is_too_large(three: Village) -> None:
    client = three.api("maureen")
    is_problem(await client.post("/support/searches", content=b"{", headers={"content-type": "application/json"}), 400)
    big = b'{"words": "' + b"a" * 300_000 + b'"}'
    is_problem(await client.post("/support/searches", content=big, headers={"content-type": "application/json"}), 413)
    is_problem(await client.get("/nowhere"), 404)
    is_problem(await client.delete("/support/searches"), 405)


async def test_who_is_not_signed_in_is_told_so(three: Village) -> None:
    client = three.client("alder")
    answers = [
        await client.get("/api/v1/people/me"),
        await client.get("/api/v1/people/me", headers={"authorization": "Bearer cc_pat_" + "A" * 43}),
        await client.get("/api/v1/people/me", headers={"authorization": "Basic abc"}),
    ]
    for answer in answers:
        is_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_anothers_thing_and_no_thing_are_answered_alike(three: Village) -> None:
    folk = folk_of(three)
    hers, _ = await ask_samuel(folk, settling(three.settle))
    stranger = folk["tomasz"]
    for last in ("", "/messages", "/withdrawal", "/sharing", "/ending", "/concerns"):
        verb, body = (
            ("GET", None) if not last else ("POST", {"words": "x"} if last in ("/messages", "/concerns") else {})
        )
        anothers = await stranger.call(verb, f"{INTRODUCTIONS}/{hers}{last}", body)
        nobodys = await stranger.call(verb, f"{INTRODUCTIONS}/{'A' * 22}{last}", body)
        assert anothers.status_code == 404, (last, anothers.text)
        assert anothers.json() == nobodys.json()


async def test_health(three: Village) -> None:
    client = three.client("alder")
    assert (await client.get("/health/live")).json() == {"ok": True}
    assert (await client.get("/health/ready")).json() == {"ok": True}
