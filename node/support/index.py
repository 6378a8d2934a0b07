# SPDX-License-Identifier: AGPL-3.0-or-later
"""Listings and their text index, written together and in bulk: the only writer of the table `listing`.

Every function joins the caller's transaction, in which the index and the rows change as one. On SQLite the index is an FTS5
table that is told what it held before a row goes (external content); on PostgreSQL it is a column generated from `tokens`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from node import database
from node.support.entries import COLUMNS

_json = msgspec.json.Encoder().encode


WORDED = ("kind", "lat", "lon", "area", "topics", "ways", "languages", "have", "how", "limits", "times")
"""What an offer is found by: while these stay as they were, the index has nothing to learn."""
LIVE = (
    "hidden",
    "expires_at",
    "open",
    "away_until",
    "places",
    "replies",
    "checked_on",
    "revision",
    "published_at",
)
_worded = itemgetter(*(COLUMNS.index(name) for name in WORDED))
_live = itemgetter(*(COLUMNS.index(name) for name in LIVE), COLUMNS.index("id"))


async def put(rows: Sequence[tuple[Any, ...]]) -> None:
    """Make these the listings of their ids, whatever stood there. Each id once.

    A renewal or a change of room, which alters no word, is an update of the row alone: half the work.
    """
    if not rows:
        return
    known = await _known([row[0] for row in rows])
    same = [_live(row) for row in rows if known.get(row[0]) == _worded(row)] if known else []
    await database.many(f"UPDATE listing SET {', '.join(f'{name} = {{}}' for name in LIVE)} WHERE id = {{}}", same)  # noqa: S608
    kept = {live[-1] for live in same}
    await take_away(known.keys() - kept)
    await _insert([row for row in rows if row[0] not in kept] if kept else rows)


async def _known(ids: list[str]) -> dict[str, tuple[Any, ...]]:
    """Of those that are there: what they are found by."""
    which, value = _of(ids)
    found = await database.rows(f"SELECT id, {', '.join(WORDED)} FROM listing WHERE {which}", value)  # noqa: S608
    return {id: tuple(rest) for id, *rest in (row.values() for row in found)}


async def _insert(rows: Sequence[tuple[Any, ...]]) -> None:
    if not rows:
        return
    if database.dialect() == "postgres":
        await database.insert_many("listing", COLUMNS, rows)
        return
    newest = await database.row("SELECT max(n) AS n FROM listing")
    await database.insert_many("listing", COLUMNS, rows)
    await database.execute(
        "INSERT INTO listing_words (rowid, tokens) SELECT n, tokens FROM listing WHERE n > {}",
        (newest and newest["n"]) or 0,
    )


def _of(ids: Collection[str]) -> tuple[str, object]:
    if database.dialect() == "postgres":
        return "id = ANY({})", list(ids)
    return "id IN (SELECT value FROM json_each({}))", _json(list(ids)).decode()


async def take_away(ids: Collection[str]) -> None:
    """Listings of these ids go, and what the index holds of them. An id that is not there is no fault."""
    if ids:
        await _delete(*_of(ids))


async def take_away_source(node_id: str) -> None:
    """All listings of one node go."""
    await _delete("node_id = {}", node_id)


async def _delete(which: str, value: object) -> None:
    if database.dialect() == "sqlite":
        await database.execute(
            "INSERT INTO listing_words (listing_words, rowid, tokens) "  # noqa: S608
            f"SELECT 'delete', n, tokens FROM listing WHERE {which}",
            value,
        )
    await database.execute(f"DELETE FROM listing WHERE {which}", value)  # noqa: S608


async def show_source(node_id: str, visible: bool) -> None:
    """Show or hide all listings of one node. What the index holds stays as it is."""
    await database.execute(
        "UPDATE listing SET hidden = {} WHERE node_id = {} AND hidden <> {}", not visible, node_id, not visible
    )


async def rebuild() -> None:
    """Make SQLite's text index anew from the listings that stand: after they came another way than by `put`. PostgreSQL's is a
    column of the row, and came with it."""
    if database.dialect() == "sqlite":
        await database.execute("INSERT INTO listing_words (listing_words) VALUES ('rebuild')")


async def forget_words() -> None:
    """Merge SQLite's text index, so that words of listings that went stand in none of its pages any more."""
    if database.dialect() == "sqlite":
        await database.execute("INSERT INTO listing_words (listing_words) VALUES ('optimize')")
