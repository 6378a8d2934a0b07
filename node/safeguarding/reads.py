# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions to the safeguarding store. To who may not read a concern it does not exist: same answer, same lists.

No read here gives a concern's words: those come by the act of opening, which is recorded. A reader counts only while they
hold a safeguarding role.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from node import database
from node.actor import SAFEGUARDING_ROLES, Actor
from node.errors import NotFound
from node.here import Here
from node.members import reads as members
from node.members.rights import check
from node.safeguarding import crisis, rules
from node.safeguarding.shapes import (
    HOME,
    ConcernCard,
    ConcernList,
    ConcernMine,
    ConcernOne,
    CouncilNumbers,
    SetupView,
    ShareReadiness,
    WouldRead,
)
from node.words import _

READS_CONCERNS = SAFEGUARDING_ROLES
_CARD = (
    "SELECT c.id, c.about, c.source, c.raised_by, c.raised_at, c.urgent, c.opened_at, c.closed_at, "
    "EXISTS (SELECT 1 FROM concern_reader r1 WHERE r1.concern = c.id AND r1.role = 'lead') AS lead, "
    "EXISTS (SELECT 1 FROM concern_reader r2 WHERE r2.concern = c.id AND r2.role = 'deputy') AS deputy, "
    "(SELECT MIN(e.at) FROM concern_escalation e WHERE e.concern = c.id) AS escalated_at FROM concern c "
)


async def mine(actor: Actor, *, here: Here) -> list[ConcernMine]:
    """The worries this person raised, newest first: where each is, and whom to ring."""
    if actor.by is not None:  # a delegate sees nothing of somebody's worries
        return []
    found = await database.rows(_CARD + "WHERE c.raised_by = {} ORDER BY c.raised_at DESC, c.id", actor.person)
    numbers = await numbers_here(here=here)
    unread = {row["id"] for row in found if not row["closed_at"] and not await able_readers(row["id"], here=here)}
    return [_as_raiser(row, numbers, unread=row["id"] in unread) for row in found]


async def for_reader(actor: Actor, *, here: Here) -> list[ConcernCard]:
    """The concerns this lead or deputy may read, newest first, without their words."""
    if not reads_concerns(actor):
        return []
    found = await database.rows(
        _CARD + "JOIN concern_reader r ON r.concern = c.id WHERE r.person = {} ORDER BY c.raised_at DESC, c.id",
        actor.person,
    )
    return await _cards(found, here=here)


async def listing(actor: Actor, *, here: Here) -> ConcernList:
    """One's own worries, and those one is asked to read. Both are empty for most people."""
    return ConcernList(mine=await mine(actor, here=here), to_read=await for_reader(actor, here=here))


async def one(actor: Actor, concern_id: str, *, here: Here) -> ConcernOne:
    """One concern, as its raiser or its reader. Raises NotFound, alike for another's and for none."""
    own = [concern for concern in await mine(actor, here=here) if concern.id == concern_id]
    cards = [card for card in await for_reader(actor, here=here) if card.id == concern_id]
    if not own and not cards:
        raise NotFound(cause="no concern for this person")
    return ConcernOne(mine=own[0] if own else None, card=cards[0] if cards else None)


async def ready(*, here: Here) -> ShareReadiness:
    """Whether this co-op may share offers: lead, deputy (two people) and a number answered out of hours."""
    missing = rules.missing(
        leads=await members.by_role("safeguarding_lead", here=here),
        deputies=await members.by_role("safeguarding_deputy", here=here),
        out_of_hours=(await setup_row())["out_of_hours"],
    )
    return ShareReadiness(ok=not missing, missing=missing)


async def setup(actor: Actor, *, here: Here) -> SetupView:
    """The numbers as they stand, for operators, leads and deputies."""
    check(actor, by=frozenset({"operator", *READS_CONCERNS}), scope="safeguarding", act="safeguarding.setup")
    row, readiness = await setup_row(), await ready(here=here)
    return SetupView(
        out_of_hours=row["out_of_hours"],
        lead_phone=row["lead_phone"],
        deputy_phone=row["deputy_phone"],
        ready=readiness.ok,
        missing=readiness.missing,
    )


async def held(subject: str) -> bool:
    """Whether a safeguarding hold stands on `subject`: then no erasure reaches it."""
    found = await database.row(
        "SELECT id FROM safeguarding_hold WHERE subject = {} AND lifted_at IS NULL LIMIT 1", subject
    )
    return found is not None


async def concern_about(subject: str, actor: Actor, *, source: str = HOME, here: Here) -> bool:
    """Whether `actor` reads a concern about `subject` that is not closed: only then may a sealed copy be opened.

    `source`: who told us of it, "home" or a node; a subject means what it says only in the mouth of that one.
    """
    if not subject or not reads_concerns(actor):
        return False
    found = await database.row(
        "SELECT c.id FROM concern c JOIN concern_reader r ON r.concern = c.id "
        "WHERE c.about = {} AND c.source = {} AND c.closed_at IS NULL AND r.person = {} LIMIT 1",
        subject,
        source,
        actor.person,
    )
    return found is not None


async def numbers_here(*, here: Here) -> crisis.Numbers:
    """Whom to ring from here: the nation's lines, the councils of our patch, our own number out of hours."""
    row = await setup_row()
    shown = crisis.numbers(here.co_op.nation, out_of_hours=row["out_of_hours"], co_op=here.co_op.name)
    councils = dict.fromkeys(area.council for area in here.place.in_patch() if area.council in here.place.councils)
    lines = []
    for council in (here.place.councils[id] for id in councils):
        label = _("Adult social care, {council}: {number}", council=council.name, number=council.adults)
        lines.append(crisis.Line(number=council.adults, label=label))
        if council.out_of_hours and council.out_of_hours != council.adults:
            label = _("The same, evenings and weekends: {number}", number=council.out_of_hours)
            lines.append(crisis.Line(number=council.out_of_hours, label=label))
    return crisis.Numbers(lines=[*shown.lines, *lines], note=shown.note)


async def councils(*, here: Here) -> list[CouncilNumbers]:
    """Whom to ring about an adult at risk, by the area where they are: our patch's councils first, then by name."""
    areas: dict[str, list[str]] = {id: [] for id in here.place.councils}
    for area in here.place.areas.values():
        if area.council in areas:
            areas[area.council].append(area.name)
    ours = {area.council for area in here.place.in_patch()}
    found = [
        CouncilNumbers(
            name=council.name,
            areas=sorted(areas[id], key=str.casefold),
            adults=council.adults,
            out_of_hours=council.out_of_hours,
            ours=id in ours,
        )
        for id, council in here.place.councils.items()
    ]
    return sorted(found, key=lambda each: (not each.ours, each.name.casefold()))


async def would_read(*, here: Here) -> list[WouldRead]:
    """Who reads worries here today, leads first; whoever is both, once, as lead."""
    roles: dict[str, str] = {}
    for role in ("lead", "deputy"):
        for person in await members.by_role(f"safeguarding_{role}", here=here):
            roles.setdefault(person, role)
    names = await members.names(roles, here=here)
    return [WouldRead(person=person, name=names[person], role=role) for person, role in roles.items()]


async def number_to_ring(*, here: Here) -> str:
    """The one number to give in a sentence: ours out of hours, else our phone, else 999."""
    return (await setup_row())["out_of_hours"] or here.co_op.phone or "999"


def reads_concerns(actor: Actor) -> bool:
    """Whether the actor holds a safeguarding role now and is signed in for it."""
    return any(actor.has(role) for role in READS_CONCERNS) and actor.may_use("safeguarding")


async def reader_row(actor: Actor, concern_id: str, *, held: bool = False) -> dict[str, Any]:
    """The concern's row for a reader; `held` keeps it until the transaction ends. Raises NotFound."""
    sql = (
        "SELECT * FROM concern WHERE id = {} AND EXISTS "
        "(SELECT 1 FROM concern_reader r WHERE r.concern = concern.id AND r.person = {})"
    )
    look = database.row_for_update if held else database.row
    found = await look(sql, concern_id, actor.person) if reads_concerns(actor) else None
    if found is None:
        raise NotFound(cause="no concern for this reader")
    return found


async def able_readers(concern_id: str, *, here: Here) -> list[str]:
    """Who can open a concern today: its readers, as far as they are here and hold a safeguarding role."""
    able = {id for role in sorted(READS_CONCERNS) for id in await members.by_role(role, here=here)}
    found = await database.rows("SELECT person FROM concern_reader WHERE concern = {} ORDER BY since, id", concern_id)
    return [row["person"] for row in found if row["person"] in able]


async def setup_row() -> dict[str, Any]:
    """The setup's row, or an empty one."""
    found = await database.row("SELECT * FROM safeguarding_setup WHERE id = 'here'")
    return found or {"out_of_hours": "", "lead_phone": "", "deputy_phone": ""}


async def card(row: dict[str, Any], *, here: Here) -> ConcernCard:
    """The card of one concern, for somebody who was found to read it."""
    found = await database.rows(_CARD + "WHERE c.id = {}", row["id"])
    return (await _cards(found, here=here))[0]


async def _cards(found: Sequence[dict[str, Any]], *, here: Here) -> list[ConcernCard]:
    names = await members.names([row["raised_by"] for row in found if row["raised_by"]], here=here)
    return [
        ConcernCard(
            id=row["id"],
            about=row["about"],
            source=row["source"],
            raised_at=row["raised_at"],
            raised_by=names.get(row["raised_by"]),
            urgent=bool(row["urgent"]),
            opened_at=row["opened_at"],
            escalated_at=row["escalated_at"],
            closed_at=row["closed_at"],
        )
        for row in found
    ]


def _as_raiser(row: dict[str, Any], numbers: crisis.Numbers, *, unread: bool) -> ConcernMine:
    return ConcernMine(
        id=row["id"],
        raised_at=row["raised_at"],
        told=rules.told_words([role for role in ("lead", "deputy") if row[role]]),
        state=rules.state_words(
            opened=row["opened_at"] is not None,
            closed=row["closed_at"] is not None,
            escalated=row["escalated_at"] is not None,
            unread=unread,
        ),
        numbers=numbers,
    )
