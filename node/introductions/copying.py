# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this room keeps about one person, for a copy they asked for: their own halves, and in them only their own words.

What the other person wrote and shared is that person's: it stands on the introduction's own page and is in no copy. An ask that
somebody never saw, and a withdrawn thread (which opens only for a concern), are not opened here either; nor does a copy say
that anything is held.
"""

from __future__ import annotations

from node import copies, database
from node.copies import Entry, Fact, Section
from node.dates import moment
from node.here import Here
from node.introductions import reads, texts
from node.introductions.halves import Half
from node.introductions.reads import Words
from node.support.taxonomy import common
from node.words import N_

SILENT_EVENTS = frozenset({"held"})
_ASKED, _ANSWERED = N_("You asked"), N_("You were asked")
_GOING = {"well": N_("Well"), "mixed": N_("Mixed"), "not_well": N_("Not well")}


async def copy_of(person: str, *, here: Here) -> list[Section]:
    """Everything this room keeps about a person that is theirs alone."""
    halves = await reads.of_person(person)
    asked = await database.rows(
        "SELECT id, at FROM introduction_never_again WHERE supporter = {} ORDER BY at, id", person
    )
    waiting = await database.rows(
        "SELECT id, at, until FROM introduction_back_notice WHERE person = {} ORDER BY at, id", person
    )
    entries = [await _half(half, here=here) for half in halves]
    entries += [
        Entry(id=row["id"], title=N_("You said “never again” to somebody"), at=row["at"], facts=[]) for row in asked
    ]
    entries += [
        Entry(
            id=row["id"],
            title=N_("You asked to be told when a supporter is back"),
            at=row["at"],
            facts=copies.when("until", N_("They are away until"), row["until"]),
        )
        for row in waiting
    ]
    return [
        Section(
            name="introductions",
            title=N_("Your private introductions"),
            entries=entries,
            note=N_("What the other person wrote and shared is theirs, so it is not in this copy."),
        )
    ]


async def _half(half: Half, *, here: Here) -> Entry:
    words = await Words.of(half.owner, here=here)
    facts = [
        *copies.ours("side", N_("Which side"), _ASKED if half.side == "asker" else _ANSWERED),
        *copies.text("co_op", N_("The other person's co-op"), await reads.co_op(half.other_node, here=here)),
        *copies.text("state", N_("How it stands"), texts.status(half.status, half.side)),
        *copies.when("asked_at", N_("Asked"), half.asked_at),
        *copies.when("ended_at", N_("Ended"), half.ended_at),
        *copies.when("erase_at", N_("What was written goes"), half.erase_at),
    ]
    if half.side == "asker" and (text := await reads.ask_text(half, words)) is not None:
        facts += [
            *copies.text("topics", N_("Topics"), ", ".join(common().label(slug) for slug in text.topics)),
            *copies.text("needs", N_("What would help"), text.needs),
            *copies.text("message", N_("What you wrote"), text.message),
        ]
    facts += await _said(half, words)
    facts += await _done(half, words)
    facts += [
        Fact(name="event", label=N_("What happened"), value=await _event(half, at, event, params, here=here))
        for at, event, params in await reads.timeline(half.id)
        if event not in SILENT_EVENTS
    ]
    return Entry(id=half.id, title=N_("An introduction"), at=half.asked_at, facts=facts)


async def _event(half: Half, at: int, event: str, params: dict[str, int | str], *, here: Here) -> str:
    co_op = await reads.co_op(half.other_node, here=here)
    return f"{moment(at)}: {texts.event(event, params, at=at, side=half.side, co_op=co_op)}"


async def _said(half: Half, words: Words) -> list[Fact]:
    """The person's own answer and messages."""
    found: list[Fact] = []
    answer = await reads.of("answer", half.id)
    if answer is not None and half.side == "supporter":
        text = words.open("introduction_answer", half.id, "words", answer["words"])
        found += [
            *copies.when("answered_at", N_("You answered"), answer["at"]),
            *copies.text("answer", N_("Your answer"), text or texts.quick_label(answer["quick"])),
        ]
    for row in await reads.messages(half):
        if row["mine"]:
            text = words.open("introduction_message", row["id"], "words", row["words"])
            found += [
                *copies.when("written_at", N_("You wrote"), row["at"]),
                *copies.text("message", N_("Your message"), text or texts.quick_label(row["quick"])),
            ]
    return found


async def _done(half: Half, words: Words) -> list[Fact]:
    """What the person chose to share, planned, thought of it, and said at its end."""
    found: list[Fact] = []
    choice = await reads.of("share", half.id)
    if choice is not None and choice["fields"]:
        ticked = ", ".join(texts.field_label(field) for field in choice["fields"].split(","))
        found += [
            *copies.text("shares", N_("You ticked to share"), ticked),
            *copies.when("shared_at", N_("It reached the other person"), choice["reached_at"]),
        ]
    plan = await reads.of("plan", half.id)
    if plan is not None and plan["mine"]:
        details = words.mapping("introduction_plan", half.id, "plan", plan["plan"])
        found += [
            *copies.when("plan_at", N_("You planned to meet"), plan["at"]),
            *copies.text("plan_where", N_("Where"), details.get("where")),
            *copies.text("plan_who_knows", N_("Who else knows"), details.get("who_knows")),
        ]
    for row in await database.rows(
        "SELECT id, at, answers FROM introduction_review WHERE introduction = {} ORDER BY at, id", half.id
    ):
        answers = words.mapping("introduction_review", row["id"], "answers", row["answers"])
        found += [
            *copies.when("reviewed_at", N_("You looked at how it is going"), row["at"]),
            *copies.ours("going", N_("How it was going"), _GOING.get(answers.get("going", ""))),
            *copies.text("review", N_("What you wrote about it"), answers.get("words")),
        ]
    ending = await reads.of("ending", half.id)
    if ending is not None and ending["mine"]:
        found += copies.text(
            "goodbye", N_("Your last words"), words.open("introduction_ending", half.id, "words", ending["words"])
        )
    return found
