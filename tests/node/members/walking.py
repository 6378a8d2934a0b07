# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tells whether an act's guard lets an actor through, without letting the act do anything: its arguments are tripwires."""

from __future__ import annotations

import inspect
from typing import Any

from node import database
from node.actor import Actor
from node.errors import Refusal
from node.members.rights import Right


class Reached(Exception):
    """Some argument was looked at: the guard had let the act go on."""


class Tripwire:
    """Raises Reached for whatever the body does with it first."""

    def __getattr__(self, name: str) -> Any:
        raise Reached(name)

    def __str__(self) -> str:
        raise Reached("str")


def arguments(right: Right) -> dict[str, Any]:
    names = [name for name in inspect.signature(right.function).parameters if name != "actor"]
    return {name: Tripwire() for name in names}


async def goes_on(right: Right, actor: Actor) -> bool:
    try:
        await right.function(actor=actor, **arguments(right))
    except Refusal as no:
        return not no.cause.startswith(f"{right.name}: ")  # the guard's own words for the log; the body's differ
    except (Reached, database.DatabaseFault, TypeError):
        return True
    return True
