# SPDX-License-Identifier: AGPL-3.0-or-later
"""Asking: what to say, then exactly what would leave, then the ask. And "tell me when they're back".

What was typed is kept sealed for a week, so that nothing is lost on the way. Only what was read is sent: when it has changed
since, in another window or at the other co-op, it is shown again first. Sent twice is sent once.
"""

from __future__ import annotations

import hashlib
from typing import Final

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.introductions import acts, reads, views
from node.introductions.pages.parts import BASE, numbers, qr, refused
from node.introductions.shapes import AskDraft, AskPreview, BackDraft
from node.members import drafts
from node.members import reads as members
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import _

OFFER: Final = "/listings/{listing_id:str}"
ASK: Final = OFFER + "/ask"
KIND: Final = "ask"
DAYS: Final = 7
WRITTEN: Final = ("topics", "needs", "message")


class Ask(Struct, frozen=True, kw_only=True):
    """An ask that was begun, as a draft of kind "ask". With `for_person` and `assisted_id` a lead enters it for somebody;
    whoever searches with a person keeps these three, `listing` among them, and leads here."""

    listing: str = ""
    topics: list[str] = []
    needs: str = ""
    message: str = ""
    for_person: str | None = None
    assisted_id: str | None = None

    def as_draft(self) -> AskDraft:
        return AskDraft(
            offer_id=self.listing,
            topics=self.topics,
            needs=self.needs,
            message=self.message,
            for_person=self.for_person,
            assisted_id=self.assisted_id,
        )


async def _kept(actor: Actor, listing_id: str, *, here: Here) -> Ask | None:
    found = await drafts.kept(actor, KIND, Ask, here=here)
    return found if found is not None and found.listing == listing_id else None


async def _whom(actor: Actor, ask: Ask | None, *, here: Here) -> str:
    """The name of whom a lead asks for, "" for oneself."""
    if ask is None or ask.for_person in (None, actor.person):
        return ""
    return (await members.names([ask.for_person or ""], here=here))[ask.for_person or ""]


async def _writing(*, listing_id: str, visit: Visit, form: Form | None = None) -> Page:
    """The page on which an ask is written."""
    offer = await views.offer_to_ask(visit.actor, listing_id, here=visit.here)
    if not offer.askable and (form is None or not form.errors):
        return to(f"/listings/{listing_id}/back")
    kept = await _kept(visit.actor, listing_id, here=visit.here)
    group = offer.kind == "group"
    if form is None:
        begun = kept or Ask(topics=list(offer.topics) if len(offer.topics) == 1 and not group else [])
        form = Form.blank(topics=begun.topics, needs=begun.needs, message=begun.message)
    typed = f"{form.text('needs')}\n{form.text('message')}"
    return page(
        "introductions/ask.html",
        visit,
        form=_without_fields(form),
        listing_id=listing_id,
        offer=offer,
        group=group,
        co_op_there=await reads.co_op(offer.node_id, here=visit.here),
        topics=list(zip(offer.topics, views.labels(offer.topics), strict=True)),
        whom=await _whom(visit.actor, kept, here=visit.here),
        numbers=numbers(visit.here),
        urgent=views.crisis(typed, form.list("topics") or offer.topics),
    )


def _without_fields(form: Form) -> Form:
    """Faults that no field of the page can mend stand together, over the button."""
    rest = [words for field, words in form.errors.items() if field not in WRITTEN]
    if not rest:
        return form
    kept = {field: words for field, words in form.errors.items() if field in WRITTEN}
    return form.refused(Invalid({**kept, "ask": " ".join(rest)}, words=form.error))


@get(ASK, name="listing_ask")
async def writing(listing_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _writing(listing_id=listing_id, visit=visit)


@post(ASK, name="listing_ask_kept")
@refused(_writing, None)
@ours
async def keep(listing_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    before = await _kept(visit.actor, listing_id, here=visit.here) or Ask()
    ask = msgspec.structs.replace(
        before,
        listing=listing_id,
        topics=form.list("topics"),
        needs=form.text("needs"),
        message=form.text("message"),
    )
    await acts.preview(actor=visit.actor, draft=ask.as_draft(), here=visit.here)
    await drafts.keep(visit.actor, KIND, ask, days=DAYS, here=visit.here)
    return to(f"/listings/{listing_id}/ask/before")


# Before you send ------------------------------------------------------------------------------------------------------


def _read(shown: AskPreview) -> str:
    """What was read, in short: the same as long as the same would leave."""
    leaves = [(leaf.field, leaf.value) for leaf in shown.leaves if leaf.field != "answer_by"]
    return hashlib.sha256(msgspec.json.encode([shown.to_node, leaves])).hexdigest()


async def _before(
    *,
    listing_id: str,
    visit: Visit,
    form: Form | None = None,
    template: str = "introductions/before.html",
    large: bool = False,
) -> Page:
    ask = await _kept(visit.actor, listing_id, here=visit.here)
    if ask is None:
        return to(f"/listings/{listing_id}/ask")
    try:
        shown = await acts.preview(actor=visit.actor, draft=ask.as_draft(), here=visit.here)
    except Invalid as no:
        typed = Form.blank(topics=ask.topics, needs=ask.needs, message=ask.message)
        return await _writing(listing_id=listing_id, visit=visit, form=typed.refused(no))
    return page(
        template,
        visit,
        form=form,
        listing_id=listing_id,
        shown=shown,
        written=[(leaf.label, leaf.value) for leaf in shown.leaves if leaf.field in WRITTEN and leaf.value],
        besides=[(leaf.label, leaf.value) for leaf in shown.leaves if leaf.field not in WRITTEN],
        read=_read(shown),
        group=(await views.offer_to_ask(visit.actor, listing_id, here=visit.here)).kind == "group",
        whom=await _whom(visit.actor, ask, here=visit.here),
        numbers=numbers(visit.here),
        large=large,
        qr=qr(visit.here, f"/listings/{listing_id}/ask/before"),
    )


@get(ASK + "/before", name="listing_ask_before")
async def before(listing_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _before(listing_id=listing_id, visit=visit)


@get(ASK + "/print", name="listing_ask_print")
async def on_paper(listing_id: FromPath[str], visit: NamedDependency[Visit], large: FromQuery[bool] = False) -> Page:
    return await _before(listing_id=listing_id, visit=visit, template="introductions/before_print.html", large=large)


@post(ASK + "/before", name="listing_ask_sent")
@refused(_before, None)
@once
async def send(listing_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    ask = await _kept(visit.actor, listing_id, here=visit.here)
    if ask is None:
        return to(f"/listings/{listing_id}/ask")
    shown = await acts.preview(actor=visit.actor, draft=ask.as_draft(), here=visit.here)
    if form.text("read") != _read(shown):
        raise Invalid({"read": _("Something has changed since you opened this page. Please read it once more.")})
    made = await acts.ask(actor=visit.actor, draft=ask.as_draft(), here=visit.here)
    await drafts.drop(visit.actor, KIND, here=visit.here)
    if ask.for_person not in (None, visit.actor.person):
        return to("/lead", said="asked")
    return to(f"{BASE}/{made.id}", said="joined" if made.group else "asked")


@post(ASK + "/stopping", name="listing_ask_stopped")
@ours
async def stop(listing_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    if await _kept(visit.actor, listing_id, here=visit.here) is not None:
        await drafts.drop(visit.actor, KIND, here=visit.here)
    return to(f"/listings/{listing_id}", said="not-sent")


# Tell me when they're back --------------------------------------------------------------------------------------------


async def _back(*, listing_id: str, visit: Visit, form: Form | None = None) -> Page:
    offer = await views.offer_to_ask(visit.actor, listing_id, here=visit.here)
    return page(
        "introductions/back.html",
        visit,
        form=form,
        listing_id=listing_id,
        offer=offer,
        labels=views.labels(offer.topics),
        co_op_there=await reads.co_op(offer.node_id, here=visit.here),
    )


@get(OFFER + "/back", name="listing_back")
async def back(listing_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _back(listing_id=listing_id, visit=visit)


@post(OFFER + "/back", name="listing_back_asked")
@refused(_back, None)
@once
async def tell_me(listing_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.tell_me_when_back(actor=visit.actor, draft=BackDraft(offer_id=listing_id), here=visit.here)
    return to(BASE, said="back")


routes = [writing, keep, before, on_paper, send, stop, back, tell_me]
