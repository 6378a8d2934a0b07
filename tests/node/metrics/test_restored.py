# SPDX-License-Identifier: AGPL-3.0-or-later
"""An old copy of the database brings back no fact that was taken back or replaced since."""

from __future__ import annotations

from pathlib import Path

from node.actor import Actor
from node.backing import catching
from node.ended import FILE
from node.here import Here
from node.metrics import acts, reads
from node.metrics.shapes import FactDraft
from tests.node.backing.conftest import House, address, house
from tests.node.members.cast import admit
from tests.node.metrics.conftest import ALL, SIZE, TOTAL, but

__all__ = ["address", "house"]


async def test_what_was_taken_back_or_replaced_after_a_backup_stays_so(house: House, tmp_path: Path) -> None:
    async with house.open() as coop:
        here = coop.here()
        one = await admit("Yasmin", "peer_support_lead", here=here)
        two = await admit("Callum", "operator", here=here)
        size, services, _rates, _rating, total = [await declare(one, two, draft, coop.here()) for draft in ALL]
    file = await house.back_up()
    house.clock.advance(hours=1)
    async with house.open() as coop:
        await acts.withdraw_fact(actor=two, fact_id=total, here=coop.here())
        await acts.withdraw_fact(actor=two, fact_id=await declare(one, two, TOTAL, coop.here()), here=coop.here())
        await declare(one, two, but(SIZE, people="51-100"), coop.here())
        await catching.catch_up(coop.settings.path(FILE), here=coop.here())
    other = house.elsewhere(tmp_path / "two", "")
    other.settings.path(FILE).write_bytes(house.settings.path(FILE).read_bytes())
    done = await other.restore(file)
    assert done.ended["fact"] == 2
    async with other.open() as coop:
        here = coop.here()
        standing = [each.id for each in (await reads.facts(two, here=here)).items]
        assert len(standing) == 3
        assert services in standing
        for gone in (size, total):
            assert (await reads.record(gone, two, here=here)).state == "withdrawn"


async def test_without_the_list_of_what_ended_they_would(house: House, tmp_path: Path) -> None:
    async with house.open() as coop:
        here = coop.here()
        one = await admit("Yasmin", "peer_support_lead", here=here)
        two = await admit("Callum", "operator", here=here)
        fact = await declare(one, two, SIZE, here)
    file = await house.back_up()
    async with house.open() as coop:
        await acts.withdraw_fact(actor=two, fact_id=fact, here=coop.here())
    other = house.elsewhere(tmp_path / "two", "")
    assert "fact" not in (await other.restore(file)).ended
    async with other.open() as coop:
        assert [each.id for each in (await reads.facts(two, here=coop.here())).items] == [fact]


async def declare(one: Actor, two: Actor, draft: FactDraft, here: Here) -> str:
    made = await acts.draft_fact(actor=one, draft=draft, here=here)
    await acts.confirm_fact(actor=two, fact_id=made.id, here=here)
    return made.id
