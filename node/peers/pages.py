# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neighbour co-ops, for operators: whom this co-op trusts, for what, until when; to begin, pause, resume and end it.

Each deed has a page that says what follows before there is a button for it. An invitation's text is kept sealed for whoever made
it, until they say that it is sent, a day at most; then only a hash of it is left.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.actor import Actor
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import drafts
from node.members.rights import check
from node.peers import acts, own, reads, rules, wording
from node.peers.shapes import Acceptance, InvitationView, PeerDetail
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

KIND: Final = "peer-invitation"
OPERATOR: Final = frozenset({"operator"})
ONE: Final = "/neighbours/{node_id:str}"
IN_FORCE: Final = ("active", "paused")
SAID: Final = {
    "asked": N_("We ask them now. They confirm it once they have compared the words with you."),
    "confirmed": N_("Confirmed. What you agreed on is exchanged from now on."),
    "paused": N_("It is paused. Nothing is shared with them from now on."),
    "resumed": N_("Our pause is over."),
    "ended": N_("It has ended. What they gave us is dropped."),
    "sent": N_("We have taken the invitation off this page."),
}


@get("/neighbours", name="neighbours")
async def neighbours(visit: NamedDependency[Visit]) -> Page:
    _operator(visit.actor)
    found = [(peer, wording.standing(peer, now=visit.here.now)) for peer in await reads.details(here=visit.here)]
    open_one = await drafts.kept(visit.actor, KIND, InvitationView, here=visit.here)
    return page(
        "peers/neighbours.html",
        visit,
        said=SAID,
        known=[pair for pair in found if pair[0].state != "ended"],
        ended=[pair for pair in found if pair[0].state == "ended"],
        invited=open_one,
        topics=wording.topics,
    )


@get("/neighbours/invite", name="neighbours-invite")
async def invite_form(visit: NamedDependency[Visit]) -> Page:
    _operator(visit.actor)
    return page("peers/invite.html", visit)


@post("/neighbours/invite")
@once
async def invite(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        made = await acts.invite(actor=visit.actor, node_id=form.text("node_id"), here=visit.here)
    except Invalid as no:
        return page("peers/invite.html", visit, form=form.refused(no))
    await drafts.keep(visit.actor, KIND, made, days=1, here=visit.here)
    return to("/neighbours/invited")


@get("/neighbours/invited", name="neighbours-invited")
async def invited(visit: NamedDependency[Visit]) -> Page:
    _operator(visit.actor)
    made = await drafts.kept(visit.actor, KIND, InvitationView, here=visit.here)
    return to("/neighbours") if made is None else page("peers/invited.html", visit, made=made)


@post("/neighbours/invited")
@once
async def sent(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await drafts.drop(visit.actor, KIND, here=visit.here)
    return to("/neighbours", said="sent")


@get("/neighbours/accept", name="neighbours-accept")
async def accept_form(visit: NamedDependency[Visit]) -> Page:
    _operator(visit.actor)
    return _accept(visit, Form.blank(gives=list(rules.DEFAULT_TOPICS), gets=list(rules.DEFAULT_TOPICS)))


@post("/neighbours/accept")
@once
async def accept(form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    given = Acceptance(invitation=form.text("invitation"), gives=form.list("gives"), gets=form.list("gets"))
    try:
        made = await acts.accept(actor=visit.actor, invitation=given, here=visit.here)
    except Invalid as no:
        return _accept(visit, form.refused(no))
    return to(f"/neighbours/{made.node_id}", said="asked")


def _accept(visit: Visit, form: Form) -> Page:
    offered = [(code, _(words)) for code, words in wording.TOPICS.items() if code in rules.DEFAULT_TOPICS]
    return page("peers/accept.html", visit, form=form, topics=offered)


@get(ONE, name="neighbour")
async def neighbour(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = await _one(visit.actor, node_id, visit.here)
    return page(
        "peers/neighbour.html",
        visit,
        said=SAID,
        peer=peer,
        standing=wording.standing(peer, now=visit.here.now),
        ours=await own.words(here=visit.here),
        why=wording.why(peer.why) if peer.why else "",
        pause_reason=wording.pause_reason(peer),
        topics=wording.topics,
        in_force=peer.state in IN_FORCE,
    )


@get(ONE + "/confirmation", name="neighbour-confirmation")
async def confirmation(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = await _one(visit.actor, node_id, visit.here)
    if peer.state != "proposed" or peer.asked_by_us:
        return to(f"/neighbours/{node_id}")
    return await _confirmation(visit, peer, Form.blank())


@post(ONE + "/confirmation")
@once
async def confirm(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.confirm(actor=visit.actor, node_id=node_id, words=form.text("words"), here=visit.here)
    except Invalid as no:
        return await _confirmation(visit, await _one(visit.actor, node_id, visit.here), form.refused(no))
    return to(f"/neighbours/{node_id}", said="confirmed")


async def _confirmation(visit: Visit, peer: PeerDetail, form: Form) -> Page:
    """Their words are not on this page: they are to be heard, not copied."""
    ours = await own.words(here=visit.here)
    return page("peers/confirmation.html", visit, form=form, peer=peer, ours=ours, topics=wording.topics)


@get(ONE + "/pause", name="neighbour-pause")
async def pause_form(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = await _one(visit.actor, node_id, visit.here)
    if peer.state not in IN_FORCE or peer.paused_here:
        return to(f"/neighbours/{node_id}")
    return page("peers/pause.html", visit, peer=peer)


@post(ONE + "/pause")
@once
async def pause(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.pause(actor=visit.actor, node_id=node_id, reason=form.text("reason"), here=visit.here)
    except Invalid as no:
        return page("peers/pause.html", visit, form=form.refused(no), peer=await _one(visit.actor, node_id, visit.here))
    return to(f"/neighbours/{node_id}", said="paused")


@get(ONE + "/resumption", name="neighbour-resumption")
async def resumption(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = await _one(visit.actor, node_id, visit.here)
    return page("peers/resumption.html", visit, peer=peer) if peer.paused_here else to(f"/neighbours/{node_id}")


@post(ONE + "/resumption")
@once
async def resume(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.resume(actor=visit.actor, node_id=node_id, here=visit.here)
    return to(f"/neighbours/{node_id}", said="resumed")


@get(ONE + "/ending", name="neighbour-ending")
async def ending(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = await _one(visit.actor, node_id, visit.here)
    if peer.state == "ended":
        return to(f"/neighbours/{node_id}")
    return page("peers/ending.html", visit, peer=peer, begun=peer.state in IN_FORCE)


@post(ONE + "/ending")
@once
async def end(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.end(actor=visit.actor, node_id=node_id, reason=form.text("reason"), here=visit.here)
    except Invalid as no:
        peer = await _one(visit.actor, node_id, visit.here)
        return page("peers/ending.html", visit, form=form.refused(no), peer=peer, begun=peer.state in IN_FORCE)
    return to(f"/neighbours/{node_id}", said="ended")


def _operator(actor: Actor) -> None:
    check(actor, by=OPERATOR, scope="peers", act="peers.read")


async def _one(actor: Actor, node_id: str, here: Here) -> PeerDetail:
    _operator(actor)
    if len(node_id) > 253:
        raise NotFound(cause="no node id")
    return await reads.detail(node_id, here=here)


routes = [
    neighbours, invite_form, invite, invited, sent, accept_form, accept, neighbour, confirmation, confirm,
    pause_form, pause, resumption, resume, ending, end,
]  # fmt: skip
