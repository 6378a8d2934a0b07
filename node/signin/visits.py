# SPDX-License-Identifier: AGPL-3.0-or-later
"""When somebody was last here themselves, as far as it is kept: to the hour. What a delegate did is no visit of theirs."""

from __future__ import annotations

from node import database


async def last_visit(person: str) -> int | None:
    """The person's last visit in a browser (Unix seconds, never later than it was); None when none is known."""
    found = await database.row(
        "SELECT max(CASE WHEN last_used > signed_in THEN last_used ELSE signed_in END) AS at FROM session "
        "WHERE person = {}",
        person,
    )
    return None if found is None else found["at"]
