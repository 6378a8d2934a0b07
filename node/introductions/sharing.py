# SPDX-License-Identifier: AGPL-3.0-or-later
"""Introductions towards other co-ops: what leaves for a reference now, what became of it, what came in.

Nothing is written beforehand: a letter is made from the present state and present consent at the moment it leaves, or not at
all. The same path serves two halves in one co-op. Personal values stand in one kind of letter only, `introduction.share` with
step `values`, and that one is made only while both have confirmed.
"""

from __future__ import annotations

from typing import Any, cast

from federation import letters
from federation.letters.kinds import Field
from node import database
from node.crossing import Incoming, Leaving, Reject
from node.here import Here
from node.introductions import arrivals, asked, keeping, outcomes, reads, rules
from node.introductions.halves import AskText, Half
from node.members import reads as members


class Introductions:
    """The `LetterRoom` of this room."""

    prefix = keeping.PREFIX

    async def letter(self, ref: str, *, here: Here) -> Leaving | None:
        """What leaves for `ref` ("introduction:<id>:<step>") by present state; None when it must not leave any more."""
        async with database.transaction():
            id, step, number = outcomes.parsed(ref)
            half = await reads.held(id)
            make = _LEAVING.get(step)
            if half is None or make is None or half.erased_at is not None:
                return None
            made = await make(half, number, here)
            if made is None:
                return None
            put = await database.row("SELECT put_at, left_at FROM introduction_sending WHERE letter = {}", ref)
            if put is None:
                return None
            if put["left_at"] is None:
                await database.execute("UPDATE introduction_sending SET left_at = {} WHERE letter = {}", here.now, ref)
            kind, data = made
            return Leaving(
                kind=f"{self.prefix}.{kind}",
                thread=half.thread_out,
                data=data,
                expires=rules.letter_expires(put["put_at"], half.answer_by if step == "ask" else None),
            )

    async def reached(self, ref: str, *, here: Here) -> None:
        """The other co-op has it."""
        await outcomes.reached(ref, here=here)

    async def delayed(self, ref: str, why: str, *, here: Here) -> None:
        """It has not arrived yet and is being tried again: the person reads so, once."""
        await outcomes.delayed(ref, why, here=here)

    async def undeliverable(self, ref: str, why: str, *, here: Here) -> None:
        """It ran out of time ("expired"), or was refused for good."""
        await outcomes.undeliverable(ref, why, here=here)

    async def receive(self, letter: Incoming, *, here: Here) -> None:
        """Take it, or raise Reject for good."""
        try:
            await _take(letter, here=here)
        except arrivals.Late as late:
            raise Reject(late.reason) from None


room = Introductions()


# Leaving --------------------------------------------------------------------------------------------------------------

Made = tuple[str, object] | None


async def _ask(half: Half, number: int, here: Here) -> Made:
    text = await reads.ask_text(half, await reads.Words.of(half.owner, here=here))
    if half.side != "asker" or half.status != "waiting" or text is None or here.now >= half.answer_by:
        return None
    return "ask", letters.Ask(
        offer=text.offer,
        revision=text.revision,
        topics=tuple(text.topics),
        needs=text.needs,
        message=text.message,
        asker_ref=rules.asker_ref(here.node_key.derive("asker ref"), half.person, half.other_node),
        answer_by=half.answer_by,
        for_group=half.group_offer,
    )


async def _accept(half: Half, number: int, here: Here) -> Made:
    answer = await reads.of("answer", half.id)
    if half.side != "supporter" or half.status not in rules.TALKING or answer is None or not answer["yes"]:
        return None
    words = await reads.Words.of(half.owner, here=here)
    said = words.open("introduction_answer", half.id, "words", answer["words"]) or ""
    return "accept", letters.Accept(quick=answer["quick"], words=said)


async def _decline(half: Half, number: int, here: Here) -> Made:
    if half.side != "supporter" or half.status != "declined":
        return None
    return "decline", letters.Decline()


async def _message(half: Half, number: int, here: Here) -> Made:
    found = await database.row(
        "SELECT * FROM introduction_message WHERE introduction = {} AND mine = {} AND no = {}", half.id, True, number
    )
    if half.status not in rules.TALKING or found is None:
        return None
    words = await reads.Words.of(half.owner, here=here)
    said = words.open("introduction_message", found["id"], "words", found["words"]) or ""
    return "message", letters.Message(no=number, words=said, quick=found["quick"])


async def _ready(half: Half, number: int, here: Here) -> Made:
    """That this side is ready, or is not any more: names of fields, never a value."""
    choice = await reads.of("share", half.id)
    if half.status not in rules.TALKING or choice is None or choice["no"] != number:
        return None
    fields = _fields(choice) if choice["confirmed_at"] is not None else ()
    return "share", letters.Share(step="ready", no=number, fields=fields)


async def _values(half: Half, number: int, here: Here) -> Made:
    """The values, by the consent of this moment: both have confirmed, and what is gone from the details does not leave."""
    choice, theirs = await reads.of("share", half.id), await reads.of("shared", half.id)
    if half.status not in rules.TALKING or choice is None or theirs is None:
        return None
    if choice["no"] != number or choice["confirmed_at"] is None or not theirs["ready"]:
        return None
    details = await members.shareable(half.person, _fields(choice), here=here)
    if not details:
        if not await reads.noted(half.id, "nothing_left_to_share"):
            await keeping.note(half, "nothing_left_to_share", here=here)
        return None
    if choice["left_at"] is None:
        await database.execute("UPDATE introduction_share SET left_at = {} WHERE introduction = {}", here.now, half.id)
    return "share", letters.Share(
        step="values",
        no=number,
        fields=tuple(cast(Field, field) for field in details),
        values={cast(Field, field): value for field, value in details.items()},
    )


def _fields(choice: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(field for field in choice["fields"].split(",") if field)


async def _plan(half: Half, number: int, here: Here) -> Made:
    return await _of_plan(half, number, "propose", here)


async def _agree(half: Half, number: int, here: Here) -> Made:
    return await _of_plan(half, number, "agree", here)


async def _out(half: Half, number: int, here: Here) -> Made:
    return await _of_plan(half, number, "checked_out", here)


async def _of_plan(half: Half, number: int, step: Any, here: Here) -> Made:
    plan = await reads.of("plan", half.id)
    if half.status not in rules.TALKING or plan is None or plan["no"] != number:
        return None
    if bool(plan["mine"]) is not (step == "propose") and step != "checked_out":
        return None
    words = await reads.Words.of(half.owner, here=here)
    details = words.mapping("introduction_plan", half.id, "plan", plan["plan"])
    return "plan", letters.Plan(
        step=step,
        no=number,
        place_kind=details.get("place_kind", "public_place"),  # type: ignore[arg-type]
        where=details.get("where", ""),
        at=plan["at"],
        minutes=(plan["ends_at"] - plan["at"]) // 60,
        who_knows=details.get("who_knows", ""),
    )


async def _end(half: Half, number: int, here: Here) -> Made:
    """That it has ended. While a lead has still to find the words, nothing leaves."""
    if half.status != "ended":
        return None
    if half.ended_how == "withdrawn":
        return "end", letters.End(how="withdrawn")
    ending = await reads.of("ending", half.id)
    if ending is None:
        return "end", letters.End(how="withdrawn" if half.side == "asker" else "ended")
    if ending["to_word_by"] is not None and ending["worded_at"] is None:
        return None
    words = await reads.Words.of(half.owner, here=here)
    said = words.open("introduction_ending", half.id, "words", ending["words"]) or ""
    return "end", letters.End(how=ending["how"], words=said)


_LEAVING = {
    "ask": _ask,
    "accept": _accept,
    "decline": _decline,
    "message": _message,
    "ready": _ready,
    "values": _values,
    "plan": _plan,
    "agree": _agree,
    "out": _out,
    "end": _end,
}


# Coming in ------------------------------------------------------------------------------------------------------------


async def _take(letter: Incoming, *, here: Here) -> None:
    source, thread, said = letter.source, letter.thread, letter.data
    match said:
        case letters.Ask():
            await asked.ask(
                source,
                thread,
                text=AskText(
                    offer=said.offer,
                    revision=said.revision,
                    topics=list(said.topics),
                    needs=said.needs,
                    message=said.message,
                ),
                asker_ref=said.asker_ref,
                answer_by=said.answer_by,
                for_group=said.for_group,
                here=here,
            )
        case letters.Accept():
            await arrivals.accept(source, thread, quick=said.quick, words=said.words, made_at=letter.iat, here=here)
        case letters.Decline():
            await arrivals.decline(source, thread, here=here)
        case letters.Message():
            await arrivals.message(source, thread, no=said.no, words=said.words, quick=said.quick, here=here)
        case letters.Share(step="ready"):
            await arrivals.ready(source, thread, no=said.no, fields=said.fields, here=here)
        case letters.Share():
            details = {str(field): value for field, value in said.values.items()}
            await arrivals.values(source, thread, no=said.no, details=details, here=here)
        case letters.Plan(step="propose"):
            await arrivals.plan(
                source,
                thread,
                no=said.no,
                details={"place_kind": said.place_kind, "where": said.where, "who_knows": said.who_knows},
                at=said.at,
                minutes=said.minutes,
                here=here,
            )
        case letters.Plan(step="agree"):
            await arrivals.agreed(source, thread, no=said.no, here=here)
        case letters.Plan():
            await arrivals.checked_out(source, thread, no=said.no, here=here)
        case letters.End():
            await arrivals.end(source, thread, how=said.how, words=said.words, here=here)
        case _:
            raise arrivals.Late("unknown-kind")
