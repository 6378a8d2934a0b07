# SPDX-License-Identifier: AGPL-3.0-or-later
"""What became of a letter that left: it reached the other co-op, it waits, or it will not arrive.

What matters longer than a letter lives is put out again by a new one; whatever can't be delivered in the end, a person is told
in words. Each of these may be called twice.
"""

from __future__ import annotations

from typing import Final

from node import database
from node.here import Here
from node.introductions import keeping, reads, rules
from node.introductions.halves import Half
from node.members import notices

EXPIRED: Final = "expired"
PARTED: Final = "peer-ended"
"""The two co-ops share nothing any more: the duty of that day ends what is open, and tells."""
WAITS: Final = {"paused": "paused", "peer-paused": "paused", "scope-denied": "paused", "peer-ended": "unlinked"}
"""Why a letter waits, as exchange says it -> the event; anything else is a computer that is off."""


def parsed(ref: str) -> tuple[str, str, int]:
    """("<id>", "<step>", number) of "introduction:<id>:<step>[:<number>][~<tries>]"."""
    _, id, rest = ref.split(":", 2)
    step, _, number = rest.partition("~")[0].partition(":")
    return id, step, int(number) if number.isdecimal() else 0


async def reached(ref: str, *, here: Here) -> None:
    """The other node has it."""
    async with database.transaction():
        id, step, number = parsed(ref)
        half = await reads.held(id)
        if half is None or half.erased_at is not None:
            return
        if step == "ask" and half.ask_reached_at is None:
            half = await keeping.change(half, ask_reached_at=here.now, here=here)
            if half.status == "waiting":
                await keeping.note(half, "reached", here=here)
        elif step == "accept" and not await reads.noted(half.id, "answer_reached"):
            await keeping.note(half, "answer_reached", here=here)
        elif step == "message":
            await _message_reached(half, number, here=here)
        elif step == "values":
            await _values_reached(half, number, here=here)


async def _message_reached(half: Half, number: int, *, here: Here) -> None:
    found = await database.rows(
        "UPDATE introduction_message SET reached_at = {} "
        "WHERE introduction = {} AND mine = {} AND no = {} AND reached_at IS NULL RETURNING id",
        here.now,
        half.id,
        True,
        number,
    )
    if found:
        await keeping.note(half, "message_reached", no=number, here=here)


async def _values_reached(half: Half, number: int, *, here: Here) -> None:
    choice = await reads.of("share", half.id)
    if choice is None or choice["no"] != number or choice["confirmed_at"] is None or half.status not in rules.TALKING:
        return
    await database.execute(
        "UPDATE introduction_share SET reached_at = {} WHERE introduction = {} AND reached_at IS NULL",
        here.now,
        half.id,
    )
    await keeping.weigh_sharing(half, here=here)


async def delayed(ref: str, why: str, *, here: Here) -> None:
    """It waits: said once for each matter, and again when the reason is another."""
    async with database.transaction():
        id, step, number = parsed(ref)
        half = await reads.held(id)
        if half is None or half.hidden or half.silent or step in ("decline", "end"):
            return
        event = WAITS.get(why, "delayed")
        matter = f"{step}:{number}"
        if await reads.noted(half.id, event, {"matter": matter}):
            return
        sent = await database.row("SELECT put_at FROM introduction_sending WHERE letter = {}", ref)
        until = half.answer_by if step == "ask" else rules.letter_expires(sent["put_at"] if sent else here.now, None)
        await keeping.note(half, event, matter=matter, until=until, here=here)


async def undeliverable(ref: str, why: str, *, here: Here) -> None:
    """It ran out of time, or was refused for good."""
    async with database.transaction():
        id, step, number = parsed(ref)
        half = await reads.held(id)
        if half is None or half.erased_at is not None:
            return
        if step == "ask" and why != PARTED:
            await _ask_failed(half, ref, why, here=here)
        elif step == "message":
            await _message_failed(half, number, why, here=here)
        elif why == PARTED or (why == EXPIRED and await _again(half, ref, here=here)):
            return
        elif step == "accept" and half.status in rules.TALKING:
            half = await keeping.close(half, rules.after(half.status, "gone"), how="unreachable", here=here)
            await keeping.note(half, "ended_unreachable", here=here)
            await _tell(half, here=here)
        elif step == "values":
            await _values_failed(half, number, why, here=here)
        elif step == "plan" and half.status in rules.TALKING:
            await keeping.note(half, "plan_not_delivered", here=here)
            await _tell(half, here=here)


async def _again(half: Half, ref: str, *, here: Here) -> bool:
    """An answer, a confirmation and an ending matter for as long as an ask does."""
    step = ref.split(":", 2)[2]
    sent = await database.row("SELECT first_at FROM introduction_sending WHERE letter = {}", ref)
    until = (sent["first_at"] if sent else 0) + rules.ASK_LIFE
    return await keeping.send_again(half, step, until=until, here=here)


async def _ask_failed(half: Half, ref: str, why: str, *, here: Here) -> None:
    if half.status != "waiting":
        return
    if why == EXPIRED and half.ask_reached_at is not None:
        return
    if why == EXPIRED and await keeping.send_again(half, ref.split(":", 2)[2], until=half.answer_by, here=here):
        return
    told = "undeliverable" if why == EXPIRED else "offer_gone"
    half = await keeping.close(half, rules.after(half.status, "give_up"), how=told, here=here)
    await keeping.note(half, told, here=here)
    await _tell(half, here=here)


async def _message_failed(half: Half, number: int, why: str, *, here: Here) -> None:
    found = await database.rows(
        "UPDATE introduction_message SET failed_at = {} "
        "WHERE introduction = {} AND mine = {} AND no = {} AND reached_at IS NULL AND failed_at IS NULL RETURNING id",
        here.now,
        half.id,
        True,
        number,
    )
    if found:
        event = "message_not_delivered" if why in (EXPIRED, PARTED) else "message_too_late"
        await keeping.note(half, event, no=number, here=here)
        await _tell(half, here=here)


async def _values_failed(half: Half, number: int, why: str, *, here: Here) -> None:
    """Not taken in: nothing of either side is kept or shown, and confirming starts anew."""
    choice = await reads.of("share", half.id)
    if choice is None or choice["no"] != number or choice["reached_at"] is not None or half.status not in rules.TALKING:
        return
    await database.execute(
        "UPDATE introduction_share SET no = no + 1, confirmed_at = NULL, left_at = NULL WHERE introduction = {}",
        half.id,
    )
    await keeping.forget_theirs(half)
    await keeping.note(half, "sharing_not_delivered" if why == EXPIRED else "sharing_not_taken", here=here)
    await keeping.send(half, f"ready:{number + 1}", here=here)
    await keeping.weigh_sharing(half, here=here)
    await _tell(half, here=here)


async def _tell(half: Half, *, here: Here) -> None:
    if not half.person_gone and not half.silent:
        await notices.notify(person=half.person, what="answer", here=here)
