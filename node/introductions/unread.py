# SPDX-License-Identifier: AGPL-3.0-or-later
"""How many of a person's introductions hold words of the other person that came after a moment. A number and nothing else."""

from __future__ import annotations

from node import database


async def unread(person: str, *, since: int) -> int:
    """In how many open introductions something was written to `person` at or after `since` (Unix seconds)."""
    found = await database.row(
        "SELECT count(DISTINCT i.id) AS many FROM introduction i JOIN introduction_message m ON m.introduction = i.id "
        "WHERE i.person = {} AND i.silent = {} AND i.hidden = {} AND i.erased_at IS NULL AND m.mine = {} AND m.at >= {}",
        person,
        False,
        False,
        False,
        since,
    )
    return int(found["many"]) if found else 0
