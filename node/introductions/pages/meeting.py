# SPDX-License-Identifier: AGPL-3.0-or-later
"""A plan for a first meeting: where, when, who knows; agreed by both, printed if wanted, checked out from by each.

A day and a time are those on the clock on the wall here. Never at somebody's home. Every fault is told at once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from node import dates
from node.errors import Invalid
from node.introductions import acts, rules, texts
from node.introductions.pages.parts import BASE, ONE, deed, not_now, numbers, qr, refused, where, whole_again
from node.introductions.shapes import IntroductionView, PlanDraft
from node.introductions.views import one
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

LENGTHS: Final = (30, 60, 90, 120)
MINUTES: Final = 60
LONGEST_YEAR: Final = 9999

_DAY: Final = N_("Give the day in figures, for example 5 3 2027.")
_CLOCK: Final = N_("Give the time as on a clock, for example 14:30.")


def _when(form: Form) -> tuple[int, dict[str, str]]:
    """Unix seconds of the day and time typed, or 0 and what to do about each."""
    faults: dict[str, str] = {}
    day = clock = None
    try:
        year, month, number = (int(form.text(f"day-{part}")) for part in ("year", "month", "day"))
        day = datetime(year, month, number)  # noqa: DTZ001 - the zone comes with the time
    except (ValueError, OverflowError):
        faults["day"] = _(_DAY)
    typed = form.text("clock").replace(".", ":").replace(" ", "")
    try:
        clock = datetime.strptime(typed if ":" in typed else f"{typed}:00", "%H:%M")  # noqa: DTZ007 - likewise
    except ValueError:
        faults["clock"] = _(_CLOCK)
    if day is None or clock is None or day.year == LONGEST_YEAR:
        return 0, faults or {"day": _(_DAY)}
    there = day.replace(hour=clock.hour, minute=clock.minute, tzinfo=dates.UK)
    return int(there.timestamp()), faults


def _typed(view: IntroductionView) -> Form:
    """The plan that stands, to be changed."""
    plan = view.plan
    if plan is None or plan.checked_out_at is not None:
        return Form.blank(minutes=MINUTES)
    there = datetime.fromtimestamp(plan.at, dates.UK)
    return Form.blank(
        place_kind=plan.place_kind,
        place=plan.where,
        who_knows=plan.who_knows if plan.mine else "",
        minutes=(plan.ends_at - plan.at) // 60,
        clock=f"{there:%H:%M}",
        **{"day-day": there.day, "day-month": there.month, "day-year": there.year},
    )


async def _planning(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    view = await deed("plan", introduction_id, actor=visit.actor, here=visit.here)
    if view is None:
        return not_now(introduction_id)
    return page(
        "introductions/plan_form.html",
        visit,
        form=form or _typed(view),
        view=view,
        kinds=[(kind, texts.place_label(kind)) for kind in rules.PLACE_KINDS],
        lengths=[(minutes, _("{count} minutes", count=minutes)) for minutes in LENGTHS],
    )


@get(ONE + "/plan", name="introduction_plan")
async def plan(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    view = await one(visit.actor, introduction_id, here=visit.here)
    if view.plan is None:
        return await _planning(introduction_id=introduction_id, visit=visit)
    return page("introductions/plan.html", visit, view=view, plan=view.plan, past=view.plan.at <= visit.here.now)


@get(ONE + "/plan/new", name="introduction_plan_new")
async def plan_anew(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _planning(introduction_id=introduction_id, visit=visit)


@post(ONE + "/plan", name="introduction_planned")
@refused(_planning)
@once
async def propose(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    at, faults = _when(form)
    minutes = form.text("minutes")
    draft = PlanDraft(
        place_kind=form.text("place_kind"),
        where=form.text("place"),
        at=at,
        minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 5 else 0,
        who_knows=form.text("who_knows"),
    )
    found = rules.plan_faults(draft, visit.here.now)
    if "where" in found:
        found["place"] = found.pop("where")
    late = found.pop("at", None)
    if late is not None and not faults:
        faults["day"] = late
    if found or faults:
        raise Invalid({name: words for name in PLAN_FIELDS if (words := {**found, **faults}.get(name))})
    await acts.plan(actor=visit.actor, introduction_id=introduction_id, draft=draft, here=visit.here)
    return to(f"{BASE}/{introduction_id}/plan", said="planned")


PLAN_FIELDS: Final = ("place_kind", "place", "day", "clock", "minutes", "who_knows")


@post(ONE + "/plan/agreement", name="introduction_agreed")
@refused(whole_again)
@once
async def agree(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    read = form.text("no")  # which plan they read
    await acts.agree(
        actor=visit.actor, introduction_id=introduction_id, no=int(read) if read.isdecimal() else 0, here=visit.here
    )
    return to(f"{BASE}/{introduction_id}", said="agreed")


@post(ONE + "/plan/check-out", name="introduction_checked_out")
@refused(whole_again)
@once
async def check_out(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.check_out(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return to(f"{BASE}/{introduction_id}", said="home")


@get(ONE + "/plan/print", name="introduction_plan_print")
async def on_paper(
    introduction_id: FromPath[str], visit: NamedDependency[Visit], large: FromQuery[bool] = False
) -> Page:
    view = await one(visit.actor, introduction_id, here=visit.here)
    if view.plan is None:
        return not_now(introduction_id)
    return page(
        "introductions/plan_print.html",
        visit,
        view=view,
        plan=view.plan,
        large=large,
        numbers=numbers(visit.here),
        qr=qr(visit.here, f"{where(view)}/plan"),
    )


routes = [plan, plan_anew, propose, agree, check_out, on_paper]
