# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ending without fault, withdrawing, and "I'm worried about this". Each says what it does before it is done.

A worry goes to one's own safeguarding lead and deputy, either of whom can be unticked; the other person is told nothing, and
no page of the introduction shows a trace of it.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import NotFound
from node.introductions import acts, rules, views
from node.introductions.pages.parts import BASE, ONE, deed_page, refused
from node.introductions.shapes import Goodbye, Worry
from node.members import reads as members
from node.safeguarding import reads as safeguarding
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to

KEPT_DAYS = rules.KEPT_AFTER_ENDING // rules.DAY


_ending, ending = deed_page(
    "ending",
    "/ending",
    name="introduction_ending",
    template="introductions/ending.html",
    more=lambda _view, here: {"until": here.now + rules.KEPT_AFTER_ENDING, "limit": rules.ENDING_LENGTH},
)
_withdrawing, withdrawal = deed_page(
    "withdrawal",
    "/withdrawal",
    name="introduction_withdrawal",
    template="introductions/withdrawal.html",
    more=lambda _view, here: {"until": here.now + rules.KEPT_AFTER_ENDING, "days": KEPT_DAYS},
)


@post(ONE + "/ending", name="introduction_ended")
@refused(_ending)
@once
async def end(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    goodbye = Goodbye(words=form.text("words"))
    await acts.end(actor=visit.actor, introduction_id=introduction_id, goodbye=goodbye, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="ended")


@post(ONE + "/withdrawal", name="introduction_withdrawn")
@refused(_withdrawing)
@once
async def withdraw(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.withdraw(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="withdrawn")


# I'm worried ----------------------------------------------------------------------------------------------------------


async def _worrying(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await views.one(visit.actor, introduction_id, here=visit.here)
    leads, deputies = [
        list((await members.names(await members.by_role(role, here=visit.here), here=visit.here)).values())
        for role in ("safeguarding_lead", "safeguarding_deputy")
    ]
    return page(
        "introductions/worry.html",
        visit,
        form=form or Form.blank(tell_lead=True, tell_deputy=True),
        view=view,
        leads=", ".join(leads),
        deputies=", ".join(deputies),
        numbers=await safeguarding.numbers_here(here=visit.here),
    )


@get(ONE + "/worry", name="introduction_worry")
async def worrying(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    """Who helps somebody has worries of their own, and raises them as themselves."""
    if visit.acting_for:
        return to("/worry")
    return await _worrying(introduction_id=introduction_id, visit=visit)


@post(ONE + "/worry", name="introduction_worry_raised")
@refused(_worrying)
@once
async def worry(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    raised = Worry(words=form.text("words"), tell_lead=form.has("tell_lead"), tell_deputy=form.has("tell_deputy"))
    receipt = await acts.worry(actor=visit.actor, introduction_id=introduction_id, worry=raised, here=visit.here)
    return to(f"{BASE}/{introduction_id}/worry/{receipt.id}")


@get(ONE + "/worry/{concern_id:str}", name="introduction_worry_told")
async def told(introduction_id: FromPath[str], concern_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    await views.one(visit.actor, introduction_id, here=visit.here)
    concern = (await safeguarding.one(visit.actor, concern_id, here=visit.here)).mine
    if concern is None:
        raise NotFound(cause="no worry of theirs")
    return page(
        "introductions/worry_told.html",
        visit,
        introduction_id=introduction_id,
        concern=concern,
        numbers=concern.numbers,
    )


routes = [ending, end, withdrawal, withdraw, worrying, worry, told]
