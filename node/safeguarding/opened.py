# SPDX-License-Identifier: AGPL-3.0-or-later
"""A concern, opened: its words, what was written down, decided, told and kept, in one piece and for one reader.

`view` asks nobody's leave: the act of opening has. `still_open` gives the same again for a while to whoever opened it, so that
a page can be gone back to without a second opening; after that it has to be opened, and recorded, again.
"""

from __future__ import annotations

from typing import Any

from node import database, vault
from node.actor import Actor
from node.here import Here
from node.members import reads as members
from node.safeguarding import reads, rules
from node.safeguarding.keeping import owner
from node.safeguarding.shapes import ConcernView, Happening, HeldView, NoteView, TellingView, WouldRead
from node.words import _


async def still_open(actor: Actor, concern_id: str, *, here: Here) -> tuple[ConcernView, int] | None:
    """The concern, and until when it stays open for this reader; None when it has to be opened (again). Raises NotFound."""
    row = await reads.reader_row(actor, concern_id)
    found = await database.row(
        'SELECT MAX(at) AS at FROM concern_event WHERE concern = {} AND what = {} AND "by" = {} AND at > {}',
        concern_id,
        "opened",
        actor.person,
        here.now - rules.STAYS_OPEN,
    )
    if found is None or found["at"] is None:
        return None
    return await view(row, here=here), found["at"] + rules.STAYS_OPEN


async def could_read(actor: Actor, concern_id: str, *, here: Here) -> list[WouldRead]:
    """Leads and deputies who do not read it yet. Who of them never may is not told apart: the act refuses. Raises NotFound."""
    await reads.reader_row(actor, concern_id)
    now = await reads.able_readers(concern_id, here=here)
    return [each for each in await reads.would_read(here=here) if each.person not in now]


async def view(row: dict[str, Any], *, here: Here) -> ConcernView:
    """Everything that is kept of the concern in this row, for a reader whose opening was recorded."""
    id, whose = row["id"], owner(row["id"])
    ring = await vault.ring([whose], here=here)
    notes, tellings, holds, events = [
        await database.rows(f"SELECT * FROM {table} WHERE concern = {{}} ORDER BY {order}", id)  # noqa: S608 - constants
        for table, order in (
            ("concern_note", "number"),
            ("told_other", "decided_at, id"),
            ("safeguarding_hold", "placed_at, id"),
            ("concern_event", "at, id"),
        )
    ]
    readers = await reads.able_readers(id, here=here)
    people = [each[key] for rows in (notes, events) for each in rows for key in ("by",) if each[key]]
    people += [each["decided_by"] for each in tellings]
    people += [each[key] for each in holds for key in ("placed_by", "lifted_by") if each[key]]
    names = await members.names([*people, *readers], here=here)

    def opened(table: str, of: dict[str, Any], column: str) -> str:
        return ring.open(whose, table, of["id"], column, of[column]) or ""

    return ConcernView(
        card=await reads.card(row, here=here),
        words=opened("concern", row, "words"),
        contact=opened("concern", row, "contact") or None,
        notes=[
            NoteView(
                id=note["id"],
                by=names[note["by"]],
                at=note["at"],
                **{field: opened("concern_note", note, field) or None for field in rules.NOTE_FIELDS},
            )
            for note in notes
        ],
        tellings=[
            TellingView(
                id=telling["id"],
                to=telling["to_node"],
                words=opened("told_other", telling, "words"),
                reason=opened("told_other", telling, "reason"),
                reach=opened("told_other", telling, "reach"),
                decided_by=names[telling["decided_by"]],
                decided_at=telling["decided_at"],
                urgency=telling["urgency"],
                reached_at=telling["reached_at"],
                delayed_at=telling["delayed_at"],
                failed_at=telling["failed_at"],
            )
            for telling in tellings
        ],
        readers=[names[person] for person in readers],
        holds=[
            HeldView(
                id=hold["id"],
                subject=hold["subject"],
                reason=opened("safeguarding_hold", hold, "reason"),
                placed_by=names[hold["placed_by"]],
                placed_at=hold["placed_at"],
                lift_reason=opened("safeguarding_hold", hold, "lift_reason"),
                lifted_by=names.get(hold["lifted_by"], ""),
                lifted_at=hold["lifted_at"],
            )
            for hold in holds
        ],
        happened=[
            Happening(at=event["at"], words=_(rules.HAPPENED[event["what"]]), by=names.get(event["by"]))
            for event in sorted(events, key=rules.in_order)
            if event["what"] in rules.HAPPENED
        ],
    )
