# SPDX-License-Identifier: AGPL-3.0-or-later
"""Calls to make and complaints about data, for those who may read them; and a person's own complaints.

What is sealed is opened for one answer. To who may not read a complaint it is not there.
"""

from __future__ import annotations

from typing import Any

from node import database, vault
from node.actor import Actor
from node.errors import NotFound
from node.front import rules
from node.front.shapes import CallView, ComplaintView
from node.here import Here
from node.members import reads as members
from node.members.rights import check, themselves
from node.words import _

READS = rules.LEADS | {"operator"}


async def calls(actor: Actor, *, here: Here) -> list[CallView]:
    """Who asks to be rung, the longest waiting first; then who was rung lately, the latest first. For leads."""
    check(actor, by=rules.LEADS, scope="support", act="front.calls")
    waiting = await database.rows("SELECT * FROM call_request WHERE done_at IS NULL ORDER BY at, id")
    made = await database.rows(
        "SELECT * FROM call_request WHERE done_at > {} ORDER BY done_at DESC, id", here.now - rules.CALL_KEPT
    )
    names = await members.names({row["done_by"] for row in made if row["done_by"]}, here=here)
    ring = await vault.ring([f"call:{row['id']}" for row in (*waiting, *made)], here=here)
    return [
        CallView(
            id=row["id"],
            at=row["at"],
            name=_open(ring, f"call:{row['id']}", "call_request", row, "name"),
            phone=_open(ring, f"call:{row['id']}", "call_request", row, "phone"),
            about=_(rules.ABOUT.get(_open(ring, f"call:{row['id']}", "call_request", row, "about"), "")),
            suits=_(rules.SUITS.get(row["suits"], "")),
            member=row["person"] is not None,
            done_at=row["done_at"],
            done_by=names.get(row["done_by"] or "", ""),
        )
        for row in (*waiting, *made)
    ]


async def complaints(actor: Actor, *, here: Here) -> list[ComplaintView]:
    """The complaints that this person may read, those to acknowledge first, without their words."""
    check(actor, by=READS, scope="people", act="front.complaints")
    wanted = sorted(rules.read_by(_roles(actor)))
    found = await database.rows(
        f"SELECT * FROM data_complaint WHERE readers IN ({', '.join('{}' for _each in wanted)}) "  # noqa: S608
        "ORDER BY (acknowledged_at IS NOT NULL), (answered_at IS NOT NULL), at, id",
        *wanted,
    )
    return [_view(row, now=here.now) for row in found]


async def complaint(actor: Actor, complaint_id: str, *, here: Here) -> ComplaintView:
    """One complaint, opened for one of its readers. Raises NotFound."""
    check(actor, by=READS, scope="people", act="front.complaint")
    row = await database.row("SELECT * FROM data_complaint WHERE id = {}", complaint_id)
    if row is None or row["readers"] not in rules.read_by(_roles(actor)):
        raise NotFound(cause="no complaint for this reader")
    who = (await members.names([row["person"]], here=here))[row["person"]] if row["person"] else ""
    return await _opened(row, who=who, here=here)


async def my_complaints(actor: Actor, *, here: Here) -> list[ComplaintView]:
    """The actor's own complaints with our answers, newest first. For the person alone."""
    themselves(actor, "front.my-complaints")
    found = await database.rows("SELECT * FROM data_complaint WHERE person = {} ORDER BY at DESC, id", actor.person)
    return [await _opened(row, who="", here=here) for row in found]


def _roles(actor: Actor) -> frozenset[str]:
    return frozenset(role for role in READS if actor.has(role))


async def _opened(row: dict[str, Any], *, who: str, here: Here) -> ComplaintView:
    owner = f"complaint:{row['id']}"
    ring = await vault.ring([owner], here=here)
    opened = {column: _open(ring, owner, "data_complaint", row, column) for column in ("words", "contact", "answer")}
    return _view(row, now=here.now, who=who, **opened)


def _view(row: dict[str, Any], *, now: int, who: str = "", **opened: str) -> ComplaintView:
    return ComplaintView(
        id=row["id"],
        at=row["at"],
        due=row["due"],
        readers=_(rules.READERS[row["readers"]]),
        acknowledged_at=row["acknowledged_at"],
        answered_at=row["answered_at"],
        who=who,
        overdue=row["acknowledged_at"] is None and row["due"] < now,
        **opened,
    )


def _open(ring: vault.Ring, owner: str, table: str, row: dict[str, Any], column: str) -> str:
    try:
        return ring.open(owner, table, row["id"], column, row[column]) or ""
    except vault.Erased:
        return ""
