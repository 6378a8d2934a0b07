# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a reader decides about a concern beyond this co-op and beyond today: telling another co-op, keeping from erasure.

Before anything leaves, a page shows exactly what would, and what stays. Nothing is kept meanwhile: what was written travels
with the form until it is sent.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid, NotFound
from node.safeguarding import opened, reads, rules, telling
from node.safeguarding.pages.parts import CONCERNS, ONE, Neighbours, for_reader, names, thread_of
from node.safeguarding.shapes import HOME, HoldDraft, Lifting, TellingDraft
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

URGENCY: Final = (
    ("danger", N_("Somebody is in danger now"), N_("Ring 999 and ring them too. Don't wait for this to be read.")),
    ("today", N_("It should be read today"), ""),
    ("soon", N_("It can wait a few days"), ""),
)


@get(ONE + "/tellings", name="concern-tellings")
async def tell(concern_id: FromPath[str], visit: NamedDependency[Visit], co_ops: Neighbours) -> Page:
    card = await for_reader(visit, concern_id)
    form = Form.blank(to="" if card.source == HOME else card.source, about=thread_of(card), urgency="today")
    return await _telling(form, concern_id, visit, co_ops)


@post(ONE + "/tellings/check", name="concern-telling-check", status_code=200)
@ours
async def check(
    concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit], co_ops: Neighbours
) -> Page:
    """Exactly what would leave; nothing has left yet. With `change` in the form: the form again, as it was typed."""
    card = await for_reader(visit, concern_id)
    if form.has("change"):
        return await _telling(form, concern_id, visit, co_ops)
    try:
        draft = _draft(form)
        telling.check(draft, here=visit.here)
    except Invalid as no:
        return await _telling(form.refused(no), concern_id, visit, co_ops)
    return page(
        "safeguarding/telling_check.html",
        visit,
        form=form,
        card=card,
        draft=draft,
        to_name=names(co_ops).get(draft.to, draft.to),
        urgency=next(_(words) for value, words, _hint in URGENCY if value == draft.urgency),
        until=visit.here.now + rules.LETTER_LIFE,
        numbers=await reads.numbers_here(here=visit.here),
    )


@post(ONE + "/tellings", name="concern-telling", status_code=200)
@once
async def tell_them(
    concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit], co_ops: Neighbours
) -> Page:
    try:
        draft = _draft(form)
        await telling.decide_to_tell_other(actor=visit.actor, concern_id=concern_id, telling=draft, here=visit.here)
    except Invalid as no:
        return await _telling(form.refused(no), concern_id, visit, co_ops)
    return to(f"{CONCERNS}/{concern_id}/record", said="told")


@get(ONE + "/holds", name="concern-holds")
async def hold(concern_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _holding(Form.blank(), concern_id, visit)


@post(ONE + "/holds", name="concern-holding", status_code=200)
@once
async def place_hold(concern_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        wanted = HoldDraft(reason=form.text("reason"))
        await telling.place_hold(actor=visit.actor, concern_id=concern_id, hold=wanted, here=visit.here)
    except Invalid as no:
        return await _holding(form.refused(no), concern_id, visit)
    return to(f"{CONCERNS}/{concern_id}/record", said="held")


@get(ONE + "/holds/{hold_id:str}/lifting", name="concern-hold-lifting")
async def lifting(concern_id: FromPath[str], hold_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _lifting(Form.blank(), concern_id, hold_id, visit)


@post(ONE + "/holds/{hold_id:str}/lifting", name="concern-hold-lift", status_code=200)
@once
async def lift(
    concern_id: FromPath[str], hold_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]
) -> Page:
    try:
        await telling.lift_hold(actor=visit.actor, hold_id=hold_id, lifting=form.into(Lifting), here=visit.here)
    except Invalid as no:
        return await _lifting(form.refused(no), concern_id, hold_id, visit)
    return to(f"{CONCERNS}/{concern_id}/record", said="lifted")


def _draft(form: Form) -> TellingDraft:
    """What the form says, so that what is left out is a fault beside the others."""
    return TellingDraft(**{name: form.text(name) for name in TellingDraft.__struct_fields__})


async def _telling(form: Form, concern_id: str, visit: Visit, co_ops: Neighbours) -> Page:
    card = await for_reader(visit, concern_id)
    return page(
        "safeguarding/telling.html",
        visit,
        form=form,
        card=card,
        opened=card.opened_at is not None,
        co_ops=[(each.node_id, each.name) for each in co_ops.values() if each.tellable],
        urgencies=[(value, _(words), _(hint) if hint else "") for value, words, hint in URGENCY],
        numbers=await reads.numbers_here(here=visit.here),
    )


async def _holding(form: Form, concern_id: str, visit: Visit) -> Page:
    card = await for_reader(visit, concern_id)
    return page(
        "safeguarding/hold.html",
        visit,
        form=form,
        card=card,
        standing=await telling.standing(visit.actor, concern_id),
        numbers=await reads.numbers_here(here=visit.here),
    )


async def _lifting(form: Form, concern_id: str, hold_id: str, visit: Visit) -> Page:
    card = await for_reader(visit, concern_id)
    found = await opened.still_open(visit.actor, concern_id, here=visit.here)
    if found is None:
        return to(f"{CONCERNS}/{concern_id}", said="closed-over")
    held = [each for each in found[0].holds if each.id == hold_id and each.lifted_at is None]
    if not held:
        raise NotFound(cause="no hold of this concern")
    numbers = await reads.numbers_here(here=visit.here)
    return page("safeguarding/lifting.html", visit, form=form, card=card, held=held[0], numbers=numbers)


routes = [tell, check, tell_them, hold, place_hold, lifting, lift]
