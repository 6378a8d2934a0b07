# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lead's offers and supporters: what waits for the check, one offer as others will see it, what stands behind a supporter.

The oldest offer comes first. What the room noticed (somebody else's health, a telephone number) is marked and decides nothing.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import reads as members
from node.support import acts, reads, rules
from node.support.pages import people, showing
from node.support.pages.states import state_words
from node.support.shapes import CheckInDone, Induction, SupporterLine
from node.web import days
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

SAID = {
    "approved": N_("It is published. Its supporter is told."),
    "returned": N_("It is back with its supporter, with your note."),
    "inducted": N_("It is written down. What was missing no longer stands in the way."),
    "checked_in": N_("The check-in is written down."),
}
FOLLOWING = ("following-day", "following-month", "following-year")
"""The fields of the small form on a supporter's page; the other form there keeps what is written down."""
OFFER = "/lead/offers/{offer_id:str}"
SUPPORTER = "/lead/supporters/{person:str}"


@get("/lead/offers", name="lead_offers")
async def offers(visit: NamedDependency[Visit]) -> Page:
    waiting = await reads.waiting(visit.actor, visit.here)
    topics = {topic.slug: topic.label for topic in reads.topics().items}
    items = [(item, ", ".join(topics.get(slug, slug) for slug in item.topics)) for item in waiting.items]
    return page("support/lead_offers.html", visit, said=SAID, items=items)


@get(OFFER, name="lead_offer")
async def offer(offer_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _offer(offer_id, visit)


async def _offer(offer_id: str, visit: Visit, form: Form | None = None) -> Page:
    found = await reads.to_check(offer_id, visit.actor, visit.here)
    view = found.offer
    preview = await reads.preview(offer_id, visit.actor, visit.here)
    fields = [
        (_("What they have lived through"), showing.marked(view.have, "have", view.hints)),
        (_("How they help"), showing.marked(view.how, "how", view.hints)),
        (_("What they can't do"), showing.marked(view.limits, "limits", view.hints)),
        (_("When"), showing.marked(view.times, "times", view.hints)),
    ]
    return page(
        "support/lead_offer.html",
        visit,
        said=SAID,
        form=form,
        found=found,
        view=view,
        offer=showing.offer(view, visit.here),
        texts=[(name, pieces) for name, pieces in fields if any(text for text, _marked in pieces)],
        preview=preview,
        state=state_words(view, visit.here),
        home=visit.here.co_op.name,
    )


@post(OFFER + "/approval", name="lead_approval")
@once
async def approve(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.approve_offer(actor=visit.actor, offer_id=offer_id, here=visit.here)
    return to("/lead/offers", said="approved")


@post(OFFER + "/return", name="lead_return")
@once
async def give_back(offer_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.return_offer(actor=visit.actor, offer_id=offer_id, note=form.text("note"), here=visit.here)
    except Invalid as no:
        return await _offer(offer_id, visit, form.refused(no))
    return to("/lead/offers", said="returned")


# Supporters ------------------------------------------------------------------------------------------------------------


@get("/lead/supporters", name="lead_supporters")
async def supporters(visit: NamedDependency[Visit]) -> Page:
    return page("support/lead_supporters.html", visit, said=SAID, items=await reads.supporters(visit.actor, visit.here))


@get(SUPPORTER, name="lead_supporter")
async def supporter(person: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _supporter(person, visit)


async def _line(person: str, actor: Actor, here: Here) -> SupporterLine:
    found = next((line for line in await reads.supporters(actor, here) if line.person == person), None)
    if found is None:
        raise NotFound(_("We can't find a peer supporter there."), cause="no such supporter")
    return found


async def _supporter(person: str, visit: Visit, form: Form | None = None) -> Page:
    line = await _line(person, visit.actor, visit.here)
    behind = await reads.supporter(person, visit.actor, visit.here)
    leads = [
        each
        for each in await members.directory(visit.actor, here=visit.here)
        if "peer_support_lead" in each.roles and each.id != person and each.state == "active"
    ]
    known = {each.id for each in leads}
    if form is None or "following" in form.errors:
        other = line.supervisor or "" if behind.supervisor not in known else ""
        filled_in = Form.blank(
            supervisor=behind.supervisor if behind.supervisor in known else people.SOMEBODY_ELSE if other else None,
            supervisor_name=other,
            **days.fields("induction_on", behind.induction_on),
            **days.fields("promise_on", behind.promise_on),
            **{name: form.text(name) for name in FOLLOWING if form is not None},
        )
        form = filled_in if form is None else filled_in.refused(Invalid(form.errors))
    return page(
        "support/lead_supporter.html",
        visit,
        said=SAID,
        form=form,
        line=line,
        behind=behind,
        own=person == visit.actor.person,
        supervisors=[(each.id, each.full_name) for each in leads] + [(people.SOMEBODY_ELSE, _("Somebody else"))],
        most=rules.CHECK_IN_DAYS,
    )


@post(SUPPORTER + "/induction", name="lead_induction")
@once
async def induct(person: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    """All three days and the supervisor; every fault at once, ours in place of the room's where we could not read an answer."""
    when: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for name in ("induction_on", "promise_on", "next_check_in"):
        when[name], fault = days.day_of(form, name, end=name == "next_check_in")
        if fault:
            wrong[name] = fault
    supervisor = form.text("supervisor")
    if supervisor == people.SOMEBODY_ELSE:
        found = await people.called(form.text("supervisor_name"), visit.actor, here=visit.here)
        supervisor = found[0].id if len(found) == 1 else ""
        if not supervisor:
            wrong["supervisor_name"] = people.not_one(found)
    try:
        await acts.induct_supporter(
            actor=visit.actor, person=person, induction=Induction(supervisor=supervisor, **when), here=visit.here
        )
        assert not wrong, "a day that can't be read is 0, and nobody is called nothing: the room refuses both"
    except Invalid as no:
        faults = no.fields | wrong
        if "supervisor_name" in faults:
            faults.pop("supervisor", None)
        elif not supervisor:
            faults["supervisor"] = _("Choose who supervises them.")
        return await _supporter(person, visit, form.refused(Invalid(faults)))
    return to(f"/lead/supporters/{person}", said="inducted")


@post(SUPPORTER + "/check-ins", name="lead_check_in")
@once
async def check_in(person: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    following, wrong = days.day_of(form, "following", end=True)
    try:
        if wrong:
            raise Invalid({"next_check_in": wrong})
        await acts.record_check_in(
            actor=visit.actor, person=person, check_in=CheckInDone(next_check_in=following), here=visit.here
        )
    except Invalid as no:
        faults = {"following" if name == "next_check_in" else name: words for name, words in no.fields.items()}
        return await _supporter(person, visit, form.refused(Invalid(faults)))
    return to(f"/lead/supporters/{person}", said="checked_in")


routes: list[Any] = [offers, offer, approve, give_back, supporters, supporter, induct, check_in]
