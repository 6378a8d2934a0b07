# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing an offer, or a newer wording of one: a list of small tasks, one question each, kept at every step.

What is begun stands sealed for its writer alone, for 30 days. The room judges each answer by itself and, at the check, the
whole: then it becomes a draft of the room, and the page shows exactly what leaves, to which co-ops. Only handing it in shows it
to a lead.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct

from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.members import drafts
from node.members.rights import check
from node.place import WHOLE_PATCH
from node.support import acts, reads, rules
from node.support.acts.writing import ENDED
from node.support.pages import choices, showing
from node.support.pages.steps import STEPS, Step, given, step_of, words_for
from node.support.shapes import OfferDraft, OfferView
from node.support.taxonomy import common
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _

NEW = "new"
KEPT_DAYS = 30
ONE = "/offers/{offer_id:str}"
SUPPORTER = frozenset({"peer_supporter"})


class Writing(Struct, frozen=True, kw_only=True):
    """An offer in the making: the answers so far, and which questions were answered."""

    draft: OfferDraft
    done: list[str] = []


def _kind(offer_id: str) -> str:
    return f"offer:{offer_id}"


async def _working(offer_id: str, actor: Actor, here: Here) -> tuple[Writing, OfferView | None]:
    """What is being written, and the offer as the room has it. Raises NotFound for another's, Conflict for one that ended."""
    check(actor, by=SUPPORTER, scope="support", act="support.draft_offer")
    view = None if offer_id == NEW else await reads.own(offer_id, actor, here)
    if view is not None and view.state == "withdrawn":
        raise Conflict(_(ENDED), cause="offer ended")
    begun = await drafts.kept(actor, _kind(offer_id), Writing, here=here)
    if begun is not None:
        return begun, view
    if view is None:
        return Writing(draft=OfferDraft()), None
    return Writing(draft=_as_draft(view), done=[step.name for step in STEPS]), view


def _as_draft(view: OfferView) -> OfferDraft:
    same = {name: getattr(view, name) for name in OfferDraft.__struct_fields__ if name not in ("open", "submit")}
    return OfferDraft(**same)


def _faults(draft: OfferDraft, here: Here) -> dict[str, str]:
    try:
        rules.judged(draft, topics=common(), here=here)
    except Invalid as no:
        return no.fields
    return {}


def _list_of(offer_id: str) -> str:
    return "/offers/new" if offer_id == NEW else f"/offers/{offer_id}/writing"


# The list of tasks -----------------------------------------------------------------------------------------------------


@get("/offers/new", name="offer_new")
async def new(visit: NamedDependency[Visit]) -> Page:
    return await _tasks(NEW, visit)


@get(ONE + "/writing", name="offer_writing")
async def writing(offer_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _tasks(offer_id, visit)


async def _tasks(offer_id: str, visit: Visit, form: Form | None = None) -> Page:
    work, view = await _working(offer_id, visit.actor, visit.here)
    faults = _faults(work.draft, visit.here)
    return page(
        "support/offer_writing.html",
        visit,
        form=form,
        offer_id=offer_id,
        view=view,
        tasks=[_task(step, offer_id, work, faults, visit.here) for step in STEPS],
        standing=(await reads.supporter(visit.actor.person, visit.actor, visit.here)).standing,
    )


def _task(step: Step, offer_id: str, work: Writing, faults: dict[str, str], here: Here) -> dict[str, Any]:
    answered = step.name in work.done
    wrong = not faults.keys().isdisjoint(step.fields)
    words = words_for(step, work.draft, here)
    state = "" if answered else _("Filled in for you") if words else _("Can stay empty")
    if wrong:
        state = _("Another look") if answered else _("To do")
    return {
        "text": _(step.task),
        "href": f"/offers/{offer_id}/{step.name}",
        "hint": words,
        "state": state,
        "calm": not wrong,
        "done": answered and not wrong,
    }


# One question ----------------------------------------------------------------------------------------------------------


async def _ask(step: Step, offer_id: str, visit: Visit, form: Form | None = None) -> Page:
    work, _view = await _working(offer_id, visit.actor, visit.here)
    draft = work.draft
    first, more = choices.languages()
    return page(
        "support/offer_step.html",
        visit,
        form=form or Form.of(draft, **{"audience.home_only": "yes" if draft.audience.home_only else "no"}),
        step=step.name,
        question=_(step.question),
        hint=_(step.hint),
        action=f"/offers/{offer_id}/{step.name}",
        behind=_list_of(offer_id),
        topics=choices.topic_groups(reach=True),
        kinds=choices.kinds(),
        ways=choices.ways(draft.kind),
        tongues=[choices.Group("first", "", first), choices.Group("more", _("More languages"), more)],
        areas=[
            choices.Option(WHOLE_PATCH, _(choices.ALL_OVER), _("Nobody can tell from it where you live.")),
            *choices.areas(visit.here),
        ],
        reach=common().widest(draft.topics) if draft.topics else "open",
        co_ops=[choices.Option(each.node_id, each.name) for each in await reads.co_ops(here=visit.here)],
        limits={"text": rules.TEXT, "times": rules.TIMES},
        kind=draft.kind,
    )


async def _answer(step: Step, offer_id: str, form: Form, visit: Visit) -> Page:
    work, _view = await _working(offer_id, visit.actor, visit.here)
    draft, faults = given(step, form, work.draft)
    faults = {name: words for name, words in _faults(draft, visit.here).items() if name in step.fields} | faults
    if faults:
        return await _ask(step, offer_id, visit, form.refused(Invalid(faults)))
    done = [*work.done, *([] if step.name in work.done else [step.name])]
    await drafts.keep(visit.actor, _kind(offer_id), Writing(draft=draft, done=done), days=KEPT_DAYS, here=visit.here)
    rest = [each.name for each in STEPS[STEPS.index(step) + 1 :] if each.name not in done]
    return to(_list_of(offer_id) if form.text("then") == "list" or not rest else f"/offers/{offer_id}/{rest[0]}")


def _question(step: Step) -> list[Any]:
    @get(f"{ONE}/{step.name}", name=f"offer_{step.name}")
    async def ask(offer_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
        return await _ask(step, offer_id, visit)

    @post(f"{ONE}/{step.name}", name=f"offer_{step.name}_answer")
    @once
    async def answer(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
        return await _answer(step, offer_id, form, visit)

    return [ask, answer]


# The check, and handing in ---------------------------------------------------------------------------------------------


@post(ONE + "/check", name="offer_write_down")
@once
async def write_down(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    """What was written becomes the room's draft; then the page on which it is read through."""
    work, view = await _working(offer_id, visit.actor, visit.here)
    try:
        if view is None:
            view = await acts.draft_offer(actor=visit.actor, draft=work.draft, here=visit.here)
        elif work.draft != _as_draft(view):
            view = await acts.revise_offer(actor=visit.actor, offer_id=view.id, draft=work.draft, here=visit.here)
    except Invalid as no:
        return await _tasks(offer_id, visit, form.refused(Invalid(_by_task(no, work.draft))))
    await drafts.drop(visit.actor, _kind(offer_id), here=visit.here)
    return to(f"/offers/{view.id}/check")


def _by_task(no: Invalid, draft: OfferDraft) -> dict[str, str]:
    """Each fault under the task that it belongs to, named: a line in the summary leads to the task, not to a field."""
    found = {}
    for field, words in no.fields.items():
        if step := step_of(field):
            what = _("Choose at least one.") if field == "ways" and not draft.ways else words
            found[step.name] = _("{task}: {what}", task=_(step.task), what=what)
    return found


@get(ONE + "/check", name="offer_check")
async def look(offer_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    """What was handed in last, or is about to be. Something newer that was begun is first to be finished."""
    if offer_id == NEW or await drafts.kept(visit.actor, _kind(offer_id), Writing, here=visit.here) is not None:
        return to(_list_of(offer_id))
    view = await reads.own(offer_id, visit.actor, visit.here)
    preview = await reads.preview(offer_id, visit.actor, visit.here)
    return page(
        "support/offer_check.html",
        visit,
        view=view,
        offer=showing.offer(view, visit.here),
        preview=preview,
        leaves=showing.leaving(preview.leaves) if preview.leaves else [],
        waits=view.state == "waiting_check" or view.newer == "waiting_check",
        can_hand_in=view.state == "draft" or view.newer == "draft",
        home=visit.here.co_op.name,
    )


@post(ONE + "/submission", name="offer_submission")
@once
async def hand_in(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.submit_offer(actor=visit.actor, offer_id=offer_id, here=visit.here)
    return to(f"/offers/{offer_id}", said="submitted")


routes: list[Any] = [new, writing, write_down, look, hand_in, *(route for step in STEPS for route in _question(step))]
