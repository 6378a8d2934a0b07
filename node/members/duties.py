# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock does in this room: an invitation that nobody used is emptied when it is over.

`due` re-reads the present state and may come twice.
"""

from __future__ import annotations

from node import database
from node.here import Here
from node.members.standing import drop_invitation


async def due(ref: str, *, here: Here) -> None:
    """A timer "members:invitation:<id>" fired. In the caller's transaction."""
    _, what, id = ref.split(":", 2)
    if what != "invitation":
        return
    found = await database.row("SELECT expires, email FROM invitation WHERE id = {}", id)
    if found is not None and found["email"] is not None and found["expires"] <= here.now:
        await drop_invitation(id, here=here)


def gone(ref: str) -> tuple[str, str]:
    """An outbox item "person-gone" as (person, "left" | "died"), for whoever tells the rooms above."""
    person, _, how = ref.partition(":")
    return person, how
