# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing entries and access events, in the transaction of the deed itself: both stand, or neither.

Entries are written one after another (a lock on PostgreSQL), so write them late in a transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from node import database
from node.here import Here
from node.journal.rules import BEGINNING, check, digest, encoded, seal


async def write(
    actor: str | None, act: str, subject: str, detail: Mapping[str, int | str] | None = None, *, here: Here
) -> int:
    """Add an entry; its number. `actor`: a person's id, or None for the node itself. Raises ValueError (see rules)."""
    check(act, subject)
    text = encoded(detail or {})
    async with database.transaction():
        await database.lock("journal")
        head = await database.row("SELECT number, digest FROM journal_head WHERE id = 'head'")
        number = 1 if head is None else head["number"] + 1
        made = digest(
            previous=BEGINNING if head is None else bytes(head["digest"]),
            number=number,
            at=here.now,
            actor=actor,
            act=act,
            subject=subject,
            detail=text,
        )
        await database.execute(
            "INSERT INTO journal_entry (number, at, actor, act, subject, detail, digest) "
            "VALUES ({}, {}, {}, {}, {}, {}, {})",
            number,
            here.now,
            actor,
            act,
            subject,
            text,
            made,
        )
        await _move_head(number, made, seal(number, made, here.node_key))
    return number


async def _move_head(number: int, made: bytes, sealed: bytes) -> None:
    if number == 1:
        statement = "INSERT INTO journal_head (number, digest, seal, id) VALUES ({}, {}, {}, 'head')"
    else:
        statement = "UPDATE journal_head SET number = {}, digest = {}, seal = {} WHERE id = 'head'"
    await database.execute(statement, number, made, sealed)


async def accessed(who: str, whom: str, kind: str, why: str, *, here: Here) -> None:
    """Remember that `who` looked at `kind` of `whom`'s data. Ids and codes only: never what was seen."""
    await database.execute(
        "INSERT INTO access_event (id, at, who, whom, kind, why) VALUES ({}, {}, {}, {}, {}, {})",
        here.token(),
        here.now,
        who,
        whom,
        kind,
        why,
    )


async def accessed_all(who: str, whom: Iterable[str], kind: str, why: str, *, here: Here) -> None:
    """As `accessed`, of many people at once."""
    await database.many(
        "INSERT INTO access_event (id, at, who, whom, kind, why) VALUES ({}, {}, {}, {}, {}, {})",
        [(here.token(), here.now, who, each, kind, why) for each in whom],
    )
