# SPDX-License-Identifier: AGPL-3.0-or-later
"""Confirm it's you: by a passkey, by an authenticator app's six figures, or by a recovery code; then back to where one was."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency

from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.signin import acts, reads, rules
from node.signin.pages import parts
from node.signin.pages.parts import Ask
from node.web.forms import Form, ours
from node.web.pages import Page, Visit, page, to

CONFIRM = "/confirm"


@get(CONFIRM, name="confirm")
async def confirm(
    visit: NamedDependency[Visit], actor: NamedDependency[Actor], here: NamedDependency[Here], request: Ask
) -> Page:
    if visit.proved:
        return to(parts.asked(request))
    return await _confirm(visit, Form.blank(next=parts.asked(request)), actor, here, request)


async def _confirm(visit: Visit, form: Form, actor: Actor, here: Here, request: Ask) -> Page:
    session = await parts.session(request, here)
    factors = await reads.factors(actor, here=here)
    may = rules.set_up_fault(has_one=factors.any, proved=False, signed_in=session.signed_in, now=here.now) is None
    return page("signin/confirm.html", visit, form=form, factors=factors, may_set_up=may)


@post(CONFIRM, name="confirming")
@ours
async def by_code(
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
    request: Ask,
) -> Page:
    where = parts.after(form.text("next"))
    if (before := await parts.again(request, form, visit, here, where)) is not None:
        return before
    try:
        given = await acts.prove_by_code(
            actor=actor,
            session=await parts.session(request, here),
            code=form.text("code"),
            sending=parts.sending(form, visit),
            here=here,
        )
    except Invalid as no:
        return await _confirm(visit, form.refused(no), actor, here, request)
    return parts.keep(to(where), given, here)


@post(f"{CONFIRM}/passkey/options", name="confirm-passkey-options", status_code=200)
@ours
async def passkey_options(
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
    request: Ask,
) -> Page:
    session = await parts.session(request, here)
    return parts.options(await acts.challenge_to_prove(actor=actor, session=session, here=here))


@post(f"{CONFIRM}/passkey", name="confirming-by-passkey")
@ours
async def by_passkey(
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
    request: Ask,
) -> Page:
    where = parts.after(form.text("next"))
    if (before := await parts.again(request, form, visit, here, where)) is not None:
        return before
    try:
        given = await acts.prove_by_passkey(
            actor=actor,
            session=await parts.session(request, here),
            answer=form.text("answer"),
            sending=parts.sending(form, visit),
            here=here,
        )
    except Invalid as no:
        return await _confirm(visit, form.refused(no), actor, here, request)
    return parts.keep(to(where), given, here)


routes = [confirm, by_code, passkey_options, by_passkey]
