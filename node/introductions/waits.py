# SPDX-License-Identifier: AGPL-3.0-or-later
"""What of a person's own introductions waits for something they can do, and which meeting comes next.

Each half waits for at most one thing, the most pressing: an answer, checking out after a meeting, a plan to look at, what to
share, a look at how it is going. Nothing that anybody wrote is opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from node import database
from node.actor import Actor
from node.database import Read, Row, first
from node.here import Here
from node.introductions import reads, rules
from node.introductions.halves import Half
from node.introductions.views import MEMBER, OWN
from node.members.rights import check
from node.peers import reads as peers

What = Literal["answer", "check-out", "plan", "share", "review"]


class Waiting(Struct, frozen=True, kw_only=True):
    """One introduction that waits for its person. `since`: when that came; `due`: until when, where there is an end."""

    id: str
    what: What
    co_op: str
    since: int
    due: int | None = None


class Meeting(Struct, frozen=True, kw_only=True):
    """The next meeting that both agreed on. `place_kind`: public_place, phone, video."""

    id: str
    co_op: str
    at: int
    ends_at: int


class Waits(Struct, frozen=True, kw_only=True):
    """What waits, the longest first, and the next meeting."""

    items: list[Waiting]
    next: Meeting | None


async def waits(actor: Actor, *, here: Here) -> Waits:
    """What waits for the actor in their own introductions. Raises NotAllowed where these are not theirs to see now."""
    check(actor, by=MEMBER, scope=OWN, act="introductions.waits")
    items: list[Waiting] = []
    meetings: list[Meeting] = []
    halves, names = await database.together(reads.of_person(actor.person), peers.names())
    seen = [half for half in halves if half.status not in rules.CLOSED and not half.hidden]
    for half, (plan, theirs, mine) in zip(seen, await _rows(seen), strict=True):
        found = _what(half, plan, theirs, mine, now=here.now)
        co_op = peers.called(half.other_node, names, here=here)
        if found is not None:
            what, since, due = found
            items.append(Waiting(id=half.id, what=what, co_op=co_op, since=since, due=due))
        if plan is not None and plan["agreed_at"] is not None and plan["ends_at"] > here.now:
            meetings.append(Meeting(id=half.id, co_op=co_op, at=plan["at"], ends_at=plan["ends_at"]))
    return Waits(
        items=sorted(items, key=lambda each: (each.since, each.id)),
        next=min(meetings, key=lambda each: (each.at, each.id), default=None),
    )


async def _rows(halves: Sequence[Half]) -> list[tuple[Row | None, Row | None, Row | None]]:
    """Of each half: its plan (and when we checked out), what the other one shared, what we shared. All in one step."""
    if not halves:
        return []
    found = iter(
        await database.together(
            *(
                read
                for half in halves
                for read in (_plan(half), reads.of("shared", half.id), reads.of("share", half.id))
            )
        )
    )
    return list(zip(found, found, found, strict=True))


def _plan(half: Half) -> Read[Row | None]:
    return first(
        "SELECT p.mine, p.at, p.ends_at, p.agreed_at, (SELECT c.at FROM introduction_check_out c "
        "WHERE c.introduction = p.introduction AND c.plan_no = p.no AND c.mine = {}) AS out_at "
        "FROM introduction_plan p WHERE p.introduction = {}",
        True,
        half.id,
    )


def _what(
    half: Half, plan: Row | None, theirs: Row | None, mine: Row | None, *, now: int
) -> tuple[What, int, int | None] | None:
    if half.status == "waiting":
        return ("answer", half.asked_at, half.answer_by) if half.side == "supporter" else None
    if plan is not None:
        ends_at = int(plan["ends_at"] or 0)
        if plan["agreed_at"] is not None and plan["out_at"] is None and ends_at <= now:
            return "check-out", ends_at, None
        if plan["agreed_at"] is None and not plan["mine"] and int(plan["at"] or 0) > now:
            return "plan", half.changed_at, int(plan["at"] or 0)
    if half.status != "shared" and theirs is not None and theirs["ready"] and not (mine and mine["confirmed_at"]):
        return "share", half.changed_at, None
    if rules.review_due(half, now):
        return "review", half.review_due_at or half.changed_at, None
    return None
