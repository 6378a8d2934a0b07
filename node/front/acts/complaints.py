# SPDX-License-Identifier: AGPL-3.0-or-later
"""A complaint about how data is handled: made with or without an account, acknowledged within 30 days, answered.

Who makes it chooses who may read it, since it may be about one of those; to anybody else it is not there. The law's own clock
runs: those who can read it are reminded a week before it is over.
"""

from __future__ import annotations

from typing import Any

from node import database, journal, post, vault
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound, TooMany
from node.front import rules
from node.front.acts.calls import too_many
from node.front.shapes import Answering, ComplaintDraft
from node.front.tables import DataComplaint
from node.here import Here
from node.members import notices
from node.members import reads as members
from node.members.rights import act, open_to_anyone
from node.words import _

READS = rules.LEADS | {"operator"}


def owner(complaint_id: str) -> str:
    """Under which key a complaint is sealed: its own."""
    return f"complaint:{complaint_id}"


@act("front.complain", by={"member"}, scope="", alone=True)
async def complain(*, actor: Actor, draft: ComplaintDraft, here: Here) -> str:
    """Complain about how data is handled; the complaint's id. Raises Invalid with every fault."""
    _check(draft, known=True)
    async with database.transaction():
        return await _keep(draft, person=actor.person, here=here)


@open_to_anyone("front.complain-without-account")
async def complain_without_account(*, draft: ComplaintDraft, here: Here) -> None:
    """The same without an account. Raises Invalid; TooMany, with our number, when we are flooded."""
    _check(draft, known=False)
    async with database.transaction():
        await database.lock("front-complaints")
        lately = await database.row(
            "SELECT COUNT(*) AS n FROM data_complaint WHERE person IS NULL AND at > {}", here.now - 3600
        )
        if lately and lately["n"] >= rules.ANONYMOUS_IN_AN_HOUR:
            raise TooMany(too_many(here), retry_after=3600)
        await _keep(draft, person=None, here=here)


@act("front.acknowledge-complaint", by=READS, scope="people")
async def acknowledge(*, actor: Actor, complaint_id: str, here: Here) -> None:
    """Say that it was read and is being looked into. Twice is once. Raises NotFound."""
    async with database.transaction():
        row = await held(actor, complaint_id)
        if row["acknowledged_at"] is None:
            await database.execute(
                "UPDATE data_complaint SET acknowledged_at = {}, acknowledged_by = {} WHERE id = {}",
                here.now,
                actor.person,
                complaint_id,
            )
            await _tell(row, here=here)
            await journal.write(actor.person, "complaint.acknowledged", f"complaint:{complaint_id}", {}, here=here)


@act("front.answer-complaint", by=READS, scope="people")
async def answer(*, actor: Actor, complaint_id: str, answering: Answering, here: Here) -> None:
    """Answer it; that acknowledges it too. Raises NotFound, Invalid, Conflict when it was answered before."""
    faults = {} if answering.answer.strip() else {"answer": _("Write what you found, and what you do about it.")}
    faults |= rules.too_long("answer", answering.answer, rules.WORDS_LONGEST)
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        row = await held(actor, complaint_id)
        if row["answered_at"] is not None:
            raise Conflict(_("This has been answered already."), cause="answered")
        ring = await vault.ring([owner(complaint_id)], here=here)
        await database.execute(
            "UPDATE data_complaint SET answer = {}, answered_at = {}, answered_by = {}, "
            "acknowledged_at = coalesce(acknowledged_at, {}), acknowledged_by = coalesce(acknowledged_by, {}) "
            "WHERE id = {}",
            ring.seal(owner(complaint_id), "data_complaint", complaint_id, "answer", answering.answer.strip()),
            here.now,
            actor.person,
            here.now,
            actor.person,
            complaint_id,
        )
        await _wake(complaint_id, here.now + rules.COMPLAINT_KEPT, here=here)
        await _tell(row, here=here)
        await journal.write(actor.person, "complaint.answered", f"complaint:{complaint_id}", {}, here=here)


async def held(actor: Actor, complaint_id: str) -> dict[str, Any]:
    """The complaint's row for one of its readers, held until the transaction ends. Raises NotFound."""
    row = await database.row_for_update("SELECT * FROM data_complaint WHERE id = {}", complaint_id)
    roles = frozenset(role for role in READS if actor.has(role))
    if row is None or row["readers"] not in rules.read_by(roles):
        raise NotFound(cause="no complaint for this reader")
    return row


async def tell_readers(readers: str, *, here: Here) -> None:
    """A neutral notice to everybody who may read it."""
    roles = {"leads": rules.LEADS, "operators": frozenset({"operator"})}.get(readers, READS)
    for person in sorted({person for role in roles for person in await members.by_role(role, here=here)}):
        await notices.notify(person=person, what="waiting", here=here)


def _check(draft: ComplaintDraft, *, known: bool) -> None:
    if faults := rules.complaint_faults(draft, known=known):
        raise Invalid(faults)


async def _keep(draft: ComplaintDraft, *, person: str | None, here: Here) -> str:
    id = here.token()
    due = here.now + rules.COMPLAINT_DAYS * rules.DAY
    await vault.create(owner(id), here=here)
    ring = await vault.ring([owner(id)], here=here)
    contact = draft.contact.strip()
    await DataComplaint.insert(
        DataComplaint(
            id=id,
            person=person,
            at=here.now,
            readers=draft.readers,
            words=ring.seal(owner(id), "data_complaint", id, "words", draft.words.strip()),
            contact=ring.seal(owner(id), "data_complaint", id, "contact", contact) if contact else None,
            due=due,
        )
    )
    await tell_readers(draft.readers, here=here)
    await _wake(id, due - rules.COMPLAINT_REMINDER, here=here)
    await journal.write(None, "complaint.made", f"complaint:{id}", {}, here=here)
    return id


async def _wake(id: str, due: int, *, here: Here) -> None:
    await post.put_out(kind="timer", ref=f"front:complaint:{id}", to="", due=due, expires=None, here=here)


async def _tell(row: dict[str, Any], *, here: Here) -> None:
    if row["person"] is not None:
        await notices.notify(person=row["person"], what="answer", here=here)
