# SPDX-License-Identifier: AGPL-3.0-or-later
""" "Find someone for me": a lead looks with a person beside them or on the telephone, reads out numbered choices; the person
picks.

First who it is and that they were asked alone; then one page of questions; then choices in large print. Names and answers stand
sealed with the lead for a day, in no address. The number picked leads to the ask for that person, which names this search.
"""

from __future__ import annotations

from typing import Any

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from msgspec import Struct
from msgspec.structs import replace

from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.members import drafts
from node.members import reads as members
from node.members.rights import check
from node.safeguarding import reads as safeguarding
from node.support import acts, reads
from node.support.pages import choices, people, showing
from node.support.pages.answers import ANY, wish
from node.support.shapes import AssistedQuery, SearchQuery
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

LEAD = frozenset({"peer_support_lead"})
KIND, ASK = "rang", "ask"
ALONE = N_("Please ask the person alone first, and tick that you did.")


class Rang(Struct, frozen=True, kw_only=True):
    """Whom a lead looks with. `assisted`: the search that was read out last; `near`: where from; `crisis`: it sounded so."""

    person: str
    assisted: str = ""
    near: str = ""
    crisis: bool = False


class AskFor(Struct, frozen=True, kw_only=True):
    """What the page of asking starts from, when a lead asks for somebody."""

    listing: str
    for_person: str
    assisted_id: str
    topics: list[str] = []
    needs: str = ""
    message: str = ""


@get("/lead/rang", name="rang")
async def who(visit: NamedDependency[Visit]) -> Page:
    return await _who(visit)


async def _who(visit: Visit, form: Form | None = None, found: Any = ()) -> Page:
    check(visit.actor, by=LEAD, scope="support", act="support.assisted_search")
    options = [choices.Option(each.id, each.full_name, each.known_as) for each in found]
    return page("support/rang.html", visit, form=form, people=options)


@post("/lead/rang", name="rang_who")
@once
async def chosen(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    check(visit.actor, by=LEAD, scope="support", act="support.assisted_search")
    faults: dict[str, str] = {}
    found = await people.called(form.text("name"), visit.actor, here=visit.here)
    one = next((each for each in found if each.id == form.text("person")), found[0] if len(found) == 1 else None)
    if one is None and 1 < len(found) <= people.MOST:
        faults["person"] = _("More than one person could be meant. Choose one.")
    elif one is None:
        faults["name"] = people.not_one(found)
    elif one.id == visit.actor.person:
        faults["name"] = _("To look for yourself, use the search.")
    if not form.has("asked_alone"):
        faults["asked_alone"] = _(ALONE)
    if one is None or faults:
        return await _who(visit, form.refused(Invalid(faults)), found if "person" in faults else ())
    await drafts.keep(visit.actor, KIND, Rang(person=one.id), here=visit.here)
    return to("/lead/rang/questions")


async def _rang(actor: Actor, here: Here) -> Rang | None:
    check(actor, by=LEAD, scope="support", act="support.assisted_search")
    return await drafts.kept(actor, KIND, Rang, here=here)


@get("/lead/rang/questions", name="rang_questions")
async def questions(visit: NamedDependency[Visit]) -> Page:
    rang = await _rang(visit.actor, visit.here)
    return to("/lead/rang") if rang is None else await _questions(rang, visit)


async def _questions(rang: Rang, visit: Visit, form: Form | None = None) -> Page:
    first, more = choices.languages()
    return page(
        "support/rang_questions.html",
        visit,
        form=form or Form.blank(near=ANY, within_km=0),
        name=(await members.names([rang.person], here=visit.here))[rang.person],
        topics=choices.topic_groups(),
        ways=choices.ways(),
        areas=[choices.Option(ANY, _("Anywhere")), *choices.areas(visit.here), *choices.elsewhere(visit.here)],
        distances=choices.distances(),
        tongues=[choices.Group("first", "", first), choices.Group("more", _("More languages"), more)],
    )


@post("/lead/rang/questions", name="rang_look")
@once
async def look(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    rang = await _rang(visit.actor, visit.here)
    if rang is None:
        return to("/lead/rang")
    near, far = wish(form, "near"), form.text("within_km")
    query = SearchQuery(
        words=form.text("words"),
        topics=form.list("topics"),
        ways=form.list("ways"),
        languages=form.list("languages"),
        near=near or None,
        within_km=float(far) if near and far.isdecimal() and 0 < len(far) < 6 and int(far) else None,
    )
    try:
        asked = AssistedQuery(person=rang.person, query=query, asked_alone=True)
        found = await acts.assisted_search(actor=visit.actor, asked=asked, here=visit.here)
    except Invalid as no:
        return await _questions(rang, visit, form.refused(no))
    kept = replace(rang, assisted=found.id, near=near, crisis=found.help is not None)
    await drafts.keep(visit.actor, KIND, kept, here=visit.here)
    return to(f"/lead/rang/{found.id}")


async def _choices(assisted_id: str, actor: Actor, here: Here) -> dict[str, Any]:
    rang = await _rang(actor, here)
    this = rang is not None and rang.assisted == assisted_id
    found, person = await reads.choices(assisted_id, actor, here, near=rang.near if rang and this else "")
    return {
        "found": found,
        "person": person,
        "name": (await members.names([person], here=here))[person],
        "numbers": await safeguarding.numbers_here(here=here) if rang and this and rang.crisis else None,
    }


@get("/lead/rang/{assisted_id:str}", name="rang_choices")
async def read_out(assisted_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return page("support/rang_choices.html", visit, **await _choices(assisted_id, visit.actor, visit.here))


@get("/lead/rang/{assisted_id:str}/print", name="rang_print")
async def on_paper(assisted_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    """Always in large print: it is for the person. Nobody's name stands on it."""
    known = await _choices(assisted_id, visit.actor, visit.here)
    code = showing.qr(visit.here, f"/lead/rang/{assisted_id}")
    return page("support/rang_print.html", visit, large=True, code=code, found=known["found"], numbers=known["numbers"])


@post("/lead/rang/{assisted_id:str}/pick", name="rang_pick")
@once
async def pick(assisted_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    """The number that the person said."""
    known = await _choices(assisted_id, visit.actor, visit.here)
    picked = next((each for each in known["found"].choices if str(each.number) == form.text("number")), None)
    if picked is None or not picked.listing:
        words = _("Choose one of the numbers that still stand.")
        return page("support/rang_choices.html", visit, form=form.refused(Invalid({"number": words})), **known)
    ask = AskFor(listing=picked.listing, for_person=known["person"], assisted_id=assisted_id)
    await drafts.keep(visit.actor, ASK, ask, here=visit.here)
    return to(f"/listings/{picked.listing}/ask")


routes: list[Any] = [who, chosen, questions, look, read_out, on_paper, pick]
