# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is here: the directory, one person, and entering somebody from paper.

A name searched for is answered at once and kept nowhere: not in an address, not in a draft.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid
from node.members import acts, register, rules
from node.members.pages.parts import for_the_directory, offered_roles, says
from node.members.shapes import Admission, PersonView
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

SHOWN: Final = 100
SAID: Final = {
    "given": N_("They hold the role from now on. Tell them: we don't write to them about it."),
    "ended": N_("The role has ended."),
    "gone": N_("It is recorded. They are signed out, and nothing more goes to them."),
    "back": N_("They are here again. Give them their roles, and a way to sign in."),
    "entered": N_("They are here now. They need a way to sign in only if they want one."),
}


@get("/people", name="people")
async def people(visit: NamedDependency[Visit]) -> Page:
    return _list(visit, await register.search(visit.actor, "", here=visit.here), Form.blank(), searched=False)


@post("/people/search", name="people-search")
@ours
async def search(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    words = form.text("name")
    found = await register.search(visit.actor, words[: rules.NAME_LONGEST], here=visit.here)
    if not rules.tidy(words):
        form = form.with_error("name", _("Write a name, or a part of it."))
    return _list(visit, found, form, searched=not form.errors)


def _list(visit: Visit, found: list[PersonView], form: Form, *, searched: bool) -> Page:
    here_now = [view for view in found if view.state == "active"]
    gone = [view for view in found if view.state != "active"]
    return page(
        "members/people.html",
        visit,
        form=form,
        here_now=here_now[:SHOWN],
        gone=gone[:SHOWN],
        counts=(len(here_now), len(gone)),
        cut=max(len(here_now), len(gone)) > SHOWN,
        searched=searched,
        runs="operator" in visit.held,
        **says(),
    )


@get("/people/new", name="people-new")
async def new(visit: NamedDependency[Visit]) -> Page:
    for_the_directory(visit.actor)
    return _new(visit, Form.blank())


@post("/people/new")
@once
async def enter(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        made = await acts.admit(actor=visit.actor, admission=form.into(Admission, **_text(form)), here=visit.here)
    except Invalid as no:
        return _new(visit, form.refused(no))
    return to(f"/people/{made.id}" if visit.actor.has("operator") else "/people", said="entered")


def _text(form: Form) -> dict[str, str]:
    """A form without a name is told so by the act, with everything else there is to say."""
    return {"full_name": form.text("full_name")}


def _new(visit: Visit, form: Form) -> Page:
    roles = offered_roles() if visit.actor.has("operator") else offered_roles(only=("supported", "family"))
    return page("members/new.html", visit, form=form, roles=roles)


@get("/people/{person_id:str}", name="person")
async def person(person_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await register.record(visit.actor, person_id, here=visit.here)
    return page("members/person.html", visit, said=SAID, record=found, view=found.view, **says())


routes = [people, search, new, enter, person]
