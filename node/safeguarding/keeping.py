# SPDX-License-Identifier: AGPL-3.0-or-later
"""What raising by a person and by a letter have in common: a concern kept, its readers set, told, and a clock started.

All of it in the caller's transaction: the sealed words, who reads and who never will, this room's own log, a notice to those
told and to nobody else, and the timer that notices if nobody opens it.
"""

from __future__ import annotations

from collections.abc import Iterable

from node import database, journal, post, vault
from node.here import Here
from node.members import reads as members
from node.members.notices import notify
from node.safeguarding import reads, rules
from node.safeguarding.rules import Told
from node.safeguarding.tables import Concern, ConcernEvent, ConcernKeptOut, ConcernReader

JOURNALED = "safeguarding.kept"
TIMER = "safeguarding:escalate"


def owner(concern_id: str) -> str:
    """Under which key a concern's words are sealed: its own."""
    return f"concern:{concern_id}"


async def who_reads(*, tell_lead: bool, tell_deputy: bool, alleged: Iterable[str] = (), here: Here) -> Told:
    """The readers of a concern that is being raised now."""
    return rules.told(
        leads=await members.by_role("safeguarding_lead", here=here),
        deputies=await members.by_role("safeguarding_deputy", here=here),
        tell_lead=tell_lead,
        tell_deputy=tell_deputy,
        alleged=frozenset(alleged),
    )


async def keep(
    *,
    told: Told,
    words: str,
    here: Here,
    about: str = "",
    contact: str = "",
    source: str = "home",
    thread: str = "",
    raised_by: str | None = None,
    urgent: bool = False,
    tell_lead: bool = True,
    tell_deputy: bool = True,
) -> str:
    """Keep a concern; its id. `told.readers` is not empty."""
    id = here.token()
    await vault.create(owner(id), here=here)
    ring = await vault.ring([owner(id)], here=here)
    await Concern.insert(
        Concern(
            id=id,
            about=about,
            source=source,
            thread=thread,
            raised_by=raised_by,
            raised_at=here.now,
            words=ring.seal(owner(id), "concern", id, "words", words.strip()),
            contact=ring.seal(owner(id), "concern", id, "contact", contact.strip()) if contact.strip() else None,
            urgent=urgent,
            told_lead=tell_lead,
            told_deputy=tell_deputy,
        )
    )
    for person, why in told.kept_out:
        await ConcernKeptOut.insert(ConcernKeptOut(id=here.token(), concern=id, person=person, why=why))
    for person, role in told.readers:
        await add_reader(id, person, role, by=None, here=here)
    await start_clock(id, step=1, here=here)
    await record(id, "raised", by=raised_by, here=here)
    return id


async def add_reader(concern_id: str, person: str, role: str, *, by: str | None, here: Here) -> None:
    """Let a person read a concern, and tell them neutrally that something waits."""
    await ConcernReader.insert(
        ConcernReader(id=here.token(), concern=concern_id, person=person, role=role, since=here.now, added_by=by)
    )
    await notify(person=person, what="message", urgent=True, here=here)


async def start_clock(concern_id: str, *, step: int, here: Here) -> None:
    """Be woken a day from now, to see whether somebody opened it."""
    due = here.now + rules.ESCALATE_AFTER
    await post.put_out(kind="timer", ref=f"{TIMER}:{concern_id}:{step}", to="", due=due, expires=None, here=here)


async def record(concern_id: str, what: str, *, by: str | None, here: Here) -> None:
    """One row in this room's log; the journal gets that row's id, and is alike for whatever was done and by whom."""
    id = here.token()
    await ConcernEvent.insert(ConcernEvent(id=id, concern=concern_id, what=what, by=by, at=here.now))
    await journal.write(None, JOURNALED, f"sealed:{id}", {}, here=here)


async def mend_readers(concern_id: str, *, here: Here) -> list[str]:
    """Where nobody is left who can open a concern, whoever holds a role now that was told may; whom that added.

    Never somebody who was kept out, and never a role that was unticked. In a transaction; the caller records it at the end,
    since whoever has written the journal should lock nothing more.
    """
    concern = await database.row_for_update("SELECT told_lead, told_deputy FROM concern WHERE id = {}", concern_id)
    if concern is None or await reads.able_readers(concern_id, here=here):
        return []
    never = {
        row["person"]
        for row in await database.rows("SELECT person FROM concern_kept_out WHERE concern = {}", concern_id)
    }
    now = await who_reads(
        tell_lead=bool(concern["told_lead"]), tell_deputy=bool(concern["told_deputy"]), alleged=never, here=here
    )
    for person, role in now.readers:
        await add_reader(concern_id, person, role, by=None, here=here)
    return [person for person, _ in now.readers]
