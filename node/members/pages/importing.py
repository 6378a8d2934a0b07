# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inviting a whole list: a file from a spreadsheet, checked row by row, put right here, then made into invitations and cards.

The rows are kept sealed for whoever brought them until the invitations are made or the list is dropped, three days at most.
Nothing is made before every row is right, and then all of it.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from msgspec import Struct

from node.errors import Invalid
from node.members import drafts, inviting, register, rules, sheet
from node.members import reads as people
from node.members.pages.invitations import DAYS, SAID, cards_page, days_of
from node.members.pages.parts import for_operators, says
from node.members.sheet import COLUMNS, Sheet
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

KIND: Final = "people-import"
CARDS: Final = "invitation-cards"
KEPT_DAYS: Final = 3
HERE_ALREADY: Final = N_("Somebody here has this e-mail address already. A household may share one.")


class ToPrint(Struct, frozen=True, kw_only=True):
    """The invitations of a list that are still to be printed."""

    ids: list[str]


@get("/people/import", name="people-import")
async def start(visit: NamedDependency[Visit]) -> Page:
    for_operators(visit.actor)
    return await _start(visit, Form.blank())


@post("/people/import")
@once
async def bring(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    for_operators(visit.actor)
    upload = form.file("file")
    try:
        data = await upload.read() if upload is not None else b""
        if upload is None or not upload.filename:
            raise Invalid({"file": _("Choose a file.")})
        found = sheet.read(data)
    except Invalid as no:
        return await _start(visit, form.refused(no))
    await drafts.keep(visit.actor, KIND, found, days=KEPT_DAYS, here=visit.here)
    return to("/people/import/check")


async def _start(visit: Visit, form: Form) -> Page:
    kept = await drafts.kept(visit.actor, KIND, Sheet, here=visit.here)
    return page("members/import.html", visit, form=form, kept=len(kept.rows) if kept else 0, **says())


@get("/people/import/check", name="people-import-check")
async def check(visit: NamedDependency[Visit]) -> Page:
    for_operators(visit.actor)
    kept = await drafts.kept(visit.actor, KIND, Sheet, here=visit.here)
    if kept is None or not kept.rows:
        return to("/people/import")
    return await _check(visit, kept, Form.blank(days=DAYS))


@post("/people/import/check")
@once
async def put_right(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    for_operators(visit.actor)
    kept = await drafts.kept(visit.actor, KIND, Sheet, here=visit.here)
    if kept is None:
        return to("/people/import")
    for number in sorted({int(name.partition("-")[0]) for name in sheet.faults(kept)}):  # these stood on the page
        kept = sheet.corrected(kept, number, **{name: form.text(f"{number}-{name}") for name in COLUMNS})
    kept = sheet.without(kept, [int(each) for each in form.list("out") if each.isdecimal()])
    if not kept.rows:
        await drafts.drop(visit.actor, KIND, here=visit.here)
        return to("/people/import")
    await drafts.keep(visit.actor, KIND, kept, days=KEPT_DAYS, here=visit.here)
    return to("/people/import/check")


async def _check(visit: Visit, kept: Sheet, form: Form) -> Page:
    wrong = sheet.faults(kept)
    rows = [
        {
            "number": number,
            "row": row,
            "wrong": [name for name in COLUMNS if f"{number}-{name}" in wrong],
            "roles": sheet.roles_of(row.roles),
            "note": _(HERE_ALREADY) if row.email and await people.by_email(row.email, here=visit.here) else "",
        }
        for number, row in enumerate(kept.rows)
    ]
    shown = Form.blank(
        days=form.text("days"),
        out=form.list("out"),
        **{f"{number}-{name}": getattr(row, name) for number, row in enumerate(kept.rows) for name in COLUMNS},
    )
    shown.errors, shown.error = {**wrong, **form.errors}, form.error
    return page(
        "members/import_check.html",
        visit,
        form=shown,
        status=200 if not form.errors else 422,
        rows=rows,
        faulty=[each for each in rows if each["wrong"]],
        longest=rules.INVITATION_DAYS[1],
        **says(),
    )


@post("/people/import/invitations", name="people-import-invitations")
@once
async def make(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    kept = await drafts.kept(visit.actor, KIND, Sheet, here=visit.here)
    if kept is None or sheet.faults(kept):
        return to("/people/import/check")
    days = days_of(form)
    if fault := rules.days_fault(days, rules.INVITATION_DAYS):
        return await _check(visit, kept, form.refused(Invalid({"days": fault})))
    made = await inviting.invite_many(actor=visit.actor, drafts=sheet.drafts(kept, days=days), here=visit.here)
    await drafts.drop(visit.actor, KIND, here=visit.here)
    await drafts.keep(visit.actor, CARDS, ToPrint(ids=[each.id for each in made]), days=KEPT_DAYS, here=visit.here)
    return to("/people/import/cards", said="imported")


@post("/people/import/dropping", name="people-import-dropping")
@once
async def forget(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await drafts.drop(visit.actor, KIND, here=visit.here)
    return to("/people/import")


@get("/people/import/cards", name="people-import-cards")
async def to_print(visit: NamedDependency[Visit]) -> Page:
    for_operators(visit.actor)
    kept = await drafts.kept(visit.actor, CARDS, ToPrint, here=visit.here)
    return page("members/import_cards.html", visit, said=SAID, many=len(kept.ids) if kept else 0)


@post("/people/import/cards")
@ours
async def print_them(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    """Shown this once: afterwards each card can be printed again from its own page, which is written down anew."""
    for_operators(visit.actor)
    kept = await drafts.kept(visit.actor, CARDS, ToPrint, here=visit.here)
    if kept is None:
        return to("/people/import/cards")
    waiting = [
        id for id in kept.ids if (await register.invitation(visit.actor, id, here=visit.here)).state == "waiting"
    ]
    made = await inviting.print_cards(actor=visit.actor, invitation_ids=waiting, here=visit.here)
    await drafts.drop(visit.actor, CARDS, here=visit.here)
    return cards_page(visit, made, large=form.ticked("size", "large"), back="/people/invitations")


routes = [start, bring, check, put_right, make, forget, to_print, print_them]
