# SPDX-License-Identifier: AGPL-3.0-or-later
"""The supporter's answer: yes by one tap or in words, no without a reason, "I'm full", never again from this person."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid
from node.introductions import acts, rules, texts, views
from node.introductions.pages.parts import BASE, ONE, deed, not_now, refused
from node.introductions.shapes import No, Yes
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _


async def _answering(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("acceptance", introduction_id, actor=visit.actor, here=visit.here)
    if view is None:
        return not_now(introduction_id)
    return page(
        "introductions/answer.html",
        visit,
        form=form,
        view=view,
        topics=views.labels(view.topics),
        yes=texts.quick_replies(rules.YES_REPLIES),
        limit=rules.ANSWER_LENGTH,
    )


@get(ONE + "/answer", name="introduction_answer")
async def answer(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _answering(introduction_id=introduction_id, visit=visit)


@post(ONE + "/answer", name="introduction_accepted")
@refused(_answering)
@once
async def accept(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    said = Yes(quick=form.text("quick"), words=form.text("words"))
    if not said.quick and not said.words:
        await deed("acceptance", introduction_id, actor=visit.actor, here=visit.here)
        raise Invalid({"words": _("Write a few words, or choose one of the answers above.")})
    await acts.accept(actor=visit.actor, introduction_id=introduction_id, answer=said, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="yes")


async def _declining(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("declining", introduction_id, actor=visit.actor, here=visit.here)
    if view is None:
        return not_now(introduction_id)
    return page("introductions/no.html", visit, form=form, view=view)


@get(ONE + "/no", name="introduction_no")
async def no(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _declining(introduction_id=introduction_id, visit=visit)


@post(ONE + "/no", name="introduction_declined")
@refused(_declining)
@once
async def decline(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    quick = form.text("quick")
    await acts.decline(actor=visit.actor, introduction_id=introduction_id, answer=No(quick=quick), here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="full" if quick == "full" else "no")


async def _never_again(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("never-again", introduction_id, actor=visit.actor, here=visit.here)
    if view is None:
        return not_now(introduction_id)
    return page("introductions/never_again.html", visit, form=form, view=view)


@get(ONE + "/never-again", name="introduction_never_again")
async def never_again(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _never_again(introduction_id=introduction_id, visit=visit)


@post(ONE + "/never-again", name="introduction_refused_for_good")
@refused(_never_again)
@once
async def refuse_for_good(
    introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]
) -> Page:
    await acts.never_again(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="never-again")


routes = [answer, accept, no, decline, never_again, refuse_for_good]
