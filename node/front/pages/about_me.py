# SPDX-License-Identifier: AGPL-3.0-or-later
"""About me: own details, the look of the pages, how we write, what is shared and who looked.

The look is for everybody: kept with a person who is signed in, in a cookie for anybody else. Only what was changed is sent on, so
that nobody has to confirm an address that stays as it is.
"""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency

from node.actor import SAFEGUARDING_ROLES, Actor
from node.errors import Invalid
from node.front import reads
from node.front.pages.parts import options
from node.here import Here
from node.members import acts as members_acts
from node.members import notices, settings
from node.members import reads as members
from node.members.copying import MAIL_WORDS
from node.members.rights import MEMBER, check
from node.members.settings import SettingsDraft
from node.members.shapes import Correction, PersonView
from node.web.forms import Form, once
from node.web.pages import OPEN, Page, Visit, page, set_cookie, to
from node.words import LANGUAGES, N_, _

ME = "/me"
DETAILS, LOOK, MAIL, SHARING = f"{ME}/details", f"{ME}/look", f"{ME}/mail", f"{ME}/sharing"
FIELDS = ("full_name", "known_as", "email", "phone")
YEAR = 365 * 86_400
SAID = {"kept": N_("Your details are changed.")}
LOOK_SAID = {"kept": N_("These pages look as you chose.")}
MAIL_SAID = {"kept": N_("We write to you as you chose.")}
SIZES = {"plain": N_("As it is"), "large": N_("Large print")}


@get(ME, name="me")
async def me(visit: NamedDependency[Visit]) -> Page:
    return page("front/me.html", visit, alone=visit.actor.by is None, people=visit.actor.may_use("people"))


# Own details -----------------------------------------------------------------------------------------------------------


@get(DETAILS, name="me-details")
async def details(visit: NamedDependency[Visit]) -> Page:
    known = await _own(visit.actor, here=visit.here)
    form = Form.blank(**{name: getattr(known, name) for name in FIELDS})
    return page("front/details.html", visit, form=form, said=SAID, alone=visit.actor.by is None)


@post(DETAILS, name="me-details-changing")
@once
async def change_details(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    known = await _own(visit.actor, here=visit.here)
    typed = {name: form.text(name) for name in FIELDS if name != "email" or visit.actor.by is None}
    changed = {name: text for name, text in typed.items() if text != (getattr(known, name) or "")}
    try:
        await members_acts.change_details(actor=visit.actor, correction=Correction(**changed), here=visit.here)
    except Invalid as no:
        return page("front/details.html", visit, form=form.refused(no), alone=visit.actor.by is None)
    return to(DETAILS, said="kept")


async def _own(actor: Actor, *, here: Here) -> PersonView:
    check(actor, by=MEMBER, scope="people", act="people.me")
    return await members.me(actor, here=here)


# The look of the pages -------------------------------------------------------------------------------------------------


@get(LOOK, name="me-look", opt=OPEN)
async def look(visit: NamedDependency[Visit]) -> Page:
    form = Form.blank(language=visit.language, size="large" if visit.large else "plain")
    return _look(form, visit)


def _look(form: Form, visit: Visit) -> Page:
    return page("front/look.html", visit, form=form, said=LOOK_SAID, sizes=options(SIZES), tongues=LANGUAGES.items())


@post(LOOK, name="me-look-choosing", opt=OPEN)
@once
async def choose_look(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    faults = {}
    if form.text("language") not in LANGUAGES:
        faults["language"] = _("Choose one of the languages on the list.")
    if form.text("size") not in SIZES:
        faults["size"] = _("Choose one of the two sizes.")
    if faults:
        return _look(form.refused(Invalid(faults)), visit)
    large = form.text("size") == "large"
    if visit.who is not None:
        draft = SettingsDraft(language=form.text("language"), large=large)
        await settings.choose(actor=settings.reader(visit.who), draft=draft, here=visit.here)
    answer = to(LOOK, said="kept")
    if visit.who is None or not visit.shared:  # the next who sits at a shared computer did not choose this
        set_cookie(answer, visit.here, "language", form.text("language"), seconds=YEAR)
        set_cookie(answer, visit.here, "large", "large" if large else "plain", seconds=YEAR)
    return answer


# How we write ----------------------------------------------------------------------------------------------------------


@get(MAIL, name="me-mail")
async def mail(visit: NamedDependency[Visit]) -> Page:
    known = await _own(visit.actor, here=visit.here)
    return await _mail(Form.blank(mail=(await settings.of(visit.actor.person)).mail), visit, known)


async def _mail(form: Form, visit: Visit, known: PersonView) -> Page:
    return page(
        "front/mail.html",
        visit,
        form=form,
        said=MAIL_SAID,
        choices=options(MAIL_WORDS),
        address=known.email or "",
        refused=await notices.unreached(known.id),
        at_once=bool(SAFEGUARDING_ROLES & set(known.roles)),
    )


@post(MAIL, name="me-mail-choosing")
@once
async def choose_mail(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await settings.choose(actor=visit.actor, draft=SettingsDraft(mail=form.text("mail")), here=visit.here)
    except Invalid as no:
        return await _mail(form.refused(no), visit, await _own(visit.actor, here=visit.here))
    return to(MAIL, said="kept")


# What is shared --------------------------------------------------------------------------------------------------------


@get(SHARING, name="me-sharing")
async def sharing(visit: NamedDependency[Visit]) -> Page:
    return page(
        "front/sharing.html",
        visit,
        shown=await reads.sharing(visit.actor, here=visit.here),
        alone=visit.actor.by is None,
    )


routes = [
    me,
    details,
    change_details,
    look,
    choose_look,
    mail,
    choose_mail,
    sharing,
]
