# SPDX-License-Identifier: AGPL-3.0-or-later
"""Raising a worry, opening it, writing down what is found, handing it on, closing it.

Anybody may raise one, with or without an account; only those it was told to may open it, each opening is recorded, and to
everybody else, leads included, it is not there. A worry that nobody would read is refused with a number to ring.
"""

from __future__ import annotations

from typing import Any

from node import database, journal, vault
from node.actor import SAFEGUARDING_ROLES, Actor
from node.errors import Conflict, Invalid, TooMany
from node.here import Here
from node.members import reads as members
from node.members.notices import notify
from node.members.rights import act, open_to_anyone
from node.safeguarding import opened, reads, rules
from node.safeguarding.keeping import add_reader, keep, mend_readers, owner, record, who_reads
from node.safeguarding.rules import Told
from node.safeguarding.shapes import (
    Closing,
    ConcernCard,
    ConcernDraft,
    ConcernReceipt,
    ConcernView,
    ConcernWithoutAccount,
    NoteDraft,
    NoteView,
)
from node.safeguarding.tables import ConcernNote
from node.words import N_, _

NEXT = N_(
    "We have told {told}. If nobody opens this within a day, we remind them and tell you whom to ring. "
    "We can't promise to keep it secret: if somebody is in danger, others may have to know."
)


@act("safeguarding.raise", by={"member"}, scope="", alone=True)
async def raise_concern(*, actor: Actor, draft: ConcernDraft, here: Here) -> ConcernReceipt:
    """ "I'm worried": tell the safeguarding lead and deputy, or one of them. Any sign-in will do.

    Never for a delegate: it would stand as the person's own words, and what a delegate does is shown to the person.
    Raises Invalid with every fault; when nobody would read it, the fault holds a number to ring.
    """
    async with database.transaction():
        told = await who_reads(
            tell_lead=draft.tell_lead, tell_deputy=draft.tell_deputy, alleged=draft.alleged, here=here
        )
        await _check(draft, told, here=here)
        id = await keep(
            told=told,
            words=rules.with_keep_from(draft.words, draft.keep_from),
            about=draft.about,
            contact=draft.contact,
            raised_by=actor.person,
            tell_lead=draft.tell_lead,
            tell_deputy=draft.tell_deputy,
            here=here,
        )
    return await _receipt(id, told, here=here)


@open_to_anyone("safeguarding.raise-without-account")
async def raise_without_account(*, draft: ConcernWithoutAccount, here: Here) -> ConcernReceipt:
    """The same for somebody without an account. Raises Invalid; TooMany, with a number to ring, when we are flooded."""
    async with database.transaction():
        told = await who_reads(tell_lead=draft.tell_lead, tell_deputy=draft.tell_deputy, here=here)
        await _check(draft, told, here=here)
        lately = await database.row(
            "SELECT COUNT(*) AS n FROM concern WHERE source = 'home' AND raised_by IS NULL AND raised_at > {}",
            here.now - 3600,
        )
        if lately and lately["n"] >= rules.ANONYMOUS_IN_AN_HOUR:
            ring = await reads.number_to_ring(here=here)
            raise TooMany(_("We can't take this in just now. Please ring {number}.", number=ring), retry_after=3600)
        await keep(
            told=told,
            words=rules.with_keep_from(draft.words, draft.keep_from),
            contact=draft.contact,
            tell_lead=draft.tell_lead,
            tell_deputy=draft.tell_deputy,
            here=here,
        )
    return await _receipt(None, told, here=here)


@act("safeguarding.open", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def open_concern(*, actor: Actor, concern_id: str, here: Here) -> ConcernView:
    """Read a concern. Every opening is recorded; the first stops the clock and tells the raiser. Raises NotFound."""
    async with database.transaction():
        row = await reads.reader_row(actor, concern_id, held=True)
        if row["opened_at"] is None:
            await database.execute(
                "UPDATE concern SET opened_at = {}, opened_by = {} WHERE id = {}", here.now, actor.person, concern_id
            )
            if row["raised_by"]:
                await notify(person=row["raised_by"], what="answer", here=here)
        await record(concern_id, "opened", by=actor.person, here=here)
        await journal.accessed(actor.person, owner(concern_id), "concern", "opened", here=here)
        return await opened.view(row, here=here)


@act("safeguarding.add-note", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def add_note(*, actor: Actor, concern_id: str, note: NoteDraft, here: Here) -> NoteView:
    """Write down wishes, capacity, danger, decision, reasons, referral, outcome: whichever there are. Raises Invalid."""
    written = {field: text for field in rules.NOTE_FIELDS if (text := getattr(note, field).strip())}
    faults: dict[str, str] = {field: fault for field, text in written.items() if (fault := rules.text_fault(text))}
    if not written:
        faults["decision"] = _("Please fill in at least one of these.")
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        await reads.reader_row(actor, concern_id, held=True)
        return await _note(concern_id, written, by=actor.person, here=here)


@act("safeguarding.close", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def close(*, actor: Actor, concern_id: str, closing: Closing, here: Here) -> ConcernCard:
    """Close a concern with its outcome and reasons; holds stand until they are lifted. Raises Invalid, Conflict, NotFound."""
    faults = {field: fault for field in ("outcome", "reasons") if (fault := rules.text_fault(getattr(closing, field)))}
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        row = await reads.reader_row(actor, concern_id, held=True)
        if row["opened_at"] is None:
            raise Conflict(_("Please open and read this first."), cause="close before opening")
        if row["closed_at"] is not None:
            raise Conflict(_("This has been closed already."), cause="closed already")
        if row["raised_by"]:
            await notify(person=row["raised_by"], what="answer", here=here)
        written = {"outcome": closing.outcome.strip(), "reasons": closing.reasons.strip()}
        await _note(concern_id, written, by=actor.person, here=here)
        await database.execute(
            "UPDATE concern SET closed_at = {}, closed_by = {} WHERE id = {}", here.now, actor.person, concern_id
        )
        await record(concern_id, "closed", by=actor.person, here=here)
        return await reads.card(row, here=here)


@act("safeguarding.hand-over", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def hand_over(*, actor: Actor, concern_id: str, person: str, here: Here) -> ConcernCard:
    """Let another lead or deputy read a concern too. Raises NotFound; Conflict for whoever may not, without saying why."""
    async with database.transaction():
        row = await reads.reader_row(actor, concern_id, held=True)
        leads = await members.by_role("safeguarding_lead", here=here)
        deputies = await members.by_role("safeguarding_deputy", here=here)
        kept_out = await database.row(
            "SELECT id FROM concern_kept_out WHERE concern = {} AND person = {} LIMIT 1", concern_id, person
        )
        if person not in (*leads, *deputies) or kept_out is not None:
            raise Conflict(_("This can't be handed to that person."), cause="not a reader to be")
        if person not in await reads.able_readers(concern_id, here=here):
            await add_reader(concern_id, person, "lead" if person in leads else "deputy", by=actor.person, here=here)
            await record(concern_id, "handed-over", by=actor.person, here=here)
        return await reads.card(row, here=here)


@act("safeguarding.take-over", by=SAFEGUARDING_ROLES, scope="safeguarding")
async def take_over(*, actor: Actor, here: Here) -> list[ConcernCard]:
    """After a change of lead or deputy: whatever has no reader left goes to who holds the roles that were told.

    Answers with what one may read now; it says nothing of what one may not.
    """
    async with database.transaction():
        found = await database.rows("SELECT id FROM concern WHERE closed_at IS NULL ORDER BY raised_at, id")
        mended = [row["id"] for row in found if await mend_readers(row["id"], here=here)]
        for id in mended:
            await record(id, "taken-over", by=actor.person, here=here)
    return await reads.for_reader(actor, here=here)


async def _check(draft: ConcernDraft | ConcernWithoutAccount, told: Told, *, here: Here) -> None:
    faults = {
        "words": rules.text_fault(draft.words),
        "keep_from": rules.text_fault(draft.keep_from, needed=False, longest=rules.SHORT),
        "contact": rules.text_fault(draft.contact, needed=False, longest=rules.SHORT),
        "tell_lead": None if told.readers else rules.nobody_reads(ring=await reads.number_to_ring(here=here)),
    }
    if isinstance(draft, ConcernDraft):
        faults["about"] = rules.subject_fault(draft.about)
        faults["alleged"] = rules.people_fault(draft.alleged)
    wrong = {field: fault for field, fault in faults.items() if fault}
    if wrong:
        raise Invalid(wrong)


async def _receipt(id: str | None, told: Told, *, here: Here) -> ConcernReceipt:
    words = rules.told_words([role for _, role in told.readers])
    return ConcernReceipt(
        id=id,
        told=words,
        next=_(NEXT, told=_("{one} and {other}", one=words[0], other=words[1]) if len(words) > 1 else "".join(words)),
        numbers=await reads.numbers_here(here=here),
    )


async def _note(concern_id: str, written: dict[str, str], *, by: str, here: Here) -> NoteView:
    id = here.token()
    ring = await vault.ring([owner(concern_id)], here=here)
    sealed: dict[str, Any] = {
        field: ring.seal(owner(concern_id), "concern_note", id, field, text) for field, text in written.items()
    }
    so_far = await database.row("SELECT COUNT(*) AS n FROM concern_note WHERE concern = {}", concern_id)
    number = 1 + (so_far["n"] if so_far else 0)
    await ConcernNote.insert(ConcernNote(id=id, concern=concern_id, number=number, by=by, at=here.now, **sealed))
    await record(concern_id, "noted", by=by, here=here)
    names = await members.names([by], here=here)
    return NoteView(id=id, by=names[by], at=here.now, **written)
