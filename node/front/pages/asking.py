# SPDX-License-Identifier: AGPL-3.0-or-later
""" "Ask a person": our telephone, and "please ring me", for everybody, signed in or not; and the leads' list of who to ring."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid, TooMany
from node.front import acts, reads, rules
from node.front.pages.parts import options
from node.front.shapes import CallDraft
from node.members import reads as members
from node.web.forms import Form, once
from node.web.pages import OPEN, Page, Visit, page, to
from node.words import N_

ASK, SENT, CALLS = "/ask", "/ask/sent", "/lead/calls"
SAID = {"sent": N_("We have your number. One of our leads rings you.")}
CALLS_SAID = {"rung": N_("Noted. Name and number are erased in two weeks.")}


@get(ASK, name="ask", opt=OPEN)
async def ask(visit: NamedDependency[Visit]) -> Page:
    known = None
    if visit.who is not None and visit.who.may_use("people"):
        known = await members.contact(visit.who.person, here=visit.here)
    form = Form.blank(suits="any", name=known.known_as if known else "", phone=(known.phone or "") if known else "")
    return _asked(form, visit)


def _asked(form: Form, visit: Visit, *, status: int = 0) -> Page:
    return page(
        "front/ask.html",
        visit,
        form=form,
        status=status,
        about=options(rules.ABOUT),
        suits=options(rules.SUITS),
    )


@post(ASK, name="ask-sending", opt=OPEN)
@once
async def send(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        draft = form.into(CallDraft)
        if visit.who is None:
            await acts.ring_me_without_account(draft=draft, here=visit.here)
        else:
            await acts.ring_me(actor=visit.who, draft=draft, here=visit.here)
    except Invalid as no:
        return _asked(form.refused(no), visit)
    except TooMany as no:
        return _asked(form.with_error("phone", no.words), visit, status=429)
    return to(SENT, said="sent")


@get(SENT, name="ask-sent", opt=OPEN)
async def sent(visit: NamedDependency[Visit]) -> Page:
    if visit.said not in SAID:
        return to(ASK)
    return page("front/ask_sent.html", visit, said=SAID)


@get(CALLS, name="lead-calls")
async def calls(visit: NamedDependency[Visit]) -> Page:
    found = await reads.calls(visit.actor, here=visit.here)
    return page(
        "front/calls.html",
        visit,
        said=CALLS_SAID,
        waiting=[each for each in found if each.done_at is None],
        made=[each for each in found if each.done_at is not None],
    )


@post(CALLS + "/{call_id:str}/done", name="lead-call-done")
@once
async def rung(call_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.rung(actor=visit.actor, call_id=call_id, here=visit.here)
    return to(CALLS, said="rung")


routes = [ask, send, sent, calls, rung]
