# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock does here, and what follows when somebody has left or died.

Each duty reads the present state again and does nothing where nothing is due; one that is woken too early sets its timer
again. Every notice is neutral. A safeguarding hold outranks every erasure, and the erasure comes back to look.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from node import database, journal, vault
from node.here import Here
from node.introductions import concerned, keeping, reads, rules, texts
from node.introductions.acts import answering, leading
from node.introductions.halves import Half
from node.introductions.tables import Ending
from node.members import notices
from node.members import reads as members
from node.peers import reads as peers
from node.support import reads as support


async def due(ref: str, *, here: Here) -> None:
    """A timer "introductions:<what>:<id>" fired. In the caller's transaction, or in one of its own."""
    _, what, id = ref.split(":", 2)
    async with database.transaction():
        if what == "sealed-copy":
            await _forget_sealed_copy(id, here=here)
        elif what == "back":
            await _back(id, here=here)
        elif (duty := _DUTIES.get(what)) is not None and (half := await reads.held(id)) is not None:
            await duty(half, here)


async def _nudge(half: Half, here: Here) -> None:
    """Day 3: the supporter hears once, neutrally, that something waits."""
    if half.status != "waiting" or half.silent:
        return
    if here.now < half.asked_at + rules.NUDGE_AFTER:
        await keeping.wake("nudge", half.id, half.asked_at + rules.NUDGE_AFTER, here=here)
        return
    if not await reads.noted(half.id, "nudged"):
        await keeping.note(half, "nudged", here=here)
        await notices.notify(person=half.person, what="waiting", here=here)


async def _tell_lead(half: Half, here: Here) -> None:
    """Day 5: it stands on the leads' list, without a word of it."""
    if half.status != "waiting" or half.silent or half.lead_told_at is not None:
        return
    await keeping.change(half, lead_told_at=here.now, here=here)
    await keeping.note(half, "lead_told", here=here)
    await _tell_leads(here=here)


async def _ways_on(half: Half, here: Here) -> None:
    """Day 7: the asker is shown three other ways; the ask goes on waiting."""
    if half.status == "waiting" and not await reads.noted(half.id, "ways_on"):
        await keeping.note(half, "ways_on", here=here)
        await notices.notify(person=half.person, what="answer", here=here)


async def _expire(half: Half, here: Here) -> None:
    """Day 21, on either half: an ask that was never delivered is undeliverable, one without an answer has ended."""
    if half.status != "waiting":
        return
    if here.now < half.answer_by:
        await keeping.wake("expire", half.id, half.answer_by, here=here)
        return
    if half.silent:
        await answering.say_no(half, here=here)
        return
    never_arrived = half.side == "asker" and half.ask_reached_at is None
    event, told = ("give_up", "undeliverable") if never_arrived else ("expire", "expired")
    half = await keeping.close(half, rules.after(half.status, event), how=told, here=here)
    await keeping.note(half, told, here=here)
    if half.side == "asker":
        await notices.notify(person=half.person, what="answer", here=here)


async def _decline(half: Half, here: Here) -> None:
    """The no that nobody had to say, after as long as somebody might take."""
    if half.silent and half.status == "waiting":
        await answering.say_no(half, here=here)


async def _review(half: Half, here: Here) -> None:
    """Six weeks on: time to look together at how it goes."""
    if half.status not in rules.TALKING or half.review_due_at is None:
        return
    if here.now < half.review_due_at:
        await keeping.wake("review", half.id, half.review_due_at, here=here)
        return
    await keeping.note(half, "review_due", here=here)
    await notices.notify(person=half.person, what="check-in", here=here)


async def _check_out(half: Half, here: Here) -> None:
    """Two hours after the planned end: whoever has not checked out is told to their own co-op's leads."""
    plan = await reads.of("plan", half.id)
    if plan is None or plan["agreed_at"] is None or plan["lead_told_at"] is not None or half.person_gone:
        return
    late = plan["ends_at"] + rules.CHECK_OUT_GRACE
    if here.now < late:
        await keeping.wake("check-out", half.id, late, here=here)
        return
    home = await database.row(
        "SELECT id FROM introduction_check_out WHERE introduction = {} AND plan_no = {} AND mine = {}",
        half.id,
        plan["no"],
        True,
    )
    if home is None:
        await database.execute(
            "UPDATE introduction_plan SET lead_told_at = {} WHERE introduction = {}", here.now, half.id
        )
        await keeping.note(half, "not_checked_out", here=here)
        await _tell_leads(here=here)


async def _erase(half: Half, here: Here) -> None:
    """90 days after the ending: what was written goes, unless a safeguarding hold stands."""
    if half.erase_at is None or half.erased_at is not None:
        return
    if here.now < half.erase_at:
        await keeping.wake("erase", half.id, half.erase_at, here=here)
        return
    if await concerned.held(half):
        if await concerned.held_for_its_person(half) and not await reads.noted(half.id, "held"):
            await keeping.note(half, "held", here=here)
        await keeping.wake("erase", half.id, here.now + rules.HOLD_LOOK_AGAIN, here=here)
        return
    await keeping.erase_words(half, here=here)
    await keeping.change(half, erased_at=here.now, asker_ref="", here=here)
    if not half.silent:
        await keeping.note(half, "erased", here=here)
    await journal.write(None, "introduction.erased", f"introduction:{half.id}", {}, here=here)


async def _default_ending(half: Half, here: Here) -> None:
    """A week without a lead's words: neutral ones go."""
    ending = await reads.of("ending", half.id)
    if ending is not None and ending["to_word_by"] is not None and ending["worded_at"] is None:
        await leading.set_words(half, texts.DEFAULT_GOODBYE, by=None, here=here)


_DUTIES: dict[str, Callable[[Half, Here], Awaitable[None]]] = {
    "nudge": _nudge,
    "tell-lead": _tell_lead,
    "ways-on": _ways_on,
    "expire": _expire,
    "decline": _decline,
    "review": _review,
    "check-out": _check_out,
    "erase": _erase,
    "default-ending": _default_ending,
}


async def _forget_sealed_copy(id: str, *, here: Here) -> None:
    copy = await database.row("SELECT * FROM introduction_sealed_copy WHERE id = {}", id)
    if copy is None or copy["thread"] is None:
        return
    if here.now < copy["until"]:
        await keeping.wake("sealed-copy", id, copy["until"], here=here)
        return
    half = await reads.find(copy["introduction"])
    if half is not None and await concerned.held(half):
        await keeping.wake("sealed-copy", id, here.now + rules.HOLD_LOOK_AGAIN, here=here)
        return
    await database.execute("UPDATE introduction_sealed_copy SET thread = NULL WHERE id = {}", id)
    await vault.destroy(f"sealed-copy:{id}", here=here)
    await journal.write(None, "introduction.sealed-copy-erased", f"sealed-copy:{id}", {}, here=here)


async def _back(id: str, *, here: Here) -> None:
    """The supporter may be back: then the person is told once; still away: look again; gone: no more."""
    notice = await database.row("SELECT * FROM introduction_back_notice WHERE id = {}", id)
    if notice is None:
        return
    words = await reads.Words.of(f"{keeping.PREFIX}:{id}", here=here)
    listing = words.open("introduction_back_notice", id, "listing", notice["listing"])
    found = await support.listed(listing, here) if listing else None
    if found is not None and not found.askable:
        until = max(found.away_until or 0, here.now + rules.DAY)
        await database.execute("UPDATE introduction_back_notice SET until = {} WHERE id = {}", found.away_until, id)
        await keeping.wake("back", id, until, here=here)
        return
    if found is not None:
        await notices.notify(person=notice["person"], what="answer", here=here)
    await database.execute("DELETE FROM introduction_back_notice WHERE id = {}", id)
    await vault.destroy(f"{keeping.PREFIX}:{id}", here=here)


async def _tell_leads(*, here: Here) -> None:
    for lead in await members.by_role("peer_support_lead", here=here):
        await notices.notify(person=lead, what="waiting", here=here)


# Somebody left or died ------------------------------------------------------------------------------------------------


async def person_gone(person: str, how: str, *, here: Here) -> None:
    """Everything open of theirs ends here, and nothing more goes to them. `how`: "left" or "died"; it stays at home.

    An ask that was not answered ends as any such ask does. Where the two were talking, a lead words the ending; after a week
    neutral words go.
    """
    async with database.transaction():
        for found in await reads.open_of_person(person):
            half = await reads.held(found.id)
            if half is None or half.status not in rules.OPEN:
                continue
            talking = half.status in rules.TALKING
            half = await keeping.change(half, person_gone=how, here=here)
            if half.side == "supporter" and not talking:
                await answering.say_no(half, here=here)
                continue
            half = await keeping.close(half, rules.after(half.status, "gone"), how="gone", here=here)
            await keeping.note(half, "ended_gone", on=half.erase_at or 0, here=here)
            if talking:
                await _to_word(half, here=here)
            elif await keeping.has_left(half):
                await keeping.send(half, "end:1", here=here)
        await _drop_back_notices(person, here=here)


async def neighbour_gone(node_id: str, *, here: Here) -> None:
    """Our co-op and that one share nothing any more, so nothing can pass between their members and ours: what is open has ended,
    by nobody's fault, and each of ours is told once. Where the two began anew meanwhile, it goes on."""
    async with database.transaction():
        if await peers.state(node_id, here=here) in ("active", "paused"):
            return
        for found in await reads.open_with(node_id):
            half = await reads.held(found.id)
            if half is None or half.status not in rules.OPEN:
                continue
            half = await keeping.close(half, rules.after(half.status, "gone"), how="parted", here=here)
            if half.silent or half.person_gone:
                continue
            await keeping.note(half, "ended_parted", on=half.erase_at or 0, here=here)
            await notices.notify(person=half.person, what="answer", here=here)


async def co_op_gone(*, here: Here) -> None:
    """Our co-op has closed: what two of its own members had open has ended, by nobody's fault, and each is told once. What was
    open with a neighbour ends as the peering does (`neighbour_gone`)."""
    async with database.transaction():
        for found in await reads.open_with(here.node_id):
            half = await reads.held(found.id)
            if half is None or half.status not in rules.OPEN:
                continue
            half = await keeping.close(half, rules.after(half.status, "gone"), how="parted", here=here)
            if half.silent or half.person_gone:
                continue
            await keeping.note(half, "ended_closed", on=half.erase_at or 0, here=here)
            await notices.notify(person=half.person, what="answer", here=here)


async def _to_word(half: Half, *, here: Here) -> None:
    by = here.now + rules.WORDING_LIFE
    await keeping.put(Ending, half.id, mine=True, how="left", at=here.now, to_word_by=by)
    await keeping.wake("default-ending", half.id, by, here=here)
    await _tell_leads(here=here)


async def _drop_back_notices(person: str, *, here: Here) -> None:
    for row in await database.rows("SELECT id FROM introduction_back_notice WHERE person = {}", person):
        await database.execute("DELETE FROM introduction_back_notice WHERE id = {}", row["id"])
        await vault.destroy(f"{keeping.PREFIX}:{row['id']}", here=here)
