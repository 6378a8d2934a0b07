# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions of which an offer is made up, in their order: what each asks, which fields it fills, what was answered so far."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec.structs import replace

from node.here import Here
from node.place import WHOLE_PATCH
from node.support import rules
from node.support.pages import choices
from node.support.shapes import Audience, OfferDraft
from node.web.forms import WHOLE, Form
from node.words import N_, _, n_

FULL_GROUP = 8
"""For how many a group has room until its supporter says otherwise."""


class Step(NamedTuple):
    """One question. `name`: of its page; `task`: in the list; `fields`: those of the offer that it fills."""

    name: str
    fields: tuple[str, ...]
    task: str
    question: str
    hint: str = ""


STEPS = (
    Step(
        "topics",
        ("topics",),
        N_("What we have in common"),
        N_("What have you lived through yourself?"),
        N_("Choose one to five. People find you by these."),
    ),
    Step(
        "words",
        ("have",),
        N_("My story in a few lines"),
        N_("Your story, in a few lines"),
        N_("Two or three sentences are enough. Write only about yourself, not about other people's health."),
    ),
    Step(
        "how",
        ("how",),
        N_("How I help"),
        N_("What is it like to talk with you?"),
        N_("For example: I mostly listen. Silence is fine with me."),
    ),
    Step(
        "limits",
        ("limits",),
        N_("What I can't do"),
        N_("What can't you do?"),
        N_("For example: No forms or money. Not in the evenings. You can leave this empty."),
    ),
    Step("kind", ("kind",), N_("Two people or a group"), N_("Do you talk with one person, or in a group?")),
    Step(
        "places",
        ("places",),
        N_("For how many"),
        N_("For how many people is there room?"),
        N_("You can say at any time that you are full."),
    ),
    Step(
        "ways",
        ("ways",),
        N_("How we can meet"),
        N_("How can people meet you?"),
        N_("A first meeting is never at home."),
    ),
    Step(
        "when",
        ("times",),
        N_("When I am free"),
        N_("When are you free?"),
        N_("For example: Tuesday mornings. You can leave this empty."),
    ),
    Step(
        "replies",
        ("replies",),
        N_("How soon I answer"),
        N_("Within how many days do you answer?"),
        N_("Choose what you can keep to on a bad week."),
    ),
    Step(
        "where",
        ("area",),
        N_("Where about I am"),
        N_("Where about are you?"),
        N_("People see this name and roughly how far it is. Never an address."),
    ),
    Step("languages", ("languages",), N_("Languages I speak"), N_("Which languages do you speak or sign?")),
    Step(
        "audience",
        ("audience.home_only", "audience.not_to", "careful_ok"),
        N_("Who may read it"),
        N_("Who may read your offer?"),
        N_("Our own members always can, once your lead has read it."),
    ),
)


def step_of(field: str) -> Step | None:
    """The question that fills this field."""
    return next((step for step in STEPS if field in step.fields), None)


def given(step: Step, form: Form, draft: OfferDraft) -> tuple[OfferDraft, dict[str, str]]:
    """The draft with this question answered, and what the room's own words would not say plainly enough."""
    faults: dict[str, str] = {}
    changes: dict[str, Any]
    match step.name:
        case "topics" | "ways" | "languages":
            changes = {step.name: form.list(step.name)}
            if not form.list(step.name) and step.name != "topics":
                faults[step.name] = _("Choose at least one.")
        case "kind":
            kind = form.text("kind")
            if kind not in rules.KINDS:
                faults["kind"] = _("Choose one of the two.")
            usual = FULL_GROUP if kind == "group" else 1
            changes = {"kind": kind} | ({} if kind == draft.kind else {"places": usual})
        case "places" | "replies":
            number = form.text(step.name).replace(" ", "")
            if number.isdecimal() and len(number) < 6:
                changes = {step.name: int(number)}
            else:
                changes = {}
                faults[step.name] = _(WHOLE)
        case "audience":
            changes = {
                "careful_ok": form.has("careful_ok"),
                "audience": Audience(
                    home_only=form.text("audience.home_only") == "yes", not_to=form.list("audience.not_to")
                ),
            }
        case _:
            changes = {field: form.text(field) for field in step.fields}
    return replace(draft, **changes), faults


def words_for(step: Step, draft: OfferDraft, here: Here) -> str:
    """What was answered so far, short enough for a list."""
    match step.name:
        case "topics":
            return ", ".join(choices.topic_labels(draft.topics))
        case "words":
            return _short(draft.have)
        case "how" | "limits":
            return _short(getattr(draft, step.name))
        case "kind":
            return _(choices.KINDS[draft.kind]) if draft.kind in choices.KINDS else ""
        case "places":
            return n_("{count} person", "{count} people", draft.places)
        case "ways":
            return ", ".join(choices.way_words(draft.ways))
        case "when":
            return _short(draft.times)
        case "replies":
            return n_("Within {count} day", "Within {count} days", draft.replies)
        case "where":
            if draft.area in ("", WHOLE_PATCH):
                return _(choices.ALL_OVER)
            place = rules.place(draft.area, here)
            return place.name if place else ""
        case "languages":
            return ", ".join(choices.language_words(draft.languages))
        case _:
            if draft.audience.home_only:
                return _("Only our own co-op")
            count = len(draft.audience.not_to)
            return (
                n_("Neighbour co-ops, without {count}", "Neighbour co-ops, without {count}", count)
                if count
                else _("Our co-op and our neighbours")
            )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:69].rsplit(" ", 1)[0] + "…"
