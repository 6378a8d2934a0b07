# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to look again, and what became of something that was put out."""

from __future__ import annotations

from collections.abc import Sequence

from node import database
from node.post.shapes import Put


async def next_due(kinds: Sequence[str]) -> int | None:
    """When the next open thing of these kinds can be claimed (Unix seconds; may be past); None when nothing is open."""
    if not kinds:
        return None
    marks = ", ".join("{}" for _ in kinds)
    found = await database.row(
        "SELECT min(CASE WHEN leased_until > due THEN leased_until ELSE due END) AS due "  # noqa: S608
        f"FROM outbox WHERE state = 'open' AND kind IN ({marks})",
        *kinds,
    )
    return None if found is None else found["due"]


async def state_of(kind: str, ref: str) -> Put | None:
    """What became of this reference when it was last put out; None when it never was, or was swept since."""
    found = await database.row(
        "SELECT state, due, attempts, why, ended_at FROM outbox WHERE kind = {} AND ref = {} "
        "ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, put_at DESC, ended_at DESC LIMIT 1",
        kind,
        ref,
    )
    if found is None:
        return None
    return Put(
        state=found["state"],
        due=found["due"],
        attempts=found["attempts"],
        why=found["why"],
        ended=found["ended_at"],
    )


async def lease_holders() -> list[str]:
    """The workers that hold leases, alive or not."""
    found = await database.rows("SELECT DISTINCT worker FROM outbox WHERE state = 'open' AND lease IS NOT NULL")
    return sorted(str(row["worker"]) for row in found)


async def waiting() -> dict[str, int]:
    """How many things wait, by kind; kinds of which nothing waits, but something did lately, with 0."""
    found = await database.rows(
        "SELECT kind, SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END) AS n FROM outbox GROUP BY kind ORDER BY kind"
    )
    return {str(row["kind"]): int(row["n"]) for row in found}
