# SPDX-License-Identifier: AGPL-3.0-or-later
"""A way back for somebody who lost mail and phone: the first says so and has a number, the second types it and has a card."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.errors import Invalid, NotFound
from node.here import Here
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
async def new(
    person_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    return await _new(person_id, visit, Form.blank(), actor, here)


async def _new(person_id: str, visit: Visit, form: Form, actor: Actor, here: Here) -> Page:
    check(actor, by=people.DIRECTORY, scope="people", act="signin.begin-recovery")
    return page("signin/recovery_new.html", visit, form=form, view=await people.person(person_id, here=here))


@post("/people/{person_id:str}/recovery", name="recovery-beginning")
@once
async def begin(
    person_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    try:
        made = await acts.begin_recovery(actor=actor, person_id=person_id, draft=form.into(RecoveryDraft), here=here)
    except Invalid as no:
        return await _new(person_id, visit, form.refused(no), actor, here)
    return to(f"{LIST}/{made.id}", said="begun")


@get(LIST, name="recoveries")
async def recoveries(visit: NamedDependency[Visit], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> Page:
    return page("signin/recoveries.html", visit, said=SAID, found=await reads.recoveries(actor, here=here))


@get(f"{LIST}/second", name="recovery-second")
async def second(visit: NamedDependency[Visit], actor: NamedDependency[Actor]) -> Page:
    check(actor, by=MEMBER, scope="people", act="signin.find-recovery")
    themselves(actor, "signin.find-recovery")
    return page("signin/recovery_second.html", visit, form=Form.blank())


@post(f"{LIST}/second", name="recovery-finding")
@ours
async def find(
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    """The person that the number stands for, to look at. Sent again, it shows the same again."""
    try:
        found = await acts.find_recovery(actor=actor, code=form.text("code"), here=here)
    except Invalid as no:
        return page("signin/recovery_second.html", visit, form=form.refused(no))
    return page("signin/recovery_confirm.html", visit, form=Form.blank(code=form.text("code")), one=found)


@post(f"{LIST}/second/confirmation", name="recovery-confirming")
@ours
async def confirm(
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    try:
        made = await acts.confirm_recovery(
            actor=actor, code=form.text("code"), draft=form.into(RecoveryDraft), here=here
        )
    except Invalid as no:
        if "code" in no.fields:
            return page("signin/recovery_second.html", visit, form=form.refused(no))
        found = await acts.find_recovery(actor=actor, code=form.text("code"), here=here)
        return page("signin/recovery_confirm.html", visit, form=form.refused(no), one=found)
    return to(f"{LIST}/{made.id}", said="confirmed")


@get(LIST + "/{recovery_id:str}", name="recovery")
async def recovery(
    recovery_id: FromPath[str],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    for one in await reads.recoveries(actor, here=here):
        if one.id == recovery_id:
            return page("signin/recovery.html", visit, said=SAID, one=one, own=one.person == actor.person)
    raise NotFound(cause="no recovery of theirs")


@post(LIST + "/{recovery_id:str}/taking-back", name="recovery-taking-back")
@once
async def take_back(
    recovery_id: FromPath[str],
    form: NamedDependency[Form],
    visit: NamedDependency[Visit],
    actor: NamedDependency[Actor],
    here: NamedDependency[Here],
) -> Page:
    await acts.take_back_recovery(actor=actor, recovery_id=recovery_id, here=here)
    return to(LIST, said="taken-back")


routes = [new, begin, recoveries, second, find, confirm, recovery, take_back]
