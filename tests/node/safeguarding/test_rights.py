# SPDX-License-Identifier: AGPL-3.0-or-later
"""Role by act and scope by act in the safeguarding room: an operator runs the node and reads no concern."""

from __future__ import annotations

import pytest

from node.actor import ROLES, SCOPES, Actor
from node.members.rights import REGISTRY, Right
from node.safeguarding import acts, setup, telling
from tests.node.members.cast import everything_stored
from tests.node.members.walking import goes_on

assert acts and setup and telling  # what they register is walked here

MINE = sorted(
    (right for name, right in REGISTRY.items() if name.startswith("safeguarding.")), key=lambda each: each.name
)
GUARDED = [right for right in MINE if right.by]


def test_the_acts_of_this_room_are_these() -> None:
    assert {right.name for right in MINE if not right.by} == {"safeguarding.raise-without-account"}
    assert len(GUARDED) == 10


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("right", GUARDED, ids=lambda right: right.name)
async def test_role_and_scope_by_act(right: Right) -> None:
    before = await everything_stored()
    for role in sorted(ROLES):
        may = "member" in right.by or role in right.by
        assert await goes_on(right, Actor(person="somebody", roles=frozenset({role}))) is may, role
        gone = Actor(person="somebody", roles=frozenset({role}), state="died")
        assert not await goes_on(right, gone), role
    for scope in sorted(SCOPES):
        actor = Actor(person="somebody", roles=ROLES, scopes=frozenset({scope}))
        assert await goes_on(right, actor) is (right.scope in ("", scope)), scope
    assert await everything_stored() == before
