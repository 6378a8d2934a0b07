# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a half changes: every change, line of the timeline, letter and timer of this room is written by these few functions.

They run in the caller's transaction and ask nobody's permission: acts and duties have done that. A letter is put out as a
reference, never as a text. What is erased loses its key in the same transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import msgspec
from piccolo.table import Table

from node import database, post, vault
from node.database.sql import quoted
from node.here import Here
from node.introductions import reads, rules
from node.introductions.halves import Half
from node.introductions.shapes import (
    Status,
)
from node.introductions.tables import (
    Answer,
    Ending,
    Message,
    Plan,
    Review,
    SealedCopy,
    Sending,
    ShareChoice,
    SharedByThem,
    TimelineEvent,
)
from node.peers import own
from node.support import acts as support

ROOM = "introductions"
PREFIX = "introduction"


async def add(table: type[Table], **values: Any) -> None:
    """One new row."""
    names = ", ".join(quoted(name) for name in values)
    marks = ", ".join("{}" for _ in values)
    await database.execute(
        f"INSERT INTO {quoted(table._meta.tablename)} ({names}) VALUES ({marks})",  # noqa: S608
        *values.values(),
    )


async def put(table: type[Table], introduction: str, **values: Any) -> None:
    """The one row that `table` has for a half: changed, or new with these values."""
    name = quoted(table._meta.tablename)
    found = await database.row(f"SELECT introduction FROM {name} WHERE introduction = {{}}", introduction)  # noqa: S608
    if found is None:
        await add(table, introduction=introduction, **values)
        return
    await database.execute(
        f"UPDATE {name} SET {_assignments(values)} WHERE introduction = {{}}",  # noqa: S608
        *values.values(),
        introduction,
    )


async def change(half: Half, *, here: Here, **values: Any) -> Half:
    """The half with these columns changed."""
    values["changed_at"] = here.now
    await database.execute(
        f"UPDATE introduction SET {_assignments(values)} WHERE id = {{}}",  # noqa: S608
        *values.values(),
        half.id,
    )
    known = {each.name for each in fields(half)}
    return replace(half, **{name: value for name, value in values.items() if name in known})


def _assignments(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{quoted(name)} = {{}}" for name in values)


async def note(half: Half, event: str, *, here: Here, **params: int | str) -> None:
    """The next line of the timeline. `params` are numbers and codes, never words of anybody's."""
    found = await database.row(
        "SELECT coalesce(max(seq), 0) AS last FROM introduction_event WHERE introduction = {}", half.id
    )
    await add(
        TimelineEvent,
        id=here.token(),
        introduction=half.id,
        seq=(found["last"] if found else 0) + 1,
        at=here.now,
        event=event,
        params=json.dumps(params),
    )


# Letters and timers ---------------------------------------------------------------------------------------------------


async def send(half: Half, step: str, *, here: Here, until: int | None = None) -> None:
    """Put out a letter for `step` ("ask:1"). `until`: it need not arrive after that."""
    await _send(half, step, first_at=here.now, tries=1, until=until, here=here)


async def send_again(half: Half, step: str, *, here: Here, until: int) -> bool:
    """Put out a new letter for the matter of `step`, whose letter ran out of time. False once `until` has come."""
    before = await database.row("SELECT * FROM introduction_sending WHERE letter = {}", reference(half, step))
    if before is None or here.now >= until:
        return False
    matter = step.partition("~")[0]
    tries = before["tries"] + 1
    await _send(half, f"{matter}~{tries}", first_at=before["first_at"], tries=tries, until=until, here=here)
    return True


async def put_out(half: Half, step: str) -> bool:
    """Whether a letter for `step` was put out before."""
    ref = reference(half, step)
    return await database.row("SELECT letter FROM introduction_sending WHERE letter = {}", ref) is not None


async def has_left(half: Half) -> bool:
    """Whether the other side may know of this half: a letter of it was handed over to leave."""
    found = await database.row(
        "SELECT letter FROM introduction_sending WHERE introduction = {} AND left_at IS NOT NULL", half.id
    )
    return found is not None


def reference(half: Half, step: str) -> str:
    return f"{PREFIX}:{half.id}:{step}"


async def _send(half: Half, step: str, *, first_at: int, tries: int, until: int | None, here: Here) -> None:
    ref = reference(half, step)
    await database.execute("DELETE FROM introduction_sending WHERE letter = {}", ref)
    await add(Sending, letter=ref, introduction=half.id, put_at=here.now, first_at=first_at, tries=tries, left_at=None)
    await post.put_out(
        kind="letter",
        ref=ref,
        to=half.other_node,
        due=here.now,
        expires=rules.letter_expires(here.now, until),
        here=here,
    )


async def wake(what: str, id: str, due: int, *, here: Here) -> None:
    """Set a timer. One that is set already comes no later; whoever it wakes too early sets it again."""
    await post.put_out(kind="timer", ref=f"{ROOM}:{what}:{id}", to="", due=due, expires=None, here=here)


# Endings --------------------------------------------------------------------------------------------------------------


async def close(half: Half, status: Status, *, how: str, here: Here) -> Half:
    """The half is over: what was written goes in 90 days. The first closing says when."""
    if half.place_taken:
        await place(half, taken=False, here=here)
    erase_at = half.erase_at or here.now + rules.KEPT_AFTER_ENDING
    if half.erase_at is None:
        await wake("erase", half.id, erase_at, here=here)
    return await change(
        half,
        place_taken=False,
        status=status,
        ended_how=how,
        ended_at=half.ended_at or here.now,
        erase_at=erase_at,
        here=here,
    )


async def place(half: Half, *, taken: bool, here: Here) -> bool:
    """One of the supporter's places is taken, or given back. False when the offer has none to take, or is gone."""
    text = await reads.ask_text(half, await reads.Words.of(half.owner, here=here))
    if text is None:
        return False
    return await (support.take_place if taken else support.give_place_back)(text.offer, here=here)


async def hide(half: Half, *, here: Here) -> int:
    """Put the whole thread away under a key of its own and destroy its own; returns until when the copy is kept."""
    words = await reads.Words.of(half.owner, here=here)
    until = here.now + rules.KEPT_AFTER_ENDING
    copy = here.token()
    owner = f"sealed-copy:{copy}"
    await vault.create(owner, here=here)
    ring = await vault.ring([owner], here=here)
    text = msgspec.json.encode(await gathered(half, words)).decode()
    await add(
        SealedCopy,
        id=copy,
        introduction=half.id,
        thread=ring.seal(owner, "introduction_sealed_copy", copy, "thread", text),
        until=until,
    )
    await wake("sealed-copy", copy, until, here=here)
    await erase_words(half, here=here)
    await change(half, hidden=True, here=here)
    return until


async def gathered(half: Half, words: reads.Words) -> dict[str, Any]:
    """Everything that was written or shared in a half, opened, as it goes into a sealed copy."""
    ask = await reads.ask_text(half, words)
    answer, shared, plan, ending = [await reads.of(table, half.id) for table in ("answer", "shared", "plan", "ending")]
    rows = [("introduction_message", row, row["id"]) for row in await reads.messages(half)]
    return {
        "ask": msgspec.to_builtins(ask) if ask else {},
        "answer": words.open("introduction_answer", half.id, "words", answer["words"]) if answer else None,
        "messages": [
            {
                "no": row["no"],
                "mine": bool(row["mine"]),
                "at": row["at"],
                "quick": row["quick"],
                "words": words.open(table, id, "words", row["words"]) or "",
                "reached_at": row["reached_at"],
            }
            for table, row, id in rows
        ],
        "shared": words.mapping("introduction_shared", half.id, "details", shared["details"]) if shared else {},
        "plan": words.mapping("introduction_plan", half.id, "plan", plan["plan"]) if plan else {},
        "ending": words.open("introduction_ending", half.id, "words", ending["words"]) if ending else None,
    }


async def erase_words(half: Half, *, here: Here) -> None:
    """What was written, shared and planned goes, and the key it was sealed under. The timeline stays: it names nobody."""
    for table in (Message, Review, SharedByThem, ShareChoice, Plan, Answer):
        await database.execute(
            f"DELETE FROM {quoted(table._meta.tablename)} WHERE introduction = {{}}",  # noqa: S608
            half.id,
        )
    await database.execute("UPDATE introduction_ending SET words = NULL WHERE introduction = {}", half.id)
    await change(half, ask=None, here=here)
    await vault.destroy(half.owner, here=here)


async def begin_talking(half: Half, status: Status, *, here: Here) -> Half:
    """The relay opens; in six weeks a review falls due."""
    due = here.now + rules.REVIEW_AFTER
    await wake("review", half.id, due, here=here)
    return await change(
        half,
        status=status,
        answered_at=here.now,
        review_due_at=due,
        ended_at=None,
        ended_how="",
        erase_at=None,
        here=here,
    )


async def finish(half: Half, *, how: str, words: str, here: Here) -> Half:
    """This side ends what was open, without fault: the words, if any, go to the other person."""
    status = rules.after(half.status, "end")
    half = await close(half, status, how=how, here=here)
    seal = await reads.Words.of(half.owner, here=here)
    await put(
        Ending,
        half.id,
        mine=True,
        how=how,
        at=here.now,
        words=seal.seal("introduction_ending", half.id, "words", words),
    )
    await note(half, "ended_by_me", on=half.erase_at or 0, here=here)
    await send(half, "end:1", here=here)
    return half


# Sharing --------------------------------------------------------------------------------------------------------------


async def forget_theirs(half: Half) -> None:
    """Values that came and were never shown are not kept when a tick is taken back, whoever takes it back."""
    await database.execute(
        "UPDATE introduction_shared SET details = NULL, came_at = NULL WHERE introduction = {}", half.id
    )


async def weigh_sharing(half: Half, *, here: Here) -> Half:
    """Where sharing stands now: what may leave is put out, and the status follows from both sides' rows."""
    mine, theirs = await reads.of("share", half.id), await reads.of("shared", half.id)
    confirmed = mine is not None and mine["confirmed_at"] is not None
    ready = theirs is not None and bool(theirs["ready"])
    arrived_there = mine is not None and mine["reached_at"] is not None
    arrived_here = theirs is not None and theirs["details"] is not None
    if mine is not None and confirmed and ready and not await put_out(half, step := f"values:{mine['no']}"):
        await send(half, step, here=here)
    if half.status == "shared":
        return half
    if arrived_there and arrived_here:
        await note(half, "shared", here=here)
        half = await change(half, both_shared_at=here.now, here=here)
        event = "both_arrived"
    else:
        event = "confirm" if confirmed or ready else "take_back"
    return await change(half, status=rules.after(half.status, event), here=here)


async def next_number(last: int) -> int:
    """The number of what this side says next, after `last` of its kind. Above all that was ever given: after a restore we can't
    know what the other side has heard, so numbers go on at that minute (docs/protocol, letters)."""
    return max(last + 1, await own.restored_at() // 60)


async def renew_mine(half: Half, *, here: Here) -> None:
    """The other side dropped what it held of ours, so what is ticked here would have to go anew, under a new number."""
    mine = await reads.of("share", half.id)
    if mine is None or mine["confirmed_at"] is None:
        return
    no = await next_number(mine["no"])
    await put(ShareChoice, half.id, no=no, left_at=None, reached_at=None)
    await send(half, f"ready:{no}", here=here)
