# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing down what is found and decided about a concern, letting another lead read it, closing it: one page for each deed.

Each says who sees what is written before it is sent. What was typed is kept on any fault.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.safeguarding import acts, opened, reads, telling
from node.safeguarding.pages.parts import CONCERNS, ONE, for_reader
from node.safeguarding.shapes import Closing, NoteDraft
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _


@get(ONE + "/notes", name="concern-notes")
async def note(
    concern_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    return await _shown("safeguarding/note.html", Form.blank(), concern_id, visit, actor, here=here)


@post(ONE + "/notes", name="concern-noting", status_code=200)
@once
async def write_down(
    concern_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    try:
        await acts.add_note(actor=actor, concern_id=concern_id, note=form.into(NoteDraft), here=here)
    except Invalid as no:
        return await _shown("safeguarding/note.html", form.refused(no), concern_id, visit, actor, here=here)
    return to(f"{CONCERNS}/{concern_id}/record", said="noted")


@get(ONE + "/readers", name="concern-readers")
async def readers(
    concern_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    return await _readers(Form.blank(), concern_id, visit, actor, here=here)


@post(ONE + "/readers", name="concern-handing-over", status_code=200)
@once
async def hand_over(
    concern_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    if not form.has("person"):
        asked = form.with_error("person", _("Choose who shall read it too."))
        return await _readers(asked, concern_id, visit, actor, here=here)
    try:
        await acts.hand_over(actor=actor, concern_id=concern_id, person=form.text("person"), here=here)
    except Conflict as no:
        return await _readers(form.with_error("person", no.words), concern_id, visit, actor, here=here)
    return to(f"{CONCERNS}/{concern_id}/record", said="handed")


@get(ONE + "/closing", name="concern-closing")
async def closing(
    concern_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    return await _closing(Form.blank(), concern_id, visit, actor, here=here)


@post(ONE + "/closing", name="concern-close", status_code=200)
@once
async def close(
    concern_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    try:
        await acts.close(actor=actor, concern_id=concern_id, closing=form.into(Closing), here=here)
    except Invalid as no:
        return await _closing(form.refused(no), concern_id, visit, actor, here=here)
    return to(f"{CONCERNS}/{concern_id}/record", said="closed")


async def _readers(form: Form, concern_id: str, visit: Visit, actor: Actor, *, here: Here) -> Page:
    await for_reader(actor, visit, concern_id, here=here)
    others = await opened.could_read(actor, concern_id, here=here)
    return await _shown("safeguarding/readers.html", form, concern_id, visit, actor, here=here, others=others)


async def _closing(form: Form, concern_id: str, visit: Visit, actor: Actor, *, here: Here) -> Page:
    await for_reader(actor, visit, concern_id, here=here)
    holds = await telling.standing(actor, concern_id)
    return await _shown("safeguarding/closing.html", form, concern_id, visit, actor, here=here, holds=holds)


async def _shown(
    template: str, form: Form, concern_id: str, visit: Visit, actor: Actor, *, here: Here, **known: Any
) -> Page:
    card = await for_reader(actor, visit, concern_id, here=here)
    numbers = await reads.numbers_here(here=here)
    return page(template, visit, form=form, card=card, numbers=numbers, **known)


routes = [note, write_down, readers, hand_over, closing, close]
