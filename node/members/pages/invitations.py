# SPDX-License-Identifier: AGPL-3.0-or-later
"""Invitations: whom we asked to come, making one, printing it, taking it back.

The secret of an invitation stands on its card and on no other page. A card is made by pressing a button, each time anew: there is
no address at which it could be found again.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Invalid
from node.members import acts, inviting, register, rules
from node.members.inviting import PrintedCard
from node.members.pages.parts import for_operators, offered_roles, says
from node.members.shapes import InvitationDraft
from node.web.codes import qr
from node.web.forms import Form, once, ours
from node.web.pages import Page, Visit, page, to
from node.words import N_

DAYS: Final = 14
ONE: Final = "/people/invitations/{invitation_id:str}"
SAID: Final = {
    "invited": N_("The invitation is made. Where it has an e-mail address, it is on its way there too."),
    "taken-back": N_("The invitation is taken back. It opens nothing any more."),
    "imported": N_("The invitations are made. Those with an e-mail address are on their way."),
}


@get("/people/invitations", name="invitations")
async def invitations(visit: NamedDependency[Visit]) -> Page:
    found = await register.invitations(visit.actor, here=visit.here)
    return page("members/invitations.html", visit, said=SAID, invitations=found, **says())


@get("/people/invitations/new", name="invitations-new")
async def new(visit: NamedDependency[Visit]) -> Page:
    for_operators(visit.actor)
    return _new(visit, Form.blank(days=DAYS))


@post("/people/invitations/new")
@once
async def invite(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        wanted = form.into(InvitationDraft, roles=form.list("roles") or ["member"], days=days_of(form))
        made = await acts.invite(actor=visit.actor, draft=wanted, here=visit.here)
    except Invalid as no:
        return _new(visit, form.refused(no))
    return to(f"/people/invitations/{made.id}", said="invited")


def days_of(form: Form) -> int:
    """The days as written; 0 for what is no number of days, which is then told with everything else."""
    text = form.text("days")
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _new(visit: Visit, form: Form) -> Page:
    return page("members/invite.html", visit, form=form, roles=offered_roles(), longest=rules.INVITATION_DAYS[1])


@get(ONE, name="invitation-of")
async def invitation(invitation_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await register.invitation(visit.actor, invitation_id, here=visit.here)
    return page("members/invitation.html", visit, said=SAID, invitation=found, **says())


@post(ONE + "/card", name="invitation-card")
@ours
async def card(invitation_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    made = await inviting.print_cards(actor=visit.actor, invitation_ids=[invitation_id], here=visit.here)
    return cards_page(visit, made, large=form.ticked("size", "large"), back=f"/people/invitations/{invitation_id}")


def cards_page(visit: Visit, made: list[PrintedCard], *, large: bool, back: str) -> Page:
    """The sheet with one card a page."""
    links = [f"{visit.here.home}/invitations/{each.token}" for each in made]
    cards = [{"card": each, "code": qr(link), "link": link} for each, link in zip(made, links, strict=True)]
    return page("members/cards.html", visit, cards=cards, large=large, back_to=back)


@get(ONE + "/revocation", name="invitation-revocation")
async def revocation(invitation_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    found = await register.invitation(visit.actor, invitation_id, here=visit.here)
    if found.state != "waiting":
        return to(f"/people/invitations/{invitation_id}")
    return page("members/revocation.html", visit, invitation=found, **says())


@post(ONE + "/revocation")
@once
async def revoke(invitation_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.revoke_invitation(actor=visit.actor, invitation_id=invitation_id, here=visit.here)
    return to(f"/people/invitations/{invitation_id}", said="taken-back")


routes = [invitations, new, invite, invitation, card, revocation, revoke]
