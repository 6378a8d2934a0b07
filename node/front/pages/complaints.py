# SPDX-License-Identifier: AGPL-3.0-or-later
"""A complaint about data: the form, for everybody, signed in or not; and the list of those who have to answer."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Conflict, Invalid, TooMany
from node.front import acts, purposes, reads, rules
from node.front.pages.parts import options
from node.front.shapes import Answering, ComplaintDraft
from node.web.forms import Form, once
from node.web.pages import OPEN, Page, Visit, page, to
from node.words import N_

COMPLAIN, SENT = "/me/data/complaint", "/me/data/complaint/sent"
LIST = "/lead/complaints"
ONE = LIST + "/{complaint_id:str}"
SAID = {"sent": N_("We have your complaint.")}
READER_SAID = {
    "acknowledged": N_("Noted. They are told that somebody looks into it."),
    "answered": N_("Your answer stands on their page."),
    "already": N_("This has been answered already. This is where it stands."),
}


@get(COMPLAIN, name="complaint", opt=OPEN)
async def complain(visit: NamedDependency[Visit]) -> Page:
    return _form(Form.blank(readers="all"), visit)


def _form(form: Form, visit: Visit, *, status: int = 0) -> Page:
    return page(
        "front/complaint.html",
        visit,
        form=form,
        status=status,
        readers=options(rules.READERS),
        limit=rules.WORDS_LONGEST,
        regulator=purposes.known().regulator,
    )


@post(COMPLAIN, name="complaint-sending", opt=OPEN)
@once
async def send(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        draft = form.into(ComplaintDraft)
        if visit.who is None or visit.who.by is not None:  # what a delegate writes shows in no account
            await acts.complain_without_account(draft=draft, here=visit.here)
        else:
            await acts.complain(actor=visit.who, draft=draft, here=visit.here)
    except Invalid as no:
        return _form(form.refused(no), visit)
    except TooMany as no:
        return _form(form.with_error("words", no.words), visit, status=429)
    return to(SENT, said="sent")


@get(SENT, name="complaint-sent", opt=OPEN)
async def sent(visit: NamedDependency[Visit]) -> Page:
    if visit.said not in SAID:
        return to(COMPLAIN)
    due = visit.here.now + rules.COMPLAINT_DAYS * rules.DAY
    return page("front/complaint_sent.html", visit, said=SAID, due=due, regulator=purposes.known().regulator)


@get(LIST, name="lead-complaints")
async def listing(visit: NamedDependency[Visit]) -> Page:
    return page("front/complaints.html", visit, items=await reads.complaints(visit.actor, here=visit.here))


@get(ONE, name="lead-complaint")
async def one(complaint_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    shown = await reads.complaint(visit.actor, complaint_id, here=visit.here)
    return page("front/complaint_one.html", visit, said=READER_SAID, shown=shown)


@post(ONE + "/acknowledgement", name="lead-complaint-acknowledging")
@once
async def acknowledge(complaint_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.acknowledge(actor=visit.actor, complaint_id=complaint_id, here=visit.here)
    return to(f"{LIST}/{complaint_id}", said="acknowledged")


@post(ONE + "/answer", name="lead-complaint-answering")
@once
async def answer(complaint_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.answer(actor=visit.actor, complaint_id=complaint_id, answering=form.into(Answering), here=visit.here)
    except Invalid as no:
        shown = await reads.complaint(visit.actor, complaint_id, here=visit.here)
        return page("front/complaint_one.html", visit, form=form.refused(no), shown=shown)
    except Conflict:
        return to(f"{LIST}/{complaint_id}", said="already")
    return to(f"{LIST}/{complaint_id}", said="answered")


routes = [complain, send, sent, listing, one, acknowledge, answer]
