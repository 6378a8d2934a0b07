# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether the co-op is closing, and the refusal of what can't begin any more."""

from __future__ import annotations

from node import database
from node.closing import rules
from node.closing.shapes import Closing
from node.errors import Conflict
from node.here import Here
from node.words import _


async def standing() -> Closing | None:
    """The closing that was said and not taken back."""
    row = await database.row("SELECT id, said_at, on_at, until, done_at FROM closing WHERE taken_back_at IS NULL")
    return None if row is None else Closing(**row)


async def must_go_on(act: str, *, here: Here) -> None:
    """Refuse (Conflict) what can't begin once the co-op has left; `act` as `node.members.rights` names it."""
    if act in rules.OVER and rules.gone(await standing(), here.now):
        raise Conflict(_("This co-op has closed, so nothing new can begin here."), cause=f"{act}: closed")
