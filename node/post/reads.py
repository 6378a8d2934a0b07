# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to look again, and what became of something that was put out."""

from __future__ import annotations

from collections.abc import Sequence

from node import database
from node.post.shapes import Behind, Outcomes, Put


async def next_due(kinds: Sequence[str]) -> int | None:
    """When the next open thing of these kinds can be claimed (Unix seconds; may be past); None when nothing is open."""
    if not kinds:
        return None
    marks = ", ".join("{}" for _ in kinds)
    found = await database.row(
        "SELECT min(CASE WHEN leased_until > due THEN leased_until WHEN expires < due THEN expires ELSE due END) AS due "  # noqa: S608
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


async def open_to(kind: str, to: str) -> list[str]:
    """The references of this kind that are still to leave for this destination."""
    found = await database.rows(
        "SELECT ref FROM outbox WHERE kind = {} AND destination = {} AND state = 'open' ORDER BY put_at, id", kind, to
    )
    return [row["ref"] for row in found]


async def outcomes(kinds: Sequence[str]) -> list[Outcomes]:
    """What became lately of each of these kinds; kinds of which there is nothing are left out. How long is kept is `sweep`'s."""
    if not kinds:
        return []
    marks = ", ".join("{}" for _ in kinds)
    found = await database.rows(
        "SELECT kind, state, COALESCE(why, '') AS why, COUNT(*) AS n, MAX(ended_at) AS last, MIN(put_at) AS first, "  # noqa: S608
        f"SUM(CASE WHEN attempts > 0 THEN 1 ELSE 0 END) AS tried FROM outbox WHERE kind IN ({marks}) "
        "GROUP BY kind, state, COALESCE(why, '')",
        *kinds,
    )
    made = []
    for kind in kinds:
        rows = [row for row in found if row["kind"] == kind]
        if not rows:
            continue
        waiting = [row for row in rows if row["state"] == "open"]
        made.append(
            Outcomes(
                kind=kind,
                done=sum(int(row["n"]) for row in rows if row["state"] == "done"),
                waiting=sum(int(row["n"]) for row in waiting),
                waiting_since=min((row["first"] for row in waiting), default=None),
                tried=sum(int(row["tried"]) for row in waiting),
                dead={row["why"]: int(row["n"]) for row in rows if row["state"] == "dead"},
                late={row["why"]: int(row["n"]) for row in waiting if row["why"]},
                last_done=max((row["last"] for row in rows if row["state"] == "done"), default=None),
            )
        )
    return made


async def behind(*, due_before: int, put_before: int, now: int) -> list[Behind]:
    """What was due before `due_before` and nobody works on, and what has been tried in vain since before `put_before`."""
    found = await database.rows(
        "SELECT kind, due, put_at, why FROM outbox WHERE state = 'open' AND "
        "((due <= {} AND (leased_until IS NULL OR leased_until <= {})) OR (attempts > 2 AND put_at <= {})) ORDER BY due",
        due_before,
        now,
        put_before,
    )
    return [Behind(kind=row["kind"], due=row["due"], put_at=row["put_at"], why=row["why"] or "") for row in found]


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
