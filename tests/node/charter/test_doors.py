# SPDX-License-Identifier: AGPL-3.0-or-later
"""The charter by its other doors: JSON for programs, a page for operators; and for nobody else."""

from __future__ import annotations

from typing import Any

import httpx
from litestar import Litestar
from litestar.di import NamedDependency, Provide

from node import database
from node.actor import Actor
from node.charter import acts, api
from node.charter.shapes import ProposalAsk
from node.here import Here
from node.members.rights import REGISTRY
from node.village import Village
from node.web.problems import EXCEPTION_HANDLERS
from tests.node.charter.agreeing import NAME, TERMS, agreed, found, line, look
from tests.node.exchange.coops import OPERATOR, CoOp, settle
from tests.pages import Visitor


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


async def test_a_charter_by_the_api_alone(trio: list[CoOp]) -> None:
    alder, birch, cedar = (door(coop) for coop in trio)
    lines = [(await each.post("/charter/seat")).json()["line"] for each in (alder, birch, cedar)]
    assert lines[0] == (await alder.post("/charter/seat")).json()["line"], "made once"
    empty = await alder.post("/charter/proposals", json={})
    assert (empty.status_code, {each["field"] for each in empty.json()["errors"]}) == (422, {"add"})
    ask = {"name": NAME, "terms": TERMS, "add": lines[1:]}
    drawn = (await alder.post("/charter/proposals", json=ask)).json()
    assert (drawn["version"], drawn["missing"]) == (1, [0, 2])
    file = drawn["file"]
    for each in (alder, birch):
        file = (await each.post("/charter/signatures", json={"file": file})).json()["file"]
    read = (await cedar.post("/charter/readings", json={"file": file})).json()
    assert (read["signed"], read["mark"]) == (["alder.example", "birch.example"], drawn["mark"])
    assert (await cedar.get("/charter")).json()["state"] == "none"
    wrong = await cedar.post("/charter/joining", json={"file": file, "mark": "AAAAAAAA"})
    assert (wrong.status_code, [each["field"] for each in wrong.json()["errors"]]) == (422, ["mark"])
    for each in (alder, birch, cedar):
        taken = await each.post("/charter/joining", json={"file": file, "mark": read["mark"]})
        assert (taken.status_code, taken.json()["state"], taken.json()["metrics"]) == (200, "in-force", True)
    change = (await birch.post("/charter/proposals", json={"name": "New"})).json()["file"]
    early = await birch.post("/charter/publications", json={"file": change})
    assert early.status_code == 409
    for each in (birch, cedar):
        change = (await each.post("/charter/signatures", json={"file": change})).json()["file"]
    assert (await birch.post("/charter/publications", json={"file": change})).json()["held"]["version"] == 2
    await settle(*trio)
    assert (await alder.get("/charter")).json()["held"]["name"] == "New"
    assert (await alder.post("/charter/choice", json={"mark": "x"})).status_code == 409
    assert (await alder.post("/charter/leaving")).json()["held"] is None
    assert (await alder.post("/charter/readings", json={"file": "tea"})).status_code == 422


async def test_the_api_is_for_operators(trio: list[CoOp]) -> None:
    for actor, status in (
        (Actor(person="p", roles=frozenset({"peer_support_lead", "member"})), 403),
        (Actor(person="p", roles=frozenset({"operator"}), scopes=frozenset({"people"})), 403),
        (Actor(person="p", roles=frozenset({"operator"}), via="session", proved=False), 403),
    ):
        client = door(trio[0], actor)
        assert (await client.get("/charter")).status_code == status
        for path, body in (("seat", None), ("proposals", {}), ("readings", {"file": ""}), ("leaving", None)):
            assert (await client.post(f"/charter/{path}", json=body)).status_code == status, path
    mine = [right for name, right in REGISTRY.items() if name.startswith("charter.")]
    assert len(mine) == 7
    assert {(right.by, right.scope) for right in mine} == {(frozenset({"operator"}), "peers")}


async def test_what_is_under_way_tells_nobody_anything_secret(trio: list[CoOp]) -> None:
    alder, birch, _ = trio
    await found(*trio)
    with alder.bound():
        rows = await database.rows("SELECT kid, public, secret FROM charter_seat")
        drawn = await acts.propose(actor=OPERATOR, ask=ProposalAsk(name="x"), here=alder.here())
        signed = await acts.sign(actor=OPERATOR, proposal=drawn, here=alder.here())
        (key,) = await _seeds(alder)
    assert len(rows[0]["secret"]) == 12 + 32 + 16
    for text in (signed.file(), str(await look(alder)), await line(birch), str(rows[0]["secret"])):
        assert key.hex() not in text
        assert str(key) not in text


async def _seeds(coop: CoOp) -> list[bytes]:
    from node.charter import reads

    return [seat.seed() for seat in await reads.seats(here=coop.here())]


async def test_the_page_says_how_it_stands_and_what_to_do(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    neighbours = await callum.open("/neighbours")
    nothing = await callum.open(neighbours.link("The charter"))
    assert "needs none" in nothing.words
    assert "commoncare charter seat" in nothing.words
    await agreed(three, "alder", "birch", "cedar")
    sheet = await callum.open("/charter")
    assert sheet.heading == NAME
    for said in (
        "In force",
        "It stands until",
        "2 of 3",
        "This is us.",
        "We share with each other.",
        "Nobody is left alone",
    ):
        assert said in sheet.words, said
    assert sheet.words.count("Has signed") == 3
    assert "Two of one version" not in sheet.words
    running = await callum.open("/running")
    assert "The charter" in running.words
    three.clock.advance(days=345)
    callum = await Visitor.of(three, "callum")
    assert "It ends in 55 days" in (await callum.open("/charter")).words
    maureen = await Visitor.of(three, "maureen")
    assert (await maureen.open("/charter")).status == 403


async def test_the_page_shows_two_of_one_version_and_who_only_says_so(three: Village) -> None:
    await agreed(three, "alder", "birch", "cedar")
    with three.at("cedar") as coop:
        other = await acts.propose(
            actor=OPERATOR, ask=ProposalAsk(name="Another", drop=["birch.example"]), here=coop.here()
        )
        other = await acts.sign(actor=OPERATOR, proposal=other, here=coop.here())
    with three.at("alder") as coop:
        here = coop.here()
        other = await acts.sign(actor=OPERATOR, proposal=other, here=here)
        mine = await acts.propose(actor=OPERATOR, ask=ProposalAsk(name="Mine"), here=here)
        mine = await acts.sign(actor=OPERATOR, proposal=mine, instead=True, here=here)
    with three.at("birch") as coop:
        mine = await acts.sign(actor=OPERATOR, proposal=mine, here=coop.here())
    with three.at("alder") as coop:
        await acts.publish(actor=OPERATOR, proposal=mine, here=coop.here())
    with three.at("cedar") as coop:
        await acts.publish(actor=OPERATOR, proposal=other, here=coop.here())
    await three.settle()
    callum = await Visitor.of(three, "callum")
    sheet = await callum.open("/charter")
    for said in ("Two of one version", mine.mark, other.mark, "They don’t run", "commoncare charter choose"):
        assert said in sheet.words, said
    assert "Nothing newer is taken" in (await callum.open("/running")).words
    with three.at("alder") as coop:
        await database.execute("UPDATE charter_said SET asked = 'untrusted' WHERE source = 'birch.example'")
        await acts.choose(actor=OPERATOR, mark=mine.mark, here=coop.here())
        await database.execute("UPDATE charter_said SET asked = 'untrusted' WHERE source = 'birch.example'")
    sheet = await callum.open("/charter")
    assert "Two of one version" not in sheet.words
    assert "does not show one that we could take" in sheet.words
