# SPDX-License-Identifier: AGPL-3.0-or-later
"""People whose invitation was too old and who ask for another: what they wrote, for operators, until somebody has seen to it."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.members import register
from node.members.wording import role_words
from node.signin import acts as signin
from node.signin import reads
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_

SAID: Final = {"answered": N_("Taken off the list. What they wrote is destroyed.")}


@get("/running/wishes", name="running-wishes")
async def wishes(visit: NamedDependency[Visit]) -> Page:
    found = await reads.wishes(visit.actor, here=visit.here)
    names = await register.called([each.invited_by for each in found], here=visit.here)
    return page("running/wishes.html", visit, said=SAID, wishes=found, names=names, role_words=role_words)


@post("/running/wishes/{wish_id:str}/answer", name="running-wish-answer")
@once
async def answer(wish_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await signin.answer_wish(actor=visit.actor, wish_id=wish_id, here=visit.here)
    return to("/running/wishes", said="answered")


routes = [wishes, answer]
