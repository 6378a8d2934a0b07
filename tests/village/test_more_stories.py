# SPDX-License-Identifier: AGPL-3.0-or-later
"""More of the cast's stories, on both databases: by telephone, a group, a supporter who is away, a first meeting, a pause."""

from __future__ import annotations

from node.village import Village
from tests.village.conftest import folk_of
from tests.village.folk import settling
from tests.village.stories import INTRODUCTIONS, SEARCH, ask_samuel, has_status

DAY = 86_400


async def test_maureen_rings_and_yasmin_looks_with_her(three: Village) -> None:
    """Large-print choices from Birch and Cedar; Dovecote is too far; who helped is recorded, and that she was asked alone."""
    folk, until = folk_of(three), settling(three.settle)
    yasmin, maureen, samuel = folk["yasmin"], folk["maureen"], folk["samuel"]
    who = {"person": three.people["maureen"], "query": SEARCH}
    alone = await yasmin.call("POST", "/support/assisted-searches", {**who, "asked_alone": False})
    assert alone.status_code == 422
    found = await yasmin.post("/support/assisted-searches", {**who, "asked_alone": True})
    read_out = [" ".join(choice["lines"]) for choice in found["choices"]]
    assert any("Birch Row" in lines for lines in read_out) and any("Cedar Sands" in lines for lines in read_out)
    assert not any("Dovecote" in lines for lines in read_out)
    assert [choice["number"] for choice in found["choices"]] == list(range(1, len(found["choices"]) + 1))
    picked = next(choice for choice in found["choices"] if "Birch Row" in " ".join(choice["lines"]))

    ask = {"offer_id": picked["listing"], "topics": ["stroke"], "message": "Please ring me."}
    not_hers = await folk["tomasz"].call("POST", INTRODUCTIONS, {**ask, "for_person": three.people["maureen"]})
    assert not_hers.status_code == 403, "only the lead who searched with her"
    made = await yasmin.post(
        INTRODUCTIONS, {**ask, "for_person": three.people["maureen"], "assisted_id": found["id"]}, status=201
    )
    hers = (await maureen.get(INTRODUCTIONS))["items"][0]["id"]
    assert hers == made["id"]
    assert (await maureen.get(f"{INTRODUCTIONS}/{hers}"))["helped"]
    await three.settle()
    his = (await samuel.get(INTRODUCTIONS))["items"][0]["id"]
    await samuel.post(f"{INTRODUCTIONS}/{his}/acceptance", {"quick": "yes-ring-me"})
    await until(has_status(maureen, hers, "accepted"))
    assert (await yasmin.call("GET", f"{INTRODUCTIONS}/{hers}")).status_code == 404, "a lead does not read on"


async def test_grace_sees_nothing_of_her_mothers_and_joins_a_group_herself(three: Village) -> None:
    folk, until = folk_of(three), settling(three.settle)
    hers, _ = await ask_samuel(folk, until)
    grace, joan = folk["grace"], folk["joan"]
    assert (await grace.get(INTRODUCTIONS))["items"] == []
    assert (await grace.call("GET", f"{INTRODUCTIONS}/{hers}")).status_code == 404

    groups = await grace.post("/support/searches", {"topics": ["caring-and-job"], "kind": "group"})
    asked = await grace.post(INTRODUCTIONS, {"offer_id": groups["items"][0]["id"], "topics": ["caring-and-job"]})
    await three.settle()
    joans = await joan.get(f"{INTRODUCTIONS}/{(await joan.get(INTRODUCTIONS))['items'][0]['id']}")
    assert "Grace" not in str(joans) and "Nwosu" not in str(joans)
    assert joans["status"] == "accepted", "who joins a group that has room is in"
    await until(has_status(grace, asked["id"], "accepted"))


async def test_tomasz_is_told_when_marek_is_back(three: Village) -> None:
    folk = folk_of(three)
    tomasz = folk["tomasz"]
    found = await tomasz.post("/support/searches", {"topics": ["nights-alone"], "kind": "one_to_one"})
    marek = next(item for item in found["items"] if item["node_id"] == "cedar.example")
    assert marek["away_until"] is not None and not marek["askable"]
    refused = await tomasz.call(
        "POST", INTRODUCTIONS, {"offer_id": marek["id"], "topics": ["nights-alone"], "message": "Hi"}
    )
    assert refused.status_code in (409, 422)
    noted = await tomasz.post("/support/back-notices", {"offer_id": marek["id"]})
    assert noted["words"]
    for _ in range(11):
        three.clock.advance(days=1)
        await three.settle()
    again = await tomasz.post("/support/searches", {"topics": ["nights-alone"], "kind": "one_to_one"})
    assert next(item for item in again["items"] if item["node_id"] == "cedar.example")["askable"]
    with three.at("alder"):
        from node import database

        mails = await database.rows("SELECT ref FROM outbox WHERE kind = 'mail'")
    assert any(row["ref"].startswith(three.people["tomasz"]) for row in mails), "a neutral notice waits for him"


async def test_a_first_meeting_has_a_plan_and_both_come_home(three: Village) -> None:
    folk, until = folk_of(three), settling(three.settle)
    maureen, samuel = folk["maureen"], folk["samuel"]
    hers, his = await ask_samuel(folk, until)
    await samuel.post(f"{INTRODUCTIONS}/{his}/acceptance", {"quick": "yes-ring-me"})
    await until(has_status(maureen, hers, "accepted"))
    at = three.clock.now() + 2 * DAY
    home = await maureen.call("POST", f"{INTRODUCTIONS}/{hers}/plan", {"place_kind": "home", "where": "Mine", "at": at})
    assert home.status_code == 422, "never first at home"
    plan = {"place_kind": "public_place", "where": "Ferry Row library cafe", "at": at, "who_knows": "Ruth"}
    await maureen.post(f"{INTRODUCTIONS}/{hers}/plan", plan)
    await three.settle()
    assert (await samuel.get(f"{INTRODUCTIONS}/{his}"))["plan"]["where"] == "Ferry Row library cafe"
    await samuel.post(f"{INTRODUCTIONS}/{his}/plan/agreement")
    await three.settle()
    three.clock.advance(days=2, hours=2)
    await samuel.post(f"{INTRODUCTIONS}/{his}/plan/check-out")
    await maureen.post(f"{INTRODUCTIONS}/{hers}/plan/check-out")
    await three.settle()
    mine = (await maureen.get(f"{INTRODUCTIONS}/{hers}"))["plan"]
    assert mine["checked_out_at"] and mine["they_checked_out_at"]

    for _ in range(21):
        three.clock.advance(days=2)
        await three.settle()
    with three.at("alder") as coop:
        from node.village.seeding import give_token

        fresh = await give_token(three.people["maureen"], here=coop.here())
    maureen = type(maureen)("maureen", maureen.client, fresh)
    view = await maureen.get(f"{INTRODUCTIONS}/{hers}")
    assert view["conversations"]["review_due"], "six weeks have gone by"
    await maureen.post(f"{INTRODUCTIONS}/{hers}/review", {"going": "well"})
    await maureen.post(f"{INTRODUCTIONS}/{hers}/ending", {})
    assert (await maureen.get(f"{INTRODUCTIONS}/{hers}"))["status"] == "ended"


async def test_cedar_pauses_alder_and_takes_up_again(three: Village) -> None:
    """Offers vanish on both sides, an open ask says so in words and waits; withdrawals and concerns still pass."""
    folk, until = folk_of(three), settling(three.settle)
    maureen, niamh, sheila = folk["maureen"], folk["niamh"], folk["sheila"]
    found = await maureen.post("/support/searches", SEARCH)
    offer = next(item for item in found["items"] if item["node_id"] == "cedar.example")
    asked = await maureen.post(INTRODUCTIONS, {"offer_id": offer["id"], "topics": ["stroke"], "message": "Hello."})
    await three.settle()
    sheilas = (await sheila.get(INTRODUCTIONS))["items"][0]["id"]

    await niamh.post("/peers/alder.example/pause", {"reason": "We have to talk first."})
    await three.settle()
    three.clock.advance(minutes=2)
    await three.settle()
    after = await maureen.post("/support/searches", SEARCH)
    assert {item["node_id"] for item in after["items"]} == {"birch.example"}
    await sheila.post(f"{INTRODUCTIONS}/{sheilas}/acceptance", {"quick": "yes-ring-me"})
    await three.settle()
    view = await sheila.get(f"{INTRODUCTIONS}/{sheilas}")
    assert any("paused its link" in each["text"] for each in view["timeline"]), [
        each["text"] for each in view["timeline"]
    ]
    assert (await maureen.get(f"{INTRODUCTIONS}/{asked['id']}"))["status"] == "waiting"

    await niamh.post("/peers/alder.example/resumption")
    three.clock.advance(hours=2)
    await until(has_status(maureen, asked["id"], "accepted"))
    again = await maureen.post("/support/searches", SEARCH)
    assert "cedar.example" in {item["node_id"] for item in again["items"]}
