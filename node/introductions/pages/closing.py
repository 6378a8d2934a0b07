# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ending without fault, withdrawing, and "I'm worried about this". Each says what it does before it is done.

A worry goes to one's own safeguarding lead and deputy, either of whom can be unticked; the other person is told nothing, and
no page of the introduction shows a trace of it.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.errors import NotFound
from node.here import Here
from node.introductions import acts, rules, views
from node.introductions.pages.parts import BASE, ONE, deed, not_now, refused
from node.introductions.shapes import Goodbye, Worry
from node.members import reads as members
from node.safeguarding import reads as safeguarding
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to

KEPT_DAYS = rules.KEPT_AFTER_ENDING // rules.DAY


async def _ending(*, introduction_id: str, visit: Visit, actor: Actor, here: Here, form: Form | None = None) -> Page:
    view = await deed("ending", introduction_id, actor=actor, here=here)
    if view is None:
        return not_now(introduction_id)
    until = here.now + rules.KEPT_AFTER_ENDING
    return page("introductions/ending.html", visit, form=form, view=view, until=until, limit=rules.ENDING_LENGTH)


@get(ONE + "/ending", name="introduction_ending")
async def ending(
    introduction_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    return await _ending(introduction_id=introduction_id, visit=visit, actor=actor, here=here)


@post(ONE + "/ending", name="introduction_ended")
@refused(_ending)
@once
async def end(
    introduction_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    goodbye = Goodbye(words=form.text("words"))
    await acts.end(actor=actor, introduction_id=introduction_id, goodbye=goodbye, here=here)
    return to(f"{BASE}/{introduction_id}", said="ended")


async def _withdrawing(
    *, introduction_id: str, visit: Visit, actor: Actor, here: Here, form: Form | None = None
) -> Page:
    view = await deed("withdrawal", introduction_id, actor=actor, here=here)
    if view is None:
        return not_now(introduction_id)
    until = here.now + rules.KEPT_AFTER_ENDING
    return page("introductions/withdrawal.html", visit, form=form, view=view, until=until, days=KEPT_DAYS)


@get(ONE + "/withdrawal", name="introduction_withdrawal")
async def withdrawal(
    introduction_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    return await _withdrawing(introduction_id=introduction_id, visit=visit, actor=actor, here=here)


@post(ONE + "/withdrawal", name="introduction_withdrawn")
@refused(_withdrawing)
@once
async def withdraw(
    introduction_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    await acts.withdraw(actor=actor, introduction_id=introduction_id, here=here)
    return to(f"{BASE}/{introduction_id}", said="withdrawn")


# I'm worried ----------------------------------------------------------------------------------------------------------


async def _worrying(*, introduction_id: str, visit: Visit, actor: Actor, here: Here, form: Form | None = None) -> Page:
    view = await views.one(actor, introduction_id, here=here)
    leads, deputies = [
        list((await members.names(await members.by_role(role, here=here), here=here)).values())
        for role in ("safeguarding_lead", "safeguarding_deputy")
    ]
    return page(
        "introductions/worry.html",
        visit,
        form=form or Form.blank(tell_lead=True, tell_deputy=True),
        view=view,
        leads=", ".join(leads),
        deputies=", ".join(deputies),
        numbers=await safeguarding.numbers_here(here=here),
    )


@get(ONE + "/worry", name="introduction_worry")
async def worrying(
    introduction_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    """Who helps somebody has worries of their own, and raises them as themselves."""
    if visit.acting_for:
        return to("/worry")
    return await _worrying(introduction_id=introduction_id, visit=visit, actor=actor, here=here)


@post(ONE + "/worry", name="introduction_worry_raised")
@refused(_worrying)
@once
async def worry(
    introduction_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    raised = Worry(words=form.text("words"), tell_lead=form.has("tell_lead"), tell_deputy=form.has("tell_deputy"))
    receipt = await acts.worry(actor=actor, introduction_id=introduction_id, worry=raised, here=here)
    return to(f"{BASE}/{introduction_id}/worry/{receipt.id}")


@get(ONE + "/worry/{concern_id:str}", name="introduction_worry_told")
async def told(
    introduction_id: FromPath[str],
    concern_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    await views.one(actor, introduction_id, here=here)
    concern = (await safeguarding.one(actor, concern_id, here=here)).mine
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
