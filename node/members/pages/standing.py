# SPDX-License-Identifier: AGPL-3.0-or-later
"""How somebody stands here: a role given or ended, that they left, died or are here again.

Each is a page that says what follows and who is told, and then a button that does it. Nothing is done by opening a page.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import GUARDED, ROLES, Actor
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import register, standing
from node.members.pages.parts import offered_roles, says
from node.members.register import PersonRecord
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _

PERSON = "/people/{person_id:str}"


@get(PERSON + "/roles", name="person-roles")
async def roles(person_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return _roles(visit, await _here_now(visit.actor, person_id, visit.here), Form.blank())


@post(PERSON + "/roles")
@once
async def give(person_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    found = await _here_now(visit.actor, person_id, visit.here)
    if not form.has("role"):
        return _roles(visit, found, form.refused(Invalid({"role": _("Choose a role.")})))
    try:
        await standing.give_role(actor=visit.actor, person_id=person_id, role=form.text("role"), here=visit.here)
    except Invalid as no:
        return _roles(visit, found, form.refused(no))
    return to(f"/people/{person_id}", said="given")


def _roles(visit: Visit, found: PersonRecord, form: Form) -> Page:
    held = [each.role for each in found.roles]
    return page("members/roles.html", visit, form=form, record=found, roles=offered_roles(but=held), **says())


@get(PERSON + "/roles/{role:str}/ending", name="person-role-ending")
async def ending(person_id: FromPath[str], role: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await register.record(visit.actor, person_id, here=visit.here)
    if role not in [each.role for each in found.roles]:
        raise NotFound(cause="role not held")
    return page("members/role_ending.html", visit, record=found, role=role, guarded=role in GUARDED, **says())


@post(PERSON + "/roles/{role:str}/ending")
@once
async def end(
    person_id: FromPath[str], role: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]
) -> Page:
    if role not in ROLES:
        raise NotFound(cause="no such role")
    await standing.end_role(actor=visit.actor, person_id=person_id, role=role, here=visit.here)
    return to(f"/people/{person_id}", said="ended")


@get(PERSON + "/leaving", name="person-leaving")
async def leaving(person_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return page("members/leaving.html", visit, record=await _here_now(visit.actor, person_id, visit.here), **says())


@post(PERSON + "/leaving")
@once
async def leave(person_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await standing.leave(actor=visit.actor, person_id=person_id, here=visit.here)
    return to("/" if person_id == visit.actor.person else f"/people/{person_id}", said="gone")


@get(PERSON + "/death", name="person-death")
async def death(person_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await register.record(visit.actor, person_id, here=visit.here)
    if found.view.state == "died":
        raise NotFound(cause="recorded already")
    return page("members/death.html", visit, record=found, **says())


@post(PERSON + "/death")
@once
async def record_death(person_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await standing.record_death(actor=visit.actor, person_id=person_id, here=visit.here)
    return to(f"/people/{person_id}", said="gone")


@get(PERSON + "/return", name="person-return")
async def coming_back(person_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await register.record(visit.actor, person_id, here=visit.here)
    if found.view.state == "active":
        raise NotFound(cause="here already")
    return page("members/return.html", visit, record=found, **says())


@post(PERSON + "/return")
@once
async def welcome_back(person_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await standing.welcome_back(actor=visit.actor, person_id=person_id, here=visit.here)
    return to(f"/people/{person_id}", said="back")


async def _here_now(actor: Actor, person_id: str, here: Here) -> PersonRecord:
    found = await register.record(actor, person_id, here=here)
    if found.view.state != "active":
        raise NotFound(cause="not here any more")
    return found


routes = [roles, give, ending, end, leaving, leave, death, record_death, coming_back, welcome_back]
