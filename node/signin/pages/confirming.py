# SPDX-License-Identifier: AGPL-3.0-or-later
"""Confirm it's you: by a passkey, by an authenticator app's six figures, or by a recovery code; then back to where one was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from litestar import get, post
from litestar.di import NamedDependency

from node.errors import Invalid
from node.signin import acts, reads, rules
from node.signin.pages import parts
from node.signin.pages.parts import Ask
from node.signin.shapes import SignedIn
from node.web.forms import Form, ours
from node.web.pages import Page, Visit, page, to

CONFIRM = "/confirm"


@get(CONFIRM, name="confirm")
async def confirm(visit: NamedDependency[Visit], request: Ask) -> Page:
    if visit.actor.proved:
        return to(parts.asked(request))
    return await _confirm(visit, Form.blank(next=parts.asked(request)), request)


async def _confirm(visit: Visit, form: Form, request: Ask) -> Page:
    session = await parts.session(request, visit.here)
    factors = await reads.factors(visit.actor, here=visit.here)
    may = rules.set_up_fault(has_one=factors.any, proved=False, signed_in=session.signed_in, now=visit.here.now) is None
    return page("signin/confirm.html", visit, form=form, factors=factors, may_set_up=may)


async def _proved(
    way: Callable[..., Awaitable[SignedIn]], form: Form, visit: Visit, request: Ask, **shown: str
) -> Page:
    """On to where they wanted to go once the act `way` takes what was `shown`."""
    where = parts.after(form.text("next"))
    if (before := await parts.again(request, form, visit, where)) is not None:
        return before
    try:
        given = await way(
            actor=visit.actor,
            session=await parts.session(request, visit.here),
            sending=parts.sending(form, visit),
            here=visit.here,
            **shown,
        )
    except Invalid as no:
        return await _confirm(visit, form.refused(no), request)
    return parts.keep(to(where), given, visit.here)


@post(CONFIRM, name="confirming")
@ours
async def by_code(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    return await _proved(acts.prove_by_code, form, visit, request, code=form.text("code"))


@post(f"{CONFIRM}/passkey/options", name="confirm-passkey-options", status_code=200)
@ours
async def passkey_options(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    session = await parts.session(request, visit.here)
    return parts.options(await acts.challenge_to_prove(actor=visit.actor, session=session, here=visit.here))


@post(f"{CONFIRM}/passkey", name="confirming-by-passkey")
@ours
async def by_passkey(form: NamedDependency[Form], visit: NamedDependency[Visit], request: Ask) -> Page:
    return await _proved(acts.prove_by_passkey, form, visit, request, answer=form.text("answer"))


routes = [confirm, by_code, passkey_options, by_passkey]
