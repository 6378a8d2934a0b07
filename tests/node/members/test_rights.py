# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every act refuses, before it does anything, who holds none of its roles, who is gone, and a token not made for it."""

from __future__ import annotations

from itertools import product

import pytest

from node.actor import ROLES, SCOPES, Actor
from node.here import Here
from node.members import acts, rights
from node.members.rights import REGISTRY, Right, act
from tests.node.members.cast import everything_stored
from tests.node.members.walking import goes_on

assert acts  # what it registers is walked here

MINE = sorted((right for name, right in REGISTRY.items() if name.startswith("people.")), key=lambda right: right.name)
GUARDED = [right for right in MINE if right.by]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("right", GUARDED, ids=lambda right: right.name)
async def test_role_by_act(right: Right, here: Here) -> None:
    before = await everything_stored()
    for role, state in product(sorted(ROLES), ("active", "left", "died")):
        actor = Actor(person="somebody", roles=frozenset({role}), state=state)  # type: ignore[arg-type]
        may = state == "active" and ("member" in right.by or role in right.by)
        assert await goes_on(right, actor) is may, (role, state)
    assert await everything_stored() == before


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("right", GUARDED, ids=lambda right: right.name)
async def test_scope_by_act(right: Right, here: Here) -> None:
    for scope in sorted(SCOPES):
        actor = Actor(person="somebody", roles=ROLES, scopes=frozenset({scope}))
        assert await goes_on(right, actor) is (right.scope in ("", scope)), scope
    nothing = Actor(person="somebody", roles=ROLES, scopes=frozenset())
    assert await goes_on(right, nothing) is (right.scope == "")


def test_the_acts_of_this_room_are_these() -> None:
    assert {right.name for right in MINE if not right.by} == {"people.accept-invitation"}
    assert len(GUARDED) == 14


async def test_an_act_without_an_actor_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        await acts.leave(here=None)  # type: ignore[call-arg, arg-type]
    with pytest.raises(TypeError):
        await acts.leave(actor="operator", here=None)  # type: ignore[arg-type]


def test_mistakes_show_at_import() -> None:
    async def fine(*, actor: Actor) -> None: ...
    async def positional(actor: Actor) -> None: ...
    async def second(*, thing: str, actor: Actor) -> None: ...

    for wrong in (
        {"by": {"queen"}, "scope": "people"},
        {"by": set(), "scope": "people"},
        {"by": {"member"}, "scope": "x"},
    ):
        with pytest.raises(ValueError):
            act("test.wrong", **wrong)(fine)  # type: ignore[arg-type]
    for shape in (positional, second):
        with pytest.raises(ValueError):
            act("test.shape", by={"member"}, scope="people")(shape)
    with pytest.raises(ValueError):
        act("people.leave", by={"member"}, scope="people")(fine)
    assert not {"test.wrong", "test.shape"} & rights.REGISTRY.keys()
