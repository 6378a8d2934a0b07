# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock, or somebody's leaving, does here: reminders before the law's time is over, and what goes after its time.

Each re-reads the present state and may come twice. References: `front:call|copy|complaint:<id>`.
"""

from __future__ import annotations

from node import database, post, vault
from node.front import rules
from node.front.acts import calls, complaints, copying
from node.here import Here


async def due(ref: str, *, here: Here) -> None:
    """A timer of this room has come. An unknown reference is no fault: it may be an older version's."""
    what, _, id = ref.removeprefix("front:").partition(":")
    async with database.transaction():
        if what == "call":
            await _call(id, here=here)
        elif what == "copy":
            await _copy(id, here=here)
        elif what == "complaint":
            await _complaint(id, here=here)


async def person_gone(person: str, how: str, *, here: Here) -> None:
    """Who left may still be rung, and still gets a copy on paper. For somebody who died nobody rings and nothing goes out."""
    if how != "died":
        return
    async with database.transaction():
        for row in await database.rows(
            "SELECT id FROM call_request WHERE person = {} AND done_at IS NULL ORDER BY id", person
        ):
            await database.execute(
                "UPDATE call_request SET done_at = {}, done_by = '', erase_at = {} WHERE id = {}",
                here.now,
                here.now,
                row["id"],
            )
            await _call(row["id"], here=here)
        await database.execute(
            "UPDATE copy_request SET taken_back_at = {}, content = NULL, note = NULL "
            "WHERE person = {} AND handed_at IS NULL AND taken_back_at IS NULL",
            here.now,
            person,
        )


async def _call(id: str, *, here: Here) -> None:
    """Long enough after somebody rang: name, number and what it was about are destroyed."""
    row = await database.row_for_update("SELECT erase_at, name FROM call_request WHERE id = {}", id)
    if row is None or row["erase_at"] is None or row["erase_at"] > here.now or row["name"] is None:
        return
    await vault.destroy(calls.owner(id), here=here)
    await database.execute(
        "UPDATE call_request SET name = NULL, phone = NULL, about = NULL, phone_blind = '' WHERE id = {}", id
    )


async def _copy(id: str, *, here: Here) -> None:
    """Before it is due: the leads are reminded, each day from a week before. Long after it went out: it is dropped."""
    row = await database.row_for_update("SELECT * FROM copy_request WHERE id = {}", id)
    if row is None or row["taken_back_at"] is not None:
        return
    if row["handed_at"] is None:
        if row["due"] - rules.COPY_REMINDER <= here.now:
            await copying.tell_leads(row["person"], here=here)
            await _again("copy", id, here.now + rules.DAY, here=here)
    elif row["over_at"] is not None and row["over_at"] <= here.now:
        await database.execute("UPDATE copy_request SET content = NULL, note = NULL WHERE id = {}", id)


async def _complaint(id: str, *, here: Here) -> None:
    """Not acknowledged a week before the time is over: whoever may read it is reminded, each day. Long after the answer, and
    not before: words, contact and answer are destroyed."""
    row = await database.row_for_update("SELECT * FROM data_complaint WHERE id = {}", id)
    if row is None or row["words"] is None:
        return
    if row["answered_at"] is not None:
        if row["answered_at"] + rules.COMPLAINT_KEPT <= here.now:
            await vault.destroy(complaints.owner(id), here=here)
            await database.execute(
                "UPDATE data_complaint SET words = NULL, contact = NULL, answer = NULL WHERE id = {}", id
            )
        else:
            await _again("complaint", id, row["answered_at"] + rules.COMPLAINT_KEPT, here=here)
    elif row["acknowledged_at"] is None and row["due"] - rules.COMPLAINT_REMINDER <= here.now:
        await complaints.tell_readers(row["readers"], here=here)
        await _again("complaint", id, here.now + rules.DAY, here=here)


async def _again(what: str, id: str, due: int, *, here: Here) -> None:
    await post.put_out(kind="timer", ref=f"front:{what}:{id}", to="", due=due, expires=None, here=here)
