# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writing down a fact, one form for each kind, with the circle's agreement below it; and writing one anew in place of another.

What people type (pounds, days in three fields) becomes the act's own shape here; every fault comes back beside its field.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, get_args

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid, NotFound
from node.members.rights import check
from node.metrics import acts, reads, rules, wording
from node.metrics.shapes import About, FactDraft, FactRecord, Rate
from node.web import days
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _

KINDS: tuple[About, ...] = get_args(About)
DAYS = {"published_on": False, "start": False, "end": True, "agreed_on": False, "review_on": True}
"""Fields that are days: whether the last second of the day is meant."""
TEXTS = ("people", "theme", "grade", "name", "counted", "circle", "words")


@get("/facts/new", name="fact_new")
async def new(visit: NamedDependency[Visit]) -> Page:
    _keeper(visit)
    return page("metrics/new.html", visit, kinds=[(about, _(wording.TITLES[about])) for about in KINDS])


@get("/facts/new/{about:str}", name="fact_writing")
async def writing(about: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    _keeper(visit)
    return _form(_kind(about), visit, Form.blank(), f"/facts/new/{about}")


@post("/facts/new/{about:str}")
@once
async def write(about: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    return await _write(_kind(about), form, visit, f"/facts/new/{about}")


@get("/facts/{fact_id:str}/replacement", name="fact_replacement")
async def replacement(fact_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await reads.record(fact_id, visit.actor, here=visit.here)
    if found.state != "declared":
        return to(f"/facts/{fact_id}")
    return _form(found.said.about, visit, _filled(found), f"/facts/{fact_id}/replacement", replaces=True)


@post("/facts/{fact_id:str}/replacement")
@once
async def replace(fact_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    found = await reads.record(fact_id, visit.actor, here=visit.here)
    return await _write(found.said.about, form, visit, f"/facts/{fact_id}/replacement", replaces=fact_id)


async def _write(about: About, form: Form, visit: Visit, action: str, *, replaces: str | None = None) -> Page:
    draft, wrong = _draft(about, form, replaces)
    try:
        made = await acts.draft_fact(actor=visit.actor, draft=draft, here=visit.here)
        assert not wrong, "what can't be read is 0 or nothing, and the room refuses both"
    except Invalid as no:
        faults = {_field(name, draft): words for name, words in no.fields.items()}
        return _form(about, visit, form.refused(Invalid(faults | wrong)), action, replaces=replaces is not None)
    return to(f"/facts/{made.id}", said="drafted")


def _form(about: About, visit: Visit, form: Form, action: str, *, replaces: bool = False) -> Page:
    code = wording.regulator(visit.here.co_op.nation)
    return page(
        "metrics/writing.html",
        visit,
        form=form,
        about=about,
        title=_(wording.TITLES[about]),
        action=action,
        replaces=replaces,
        services=_options(wording.SERVICES),
        care=_options(wording.CARE),
        bands=_options(wording.BANDS),
        regulator=_(wording.REGULATORS[code]),
        themes=_options(wording.THEMES[code]),
        grades=_options(wording.GRADES[code]),
        most=rules.WORDS,
        counted=rules.COUNTED,
    )


def _options(words: Any) -> list[tuple[str, str]]:
    return [(code, _(text)) for code, text in words.items()]


def _draft(about: About, form: Form, replaces: str | None) -> tuple[FactDraft, dict[str, str]]:
    """The form as a draft, and what in it could not be read, by field."""
    wrong: dict[str, str] = {}
    moments: dict[str, int] = {}
    for name, end in DAYS.items():
        moments[name], fault = days.day_of(form, name, end=end)
        if fault and (name in ("agreed_on", "review_on") or name in _DAYS_OF.get(about, ())):
            wrong[name] = fault
    rates = [
        Rate(care=care, paid=_pence(form.text(f"paid-{care}")), charged=_pence(form.text(f"charged-{care}")))
        for care in wording.CARE
        if form.has(f"paid-{care}") or form.has(f"charged-{care}")
    ]
    number = form.text("number").replace(",", "").replace(" ", "")
    given: dict[str, Any] = {name: form.text(name) for name in TEXTS} | moments
    draft = FactDraft(
        about=about,
        services=form.list("services"),
        rates=rates,
        number=int(number) if number.isdecimal() and len(number) <= 16 else None,
        replaces=replaces,
        **given,
    )
    return draft, wrong


_DAYS_OF: dict[About, tuple[str, ...]] = {"rating": ("published_on",), "total": ("start", "end")}


def _pence(text: str) -> int | None:
    """ "14.50" or "£14.50" as 1450; None for nothing, 0 for what is no amount."""
    text = text.removeprefix("£").replace(",", "").strip()
    if not text:
        return None
    try:
        pence = Decimal(text) * 100
    except InvalidOperation:
        return 0
    return int(pence) if pence.is_finite() and pence == int(pence) and 0 < pence <= rules.MOST_PENCE else 0


def _field(name: str, draft: FactDraft) -> str:
    """The field of the form in which this fault of the draft stands."""
    if name == "rates":
        return f"paid-{next(iter(wording.CARE))}"
    if name.startswith("rates["):
        number, _dot, which = name.removeprefix("rates[").partition("].")
        return f"{which}-{draft.rates[int(number)].care}"
    return name


def _filled(found: FactRecord) -> Form:
    """The form with what stands now; the new agreement is to be written down anew."""
    said = found.said
    values: dict[str, object] = {name: getattr(said, name, None) for name in TEXTS if name not in ("circle", "words")}
    values |= {"services": said.services, "number": said.number, "circle": found.circle}
    for rate in said.rates:
        for name, pence in (("paid", rate.paid), ("charged", rate.charged)):
            if pence is not None:
                values[f"{name}-{rate.care}"] = f"{pence // 100}.{pence % 100:02}"
    for name in ("published_on", "start", "end"):
        values |= days.fields(name, getattr(said, name))
    return Form.blank(**values)


def _kind(about: str) -> About:
    if about not in KINDS:
        raise NotFound(cause="no such kind of fact")
    return about


def _keeper(visit: Visit) -> None:
    check(visit.actor, by=rules.KEEPERS, scope="peers", act="metrics.draft_fact")


routes = [new, writing, write, replacement, replace]
