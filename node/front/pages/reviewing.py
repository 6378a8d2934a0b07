# SPDX-License-Identifier: AGPL-3.0-or-later
"""For leads: copies that people asked for, to read through, to leave things out of, hand out, and print for who has no pages.

Opening is a deed of its own, since it is recorded and the person sees it.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Conflict, Invalid
from node.front import acts, reads, rules
from node.front.pages.parts import options, parts, qr
from node.front.reads.copying import for_paper
from node.front.shapes import CopyDraft, HandingOut, LeftOut
from node.members import reads as members
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

COPIES = "/lead/copies"
NEW = COPIES + "/new"
MOST = 20
ONE = COPIES + "/{copy_id:str}"
SAID = {
    "entered": N_("It is noted that they asked. It has to be read and handed out by the day that stands there."),
    "opened": N_("Everything is gathered. Please read all of it."),
    "left-out": N_("That is left out."),
    "put-back": N_("That is in the copy again."),
    "handed-out": N_("The copy stands on their page now."),
}


@get(COPIES, name="lead-copies")
async def copies(visit: NamedDependency[Visit]) -> Page:
    return page(
        "front/copies.html",
        visit,
        said=SAID,
        looks_up=visit.actor.has("peer_support_lead"),
        items=await reads.copies(visit.actor, here=visit.here),
    )


# Somebody asked on the telephone or on paper -----------------------------------------------------------------------------


@get(NEW, name="lead-copy-new")
async def new(visit: NamedDependency[Visit]) -> Page:
    await members.directory(
        visit.actor, here=visit.here
    )  # who may not look people up is told so before they type a name
    return _new(Form.blank(), visit, [])


def _new(form: Form, visit: Visit, found: list[tuple[str, str]]) -> Page:
    return page("front/copy_for.html", visit, form=form, found=found, due=rules.month_after(visit.here.now))


@post(NEW, name="lead-copy-entering")
@once
async def enter(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    """A name shows the people it may mean; one of them chosen enters that they asked. The name is kept nowhere."""
    people = await members.directory(visit.actor, here=visit.here)
    wanted = form.text("name").casefold()
    found = [
        (each.id, each.full_name)
        for each in people
        if wanted and each.id != visit.actor.person and wanted in f"{each.full_name} {each.known_as}".casefold()
    ][:MOST]
    if not wanted:
        return _new(form.with_error("name", _("Type their name, or a part of it.")), visit, found)
    if not found:
        return _new(form.with_error("name", _("Nobody here is called that. Try a shorter part.")), visit, found)
    chosen = form.text("person")
    if chosen not in dict(found):
        shown = form.with_error("person", _("Choose who asked.")) if form.has("chosen") else form
        return _new(shown, visit, found)
    try:
        await acts.ask_for_copy(
            actor=visit.actor, draft=CopyDraft(introductions="no"), person_id=chosen, here=visit.here
        )
    except Conflict as no:
        return _new(form.with_error("person", no.words), visit, found)
    return to(COPIES, said="entered")


@get(ONE, name="lead-copy")
async def one(copy_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _one(copy_id, Form.blank(), visit)


async def _one(copy_id: str, form: Form, visit: Visit) -> Page:
    shown = await reads.review(visit.actor, copy_id, here=visit.here)
    return page(
        "front/review.html",
        visit,
        form=form,
        said=SAID,
        shown=shown,
        parts=parts(shown.sections),
        reasons=options(rules.REASONS),
        limit=rules.NOTE_LONGEST,
    )


@post(ONE + "/opening", name="lead-copy-opening")
@once
async def open_it(copy_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.open_copy(actor=visit.actor, copy_id=copy_id, here=visit.here)
    return to(f"{COPIES}/{copy_id}", said="opened")


@post(ONE + "/leaving-out", name="lead-copy-leaving-out")
@once
async def leave_out(copy_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    left = form.into(LeftOut)
    try:
        await acts.leave_out(actor=visit.actor, copy_id=copy_id, left=left, here=visit.here)
    except Invalid as no:
        return await _one(copy_id, form.refused(no), visit)
    return to(f"{COPIES}/{copy_id}", said="left-out" if left.reason else "put-back")


@post(ONE + "/handing-out", name="lead-copy-handing-out")
@once
async def hand_out(copy_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.hand_out(actor=visit.actor, copy_id=copy_id, handing=form.into(HandingOut), here=visit.here)
    except Invalid as no:
        return await _one(copy_id, form.refused(no), visit)
    return to(f"{COPIES}/{copy_id}", said="handed-out")


@get(ONE + "/print", name="lead-copy-print")
async def printed(copy_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    shown = await for_paper(visit.actor, copy_id, here=visit.here)
    return page(
        "front/copy_print.html",
        visit,
        shown=shown,
        parts=parts(shown.sections),
        qr=qr(visit.here, f"/me/data/{copy_id}"),
        back=f"{COPIES}/{copy_id}",
        paper=True,
    )


routes = [copies, new, enter, one, open_it, leave_out, hand_out, printed]
