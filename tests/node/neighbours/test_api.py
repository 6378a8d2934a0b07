# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's JSON door: how neighbours stand in both directions, and other terms, with the same shapes as the pages."""

from __future__ import annotations

from node.village import Village
from tests.village.conftest import folk_of


async def test_how_they_stand_and_other_terms_by_programs(three: Village) -> None:
    folk = folk_of(three)
    callum, bethan = folk["callum"], folk["bethan"]
    every = (await callum.get("/peers/standing"))["neighbours"]
    assert [each["peer"]["node_id"] for each in every] == ["birch.example", "cedar.example"]
    one = await callum.get("/peers/birch.example/standing")
    assert (
        {each["topic"] for each in one["taken"]}
        == {each["topic"] for each in one["given"]}
        == set(one["peer"]["gives"])
    )
    assert one["effect"]["offers"] > 0
    ask = {
        "gives": ["trust"],
        "gets": ["peer-support", "trust"],
        "erasure_hours": 24,
        "retention_days": 30,
        "days": 300,
    }
    assert (await callum.post("/peers/birch.example/terms", ask))["proposal"]["erasure_hours"] == 24
    wrong = await callum.call("POST", "/peers/birch.example/terms", {**ask, "days": 0, "erasure_hours": 721})
    assert (wrong.status_code, {each["field"] for each in wrong.json()["errors"]}) == (422, {"days", "erasure_hours"})
    await three.settle()
    seen = (await bethan.get("/peers/alder.example"))["proposal"]
    other = await bethan.call("POST", "/peers/alder.example/terms/agreement", {"digest": "x"})
    assert other.status_code == 409
    agreed = await bethan.post("/peers/alder.example/terms/agreement", {"digest": seen["digest"]})
    assert agreed["proposal"]["signed"]
    await three.settle()
    assert (await callum.get("/peers/birch.example"))["agreed"]["version"] == 2
    assert (await callum.post("/peers/birch.example/terms/refusal"))["proposal"] is None
    assert (await callum.post("/peers/birch.example/try"))["next_try"] == 0
    assert (await callum.post("/peers/birch.example/thaw"))["frozen"] is False
    for path in ("/peers/standing", "/peers/birch.example/standing"):
        assert (await folk["maureen"].call("GET", path)).status_code == 403
    assert (await callum.call("GET", "/peers/elm.example/standing")).status_code == 404
