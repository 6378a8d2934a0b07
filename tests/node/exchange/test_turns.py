# SPDX-License-Identifier: AGPL-3.0-or-later
"""One worker of a co-op follows a neighbour at a time, and another takes it over when that one is no more."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node import database
from node.exchange.turns import LEASE, Turns, holders, let_go
from node.here import Here

pytestmark = pytest.mark.usefixtures("engine")


async def test_one_follows_until_its_lease_ends_or_it_goes(here: Here) -> None:
    one, other = Turns("a:1"), Turns("b:1")
    assert (await one.mine("birch.example", here=here), await other.mine("birch.example", here=here)) == (True, False)
    assert await other.mine("cedar.example", here=here), "each neighbour for itself"
    later = replace(here, now=here.now + LEASE - 1)
    assert await one.mine("birch.example", here=later), "renewed by the way"
    assert not await other.mine("birch.example", here=replace(here, now=here.now + LEASE + 1))
    assert await other.mine("birch.example", here=replace(here, now=later.now + LEASE + 1)), "the first fell silent"
    assert not await one.mine("birch.example", here=replace(here, now=later.now + LEASE + 2))
    await other.over()
    assert await one.mine("birch.example", here=replace(here, now=later.now + LEASE + 3))


async def test_who_is_gone_is_let_go(here: Here) -> None:
    assert await Turns("a:1").mine("birch.example", here=here)
    assert await holders() == ["a:1"]
    await let_go(["a:1", "c:1"])
    assert await Turns("b:1").mine("birch.example", here=here)
    assert await holders() == ["b:1"]


async def test_a_clock_that_was_ahead_holds_nobody_up(here: Here) -> None:
    ahead = replace(here, now=here.now + 10 * 86_400)
    one, other = Turns("a:1"), Turns("b:1")
    assert await one.mine("birch.example", here=ahead)
    assert await other.mine("birch.example", here=here)
    assert not await one.mine("birch.example", here=here)


async def test_a_lease_that_stands_asks_the_database_nothing(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Turns("a:1")
    assert await one.mine("birch.example", here=here)
    monkeypatch.setattr(database, "row", None)
    assert await one.mine("birch.example", here=replace(here, now=here.now + LEASE // 2 - 1))


async def test_a_worker_renews_all_of_its_own_at_once_and_no_other_s(here: Here) -> None:
    one, other = Turns("a:1"), Turns("b:1")
    for peer in ("birch.example", "cedar.example"):
        assert await one.mine(peer, here=here)
    assert await other.mine("dogwood.example", here=here)
    soon = replace(here, now=here.now + LEASE // 2)
    await one.renew(here=soon)
    later = replace(here, now=here.now + LEASE + 1)
    assert not await other.mine("birch.example", here=later)
    assert await one.mine("dogwood.example", here=later), "the other did not renew, and its time is over"
    rows = await database.rows("SELECT peer, until FROM follow_lease WHERE worker = 'a:1' ORDER BY peer")
    assert [(row["peer"], row["until"]) for row in rows] == [
        ("birch.example", soon.now + LEASE),
        ("cedar.example", soon.now + LEASE),
        ("dogwood.example", later.now + LEASE),
    ]


async def test_what_another_took_over_is_not_renewed(here: Here) -> None:
    one, other = Turns("a:1"), Turns("b:1")
    assert await one.mine("birch.example", here=here)
    late = replace(here, now=here.now + LEASE + 1)
    assert await other.mine("birch.example", here=late)
    await one.renew(here=late)
    assert not await one.mine("birch.example", here=late)
    assert await other.mine("birch.example", here=late)
