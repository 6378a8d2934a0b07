# SPDX-License-Identifier: AGPL-3.0-or-later
""" "I'm worried": the numbers to ring and one form, for everybody, signed in or not, in two taps from any page.

What was typed is never lost: not by a fault, not by a flood, not by a sign-in that ended meanwhile. Who sends it for somebody
else, as their account delegate, raises it in no account's name, so that it shows neither as theirs nor in what they are shown.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from msgspec import structs

from node.errors import Invalid, NotAllowed, TooMany
from node.safeguarding import acts, reads, rules
from node.safeguarding.pages.parts import CONCERNS, qr
from node.safeguarding.shapes import ConcernDraft, ConcernWithoutAccount, WouldRead
from node.web.forms import Form, once
from node.web.pages import OPEN, Page, Visit, page, to
from node.words import N_, _

WORRY: Final = "/worry"
SENT: Final = WORRY + "/sent"
AGAIN: Final = N_("Nothing has been sent yet: this page had been open for long. Please press the button once more.")
TOLD: Final = {
    "both": N_("We have told the safeguarding lead and the safeguarding deputy."),
    "lead": N_("We have told the safeguarding lead, and nobody else."),
    "deputy": N_("We have told the safeguarding deputy, and nobody else."),
}


@get(WORRY, name="worry", opt=OPEN)
async def worry(visit: NamedDependency[Visit]) -> Page:
    return await _asked(Form.blank(tell=["lead", "deputy"]), visit)


@post(WORRY, name="worry-sending", status_code=200, opt=OPEN)
async def send(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        return await _sent(form=form, visit=visit)
    except Invalid as no:
        return await _asked(form.refused(_as_on_the_page(no)), visit)
    except TooMany as no:
        return await _asked(form.with_error("words", no.words), visit, status=429)
    except NotAllowed as no:
        if no.cause != "form token":
            raise
        return await _asked(form.with_error("words", _(AGAIN)), visit)


@once
async def _sent(*, form: Form, visit: Visit) -> Page:
    readers = await reads.would_read(here=visit.here)
    there = {each.role for each in readers}
    tell = {role: form.ticked("tell", role) or role not in there for role in ("lead", "deputy")}
    typed = ConcernWithoutAccount(
        words=form.text("words"),
        contact=form.text("contact"),
        keep_from=form.text("keep_from"),
        tell_lead=tell["lead"],
        tell_deputy=tell["deputy"],
    )
    if visit.who is None or visit.who.by is not None:
        receipt = await acts.raise_without_account(draft=typed, here=visit.here)
        heard = "both" if len(receipt.told) > 1 else "lead" if _(rules.LEAD) in receipt.told else "deputy"
        return to(SENT, said=heard)
    alleged = [each.person for each in readers if form.ticked("alleged", each.person)]
    draft = ConcernDraft(**structs.asdict(typed), alleged=alleged)
    receipt = await acts.raise_concern(actor=visit.who, draft=draft, here=visit.here)
    return to(f"{CONCERNS}/{receipt.id}", said="sent")


@get(SENT, name="worry-sent", opt=OPEN)
async def sent(visit: NamedDependency[Visit]) -> Page:
    if visit.said not in TOLD:
        return to(WORRY)
    return page("safeguarding/sent.html", visit, said=TOLD, numbers=await reads.numbers_here(here=visit.here))


@get(WORRY + "/print", name="worry-print", opt=OPEN)
async def on_paper(visit: NamedDependency[Visit]) -> Page:
    """The form on paper, in large print: to be filled in by hand, or with somebody."""
    return page(
        "safeguarding/worry_print.html",
        visit,
        numbers=await reads.numbers_here(here=visit.here),
        qr=qr(visit.here, WORRY),
    )


async def _asked(form: Form, visit: Visit, *, status: int = 0) -> Page:
    readers = await reads.would_read(here=visit.here)
    with_account = visit.signed_in and not visit.acting_for
    return page(
        "safeguarding/worry.html",
        visit,
        form=form,
        status=status,
        numbers=await reads.numbers_here(here=visit.here),
        councils=await reads.councils(here=visit.here),
        tell=_tell(readers, with_account),
        readers=[each for each in readers if with_account and not (visit.who and each.person == visit.who.person)],
        with_account=with_account,
        ring=await reads.number_to_ring(here=visit.here),
    )


def _tell(readers: list[WouldRead], with_account: bool) -> list[tuple[str, str]]:
    """The boxes of who is told: by name towards somebody of this co-op, else by what they are here."""
    found = []
    for role, plain, named in (
        ("lead", N_("The safeguarding lead"), N_("{names}, our safeguarding lead")),
        ("deputy", N_("The safeguarding deputy"), N_("{names}, our safeguarding deputy")),
    ):
        names = ", ".join(each.name for each in readers if each.role == role)
        if names:
            found.append((role, _(named, names=names) if with_account else _(plain)))
    return found


def _as_on_the_page(no: Invalid) -> Invalid:
    """The same faults under the names of this page's fields."""
    return Invalid(
        {"tell" if name == "tell_lead" else name: words for name, words in no.fields.items()}, words=no.words
    )


routes = [worry, send, sent, on_paper]
