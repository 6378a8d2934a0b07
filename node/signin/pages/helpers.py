# SPDX-License-Identifier: AGPL-3.0-or-later
"""People who help me, and whom I help: naming, accepting, what they may see, what they did, ending; and acting for somebody."""

from __future__ import annotations

from datetime import datetime

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.dates import UK
from node.errors import Invalid
from node.signin import acts, reads, wording
from node.signin.pages import parts
from node.signin.pages.parts import Ask
from node.signin.shapes import DelegateDraft
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import N_

HELPERS, HELPING = "/me/helpers", "/helping"
ONE = HELPERS + "/{delegation_id:str}"
HALF_A_YEAR = 182 * 86_400
SAID = {
    "named": N_("They are asked. Nothing is shared until they say yes."),
    "accepted": N_("You can act for them now."),
    "ended": N_("This has ended. Whoever was acting is signed out."),
    "opened": N_("They can see your introductions from now on, until you take it back."),
    "closed": N_("They can’t see your introductions any more."),
}
SAID_HELPING = {"stopped": N_("You act for nobody but yourself now.")}


@get(HELPERS, name="helpers")
async def helpers(visit: NamedDependency[Visit]) -> Page:
    return page(
        "signin/helpers.html",
        visit,
        said=SAID,
        delegates=await reads.delegates(visit.actor, here=visit.here),
        helping=await reads.helping(visit.actor, here=visit.here),
        number=await reads.helper_number(visit.actor, here=visit.here),
        scope_words=wording.scope_words,
    )


@post(f"{HELPERS}/number", name="helper-number")
@once
async def offer_help(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.offer_help(actor=visit.actor, here=visit.here)
    return to(HELPERS + "#number")


@get(f"{HELPERS}/new", name="helper-new")
async def new(visit: NamedDependency[Visit]) -> Page:
    await reads.delegates(
        visit.actor, here=visit.here
    )  # a delegate is refused here, and not only when the form is sent
    until = datetime.fromtimestamp(visit.here.now + HALF_A_YEAR, UK)
    blank = {"until-day": until.day, "until-month": until.month, "until-year": until.year}
    return _new(visit, Form.blank(**blank))


def _new(visit: Visit, form: Form) -> Page:
    return page("signin/helper_new.html", visit, form=form, scopes=wording.scope_options())


@post(f"{HELPERS}/new", name="helper-naming")
@ours
async def name(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    draft = DelegateDraft(code=form.text("code"), scopes=form.list("scopes"), until=parts.end_of(form, "until"))
    try:
        made = await acts.name_delegate(actor=visit.actor, draft=draft, here=visit.here)
    except Invalid as no:
        return _new(visit, form.refused(no))
    return to(f"{HELPERS}/{made.id}", said="named")


@get(f"{HELPERS}/log", name="helper-log")
async def log(visit: NamedDependency[Visit]) -> Page:
    found = await reads.delegate_log(visit.actor, here=visit.here)
    return page("signin/helper_log.html", visit, log=found, act_words=wording.act_words)


@get(ONE, name="helper")
async def helper(delegation_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _helper(delegation_id, visit, Form.blank())


async def _helper(delegation_id: str, visit: Visit, form: Form) -> Page:
    found = await reads.delegation(visit.actor, delegation_id, here=visit.here)
    mine = found.person == visit.actor.person
    return page(
        "signin/helper.html", visit, form=form, said=SAID, one=found, mine=mine, scope_words=wording.scope_words
    )


@post(ONE + "/acceptance", name="helper-accepting")
@once
async def accept(delegation_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.accept_delegation(actor=visit.actor, delegation_id=delegation_id, here=visit.here)
    return to(f"{HELPERS}/{delegation_id}", said="accepted")


@post(ONE + "/ending", name="helper-ending")
@once
async def end(delegation_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.end_delegation(actor=visit.actor, delegation_id=delegation_id, here=visit.here)
    return to(HELPERS, said="ended")


@post(ONE + "/introductions", name="helper-introductions")
@once
async def introductions(
    delegation_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]
) -> Page:
    opened = form.text("introductions") == "open"
    try:
        await acts.open_introductions(
            actor=visit.actor,
            delegation_id=delegation_id,
            opened=opened,
            unhelped=form.has("unhelped"),
            here=visit.here,
        )
    except Invalid as no:
        return await _helper(delegation_id, visit, form.refused(no))
    return to(f"{HELPERS}/{delegation_id}", said="opened" if opened else "closed")


# Acting for somebody ---------------------------------------------------------------------------------------------------


@get(HELPING, name="helping")
async def helping(visit: NamedDependency[Visit]) -> Page:
    mine = (
        []
        if visit.actor.by
        else [each for each in await reads.helping(visit.actor, here=visit.here) if each.state == "stands"]
    )
    scopes = wording.scope_words(visit.actor.scopes) if visit.actor.by else []
    return page(
        "signin/helping.html", visit, said=SAID_HELPING, helping=mine, scopes=scopes, scope_words=wording.scope_words
    )


@post(f"{HELPING}/{{delegation_id:str}}/beginning", name="helping-beginning")
@ours
async def begin(
    delegation_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask
) -> Page:
    if (before := await parts.again(request, form, visit, HELPING)) is not None:
        return before
    session, sending = await parts.session(request, visit.here), parts.sending(form, visit)
    given = await acts.act_for(
        actor=visit.actor, session=session, delegation_id=delegation_id, sending=sending, here=visit.here
    )
    return parts.keep(to(HELPING), given, visit.here)


@post(f"{HELPING}/ending", name="helping-ending")
@ours
async def stop(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    if (before := await parts.again(request, form, visit, HELPING)) is not None:
        return before
    session, sending = await parts.session(request, visit.here), parts.sending(form, visit)
    given = await acts.act_for_myself(session=session, sending=sending, here=visit.here)
    return parts.keep(to(HELPING, said="stopped"), given, visit.here)


routes = [
    helpers,
    offer_help,
    new,
    name,
    log,
    helper,
    accept,
    end,
    introductions,
    helping,
    begin,
    stop,
]
