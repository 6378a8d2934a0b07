# SPDX-License-Identifier: AGPL-3.0-or-later
"""Find support: one question a page, a check of the answers, the offers that fit.

Answers are kept sealed for the person alone, a day or, if they ask for it, 30; they leave this node never and stand in no
address. Every question can be left out. A page of offers is turned by a form, since where a page ended tells what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from litestar import get, post
from litestar.di import NamedDependency
from msgspec.structs import replace

from node.errors import Invalid
from node.here import Here
from node.members import drafts
from node.peers import telling
from node.support import reads
from node.support.pages import choices, showing
from node.support.pages.answers import ANY, ELSEWHERE, KIND, Finding, help_for, keep, kept, page_of, rows, wish
from node.support.reads.search import judged
from node.support.taxonomy import common
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

SAID = {
    "cleared": N_("Your answers are cleared."),
    "kept": N_("Your answers are kept for 30 days. You can clear them at any time."),
}


class Step(NamedTuple):
    """One question: its page, the fields of the search that it asks for, and their names in its form."""

    name: str
    fields: tuple[str, ...]


STEPS = (
    Step("what", ("topics",)),
    Step("words", ("words",)),
    Step("ways", ("ways",)),
    Step("where", ("near", "within_km")),
    Step("more", ("kind", "languages")),
)
QUESTIONS = {
    "what": N_("What would you like to talk about?"),
    "words": N_("Say it in your own words"),
    "ways": N_("How would you like to meet?"),
    "where": N_("Where are you?"),
    "more": N_("Anything else that matters?"),
}


@get("/find", name="find")
async def start(visit: NamedDependency[Visit]) -> Page:
    begun = await drafts.kept(visit.actor, KIND, Finding, here=visit.here)
    return page("support/find.html", visit, said=SAID, begun=begun is not None)


@post("/find/clearing", name="find_clearing")
@once
async def clear(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await drafts.drop(visit.actor, KIND, here=visit.here)
    return to("/find", said="cleared")


async def _show(step: Step, visit: Visit, form: Form | None = None) -> Page:
    answers = await kept(visit.actor, here=visit.here)
    if form is None:
        form = Form.blank(**_shown(step, answers, visit.here))
    place = STEPS.index(step)
    first, more = choices.languages()
    return page(
        f"support/find_{step.name}.html",
        visit,
        form=form,
        numbers=await help_for(answers, here=visit.here),
        question=_(QUESTIONS[step.name]),
        action=f"/find/{step.name}",
        behind="/find/check" if answers.checked else f"/find/{STEPS[place - 1].name}" if place else "/find",
        number=place + 1,
        count=len(STEPS),
        checked=answers.checked,
        topics=choices.topic_groups(),
        ways=choices.ways(),
        kinds=[choices.Option(ANY, _("Either is fine")), *choices.kinds()],
        areas=[
            choices.Option(ANY, _("Anywhere")),
            *choices.areas(visit.here),
            choices.Option(ELSEWHERE, _("Another place")),
        ],
        others=[area.text for area in choices.elsewhere(visit.here)],
        distances=choices.distances(),
        tongues=[
            choices.Group("first", "", first),
            choices.Group("more", _("More languages"), more),
        ],
    )


def _shown(step: Step, answers: Finding, here: Here) -> Mapping[str, Any]:
    if step.name != "where":
        return {name: getattr(answers, name) or (ANY if name == "kind" else "") for name in step.fields}
    ours = answers.near in ("", *here.place.patch)
    known = here.place.areas.get(answers.near)
    return {
        "near": (answers.near or ANY) if ours else ELSEWHERE,
        "elsewhere": "" if ours else known.name if known else answers.near,
        "within_km": answers.within_km,
    }


async def _save(step: Step, form: Form, visit: Visit) -> Page:
    before = await kept(visit.actor, here=visit.here)
    given = _answered(step, form, visit.here)
    place = STEPS.index(step)
    last = place + 1 == len(STEPS)
    answers = replace(before, **given, after=[], checked=before.checked or last)
    try:
        judged(answers.query(), topics=common(), here=visit.here)
    except Invalid as no:
        names = {"near": ELSEWHERE} if form.text("near") == ELSEWHERE else {}
        ours = {names.get(name, name): words for name, words in no.fields.items() if name in step.fields}
        if ours:
            return await _show(step, visit, form.refused(Invalid(ours)))
    await keep(visit.actor, answers, here=visit.here)
    return to("/find/check" if answers.checked else f"/find/{STEPS[place + 1].name}")


def _answered(step: Step, form: Form, here: Here) -> dict[str, Any]:
    match step.name:
        case "what" | "ways":
            return {name: form.list(name) for name in step.fields}
        case "where":
            return _where(form, here)
        case "more":
            return {"kind": wish(form, "kind"), "languages": form.list("languages")}
        case _:
            return {name: form.text(name) for name in step.fields}


def _where(form: Form, here: Here) -> dict[str, Any]:
    near = wish(form, "near")
    if near == ELSEWHERE:
        text = form.text("elsewhere")
        known = here.place.find(text)
        near = known.id if known else text or "?"
    far = form.text("within_km")
    return {"near": near, "within_km": int(far) if far.isdecimal() and len(far) < 6 else 0}


def _question(step: Step) -> list[Any]:
    @get(f"/find/{step.name}", name=f"find_{step.name}")
    async def ask(visit: NamedDependency[Visit]) -> Page:
        return await _show(step, visit)

    @post(f"/find/{step.name}", name=f"find_{step.name}_answer")
    @once
    async def answer(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
        return await _save(step, form, visit)

    return [ask, answer]


@get("/find/check", name="find_check")
async def check(visit: NamedDependency[Visit]) -> Page:
    answers = await kept(visit.actor, here=visit.here)
    return page(
        "support/find_check.html",
        visit,
        form=Form.blank(keep=answers.keep),
        numbers=await help_for(answers, here=visit.here),
        rows=rows(answers, visit.here),
    )


@post("/find/results", name="find_turn")
@once
async def turn(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    """Show the offers (`go` "look"), or turn to the next page of them or the one before."""
    answers = await kept(visit.actor, here=visit.here)
    go = form.text("go")
    if go == "look":
        answers = replace(answers, keep=form.has("keep"), checked=True, after=[])
    elif go == "back":
        answers = replace(answers, after=answers.after[:-1])
    elif go == "on":
        found = await page_of(answers, visit.actor, here=visit.here)
        if found is None:  # the day's order has run out: the first page is what they saw
            answers = replace(answers, after=[])
            found = await page_of(answers, visit.actor, here=visit.here)
        if found is not None and found.next:
            answers = replace(answers, after=[*answers.after, found.next])
    await keep(visit.actor, answers, here=visit.here)
    return to("/find/results", said="kept" if go == "look" and answers.keep else "")


@get("/find/results", name="find_results")
async def results(visit: NamedDependency[Visit]) -> Page:
    answers = await kept(visit.actor, here=visit.here)
    try:
        found = await page_of(answers, visit.actor, here=visit.here)
        if found is None:  # the day's order has run out: from the first page again
            answers = replace(answers, after=[])
            found = await reads.search(answers.query(), visit.actor, visit.here)
    except Invalid as no:  # an answer kept since before a place or a way went: that question again
        return to(next((f"/find/{step.name}" for step in STEPS if set(step.fields) & no.fields.keys()), "/find/check"))
    area = visit.here.place.areas.get(answers.near)
    place = area.name if area else ""
    return page(
        "support/find_results.html",
        visit,
        said=SAID,
        numbers=found.help,
        found=found,
        items=[
            (item, showing.in_a_list(item, choices.band(item.distance_km, place), visit.here)) for item in found.items
        ],
        number=len(answers.after) + 1,
        worded=bool(answers.words),
        missing=await telling.to_members(here=visit.here),
    )


routes = [start, clear, check, turn, results, *(route for step in STEPS for route in _question(step))]
