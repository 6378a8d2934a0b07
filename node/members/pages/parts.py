# SPDX-License-Identifier: AGPL-3.0-or-later
"""What several pages of this room are put together from."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from node.actor import Actor
from node.members import reads, register, wording
from node.members.rights import check


def offered_roles(*, only: Collection[str] = (), but: Collection[str] = ()) -> list[tuple[str, str, str]]:
    """Roles to choose from: (value, words, what it is for). `only` these, `but` not those."""
    return [
        (role, wording.role_words(role), wording.role_hint(role))
        for role in wording.ROLE_WORDS
        if (not only or role in only) and role not in but
    ]


def for_operators(actor: Actor) -> None:
    """Refuses whoever may not see a form that only an operator's deed stands behind."""
    check(actor, by=register.OPERATOR, scope="people", act="people.invite")


def for_the_directory(actor: Actor) -> None:
    """Refuses whoever may not enter people."""
    check(actor, by=reads.DIRECTORY, scope="people", act="people.admit")


def says() -> dict[str, Any]:
    """What a template needs to put codes in words."""
    return {
        "role_words": wording.role_words,
        "role_hint": wording.role_hint,
        "state_words": wording.state_words,
        "invited_words": wording.invited_words,
    }
