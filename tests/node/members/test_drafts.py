# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person has begun is theirs alone, sealed at rest, replaced by what they begin anew, and gone in time."""

from __future__ import annotations

import pytest
from msgspec import Struct

from node import database, vault
from node.actor import Actor, at_the_command_line
from node.members import acts, drafts
from node.members.shapes import Admission

DAY = 86_400


class Begun(Struct, frozen=True):
    words: str
    topics: list[str] = []


class Changed(Struct, frozen=True):
    words: int


@pytest.fixture
async def maureen(engine, here) -> Actor:
    made = await acts.admit(
        actor=at_the_command_line(), admission=Admission(full_name="Maureen Made-up", adult=True), here=here
    )
    return Actor(person=made.id)


async def test_a_draft_comes_back_until_its_time_is_over(maureen, here):
    begun = Begun("a word that nobody else reads", ["stroke"])
    await drafts.keep(maureen, "find", begun, days=2, here=here)
    assert await drafts.kept(maureen, "find", Begun, here=here.at(here.now + 2 * DAY - 1)) == begun
    assert await drafts.kept(maureen, "find", Begun, here=here.at(here.now + 2 * DAY)) is None
    assert await drafts.kept(maureen, "ask", Begun, here=here) is None
    assert await drafts.kept(Actor(person="somebody else"), "find", Begun, here=here) is None


async def test_a_new_draft_takes_the_place_of_the_old_and_can_be_dropped(maureen, here):
    for words in ("first", "second"):
        await drafts.keep(maureen, "find", Begun(words), here=here)
    assert await drafts.kept(maureen, "find", Begun, here=here) == Begun("second")
    await drafts.drop(maureen, "find", here=here)
    assert await drafts.kept(maureen, "find", Begun, here=here) is None


async def test_a_draft_is_sealed_and_dies_with_the_persons_key(maureen, here):
    await drafts.keep(maureen, "find", Begun("canary-in-a-draft"), here=here)
    rows = await database.rows("SELECT * FROM page_draft")
    assert len(rows) == 1
    assert b"canary" not in bytes(rows[0]["value"])
    await vault.destroy(maureen.person, here=here)
    assert await drafts.kept(maureen, "find", Begun, here=here) is None


async def test_a_draft_of_another_shape_is_as_good_as_none(maureen, here):
    await drafts.keep(maureen, "find", Begun("words"), here=here)
    assert await drafts.kept(maureen, "find", Changed, here=here) is None


async def test_what_is_over_is_swept(maureen, here):
    await drafts.keep(maureen, "find", Begun("short"), days=1, here=here)
    await drafts.keep(maureen, "ask", Begun("long"), days=30, here=here)
    assert await drafts.sweep(here=here.at(here.now + DAY)) == 1
    assert await drafts.kept(maureen, "ask", Begun, here=here) == Begun("long")


@pytest.mark.parametrize("days", [0, 31])
async def test_no_draft_is_kept_for_ever(maureen, here, days):
    with pytest.raises(ValueError):
        await drafts.keep(maureen, "find", Begun("x"), days=days, here=here)
