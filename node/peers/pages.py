# SPDX-License-Identifier: AGPL-3.0-or-later
"""To begin with a neighbour co-op, for operators: to invite, be invited, read the agreement, compare the words and confirm.

What comes after that stands in `node.neighbours`. An invitation's text is kept sealed for whoever made it, until they say that
it is sent, a day at most; then only a hash of it is left.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from node.actor import Actor
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import drafts
from node.members.rights import check
from node.peers import acts, agreeing, agreement, own, reads, rules, wording
from node.peers.shapes import Acceptance, InvitationView, PeerDetail
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _

KIND: Final = "peer-invitation"
OPERATOR: Final = frozenset({"operator"})
ONE: Final = "/neighbours/{node_id:str}"


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
    offered = [(code, _(words)) for code, words in wording.TOPICS.items() if code in rules.OFFERED_TOPICS]
    return page("peers/accept.html", visit, form=form, topics=offered)


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
        await acts.confirm(
            actor=visit.actor,
            node_id=node_id,
            words=form.text("words"),
            digest=form.text("digest"),
            here=visit.here,
        )
    except Invalid as no:
        return await _confirmation(visit, await _one(visit.actor, node_id, visit.here), form.refused(no))
    return to(f"/neighbours/{node_id}", said="confirmed")


async def _confirmation(visit: Visit, peer: PeerDetail, form: Form) -> Page:
    """Their words are not on this page: they are to be heard, not copied."""
    ours = await own.words(here=visit.here)
    return page("peers/confirmation.html", visit, form=form, peer=peer, ours=ours, topics=wording.topics)


@get(ONE + "/agreement", name="neighbour-agreement")
async def agreement_text(node_id: FromPath[str], visit: NamedDependency[Visit], large: FromQuery[bool] = False) -> Page:
    """The very text that both sign, to be read and printed before anybody says yes. In English in every language."""
    peer = await _one(visit.actor, node_id, visit.here)
    text = await agreeing.read(node_id, here=visit.here)
    parts = agreement.blocks(text.text or "")
    return page("peers/agreement.html", visit, peer=peer, agreement=text, parts=parts, large=large)


def _operator(actor: Actor) -> None:
    check(actor, by=OPERATOR, scope="peers", act="peers.read")


async def _one(actor: Actor, node_id: str, here: Here) -> PeerDetail:
    _operator(actor)
    if len(node_id) > 253:
        raise NotFound(cause="no node id")
    return await reads.detail(node_id, here=here)


routes = [invite_form, invite, invited, sent, accept_form, accept, confirmation, confirm, agreement_text]
