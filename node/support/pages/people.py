# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody found by the name a lead writes, among those who are here now. Only for those who may read the directory."""

from __future__ import annotations

from collections.abc import Sequence

from node.actor import Actor
from node.here import Here
from node.members import reads as members
from node.members.shapes import PersonView
from node.words import _

SOMEBODY_ELSE = "somebody-else"
MOST = 8


async def called(name: str, actor: Actor, *, here: Here) -> list[PersonView]:
    """Whose full name this is, or what they are called here; else all in whose name every word of it begins a word."""
    wanted = name.casefold().split()
    if not wanted:
        return []
    active = [each for each in await members.directory(actor, here=here) if each.state == "active"]
    whole = " ".join(wanted)
    exact = [each for each in active if whole in (each.full_name.casefold(), each.known_as.casefold())]
    return exact or [each for each in active if _fits(wanted, each)]


def _fits(wanted: Sequence[str], person: PersonView) -> bool:
    words = f"{person.full_name} {person.known_as}".casefold().split()
    return all(any(word.startswith(each) for word in words) for each in wanted)


def not_one(found: Sequence[PersonView]) -> str:
    """What to do when a name did not lead to exactly one person."""
    if not found:
        return _("We can't find anybody of that name. Check how it is written.")
    return _("More than one person could be meant. Write the whole name.")
