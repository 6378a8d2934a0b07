# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a letter of the other half does here, in the transaction in which it is remembered as taken.

A letter counts only on a thread of its sender's. What comes twice does nothing; what comes in another order is kept until it
fits (a message or a confirmation before the yes), or is told by its number to be old. `Late` says that it can never fit.
Notices go only to whom is here; the person whose half has ended hears nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from node import database
from node.here import Here
from node.introductions import keeping, reads, rules
from node.introductions.acts import closing, meeting
from node.introductions.halves import Half
from node.introductions.tables import Answer, EarlyEnding, Ending, Message, SharedByThem
from node.members import notices


class Late(Exception):
    """This letter can never take effect; `reason` is a short code for the other node."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


# Answers --------------------------------------------------------------------------------------------------------------


async def accept(source: str, thread: str, *, quick: str, words: str, made_at: int, here: Here) -> None:
    """Yes. In time but late on the way, it still counts, unless the asker has withdrawn."""
    half = await _theirs(source, thread, side="asker")
    if await reads.of("answer", half.id) is not None:
        return
    late = half.ended_how in ("expired", "undeliverable") and half.erased_at is None
    if half.status in rules.CLOSED and not (late and made_at <= half.answer_by):
        raise Late("ended")
    status = rules.after(half.status, "late_yes" if half.status in rules.CLOSED else "accept")
    seal = await reads.Words.of(half.owner, here=here)
    await keeping.add(
        Answer,
        introduction=half.id,
        yes=True,
        at=here.now,
        quick=quick,
        words=seal.seal("introduction_answer", half.id, "words", words),
    )
    half = await keeping.begin_talking(half, status, here=here)
    await keeping.note(
        half, "accepted_late" if late else "accepted_group" if half.group_offer else "accepted", here=here
    )
    theirs = await reads.of("shared", half.id)
    if theirs is not None and theirs["ready"]:
        await keeping.note(half, "confirmed_by_them", here=here)
    await keeping.weigh_sharing(half, here=here)
    await notices.notify(person=half.person, what="answer", here=here)


async def decline(source: str, thread: str, *, here: Here) -> None:
    """No. Whatever came with it is not kept: a no has no reason."""
    half = await _theirs(source, thread, side="asker")
    if half.status != "waiting":
        return
    await keeping.add(Answer, introduction=half.id, yes=False, at=here.now, quick="", words=None)
    half = await keeping.close(half, rules.after(half.status, "decline"), how="declined", here=here)
    await keeping.note(half, "declined", here=here)
    await notices.notify(person=half.person, what="answer", here=here)


# The relay ------------------------------------------------------------------------------------------------------------


async def message(source: str, thread: str, *, no: int, words: str, quick: str, here: Here) -> None:
    """One message. Before the yes has come it is kept, and shown with it."""
    half = await _theirs(source, thread)
    known = await database.row(
        "SELECT id FROM introduction_message WHERE introduction = {} AND mine = {} AND no = {}", half.id, False, no
    )
    if known is not None or await _gone(half):
        return
    _still_open(half)
    id = here.token()
    seal = await reads.Words.of(half.owner, here=here)
    await keeping.add(
        Message,
        id=id,
        introduction=half.id,
        mine=False,
        no=no,
        at=here.now,
        words=seal.seal("introduction_message", id, "words", words),
        quick=quick,
    )
    await keeping.change(half, here=here)
    if half.status in rules.TALKING:
        await notices.notify(person=half.person, what="message", here=here)


async def ready(source: str, thread: str, *, no: int, fields: Sequence[str], here: Here) -> None:
    """They confirmed, or took it back (no fields). Of two that crossed, the greater number counts."""
    half = await _theirs(source, thread)
    if await _gone(half):
        return
    _still_open(half)
    before = await reads.of("shared", half.id)
    if before is not None and (no <= before["no"] or half.status == "shared"):
        return
    now, was = bool(fields), before is not None and bool(before["ready"])
    await keeping.put(SharedByThem, half.id, no=no, ready=now)
    if was and not now:
        await keeping.forget_theirs(half)
        await keeping.renew_mine(half, here=here)
    if half.status in rules.TALKING:
        if now is not was:
            await keeping.note(half, "confirmed_by_them" if now else "taken_back_by_them", here=here)
            await notices.notify(person=half.person, what="message", here=here)
        await keeping.weigh_sharing(half, here=here)


async def values(source: str, thread: str, *, no: int, details: Mapping[str, str], here: Here) -> None:
    """What they share has come. It is taken only while this side has confirmed too; otherwise not a byte of it is kept."""
    half = await _theirs(source, thread)
    if await _gone(half):
        return
    _still_open(half)
    mine, before = await reads.of("share", half.id), await reads.of("shared", half.id)
    if before is not None and (no < before["no"] or (no == before["no"] and not before["ready"])):
        raise Late("taken-back")
    if before is not None and no == before["no"] and before["details"] is not None:
        return
    if mine is None or mine["confirmed_at"] is None or half.status not in rules.TALKING:
        raise Late("not-confirmed")
    seal = await reads.Words.of(half.owner, here=here)
    text = msgspec.json.encode(dict(details)).decode()
    await keeping.put(
        SharedByThem,
        half.id,
        no=no,
        ready=True,
        details=seal.seal("introduction_shared", half.id, "details", text),
        came_at=here.now,
    )
    await keeping.weigh_sharing(half, here=here)
    await notices.notify(person=half.person, what="message", here=here)


# Plans ----------------------------------------------------------------------------------------------------------------


async def plan(
    source: str, thread: str, *, no: int, details: Mapping[str, str], at: int, minutes: int, here: Here
) -> None:
    """They propose a plan. The later number stands; of two that crossed, the asker's."""
    half = await _theirs(source, thread)
    if await _gone(half):
        return
    _still_open(half)
    held = await reads.of("plan", half.id)
    if held is not None and not rules.which_plan_stands(
        held=held["no"], held_mine=bool(held["mine"]), came=no, side=half.side
    ):
        return
    await meeting.set_plan(half, no=no, mine=False, details=dict(details), at=at, minutes=minutes, here=here)
    await keeping.note(half, "plan_by_them", here=here)
    await notices.notify(person=half.person, what="message", here=here)


async def agreed(source: str, thread: str, *, no: int, here: Here) -> None:
    """They agree to our plan of that number; to an older one it says nothing any more."""
    half = await _theirs(source, thread)
    if await _gone(half):
        return
    _still_open(half)
    held = await reads.of("plan", half.id)
    if held is None or held["no"] != no or not held["mine"] or held["agreed_at"] is not None:
        return
    await meeting.agreed(half, here=here)
    await notices.notify(person=half.person, what="message", here=here)


async def checked_out(source: str, thread: str, *, no: int, here: Here) -> None:
    """They came home."""
    half = await _theirs(source, thread)
    if half.erased_at is not None or half.hidden or await _gone(half):
        return
    if await meeting.checked_out(half, no, mine=False, here=here):
        await keeping.note(half, "checked_out_by_them", here=here)


# Endings --------------------------------------------------------------------------------------------------------------


async def end(source: str, thread: str, *, how: str, words: str, here: Here) -> None:
    """They ended it, withdrew, or are gone. An ending that overtakes its ask is remembered, so that nobody is shown that."""
    half = await reads.by_thread(source, thread)
    if half is None:
        await _remember_ending(source, thread, here=here)
        return
    if half.hidden or half.erased_at is not None:
        return
    if half.silent:
        await keeping.close(half, rules.after(half.status, "withdraw"), how="withdrawn", here=here)
    elif how == "withdrawn":
        half = await closing.withdrawn(half, mine=False, here=here)
    elif half.status in rules.OPEN:
        half = await keeping.close(half, rules.after(half.status, "gone"), how="ended", here=here)
        seal = await reads.Words.of(half.owner, here=here)
        await keeping.put(
            Ending,
            half.id,
            mine=False,
            how=how,
            at=here.now,
            words=seal.seal("introduction_ending", half.id, "words", words),
        )
        event = {"left": "ended_gone", "expired": "expired"}.get(how, "ended_by_them")
        await keeping.note(half, event, on=half.erase_at or 0, here=here)
    else:
        return
    if not half.person_gone and not half.silent:
        await notices.notify(person=half.person, what="answer", here=here)


async def _remember_ending(source: str, thread: str, *, here: Here) -> None:
    await database.execute("DELETE FROM introduction_early_ending WHERE at < {}", here.now - rules.ASK_LIFE)
    found = await database.row(
        "SELECT id FROM introduction_early_ending WHERE source = {} AND thread = {}", source, thread
    )
    if found is None:
        await keeping.add(EarlyEnding, id=here.token(), source=source, thread=thread, at=here.now)


async def _theirs(source: str, thread: str, *, side: str | None = None) -> Half:
    """The half this letter is for. A thread of another node's, and none, are answered alike."""
    half = await reads.by_thread(source, thread)
    if half is None or (side is not None and half.side != side):
        raise Late("unknown-introduction")
    return half


def _still_open(half: Half) -> None:
    if half.status in rules.CLOSED or half.hidden:
        raise Late("ended")


async def _gone(half: Half) -> bool:
    """Somebody left or died and a lead has not worded the ending yet: what comes is not kept, and nothing is said."""
    if not half.person_gone:
        return False
    ending = await reads.of("ending", half.id)
    return ending is not None and ending["worded_at"] is None
