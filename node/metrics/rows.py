# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facts out of their rows, ours and the neighbours'. Nothing here judges who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from node import database
from node.here import Here
from node.metrics import rules
from node.metrics.rules import Agreement, Record
from node.metrics.shapes import Said

_RECORDS = """
SELECT f.id, f.says, f.written_by, f.written_at, f.replaces, a.circle, a.agreed_on, a.review_on, a.words,
  c.confirmed_by, c.confirmed_at, w.withdrawn_at,
  EXISTS (SELECT 1 FROM fact n JOIN fact_confirmation k ON k.fact = n.id WHERE n.replaces = f.id) AS replaced
FROM fact f
LEFT JOIN fact_agreement a ON a.fact = f.id
LEFT JOIN fact_confirmation c ON c.fact = f.id
LEFT JOIN fact_withdrawal w ON w.fact = f.id
"""
_said = msgspec.json.Decoder(Said)


async def one(fact_id: str) -> Record | None:
    """One fact of ours."""
    row = await database.row(_RECORDS + "WHERE f.id = {}", fact_id)
    return _record(row) if row else None


async def every() -> list[Record]:
    """All facts of ours, the newest first, whatever became of them."""
    return [_record(row) for row in await database.rows(_RECORDS + "ORDER BY f.written_at DESC, f.id")]


async def declared(*, here: Here) -> list[Record]:
    """What we declare now, the oldest first."""
    return [fact for fact in reversed(await every()) if rules.state(fact, now=here.now) == "declared"]


async def neighbours(*, here: Here) -> list[dict[str, Any]]:
    """Rows of what neighbours declare now; `said` is read."""
    found = await database.rows(
        "SELECT id, node_id, declared_at, says, circle, agreed_on, review_on FROM neighbour_fact "
        "WHERE hidden = {} AND expires_at > {} ORDER BY node_id, about, id",
        False,
        here.now,
    )
    return [{**row, "said": read(row["says"])} for row in found]


async def put_neighbours(rows: Sequence[tuple[Any, ...]]) -> None:
    """Make these the facts of their ids, whatever stood there; in the caller's transaction."""
    await take_away([str(row[0]) for row in rows])
    await database.insert_many(
        "neighbour_fact",
        ("id", "node_id", "hidden", "expires_at", "declared_at", "about", "says", "circle", "agreed_on", "review_on"),
        rows,
    )


async def take_away(ids: Sequence[str]) -> None:
    """Facts of neighbours go. An id that is not there is no fault."""
    await database.many("DELETE FROM neighbour_fact WHERE id = {}", [(id,) for id in ids])


async def count_of(node_id: str) -> int:
    """How many facts of one neighbour stand here, shown or not."""
    found = await database.row("SELECT count(*) AS n FROM neighbour_fact WHERE node_id = {}", node_id)
    return int(found["n"]) if found else 0


def written(said: Said) -> str:
    """What a fact says, as a row keeps it."""
    return msgspec.json.encode(said).decode()


def read(text: str) -> Said:
    return _said.decode(text)


def _record(row: dict[str, Any]) -> Record:
    agreement = None
    if row["circle"] is not None:
        agreement = Agreement(row["circle"], row["agreed_on"], row["review_on"], row["words"])
    return Record(
        id=row["id"],
        said=read(row["says"]),
        written_by=row["written_by"],
        written_at=row["written_at"],
        replaces=row["replaces"],
        agreement=agreement,
        confirmed_by=row["confirmed_by"],
        confirmed_at=row["confirmed_at"],
        withdrawn_at=row["withdrawn_at"],
        replaced=bool(row["replaced"]),
    )
