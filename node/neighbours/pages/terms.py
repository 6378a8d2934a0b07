# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other terms with a neighbour: to propose them, and to look at theirs, old and new side by side, and say yes or no."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.dates import date_long
from node.errors import Conflict, Invalid
from node.neighbours import reads
from node.neighbours.pages.seeing import ONE
from node.peers import own, renewing, rules, wording
from node.peers.shapes import Agreed, PeerDetail, TermsAsk, Yes
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _

DAY: Final = 86_400
YEARS: Final = 365


@get(ONE + "/terms", name="neighbour-terms")
async def terms_form(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = (await reads.one(visit.actor, node_id, here=visit.here)).peer
    if peer.state not in reads.IN_FORCE or peer.agreed is None or _theirs(peer):
        return to(f"/neighbours/{node_id}")
    shown = peer.proposal or peer.agreed
    form = Form.blank(
        gives=shown.gets,
        gets=shown.gives,
        erasure_hours=shown.erasure_hours,
        retention_days=shown.retention_days,
        days=YEARS,
    )
    return _form(visit, peer, form)


@post(ONE + "/terms")
@once
async def propose(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        ask = form.into(TermsAsk)
        await renewing.propose_terms(actor=visit.actor, node_id=node_id, ask=ask, here=visit.here)
    except Invalid as no:
        return _form(visit, (await reads.one(visit.actor, node_id, here=visit.here)).peer, form.refused(no))
    return to(f"/neighbours/{node_id}", said="proposed")


def _form(visit: Visit, peer: PeerDetail, form: Form) -> Page:
    named = {
        *rules.OFFERED_TOPICS,
        *(peer.agreed.gives if peer.agreed else ()),
        *(peer.agreed.gets if peer.agreed else ()),
    }
    offered = [(code, _(words)) for code, words in wording.TOPICS.items() if code in named]
    return page("neighbours/terms.html", visit, form=form, peer=peer, topics=offered)


@get(ONE + "/proposal", name="neighbour-proposal")
async def proposal(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = (await reads.one(visit.actor, node_id, here=visit.here)).peer
    if peer.state not in reads.IN_FORCE or peer.proposal is None:
        return to(f"/neighbours/{node_id}")
    return await _look(visit, peer, Form.blank())


@post(ONE + "/proposal")
@once
async def agree(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    yes = Yes(digest=form.text("digest"), words=form.text("words"))
    try:
        await renewing.agree_terms(actor=visit.actor, node_id=node_id, yes=yes, here=visit.here)
    except Invalid as no:
        return await _look(visit, (await reads.one(visit.actor, node_id, here=visit.here)).peer, form.refused(no))
    return to(f"/neighbours/{node_id}", said="agreed")


@post(ONE + "/proposal/decline")
@once
async def decline(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await renewing.decline_terms(actor=visit.actor, node_id=node_id, here=visit.here)
    return to(f"/neighbours/{node_id}", said="declined")


async def _look(visit: Visit, peer: PeerDetail, form: Form) -> Page:
    if peer.agreed is None or peer.proposal is None:
        raise Conflict(_("What they propose is another thing by now. Look at it again."), cause="no proposal")
    rows = [
        (what, old, new, old != new)
        for (what, old), (_what, new) in zip(_rows(peer.agreed), _rows(peer.proposal), strict=True)
    ]
    ours = await own.words(here=visit.here)
    return page("neighbours/proposal.html", visit, form=form, peer=peer, rows=rows, ours=ours)


def _rows(terms: Agreed) -> list[tuple[str, str]]:
    """What a page says of terms, line by line, in the same order for the old and the new."""
    nothing = _("Nothing")
    return [
        (_("They give us"), ", ".join(wording.topics(terms.gives)) or nothing),
        (_("We give them"), ", ".join(wording.topics(terms.gets)) or nothing),
        (_("An erasure is answered within"), _("{count} hours", count=terms.erasure_hours)),
        (_("Kept for at most"), _("{count} days", count=terms.retention_days)),
        (_("Agreed until"), date_long(terms.until)),
    ]


def _theirs(peer: PeerDetail) -> bool:
    """Whether what waits is theirs, or agreed to already: then there is nothing of ours to propose."""
    return peer.proposal is not None and (peer.proposal.signed or not peer.proposal.ours)


routes = [terms_form, propose, proposal, agree, decline]
