# SPDX-License-Identifier: AGPL-3.0-or-later
"""For peer-support leads: what waits, in figures; asks without an answer, endings to word, people who have not checked out.

Who of ours it is about and since when; never a word of what was asked or written, nor by whom. Needs the lead's role, proved.
"""

from __future__ import annotations

from collections import Counter

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.errors import Conflict, NotFound
from node.here import Here
from node.introductions import acts, lists, rules
from node.introductions.pages.parts import refused
from node.introductions.shapes import Goodbye, LeadLine
from node.support import reads as support
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_

HUB = "/lead"
WAITING = HUB + "/waiting"
LINE = WAITING + "/{introduction_id:str}"
KINDS = ("not_checked_out", "unanswered", "ending_to_word")
HUB_SAID = {"asked": N_("The ask is on its way. The person sees it under their introductions.")}
SAID = {
    "reminded": N_("They have been reminded, without a word about what it is."),
    "worded": N_("Your words are on their way."),
    "home": N_("You noted that they are home."),
}


@get(HUB, name="lead")
async def hub(visit: NamedDependency[Visit]) -> Page:
    waits = await lists.unanswered(visit.actor, here=visit.here)
    offers = await support.waiting(visit.actor, visit.here)
    return page(
        "introductions/lead.html",
        visit,
        said=HUB_SAID,
        offers=len(offers.items),
        counts=Counter(line.what for line in waits.items),
    )


async def _waiting(*, visit: Visit, no: Conflict | None = None, introduction_id: str = "") -> Page:
    """The lead's list. `no`: a deed that things no longer allow, whatever it was about."""
    found = (await lists.unanswered(visit.actor, here=visit.here)).items
    return page(
        "introductions/lead_waiting.html",
        visit,
        status=409 if no else 0,
        said=SAID,
        refused=no.words if no else "",
        lines={what: [line for line in found if line.what == what] for what in KINDS},
    )


@get(WAITING, name="lead_waiting")
async def waiting(visit: NamedDependency[Visit]) -> Page:
    return await _waiting(visit=visit)


async def _line(introduction_id: str, what: str, actor: Actor, *, here: Here) -> LeadLine:
    for line in (await lists.unanswered(actor, here=here)).items:
        if line.id == introduction_id and line.what == what:
            return line
    raise NotFound(cause="nothing of it waits for a lead")


@post(LINE + "/reminder", name="lead_reminded")
@refused(None, _waiting)
@once
async def remind(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.remind(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return to(WAITING, said="reminded")


async def _wording(*, introduction_id: str, visit: Visit, form: Form | None = None) -> Page:
    line = await _line(introduction_id, "ending_to_word", visit.actor, here=visit.here)
    return page("introductions/lead_ending.html", visit, form=form, line=line, limit=rules.ENDING_LENGTH)


@get(LINE + "/ending", name="lead_ending")
async def wording(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    return await _wording(introduction_id=introduction_id, visit=visit)


@post(LINE + "/ending", name="lead_ending_worded")
@refused(_wording, _waiting)
@once
async def word(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    goodbye = Goodbye(words=form.text("words"))
    await acts.word_ending(actor=visit.actor, introduction_id=introduction_id, goodbye=goodbye, here=visit.here)
    return to(WAITING, said="worded")


@get(LINE + "/number", name="lead_number")
async def number(introduction_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    line = await _line(introduction_id, "not_checked_out", visit.actor, here=visit.here)
    ring = await acts.whom_to_ring(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return page("introductions/lead_number.html", visit, line=line, ring=ring)


@post(LINE + "/home", name="lead_noted_home")
@once
async def home(introduction_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.note_home(actor=visit.actor, introduction_id=introduction_id, here=visit.here)
    return to(WAITING, said="home")


routes = [hub, waiting, remind, wording, word, number, home]
