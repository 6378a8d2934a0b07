# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading the journal, and judging whether it is whole.

`verify` sees an entry that was edited, deleted, put in or reordered by the chain, and one cut off at the end by the kept head.
With `here` it also checks the head's seal, so that a chain made anew by someone without the node key shows; with `seen`, that
heads which peers have seen are still in it, so that a journal put back to an older state shows.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from node import database
from node.here import Here
from node.journal.rules import BEGINNING, digest, seal
from node.journal.shapes import AccessShape, EntryShape, Head, Verdict

_AT_ONCE = 1000
_ENTRY = "SELECT number, at, actor, act, subject, detail, digest FROM journal_entry WHERE number > {} ORDER BY number"


async def entries(after: int = 0, limit: int = 100) -> list[EntryShape]:
    """Entries numbered above `after`, oldest first, `limit` at most."""
    return [_entry(row) for row in await database.rows(f"{_ENTRY} LIMIT {{}}", after, limit)]


async def about(subject: str, act: str, limit: int = 100) -> list[EntryShape]:
    """Entries of one kind on one subject, newest first, `limit` at most."""
    found = await database.rows(
        "SELECT number, at, actor, act, subject, detail, digest FROM journal_entry "
        "WHERE subject = {} AND act = {} ORDER BY number DESC LIMIT {}",
        subject,
        act,
        limit,
    )
    return [_entry(row) for row in found]


async def newest(acts: Collection[str], *, before: int | None = None, limit: int = 50) -> list[EntryShape]:
    """Entries of these acts numbered below `before`, newest first, `limit` at most."""
    if not acts:
        return []
    marks = ", ".join("{}" for _ in acts)
    below = "number < {} AND " if before is not None else ""
    found = await database.rows(
        "SELECT number, at, actor, act, subject, detail, digest FROM journal_entry "  # noqa: S608
        f"WHERE {below}act IN ({marks}) ORDER BY number DESC LIMIT {{}}",
        *(() if before is None else (before,)),
        *sorted(acts),
        limit,
    )
    return [_entry(row) for row in found]


def _entry(row: dict[str, Any]) -> EntryShape:
    return EntryShape(
        number=row["number"],
        at=row["at"],
        actor=row["actor"],
        act=row["act"],
        subject=row["subject"],
        detail=msgspec.json.decode(row["detail"], type=dict[str, int | str]),
        digest=bytes(row["digest"]).hex(),
    )


async def accesses_of(whom: str, limit: int = 100, *, kinds: Collection[str] | None = None) -> list[AccessShape]:
    """Who looked at this person's data, newest first, `limit` at most; only looks of these `kinds` where some are named."""
    wanted = sorted(kinds) if kinds is not None else []
    if kinds is not None and not wanted:
        return []
    only = f" AND kind IN ({', '.join('{}' for _ in wanted)})" if wanted else ""
    found = await database.rows(
        f"SELECT at, who, whom, kind, why FROM access_event WHERE whom = {{}}{only} "  # noqa: S608 - marks alone
        "ORDER BY at DESC, id LIMIT {}",
        whom,
        *wanted,
        limit,
    )
    return [AccessShape(**row) for row in found]


async def head() -> Head:
    """The head to sign and show to peers; number 0 while nothing is written."""
    found = await database.row("SELECT number, digest FROM journal_head WHERE id = 'head'")
    if found is None:
        return Head(number=0, digest=BEGINNING.hex())
    return Head(number=found["number"], digest=bytes(found["digest"]).hex())


async def verify(*, here: Here | None = None, seen: Iterable[Head] = ()) -> Verdict:
    """Whether the journal is whole, up to the head as it stands when asked; later entries are left for the next time."""
    kept = await database.row(  # one statement: head and last entry of the same moment
        "SELECT (SELECT max(number) FROM journal_entry) AS last, h.number, h.digest, h.seal "
        "FROM (SELECT 1 AS one) AS o LEFT JOIN journal_head AS h ON h.id = 'head'"
    )
    assert kept is not None
    number: int = kept["number"] or 0
    known = Head(number=number, digest=(bytes(kept["digest"]) if number else BEGINNING).hex())

    def broken(at: int, why: str) -> Verdict:
        return Verdict(whole=False, entries=number, head=known, broken_at=at, why=why)

    if here is not None and number:
        expected = seal(number, bytes(kept["digest"]), here.node_key)
        if not hmac.compare_digest(expected, bytes(kept["seal"])):
            return broken(number, "the head was not sealed by this node's key")
    marks = {mark.number: mark.digest for mark in seen if mark.number}
    previous, position = BEGINNING, 0
    while position < number:
        rows = await database.rows(f"{_ENTRY} LIMIT {{}}", position, min(_AT_ONCE, number - position))
        if not rows:
            return broken(position + 1, "entries are missing")
        for row in rows:
            position += 1
            if row["number"] != position:
                return broken(position, "an entry is missing")
            previous = _again(row, previous)
            if previous != bytes(row["digest"]):
                return broken(position, "an entry was changed")
            if marks.pop(position, previous.hex()) != previous.hex():
                return broken(position, "this is not the entry that was seen before")
    if previous.hex() != known.digest:
        return broken(number, "the last entry is not the one the head names")
    if (kept["last"] or 0) > number:
        return broken(number + 1, "there are entries after the head")
    if marks:
        return broken(number + 1, "entries that were seen before are gone")
    return Verdict(whole=True, entries=number, head=known)


def _again(row: dict[str, Any], previous: bytes) -> bytes:
    names = ("number", "at", "actor", "act", "subject", "detail")
    return digest(previous=previous, **{name: row[name] for name in names})
