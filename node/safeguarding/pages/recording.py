# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing down what is found and decided about a concern, letting another lead read it, closing it: one page for each deed.

Each says who sees what is written before it is sent. What was typed is kept on any fault.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Conflict, Invalid
from node.safeguarding import acts, opened, reads, telling
from node.safeguarding.pages.parts import CONCERNS, ONE, for_reader
from node.safeguarding.shapes import Closing, NoteDraft
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _


@get(ONE + "/notes", name="concern-notes")
async def note(concern_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _shown("safeguarding/note.html", Form.blank(), concern_id, visit)


@post(ONE + "/notes", name="concern-noting", status_code=200)
@once
async def write_down(concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.add_note(actor=visit.actor, concern_id=concern_id, note=form.into(NoteDraft), here=visit.here)
    except Invalid as no:
        return await _shown("safeguarding/note.html", form.refused(no), concern_id, visit)
    return to(f"{CONCERNS}/{concern_id}/record", said="noted")


@get(ONE + "/readers", name="concern-readers")
async def readers(concern_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _readers(Form.blank(), concern_id, visit)


@post(ONE + "/readers", name="concern-handing-over", status_code=200)
@once
async def hand_over(concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    if not form.has("person"):
        asked = form.with_error("person", _("Choose who shall read it too."))
        return await _readers(asked, concern_id, visit)
    try:
        await acts.hand_over(actor=visit.actor, concern_id=concern_id, person=form.text("person"), here=visit.here)
    except Conflict as no:
        return await _readers(form.with_error("person", no.words), concern_id, visit)
    return to(f"{CONCERNS}/{concern_id}/record", said="handed")


@get(ONE + "/closing", name="concern-closing")
async def closing(concern_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _closing(Form.blank(), concern_id, visit)


@post(ONE + "/closing", name="concern-close", status_code=200)
@once
async def close(concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.close(actor=visit.actor, concern_id=concern_id, closing=form.into(Closing), here=visit.here)
    except Invalid as no:
        return await _closing(form.refused(no), concern_id, visit)
    return to(f"{CONCERNS}/{concern_id}/record", said="closed")


async def _readers(form: Form, concern_id: str, visit: Visit) -> Page:
    await for_reader(visit, concern_id)
    others = await opened.could_read(visit.actor, concern_id, here=visit.here)
    return await _shown("safeguarding/readers.html", form, concern_id, visit, others=others)


async def _closing(form: Form, concern_id: str, visit: Visit) -> Page:
    await for_reader(visit, concern_id)
    holds = await telling.standing(visit.actor, concern_id)
    return await _shown("safeguarding/closing.html", form, concern_id, visit, holds=holds)


async def _shown(template: str, form: Form, concern_id: str, visit: Visit, **known: Any) -> Page:
    card = await for_reader(visit, concern_id)
    numbers = await reads.numbers_here(here=visit.here)
    return page(template, visit, form=form, card=card, numbers=numbers, **known)


routes = [note, write_down, readers, hand_over, closing, close]
