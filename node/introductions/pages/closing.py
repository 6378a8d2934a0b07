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
from node.introductions.pages.parts import BASE, ONE, deed, not_now, refused
from node.introductions.shapes import Goodbye, Worry
from node.members import reads as members
from node.safeguarding import reads as safeguarding
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to

KEPT_DAYS = rules.KEPT_AFTER_ENDING // rules.DAY


async def _ending(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("ending", introduction_id, actor=visit.actor, here=visit.here)
    if view is None:
        return not_now(introduction_id)
    until = visit.here.now + rules.KEPT_AFTER_ENDING
    return page("introductions/ending.html", visit, form=form, view=view, until=until, limit=rules.ENDING_LENGTH)


@get(ONE + "/ending", name="introduction_ending")
async def ending(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _ending(introduction_id=introduction_id, visit=visit)


@post(ONE + "/ending", name="introduction_ended")
@refused(_ending)
@once
async def end(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    goodbye = Goodbye(words=form.text("words"))
    await acts.end(actor=visit.actor, introduction_id=introduction_id, goodbye=goodbye, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="ended")


async def _withdrawing(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("withdrawal", introduction_id, actor=visit.actor, here=visit.here)
    if view is None:
        return not_now(introduction_id)
    until = visit.here.now + rules.KEPT_AFTER_ENDING
    return page("introductions/withdrawal.html", visit, form=form, view=view, until=until, days=KEPT_DAYS)


@get(ONE + "/withdrawal", name="introduction_withdrawal")
async def withdrawal(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _withdrawing(introduction_id=introduction_id, visit=visit)


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
