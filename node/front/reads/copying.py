# SPDX-License-Identifier: AGPL-3.0-or-later
"""Copies of what is kept: a person's own, the leads' list, one to review, one that was handed out.

A lead reads of a copy only what is not the person's alone; each look of theirs is in the access log, in the same transaction.
Another's copy and none are the same NotFound.
"""

from __future__ import annotations

from typing import Any

import msgspec

from node import database, journal, vault
from node.actor import Actor
from node.copies import Section
from node.errors import NotAllowed, NotFound
from node.front import rules
from node.front.shapes import CopyLine, CopyState, CopyView, Gone, ReviewView
from node.here import Here
from node.members import reads as members
from node.members.rights import check, themselves
from node.words import _

_sections = msgspec.json.Decoder(list[Section])
LISTED = 100


async def mine(actor: Actor, *, here: Here) -> list[CopyLine]:
    """The actor's own, newest first. For the person alone."""
    themselves(actor, "front.copies")
    found = await database.rows(
        "SELECT * FROM copy_request WHERE person = {} ORDER BY asked_at DESC, id LIMIT {}", actor.person, LISTED
    )
    return [_line(row, now=here.now) for row in found]


async def copies(actor: Actor, *, here: Here) -> list[CopyLine]:
    """For leads: what is to be read, the soonest due first, then what was handed out lately. Without their own."""
    check(actor, by=rules.LEADS, scope="support", act="front.copies-to-review")
    found = await database.rows(
        "SELECT * FROM copy_request WHERE person <> {} AND taken_back_at IS NULL AND (handed_at IS NULL OR over_at > {}) "
        "ORDER BY (handed_at IS NOT NULL), due, id LIMIT {}",
        actor.person,
        here.now,
        LISTED,
    )
    names = await members.names({row["person"] for row in found}, here=here)
    return [_line(row, now=here.now, who=names[row["person"]]) for row in found]


async def review(actor: Actor, copy_id: str, *, here: Here) -> ReviewView:
    """A copy for the lead who reviews it; before it was opened without its content. Raises NotFound."""
    check(actor, by=rules.LEADS, scope="support", act="front.review-copy")
    async with database.transaction():
        row = await _for_lead(actor, copy_id)
        names = await members.names([row["person"]], here=here)
        line = _line(row, now=here.now, who=names[row["person"]])
        wants = row["introductions"] == "yes"
        if row["content"] is None or row["handed_at"] is not None:
            return ReviewView(line=line, sections=[], introductions=wants)
        await journal.accessed(actor.person, row["person"], "copy", "review", here=here)
        whole = await _content(row, here=here)
        gone = await database.rows("SELECT entry, reason FROM copy_left_out WHERE request = {}", copy_id)
        return ReviewView(
            line=line,
            sections=rules.for_others(whole),
            left_out={
                each["entry"]: Gone(
                    entry=each["entry"], reason=each["reason"], words=_(rules.REASONS.get(each["reason"], ""))
                )
                for each in gone
            },
            unread=[_(section.title) for section in whole if section.own_only],
            introductions=wants,
        )


async def copy(actor: Actor, copy_id: str, *, here: Here) -> CopyView:
    """A copy that was handed out, whole, for the person alone. Raises NotFound, also once it is over."""
    check(actor, by=frozenset({"member"}), scope="people", act="front.copy")
    themselves(actor, "front.copy")
    row = await database.row("SELECT * FROM copy_request WHERE id = {}", copy_id)
    if row is None or row["person"] != actor.person or _state(row, now=here.now) != "ready":
        raise NotFound(cause="no copy of theirs")
    return await _view(row, await _content(row, here=here), here=here)


async def for_paper(actor: Actor, copy_id: str, *, here: Here) -> CopyView:
    """A copy that was handed out, for a lead to print for somebody who has no pages; without what is the person's alone.
    Recorded as a look. Raises NotFound."""
    check(actor, by=rules.LEADS, scope="support", act="front.print-copy")
    async with database.transaction():
        row = await _for_lead(actor, copy_id)
        if _state(row, now=here.now) != "ready":
            raise NotFound(cause="not handed out, or over")
        await journal.accessed(actor.person, row["person"], "copy", "print", here=here)
        return await _view(row, rules.for_others(await _content(row, here=here)), here=here)


async def at_the_command_line(actor: Actor, person: str, *, here: Here) -> tuple[CopyLine | None, CopyView | None]:
    """The newest copy of a person at the machine's own command line, and what it holds once a lead has handed it out; without
    what is the person's alone. Recorded as a look. Raises NotAllowed at any other door."""
    check(actor, by=frozenset({"operator"}), scope="people", act="front.copy-at-the-command-line")
    if actor.via != "cli":
        raise NotAllowed(cause="a copy at another door than the command line")
    async with database.transaction():
        row = await database.row(
            "SELECT * FROM copy_request WHERE person = {} AND taken_back_at IS NULL ORDER BY asked_at DESC, id LIMIT 1",
            person,
        )
        if row is None or _state(row, now=here.now) != "ready":
            return (_line(row, now=here.now) if row else None), None
        await journal.accessed(actor.person, person, "copy", "print", here=here)
        shown = await _view(row, rules.for_others(await _content(row, here=here)), here=here)
        return shown.line, shown


async def _for_lead(actor: Actor, copy_id: str) -> dict[str, Any]:
    row = await database.row("SELECT * FROM copy_request WHERE id = {}", copy_id)
    if row is None or row["person"] == actor.person or row["taken_back_at"] is not None:
        raise NotFound(cause="no copy for this lead")
    return row


async def _view(row: dict[str, Any], sections: list[Section], *, here: Here) -> CopyView:
    ring = await vault.ring([row["person"]], here=here)
    names = await members.names([row["person"]], here=here)
    return CopyView(
        line=_line(row, now=here.now, who=names[row["person"]]),
        co_op=here.co_op.name,
        sections=sections,
        note=ring.open(row["person"], "copy_request", row["id"], "note", row["note"]) or "",
    )


async def _content(row: dict[str, Any], *, here: Here) -> list[Section]:
    ring = await vault.ring([row["person"]], here=here)
    try:
        text = ring.open(row["person"], "copy_request", row["id"], "content", row["content"])
    except vault.Erased:
        raise NotFound(cause="erased") from None
    return _sections.decode(text or "[]")


def _state(row: dict[str, Any], *, now: int) -> CopyState:
    if row["taken_back_at"] is not None:
        return "taken_back"
    if row["handed_at"] is not None:
        return "over" if row["over_at"] <= now or row["content"] is None else "ready"
    return "waiting" if row["opened_at"] is None else "opened"


def _line(row: dict[str, Any], *, now: int, who: str = "") -> CopyLine:
    return CopyLine(
        id=row["id"],
        state=_state(row, now=now),
        asked_at=row["asked_at"],
        due=row["due"],
        handed_at=row["handed_at"],
        over_at=row["over_at"],
        who=who,
        overdue=row["handed_at"] is None and row["due"] < now,
    )
