# SPDX-License-Identifier: AGPL-3.0-or-later
"""The supporter's answer: yes by one tap or in words, no without a reason, "I'm full", never again from this person."""

from __future__ import annotations

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid
from node.introductions import acts, rules, texts, views
from node.introductions.pages.parts import BASE, ONE, deed, deed_page, refused
from node.introductions.shapes import No, Yes
from node.web.forms import Form, once
from node.web.pages import Page, Visit, to
from node.words import _

_answering, answer = deed_page(
    "acceptance",
    "/answer",
    name="introduction_answer",
    template="introductions/answer.html",
    more=lambda view, _here: {
        "topics": views.labels(view.topics),
        "yes": texts.quick_replies(rules.YES_REPLIES),
        "limit": rules.ANSWER_LENGTH,
    },
)
_declining, no = deed_page("declining", "/no", name="introduction_no", template="introductions/no.html")
_never_again, never_again = deed_page(
    "never-again", "/never-again", name="introduction_never_again", template="introductions/never_again.html"
)


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


@post(ONE + "/no", name="introduction_declined")
@refused(_declining)
@once
async def decline(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    quick = form.text("quick")
    await acts.decline(actor=visit.actor, introduction_id=introduction_id, answer=No(quick=quick), here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="full" if quick == "full" else "no")


@post(ONE + "/never-again", name="introduction_refused_for_good")
@refused(_never_again)
@once
async def refuse_for_good(
    introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]
) -> Page:
    await acts.never_again(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="never-again")


routes = [answer, accept, no, decline, never_again, refuse_for_good]
