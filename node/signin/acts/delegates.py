# SPDX-License-Identifier: AGPL-3.0-or-later
"""People who help somebody: named by the person, accepted by the helper, for some things, until a day; ended by either.

A helper is found by a number that they read out, so nobody can look members up. A delegate never sees safeguarding, sessions
or ways to sign in, and names no other delegate; introductions open only by the person's own switch, while nobody helps them.
Ending signs out whoever acts under it.
"""

from __future__ import annotations

import json
from typing import Any

from node import database
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound
from node.here import Here
from node.members import reads as members
from node.members.notices import notify
from node.members.rights import act, open_to_anyone
from node.signin import keeping, reads, rules, secrets, tables, tries
from node.signin.shapes import DelegateDraft, DelegationView, Session, SignedIn
from node.words import N_, _

NO_HELPER = N_("We don't know this number. Ask the person who helps you for a new one; it stands for a day.")
ALONE = N_("Please do this when nobody is helping you with this page, and confirm it here.")


@act("signin.offer-help", by={"member"}, scope="people", alone=True)
async def offer_help(*, actor: Actor, here: Here) -> str:
    """A six-figure number for the actor to read out to whom they help; it stands for a day, in place of an older one."""
    async with database.transaction():
        await database.execute("DELETE FROM helper_code WHERE person = {} OR expires <= {}", actor.person, here.now)
        while True:
            id = here.token()
            code = secrets.code("helper", id, here=here)
            digest = secrets.found_by("helper", code, here=here)
            if await database.row("SELECT id FROM helper_code WHERE code_hash = {}", digest) is None:
                break
        await tables.HelperCode.insert(
            tables.HelperCode(
                id=id,
                person=actor.person,
                code_hash=digest,
                created=here.now,
                expires=here.now + rules.HELPER_CODE_FOR,
            )
        )
        await keeping.sweep_daily(here=here)
    return code


@act("signin.name-delegate", by={"member"}, scope="people", alone=True)
async def name_delegate(*, actor: Actor, draft: DelegateDraft, here: Here) -> DelegationView:
    """Name somebody who helps. It stands once they accept. Raises Invalid with every fault, Conflict, TooMany."""
    await tries.count("helper-person", actor.person, here=here)
    async with database.transaction():
        row = await database.row(
            "SELECT person FROM helper_code WHERE code_hash = {} AND expires > {}",
            secrets.found_by("helper", rules.figures(draft.code), here=here),
            here.now,
        )
        faults = rules.delegate_faults(scopes=draft.scopes, until=draft.until, now=here.now)
        if row is None or row["person"] == actor.person or not await members.active(row["person"], here=here):
            faults["code"] = _(NO_HELPER)
        if faults or row is None:
            raise Invalid(faults)
        await _end_those_that_are_over(actor.person, row["person"], here=here)
        id = here.token()
        made = await database.row(
            "INSERT INTO delegation (id, person, delegate, scopes, until, named_at) VALUES ({}, {}, {}, {}, {}, {}) "
            "ON CONFLICT (person, delegate) WHERE ended_at IS NULL DO NOTHING RETURNING id",
            id,
            actor.person,
            row["person"],
            json.dumps(sorted(set(draft.scopes))),
            draft.until,
            here.now,
        )
        if made is None:
            raise Conflict(_("They help you already, or are asked to. End that first."), cause="delegation stands")
        await database.execute("DELETE FROM helper_code WHERE person = {}", row["person"])
        await tries.forget("helper-person", actor.person, here=here)
        await notify(person=row["person"], what="waiting", here=here)
        await keeping.record(
            actor.person, "delegate-named", actor.person, {"delegation": id, "delegate": row["person"]}, here=here
        )
        return await reads.delegation(actor, id, here=here)


async def _end_those_that_are_over(person: str, delegate: str, *, here: Here) -> None:
    await database.execute(
        "UPDATE delegation SET ended_at = until, ended_by = person "
        "WHERE person = {} AND delegate = {} AND ended_at IS NULL AND until <= {}",
        person,
        delegate,
        here.now,
    )


@act("signin.accept-delegation", by={"member"}, scope="people", alone=True)
async def accept_delegation(*, actor: Actor, delegation_id: str, here: Here) -> DelegationView:
    """The helper's yes. Raises NotFound."""
    async with database.transaction():
        row = await database.row(
            "UPDATE delegation SET accepted_at = {} WHERE id = {} AND delegate = {} AND accepted_at IS NULL "
            "AND ended_at IS NULL AND until > {} RETURNING person",
            here.now,
            delegation_id,
            actor.person,
            here.now,
        )
        if row is None:
            raise NotFound(cause="no delegation that waits for them")
        await notify(person=row["person"], what="message", here=here)
        await keeping.record(
            actor.person, "delegation-accepted", row["person"], {"delegation": delegation_id}, here=here
        )
        return await reads.delegation(actor, delegation_id, here=here)


@act("signin.end-delegation", by={"member"}, scope="people", alone=True)
async def end_delegation(*, actor: Actor, delegation_id: str, here: Here) -> None:
    """Ended now, by either side, with no reason asked. Raises NotFound."""
    async with database.transaction():
        row = await database.row(
            "UPDATE delegation SET ended_at = {}, ended_by = {} "
            "WHERE id = {} AND (person = {} OR delegate = {}) AND ended_at IS NULL RETURNING person, delegate",
            here.now,
            actor.person,
            delegation_id,
            actor.person,
            actor.person,
        )
        if row is None:
            raise NotFound(cause="no delegation of theirs")
        await keeping.end_acting(delegation_id, here=here)
        other = row["delegate"] if row["person"] == actor.person else row["person"]
        await notify(person=other, what="message", here=here)
        await keeping.record(actor.person, "delegation-ended", row["person"], {"delegation": delegation_id}, here=here)


@act("signin.open-introductions", by={"member"}, scope="people", alone=True)
async def open_introductions(
    *, actor: Actor, delegation_id: str, opened: bool, unhelped: bool = False, here: Here
) -> DelegationView:
    """Let a delegate see introductions and answer for the person, or not any more. Opening needs `unhelped`: that nobody is
    helping with this page right now. Raises Invalid, NotFound."""
    if opened and not unhelped:
        raise Invalid({"unhelped": _(ALONE)})
    async with database.transaction():
        row = await database.row(
            "UPDATE delegation SET introductions_at = CAST({} AS BIGINT) "
            "WHERE id = {} AND person = {} AND ended_at IS NULL AND until > {} RETURNING id",
            here.now if opened else None,
            delegation_id,
            actor.person,
            here.now,
        )
        if row is None:
            raise NotFound(cause="no delegation of theirs")
        what = "introductions-opened" if opened else "introductions-closed"
        await keeping.record(actor.person, what, actor.person, {"delegation": delegation_id}, here=here)
        return await reads.delegation(actor, delegation_id, here=here)


@act("signin.act-for", by={"member"}, scope="people", alone=True)
async def act_for(*, actor: Actor, session: Session, delegation_id: str, sending: str = "", here: Here) -> SignedIn:
    """From now on this session acts for the person who named the actor, under another cookie. Raises NotFound."""
    async with database.transaction():
        row = await database.row(
            "SELECT * FROM delegation WHERE id = {} AND delegate = {}", delegation_id, actor.person
        )
        if row is None or not _stands(row, now=here.now) or not await members.active(row["person"], here=here):
            raise NotFound(cause="no delegation that stands")
        await database.execute(
            "UPDATE session SET delegation = {} WHERE id = {} AND person = {}", delegation_id, session.id, actor.person
        )
        await keeping.record(actor.person, "acting-began", row["person"], {"delegation": delegation_id}, here=here)
        return await keeping.rotate(session.id, sending=sending, here=here)


def _stands(row: dict[str, Any], *, now: int) -> bool:
    return rules.delegation_stands(
        accepted_at=row["accepted_at"], ended_at=row["ended_at"], until=row["until"], now=now
    )


@open_to_anyone("signin.act-for-myself")
async def act_for_myself(*, session: Session, sending: str = "", here: Here) -> SignedIn:
    """From now on this session acts for nobody but its owner."""
    async with database.transaction():
        await database.execute("UPDATE session SET delegation = NULL WHERE id = {}", session.id)
        return await keeping.rotate(session.id, sending=sending, here=here)
