# SPDX-License-Identifier: AGPL-3.0-or-later
"""A copy of what is kept about somebody: asked for, gathered and read by a lead, handed out or taken back.

Asked for by the person alone, or entered for them by a lead or an operator (who did it is kept). What is gathered stands sealed
under the person's own key from the moment in which a lead opens it, so that exactly what was read goes out. Nobody reviews their
own. What the lead leaves out is destroyed when the copy goes out; the reason stays. After a while the copy goes too.
"""

from __future__ import annotations

from typing import Any

import msgspec

from node import database, journal, post, vault
from node.actor import Actor
from node.copies import Section
from node.errors import Conflict, Invalid, NotFound
from node.front import rules
from node.front.gathering import gathered
from node.front.shapes import CopyDraft, HandingOut, LeftOut
from node.front.tables import CopyLeftOut, CopyRequest
from node.here import Here
from node.members import notices
from node.members import reads as members
from node.members.rights import act
from node.words import N_, _

ENTERS = rules.LEADS | {"operator"}
ASKED_ALREADY = N_("A copy has been asked for already. It is on its way.")
NOT_OWN = N_("Somebody else has to do this for you: nobody reads their own copy before it goes out.")
HANDED_OUT = N_("This copy has been handed out already.")

sections_of = msgspec.json.Decoder(list[Section])


@act("front.ask-for-copy", by={"member"}, scope="", alone=True)
async def ask_for_copy(*, actor: Actor, draft: CopyDraft, person_id: str | None = None, here: Here) -> str:
    """Ask for a copy of what is kept about oneself, or (a lead, an operator) enter that somebody asked; its id.

    Raises Invalid, Conflict when one is under way, NotFound for somebody else where that is not one's part.
    """
    whom = person_id or actor.person
    if faults := rules.copy_faults(draft):
        raise Invalid(faults)
    if whom != actor.person and not any(actor.has(role) for role in ENTERS):
        raise NotFound(cause="copy for somebody else")
    async with database.transaction():
        await database.lock(f"copy:{whom}")
        person = await members.person(whom, here=here)
        if person.state == "died":
            raise NotFound(cause="copy for somebody who died")
        if await _under_way(whom) is not None:
            raise Conflict(_(ASKED_ALREADY), cause="one is under way")
        id = here.token()
        due = rules.month_after(here.now)
        await CopyRequest.insert(
            CopyRequest(
                id=id,
                person=whom,
                asked_at=here.now,
                asked_by=actor.person,
                introductions=draft.introductions,
                due=due,
            )
        )
        await tell_leads(whom, here=here)
        await _wake(id, due - rules.COPY_REMINDER, here=here)
        await journal.write(actor.person, "copy.asked", f"person:{whom}", {"copy": id}, here=here)
    return id


@act("front.take-back-copy", by={"member"}, scope="", alone=True)
async def take_back_copy(*, actor: Actor, copy_id: str, here: Here) -> None:
    """Not wanted any more. What was gathered is dropped. Raises NotFound; Conflict once it is handed out."""
    async with database.transaction():
        row = await database.row_for_update("SELECT * FROM copy_request WHERE id = {}", copy_id)
        if row is None or row["person"] != actor.person:
            raise NotFound(cause="no copy of theirs")
        if row["handed_at"] is not None:
            raise Conflict(_(HANDED_OUT), cause="handed out")
        if row["taken_back_at"] is not None:
            return
        await database.execute(
            "UPDATE copy_request SET taken_back_at = {}, content = NULL, note = NULL WHERE id = {}", here.now, copy_id
        )
        await journal.write(actor.person, "copy.taken-back", f"person:{actor.person}", {"copy": copy_id}, here=here)


@act("front.open-copy", by=rules.LEADS, scope="support")
async def open_copy(*, actor: Actor, copy_id: str, here: Here) -> None:
    """Gather everything, or gather it anew, for this lead to read. Recorded, and the person sees it. Raises NotFound,
    Conflict for one's own and for one that went out."""
    async with database.transaction():
        row = await held(actor, copy_id)
        try:
            content = await gathered(row["person"], with_introductions=row["introductions"] == "yes", here=here)
            sealed = await _sealed(row["person"], copy_id, "content", content, here=here)
        except vault.Erased:
            raise NotFound(cause="erased") from None
        await database.execute(
            "UPDATE copy_request SET content = {}, opened_at = {}, opened_by = {} WHERE id = {}",
            sealed,
            here.now,
            actor.person,
            copy_id,
        )
        await journal.accessed(actor.person, row["person"], "copy", "review", here=here)
        await journal.write(actor.person, "copy.opened", f"person:{row['person']}", {"copy": copy_id}, here=here)


@act("front.leave-out", by=rules.LEADS, scope="support")
async def leave_out(*, actor: Actor, copy_id: str, left: LeftOut, here: Here) -> None:
    """Leave an entry out, with the reason; an empty reason puts it back. Raises NotFound, Conflict, Invalid."""
    async with database.transaction():
        row = await held(actor, copy_id)
        known = {
            rules.place(section, entry)
            for section in rules.for_others(await content(row, here=here))
            for entry in section.entries
        }
        if left.entry not in known:
            raise NotFound(cause="no such entry")
        if left.reason and left.reason not in rules.REASONS:
            raise Invalid({"reason": _("Choose a reason from the list.")})
        await database.execute("DELETE FROM copy_left_out WHERE request = {} AND entry = {}", copy_id, left.entry)
        if left.reason:
            await CopyLeftOut.insert(
                CopyLeftOut(
                    id=here.token(),
                    request=copy_id,
                    entry=left.entry,
                    reason=left.reason,
                    by=actor.person,
                    at=here.now,
                )
            )


@act("front.hand-out", by=rules.LEADS, scope="support")
async def hand_out(*, actor: Actor, copy_id: str, handing: HandingOut, here: Here) -> None:
    """Hand the copy to the person: it stands on their own page from now on. Raises Invalid, NotFound, Conflict."""
    if faults := rules.handing_faults(handing):
        raise Invalid(faults)
    async with database.transaction():
        row = await held(actor, copy_id)
        left_out = {
            each["entry"] for each in await database.rows("SELECT entry FROM copy_left_out WHERE request = {}", copy_id)
        }
        going = rules.without(await content(row, here=here), frozenset(left_out))
        over_at = here.now + rules.COPY_KEPT
        note = handing.note.strip()
        ring = await vault.ring([row["person"]], here=here)
        await database.execute(
            "UPDATE copy_request SET content = {}, note = {}, handed_at = {}, handed_by = {}, over_at = {} WHERE id = {}",
            await _sealed(row["person"], copy_id, "content", going, here=here),
            ring.seal(row["person"], "copy_request", copy_id, "note", note) if note else None,
            here.now,
            actor.person,
            over_at,
            copy_id,
        )
        await _wake(copy_id, over_at, here=here)
        if await members.active(row["person"], here=here):
            await notices.notify(person=row["person"], what="answer", here=here)
        await journal.write(
            actor.person,
            "copy.handed-out",
            f"person:{row['person']}",
            {"copy": copy_id, "left_out": len(left_out)},
            here=here,
        )


async def held(actor: Actor, copy_id: str) -> dict[str, Any]:
    """A copy that a lead may still work on, held until the transaction ends. Raises NotFound, Conflict."""
    row = await database.row_for_update("SELECT * FROM copy_request WHERE id = {}", copy_id)
    if row is None or row["taken_back_at"] is not None:
        raise NotFound(cause="no copy under way")
    if row["person"] == actor.person:
        raise Conflict(_(NOT_OWN), cause="own copy")
    if row["handed_at"] is not None:
        raise Conflict(_(HANDED_OUT), cause="handed out")
    return row


async def content(row: dict[str, Any], *, here: Here) -> list[Section]:
    """What was gathered, opened. Raises Conflict before anybody has gathered it, NotFound once its key is destroyed."""
    if row["content"] is None:
        raise Conflict(_("Please open it first."), cause="nothing gathered")
    ring = await vault.ring([row["person"]], here=here)
    try:
        text = ring.open(row["person"], "copy_request", row["id"], "content", row["content"])
    except vault.Erased:
        raise NotFound(cause="erased") from None
    return sections_of.decode(text or "[]")


async def tell_leads(person: str, *, here: Here) -> None:
    """A neutral notice to every lead who can review it."""
    leads = {lead for role in rules.LEADS for lead in await members.by_role(role, here=here)}
    for lead in sorted(leads - {person}):
        await notices.notify(person=lead, what="waiting", here=here)


async def _under_way(person: str) -> str | None:
    row = await database.row(
        "SELECT id FROM copy_request WHERE person = {} AND handed_at IS NULL AND taken_back_at IS NULL", person
    )
    return row["id"] if row else None


async def _sealed(person: str, id: str, column: str, content: list[Section], *, here: Here) -> bytes:
    ring = await vault.ring([person], here=here)
    return bytes(ring.seal(person, "copy_request", id, column, msgspec.json.encode(content).decode()))


async def _wake(id: str, due: int, *, here: Here) -> None:
    await post.put_out(kind="timer", ref=f"front:copy:{id}", to="", due=due, expires=None, here=here)
