# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of this room. No name, no word of anybody's, but for who said "I'm all right" to their own lead."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct

from node.actor import Actor
from node.here import Here


class Thing(Struct, frozen=True, kw_only=True):
    """One thing that waits for a person and can be answered by one press. `what`: of `rules.ANSWERS`."""

    what: str
    subject: str
    since: int


class Question(Struct, frozen=True, kw_only=True):
    """A page that stands: what may be pressed on it, and since when its thing waits. `person` is for the acts alone."""

    id: str
    person: str
    thing: Thing
    allowed: tuple[str, ...]


class Said(Struct, frozen=True, kw_only=True):
    """That a supporter pressed "I'm all right" when a check-in was due: who, and when."""

    who: str
    at: int


Ringing = Callable[[Actor, str, Here], Awaitable[None]]
"""Puts a person on the list of those to be rung: who, what about (a key of the front room's), the moment. Raises Invalid where
there is no number."""
Home = Callable[[Actor, Here], Awaitable[int]]
"""How many things wait on a person's own first page."""
