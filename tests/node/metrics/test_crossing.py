# SPDX-License-Identifier: AGPL-3.0-or-later
"""Co-ops tell each other their facts: declared at one, read at the others, gone everywhere when taken back; only where it was
agreed on."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from node import database
from node.metrics import acts, reads, wording
from node.metrics.shapes import FactDraft
from node.peers import acts as peers
from node.village import Village, village
from node.village.village import CLI
from tests.node.members.cast import again
from tests.node.metrics.conftest import DAY, SIZE, but

TITLES = {"alder": "Alder Neighbours Co-op", "birch": "Birch Row Care Co-op", "cedar": "Cedar Sands Together"}


def now(draft: FactDraft, made: Village) -> FactDraft:
    at = made.clock.now()
    return but(draft, agreed_on=at - DAY, review_on=at + 300 * DAY)


async def read(made: Village, name: str, reader: str) -> dict[str, set[str]]:
    """Co-op -> what is read of it at this co-op, in words."""
    found: dict[str, set[str]] = {}
    with made.at(name) as coop:
        here = coop.here()
        actor = await again(made.people[reader], here=here)
        for each in (await reads.facts(actor, here=here)).items:
            found.setdefault(each.co_op, set()).add(wording.lines(each.said)[0])
    return found


async def declare(made: Village, name: str, draft: FactDraft) -> str:
    people = {"alder": ("yasmin", "peter"), "birch": ("ruth", "hana"), "cedar": ("aled", "dot")}[name]
    with made.at(name) as coop:
        here = coop.here()
        writer, second = [await again(made.people[each], here=here) for each in people]
        fact = await acts.draft_fact(actor=writer, draft=draft, here=here)
        await acts.confirm_fact(actor=second, fact_id=fact.id, here=here)
    return fact.id


async def held(made: Village, name: str) -> list[dict[str, Any]]:
    with made.at(name):
        return await database.rows("SELECT node_id FROM neighbour_fact")


async def test_the_villages_facts_are_read_by_everybody(three: Village) -> None:
    everywhere = {
        TITLES["alder"]: {"26 to 50 people", "Personal care: £14.20 an hour paid, £19.95 charged"},
        TITLES["birch"]: {"Care Quality Commission", "Personal care"},
        TITLES["cedar"]: {"Hours of support given: 9,640", "Help at home: cleaning, shopping, cooking"},
    }
    for name, reader in (("alder", "maureen"), ("birch", "samuel"), ("cedar", "farah")):
        assert await read(three, name, reader) == everywhere


async def test_a_new_one_replaces_the_old_everywhere_and_taken_back_it_is_gone_everywhere(three: Village) -> None:
    fact = await declare(three, "alder", now(but(SIZE, people="51-100"), three))
    await three.settle()
    for name, reader in (("birch", "samuel"), ("cedar", "farah")):
        told = (await read(three, name, reader))[TITLES["alder"]]
        assert {each for each in told if each.endswith("people")} == {"51 to 100 people"}
    with three.at("alder") as coop:
        await acts.withdraw_fact(actor=CLI, fact_id=fact, here=coop.here())
    await three.settle()
    for name, reader in (("alder", "maureen"), ("birch", "samuel"), ("cedar", "farah")):
        told = (await read(three, name, reader))[TITLES["alder"]]
        assert not [each for each in told if each.endswith("people")]


async def test_taken_back_before_it_left_it_never_leaves(three: Village) -> None:
    three.stop("alder")
    fact = await declare(three, "alder", now(but(SIZE, people="101-300"), three))
    with three.at("alder") as coop:
        await acts.withdraw_fact(actor=CLI, fact_id=fact, here=coop.here())
    three.start("alder")
    await three.settle()
    with three.at("alder"):
        rows = await database.rows("SELECT body FROM feed_entry WHERE body IS NOT NULL")
    assert not [row for row in rows if b"101-300" in bytes(row["body"])]


async def test_a_paused_neighbours_facts_are_hidden_and_an_ended_ones_gone(three: Village) -> None:
    with three.at("alder") as coop:
        await peers.pause(actor=CLI, node_id="birch.example", reason="for a test", here=coop.here())
    await three.settle()
    assert set(await read(three, "alder", "maureen")) == {TITLES["alder"], TITLES["cedar"]}
    with three.at("alder") as coop:
        await peers.resume(actor=CLI, node_id="birch.example", here=coop.here())
    await three.settle()
    assert set(await read(three, "alder", "maureen")) == set(TITLES.values())
    with three.at("alder") as coop:
        await peers.end(actor=CLI, node_id="birch.example", reason="for a test", here=coop.here())
    await three.settle()
    assert {row["node_id"] for row in await held(three, "alder")} == {"cedar.example"}


async def test_whom_the_peering_does_not_grant_it_gets_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("node.village.village"), "TOPICS", ["peer-support", "trust"])
    async with village(2) as two:
        assert set(await read(two, "alder", "maureen")) == {TITLES["alder"]}
        assert await held(two, "birch") == []
        with two.at("alder") as coop:
            assert await reads.reached(here=coop.here()) == []
        with two.at("birch"):
            assert await database.rows("SELECT no FROM followed WHERE topic = 'metrics'") == []
            assert await database.rows("SELECT no FROM followed WHERE topic = 'peer-support'") != []
