# SPDX-License-Identifier: AGPL-3.0-or-later
"""A way back for somebody who lost mail and phone: the first says so and has a number, the second types it and has a card."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid, NotFound
from node.members import reads as people
from node.members.rights import MEMBER, check, themselves
from node.signin import acts, reads
from node.signin.shapes import RecoveryDraft
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import N_

LIST = "/recoveries"
SAID = {
    "begun": N_("Written down. Now the second of you two."),
    "confirmed": N_("Written down. Print the card now; it opens in a day."),
    "taken-back": N_("Taken back. Nothing comes of it."),
}


@get("/people/{person_id:str}/recovery", name="recovery-new")
async def new(person_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _new(person_id, visit, Form.blank())


async def _new(person_id: str, visit: Visit, form: Form) -> Page:
    check(visit.actor, by=people.DIRECTORY, scope="people", act="signin.begin-recovery")
    return page("signin/recovery_new.html", visit, form=form, view=await people.person(person_id, here=visit.here))


@post("/people/{person_id:str}/recovery", name="recovery-beginning")
@once
async def begin(person_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        made = await acts.begin_recovery(
            actor=visit.actor, person_id=person_id, draft=form.into(RecoveryDraft), here=visit.here
        )
    except Invalid as no:
        return await _new(person_id, visit, form.refused(no))
    return to(f"{LIST}/{made.id}", said="begun")


@get(LIST, name="recoveries")
async def recoveries(visit: NamedDependency[Visit]) -> Page:
    return page("signin/recoveries.html", visit, said=SAID, found=await reads.recoveries(visit.actor, here=visit.here))


@get(f"{LIST}/second", name="recovery-second")
async def second(visit: NamedDependency[Visit]) -> Page:
    check(visit.actor, by=MEMBER, scope="people", act="signin.find-recovery")
    themselves(visit.actor, "signin.find-recovery")
    return page("signin/recovery_second.html", visit, form=Form.blank())


@post(f"{LIST}/second", name="recovery-finding")
@ours
async def find(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    """The person that the number stands for, to look at. Sent again, it shows the same again."""
    try:
        found = await acts.find_recovery(actor=visit.actor, code=form.text("code"), here=visit.here)
    except Invalid as no:
        return page("signin/recovery_second.html", visit, form=form.refused(no))
    return page("signin/recovery_confirm.html", visit, form=Form.blank(code=form.text("code")), one=found)


@post(f"{LIST}/second/confirmation", name="recovery-confirming")
@ours
async def confirm(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        made = await acts.confirm_recovery(
            actor=visit.actor, code=form.text("code"), draft=form.into(RecoveryDraft), here=visit.here
        )
    except Invalid as no:
        if "code" in no.fields:
            return page("signin/recovery_second.html", visit, form=form.refused(no))
        found = await acts.find_recovery(actor=visit.actor, code=form.text("code"), here=visit.here)
        return page("signin/recovery_confirm.html", visit, form=form.refused(no), one=found)
    return to(f"{LIST}/{made.id}", said="confirmed")


@get(LIST + "/{recovery_id:str}", name="recovery")
async def recovery(recovery_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    for one in await reads.recoveries(visit.actor, here=visit.here):
        if one.id == recovery_id:
            return page("signin/recovery.html", visit, said=SAID, one=one, own=one.person == visit.actor.person)
    raise NotFound(cause="no recovery of theirs")


@post(LIST + "/{recovery_id:str}/taking-back", name="recovery-taking-back")
@once
async def take_back(recovery_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.take_back_recovery(actor=visit.actor, recovery_id=recovery_id, here=visit.here)
    return to(LIST, said="taken-back")


routes = [new, begin, recoveries, second, find, confirm, recovery, take_back]
