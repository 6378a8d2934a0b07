# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock does here: a worry that nobody opened in a day is noticed, and so is a reader who is gone.

Each duty re-reads the present state and may come twice: an escalation step is a row with its own name. Nobody who was
unticked, or is said to have caused harm, is ever among those reminded.
"""

from __future__ import annotations

from node import database
from node.here import Here
from node.members.notices import notify
from node.safeguarding import rules
from node.safeguarding.keeping import mend_readers, record, start_clock
from node.safeguarding.reads import able_readers
from node.safeguarding.tables import ConcernEscalation


async def due(ref: str, *, here: Here) -> None:
    """A timer "safeguarding:escalate:<concern>:<step>" fired. In the caller's transaction.

    Unopened: the raiser is told (their page now says to ring, and where), the readers are told again, and the next day's
    clock starts, seven times in all.
    """
    _, what, id, number = ref.split(":", 3)
    if what != "escalate":
        return
    step = int(number)
    concern = await database.row_for_update("SELECT id, raised_by, opened_at, closed_at FROM concern WHERE id = {}", id)
    if concern is None or concern["opened_at"] is not None or concern["closed_at"] is not None:
        return
    if await database.row("SELECT id FROM concern_escalation WHERE concern = {} AND step = {}", id, step):
        return
    await ConcernEscalation.insert(ConcernEscalation(id=here.token(), concern=id, step=step, at=here.now))
    await mend_readers(id, here=here)
    for person in await able_readers(id, here=here):
        await notify(person=person, what="message", urgent=True, here=here)
    if concern["raised_by"]:
        await notify(person=concern["raised_by"], what="message", here=here)
    if step < rules.ESCALATE_STEPS:
        await start_clock(id, step=step + 1, here=here)
    await record(id, "escalated", by=None, here=here)


async def person_gone(person: str, how: str, *, here: Here) -> None:
    """Somebody left or died: what they were the last to read goes on to whoever holds a role that was told.

    Where there is nobody, the raiser is told, so that they can ring. Concerns themselves stand: no leaving reaches them.
    """
    mended = []
    for row in await database.rows(
        "SELECT c.id, c.raised_by FROM concern c JOIN concern_reader r ON r.concern = c.id "
        "WHERE r.person = {} AND c.closed_at IS NULL ORDER BY c.raised_at, c.id",
        person,
    ):
        if await mend_readers(row["id"], here=here):
            mended.append(row["id"])
        elif row["raised_by"] and not await able_readers(row["id"], here=here):
            await notify(person=row["raised_by"], what="message", here=here)
    for id in mended:
        await record(id, "handed-on", by=None, here=here)
