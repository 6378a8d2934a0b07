# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page that a mail leads to, and what follows when it was answered; and what leads read of it.

Looking at a page changes nothing and uses nothing up, whoever or whatever looks; only a press does, once. A page that was used,
is over or was never made is one and the same page. None of them says who it is for or what about, and none signs anybody in.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node import database
from node.errors import Conflict, Invalid, NotFound
from node.members import settings
from node.replies import acts, reads, rules
from node.replies.shapes import Question, Ringing
from node.web.forms import Form, once
from node.web.pages import OPEN, Page, Visit, page, to
from node.words import _, language, spoken

ONE = "/answer/{token:str}"
ANSWERED = "/answered"


@get(ONE, name="answer-by-reply", opt=OPEN)
async def look(token: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await reads.question(token, here=visit.here)
    return _over(visit) if found is None else await _page(found, token, visit)


async def _page(asked: Question, token: str, visit: Visit, *, no_number: bool = False) -> Page:
    chosen = (await settings.of(asked.person)).language
    with spoken(chosen or language()):
        return page(
            "replies/answer.html",
            visit,
            token=token,
            stops=asked.thing.what == rules.STOP,
            since=asked.thing.since,
            replies=[(each, _(rules.BUTTONS[each])) for each in asked.allowed],
            no_number=no_number,
            status=422 if no_number else 0,
        )


def _over(visit: Visit) -> Page:
    return page("replies/over.html", visit, status=404)


@post(ONE, name="answer-by-reply-pressed", opt=OPEN)
@once
async def press(
    token: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit], ringing: NamedDependency[Ringing]
) -> Page:
    answer = form.text("answer")
    try:
        async with database.savepoint():
            done = await acts.answer(token=token, answer=answer, ringing=ringing, here=visit.here)
    except Invalid:
        found = await reads.question(token, here=visit.here)
        return await _page(found, token, visit, no_number=True) if found else _over(visit)
    except (Conflict, NotFound):
        return _over(visit)
    return to(ANSWERED, said=answer) if done else _over(visit)


@get(ANSWERED, name="answered-by-reply", opt=OPEN)
async def answered(visit: NamedDependency[Visit]) -> Page:
    return page("replies/done.html", visit, said=rules.SAID)


@get("/lead/replies", name="lead-replies")
async def said(visit: NamedDependency[Visit]) -> Page:
    return page("replies/said.html", visit, lines=await reads.said_all_right(visit.actor, here=visit.here))


routes = [look, press, answered, said]
