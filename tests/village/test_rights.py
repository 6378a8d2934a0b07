# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every act refuses every role without the right to it: the table of role x act, walked on both databases.

Acts are called with nothing but an actor and the moment: the right is judged before anything else is looked at. A role that
has the right gets past it (and is then refused for what it did not say), so the table is shown from both sides.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

import pytest

import node
from node.actor import GUARDED as GUARDED_ROLES
from node.actor import ROLES, SCOPES, Actor
from node.errors import NotAllowed, NotProved
from node.here import Here
from node.members.rights import REGISTRY, Right

for found in pkgutil.walk_packages(node.__path__, "node."):
    if not found.name.startswith(("node.__main__", "node.schema.migrations")):
        importlib.import_module(found.name)

GUARDED = [right for right in REGISTRY.values() if right.by]
OPEN = {right.name for right in REGISTRY.values() if not right.by}
SIGNING_IN = {
    "signin.accept-invitation",
    "signin.act-for-myself",
    "signin.ask-for-new-invitation",
    "signin.ask-passkey",
    "signin.by-card",
    "signin.by-code",
    "signin.by-link",
    "signin.by-passkey",
    "signin.request-link",
    "signin.sign-out",
    "signin.step-again",
    "signin.who-are-you",
}


def call(right: Right, actor: Actor, here: Here) -> Any:
    """The act with this actor and no other argument than what a signature insists on."""
    parameters = inspect.signature(right.function).parameters
    rest = {name: None for name, p in parameters.items() if p.default is p.empty and name not in ("actor", "here")}
    return right.function(actor=actor, here=here, **rest)


def test_the_table_is_not_empty_and_little_is_open_to_anyone() -> None:
    assert len(GUARDED) > 40
    front = {"front.complain-without-account", "front.ring-me-without-account", "replies.answer"}
    assert OPEN <= {"people.accept-invitation", "safeguarding.raise-without-account", *front, *SIGNING_IN}


@pytest.mark.usefixtures("engine")
async def test_every_act_refuses_every_role_without_the_right(here: Here) -> None:
    refused = 0
    for right in GUARDED:
        for role in sorted(ROLES):
            actor = Actor(person="somebody", roles=frozenset({role}))
            if any(actor.has(each) for each in right.by):
                continue
            with pytest.raises(NotAllowed):
                await call(right, actor, here)
            refused += 1
    assert refused > 150


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("state", ["left", "died"])
async def test_who_left_or_died_can_do_nothing(here: Here, state: Any) -> None:
    for right in GUARDED:
        with pytest.raises(NotAllowed):
            await call(right, Actor(person="somebody", roles=ROLES, state=state), here)


@pytest.mark.usefixtures("engine")
async def test_a_token_for_another_purpose_does_nothing(here: Here) -> None:
    for right in GUARDED:
        if not right.scope:
            continue
        others = frozenset(SCOPES - {right.scope})
        with pytest.raises(NotAllowed):
            await call(right, Actor(person="somebody", roles=ROLES, scopes=others), here)


@pytest.mark.usefixtures("engine")
async def test_who_has_the_right_gets_past_it(here: Here) -> None:
    """Otherwise an act that refuses everybody would pass the table."""
    for right in GUARDED:
        actor = Actor(person="somebody", roles=right.by)
        try:
            await call(right, actor, here)
        except NotAllowed as error:
            assert "role" not in error.cause and "scope" not in error.cause, right.name
        except Exception:
            continue  # whatever it refuses for, it is not the right


@pytest.mark.usefixtures("engine")
async def test_a_guarded_role_counts_for_no_act_until_it_is_proved(here: Here) -> None:
    asked = 0
    for right in GUARDED:
        if "member" in right.by:
            continue  # holding a guarded role as well makes no difference to these
        for role in sorted(right.by & GUARDED_ROLES):
            actor = Actor(person="somebody", roles=frozenset({role}), via="session", proved=False)
            with pytest.raises(NotProved):
                await call(right, actor, here)
            asked += 1
    assert asked > 40


@pytest.mark.usefixtures("engine")
async def test_a_delegate_does_nothing_with_a_guarded_role_nor_what_is_the_persons_alone(here: Here) -> None:
    alone = 0
    for right in GUARDED:
        if not right.alone and right.by - GUARDED_ROLES:
            continue
        actor = Actor(person="somebody", roles=ROLES, scopes=SCOPES, via="session", proved=False, by="helper")
        with pytest.raises(NotAllowed) as no:
            await call(right, actor, here)
        assert not isinstance(no.value, NotProved), "a delegate is never asked to confirm"
        alone += right.alone
    assert alone > 20


def test_every_act_on_ways_to_sign_in_is_the_persons_alone() -> None:
    others = {right.name for right in GUARDED if right.name.startswith("signin.") and not right.alone}
    assert others == set()
