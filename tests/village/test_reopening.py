# SPDX-License-Identifier: AGPL-3.0-or-later
"""A village that was founded once is opened as often as wanted: no id comes twice, time goes on. Who is in it, who knows whom."""

from __future__ import annotations

from pathlib import Path

from node import database
from node.village import cast, found_village, open_village
from node.village.village import START, _neighbours
from tests.village.conftest import folk_of

DRAFT = {
    "topics": ["loneliness"], "have": "I moved here alone.", "how": "A call on Mondays.", "limits": "Twenty minutes.",
    "ways": ["phone"], "area": "saltmarsh", "places": 1, "submit": True,
}  # fmt: skip


async def test_each_opening_has_a_chance_of_its_own(tmp_path: Path) -> None:
    await found_village(tmp_path, nodes=2)
    offers: list[str] = []
    for number in range(3):
        async with open_village(tmp_path) as made:
            assert made.clock.now() == START + number * 86_400, "where it was left"
            folk = folk_of(made)
            offer = await folk["lily"].post("/support/offers", DRAFT)
            await folk["yasmin"].post(f"/support/offers/{offer['id']}/approval")
            offers.append(offer["id"])
            await made.settle()
            made.clock.advance(days=1)
    assert len(set(offers)) == 3
    async with open_village(tmp_path) as made:
        with made.at("birch"):
            found = await database.rows("SELECT offer_id FROM listing WHERE node_id = 'alder.example'")
        assert set(offers) <= {row["offer_id"] for row in found}


def test_who_knows_whom() -> None:
    names = list(cast.load().co_ops)
    assert len(names) == 20
    ring = _neighbours(names, 3)
    assert len(ring) == len(set(ring)) == 20 * 3
    assert {("alder", "teasel"), ("alder", "damson")} <= set(ring)
    assert ("alder", "elder") not in ring
    assert len(_neighbours(names[:5], None)) == 10


def test_everybody_in_the_cast_has_whom_they_need() -> None:
    everybody = cast.load()
    numbers = [person.phone for person in everybody.people.values()]
    assert len(numbers) == len(set(numbers))
    for co_op in everybody.co_ops:
        for role in ("peer_support_lead", "safeguarding_lead", "safeguarding_deputy", "operator", "supported"):
            assert everybody.one(co_op, role).co_op == co_op
