# SPDX-License-Identifier: AGPL-3.0-or-later
"""A way back for somebody who lost both mail and phone: two members who know them and spoke with them say so, each alone.

One of the two is an operator or lead, proved. The second prints a card that opens a day later, once; meanwhile the person's
old address and every operator hear that something changes, and either of the two, an operator, or the person can take it back.
The second's word ends the person's sessions; the card's use ends every older way in.
"""

from __future__ import annotations

from node import database
from node.actor import GUARDED, Actor
from node.errors import Conflict, Invalid, NotAllowed, NotFound, NotProved
from node.here import Here
from node.members import acts as people
from node.members import reads as members
from node.members.rights import act
from node.members.shapes import Correction
from node.members.standing import end_tokens
from node.signin import keeping, reads, rules, secrets, tables, tries
from node.signin.shapes import RecoveryDraft, RecoveryView
from node.words import N_, _

KNOWS = N_("Please confirm that you know them.")
SPOKE = N_("Please confirm that you spoke with them, face to face or by telephone.")
ONE_OF_TWO = N_("One of the two has to be an operator or a lead. Please ask one of them.")
OTHERS = N_("Two other people have to do this, so that each knows of it.")
NO_CODE = N_("We don't know this number. Ask the first of you two to read it out again.")


@act("signin.begin-recovery", by={"member"}, scope="people", alone=True)
async def begin_recovery(*, actor: Actor, person_id: str, draft: RecoveryDraft, here: Here) -> RecoveryView:
    """The first says that it is them; the answer holds a number to read to the second. Raises NotFound, Conflict, Invalid."""
    _check(draft)
    if person_id == actor.person:
        raise Conflict(_(OTHERS), cause="recovery of oneself")
    async with database.transaction():
        if not await members.active(person_id, here=here):
            raise NotFound(cause="no active person")
        await database.execute(
            "UPDATE recovery SET taken_back_at = expires WHERE person = {} AND taken_back_at IS NULL "
            "AND done_at IS NULL AND expires <= {}",
            person_id,
            here.now,
        )
        if await _under_way(person_id):
            raise Conflict(_("Somebody has begun this for them already."), cause="recovery under way")
        id = here.token()
        code = secrets.code("recovery", id, here=here)
        await tables.Recovery.insert(
            tables.Recovery(
                id=id,
                person=person_id,
                code_hash=secrets.found_by("recovery", code, here=here),
                first=actor.person,
                first_guarded=_counts(actor),
                first_at=here.now,
                mail_lost=draft.mail_lost,
                expires=here.now + rules.RECOVERY_BEGUN_FOR,
            )
        )
        await keeping.record(actor.person, "recovery-begun", person_id, {"recovery": id}, here=here)
        return await _view(id, actor, here=here)


@act("signin.find-recovery", by={"member"}, scope="people", alone=True)
async def find_recovery(*, actor: Actor, code: str, here: Here) -> RecoveryView:
    """The recovery whose number the first read out, for the second to look at. Raises Invalid, TooMany."""
    await tries.count("recovery-person", actor.person, here=here)
    row = await database.row(
        "SELECT id FROM recovery WHERE code_hash = {} AND second IS NULL AND taken_back_at IS NULL AND expires > {} "
        "AND first <> {} AND person <> {}",
        secrets.found_by("recovery", rules.figures(code), here=here),
        here.now,
        actor.person,
        actor.person,
    )
    if row is None:
        raise Invalid({"code": _(NO_CODE)})
    return await _view(row["id"], actor, here=here)


@act("signin.confirm-recovery", by={"member"}, scope="people", alone=True)
async def confirm_recovery(*, actor: Actor, code: str, draft: RecoveryDraft, here: Here) -> RecoveryView:
    """The second says so too, and has the card to print. Raises Invalid, NotProved, NotAllowed, TooMany."""
    _check(draft)
    found = await find_recovery(actor=actor, code=code, here=here)
    async with database.transaction():
        row = await database.row_for_update("SELECT * FROM recovery WHERE id = {}", found.id)
        if row is None or row["second"] is not None or row["taken_back_at"] is not None:
            raise Invalid({"code": _(NO_CODE)})
        if not row["first_guarded"] and not _counts(actor):
            if actor.roles & GUARDED:
                raise NotProved(cause="second of a recovery")
            raise NotAllowed(_(ONE_OF_TWO), cause="neither holds a guarded role")
        whom, opens = row["person"], here.now + rules.RECOVERY_WAITS
        expires = opens + rules.RECOVERY_CARD_FOR
        card = await keeping.new_card(whom, by=actor.person, once=True, stands_from=opens, expires=expires, here=here)
        await database.execute(
            "UPDATE recovery SET second = {}, second_at = {}, card = {}, stands_from = {}, expires = {}, mail_lost = {} "
            "WHERE id = {}",
            actor.person,
            here.now,
            card,
            opens,
            expires,
            bool(row["mail_lost"]) or draft.mail_lost,
            found.id,
        )
        await keeping.end_sessions(whom, by=actor.person, here=here)
        await tries.forget("recovery-person", actor.person, here=here)
        await keeping.tell(whom, here=here)
        await keeping.tell_operators(here=here)
        await keeping.record(actor.person, "recovery-confirmed", whom, {"recovery": found.id}, here=here)
        return await _view(found.id, actor, here=here)


@act("signin.take-back-recovery", by={"member"}, scope="people", alone=True)
async def take_back_recovery(*, actor: Actor, recovery_id: str, here: Here) -> None:
    """Neither card nor anything else comes of it: by either of the two, the person, or an operator. Raises NotFound."""
    async with database.transaction():
        row = await database.row_for_update(
            "SELECT * FROM recovery WHERE id = {} AND taken_back_at IS NULL AND done_at IS NULL", recovery_id
        )
        parties = (row["first"], row["second"], row["person"]) if row else ()
        if row is None or not (actor.person in parties or actor.has("operator")):
            raise NotFound(cause="no recovery of theirs")
        await database.execute(
            "UPDATE recovery SET taken_back_at = {}, taken_back_by = {} WHERE id = {}",
            here.now,
            actor.person,
            recovery_id,
        )
        if row["card"] is not None:
            await database.execute(
                "UPDATE signin_card SET revoked_at = {}, revoked_by = {} WHERE id = {}",
                here.now,
                actor.person,
                row["card"],
            )
        await keeping.tell_operators(here=here)
        await keeping.record(actor.person, "recovery-taken-back", row["person"], {"recovery": recovery_id}, here=here)


async def complete(card_id: str, person: str, *, here: Here) -> None:
    """The card was used: everything older ends. In the transaction of the sign-in."""
    row = await database.row(
        "UPDATE recovery SET done_at = {} WHERE card = {} AND taken_back_at IS NULL AND done_at IS NULL "
        "RETURNING id, mail_lost",
        here.now,
        card_id,
    )
    await keeping.end_sessions(person, by=person, here=here)
    await keeping.end_cards(person, by=person, here=here)
    await keeping.end_factors(person, by=person, here=here)
    await end_tokens(person, by=person, here=here)
    if row is not None and row["mail_lost"]:
        await people.change_details(actor=Actor(person=person), correction=Correction(email=""), here=here)
    await keeping.record(person, "recovered", person, {"recovery": row["id"] if row else ""}, here=here)


def _check(draft: RecoveryDraft) -> None:
    faults = {}
    if not draft.knows:
        faults["knows"] = _(KNOWS)
    if not draft.spoke:
        faults["spoke"] = _(SPOKE)
    if faults:
        raise Invalid(faults)


def _counts(actor: Actor) -> bool:
    """Whether the actor is the one of the two who has to be an operator or lead."""
    return any(actor.has(role) for role in GUARDED)


async def _under_way(person: str) -> bool:
    row = await database.row(
        "SELECT id FROM recovery WHERE person = {} AND taken_back_at IS NULL AND done_at IS NULL", person
    )
    return row is not None


async def _view(id: str, actor: Actor, *, here: Here) -> RecoveryView:
    row = await database.row("SELECT * FROM recovery WHERE id = {}", id)
    assert row is not None, "it was found in this transaction"
    return await reads.recovery_view(row, actor, here=here)
