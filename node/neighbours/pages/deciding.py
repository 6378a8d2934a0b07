# SPDX-License-Identifier: AGPL-3.0-or-later
"""To pause, resume, end, and trust a neighbour again: each with what it does, in figures of this moment, before the button."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from node.errors import Conflict, Invalid
from node.neighbours import reads
from node.neighbours.pages.seeing import ONE
from node.neighbours.shapes import NeighbourView
from node.peers import acts, evidence, rules, wording
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import _


@get(ONE + "/pause", name="neighbour-pause")
async def pause_form(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    view = await reads.one(visit.actor, node_id, here=visit.here)
    if view.peer.state not in reads.IN_FORCE or view.peer.paused_here:
        return to(f"/neighbours/{node_id}")
    return _pause(visit, view, Form.blank())


@post(ONE + "/pause")
@once
async def pause(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.pause(
            actor=visit.actor,
            node_id=node_id,
            reason=form.text("reason"),
            why=form.text("why"),
            words=form.text("words"),
            here=visit.here,
        )
    except Invalid as no:
        return _pause(visit, await reads.one(visit.actor, node_id, here=visit.here), form.refused(no))
    return to(f"/neighbours/{node_id}", said="paused")


def _pause(visit: Visit, view: NeighbourView, form: Form) -> Page:
    told = [(code, _(wording.PAUSED[code])) for code in rules.PAUSES]
    return page("neighbours/pause.html", visit, form=form, view=view, peer=view.peer, told=told)


@get(ONE + "/resumption", name="neighbour-resumption")
async def resumption(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    peer = (await reads.one(visit.actor, node_id, here=visit.here)).peer
    return page("neighbours/resumption.html", visit, peer=peer) if peer.paused_here else to(f"/neighbours/{node_id}")


@post(ONE + "/resumption")
@once
async def resume(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.resume(actor=visit.actor, node_id=node_id, here=visit.here)
    return to(f"/neighbours/{node_id}", said="resumed")


@get(ONE + "/ending", name="neighbour-ending")
async def ending(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    view = await reads.one(visit.actor, node_id, here=visit.here)
    return to(f"/neighbours/{node_id}") if view.peer.state == "ended" else _ending(visit, view, Form.blank())


@post(ONE + "/ending")
@once
async def end(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    try:
        await acts.end(actor=visit.actor, node_id=node_id, reason=form.text("reason"), here=visit.here)
    except Invalid as no:
        return _ending(visit, await reads.one(visit.actor, node_id, here=visit.here), form.refused(no))
    return to(f"/neighbours/{node_id}", said="ended")


def _ending(visit: Visit, view: NeighbourView, form: Form) -> Page:
    begun = view.peer.state in reads.IN_FORCE
    return page("neighbours/ending.html", visit, form=form, view=view, peer=view.peer, begun=begun)


@get(ONE + "/thaw", name="neighbour-thaw")
async def thaw_form(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    view = await reads.one(visit.actor, node_id, here=visit.here)
    return _thaw(visit, view, Form.blank()) if view.peer.frozen else to(f"/neighbours/{node_id}")


@post(ONE + "/thaw")
@once
async def thaw(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    view = await reads.one(visit.actor, node_id, here=visit.here)
    if view.peer.frozen and not form.has("known"):
        return _thaw(visit, view, form.with_error("known", _("Say that you know why, or ring them first.")))
    try:
        await evidence.thaw(actor=visit.actor, node_id=node_id, here=visit.here)
    except Conflict as no:
        return _thaw(visit, view, form.with_error("known", no.words))
    return to(f"/neighbours/{node_id}", said="thawed")


def _thaw(visit: Visit, view: NeighbourView, form: Form) -> Page:
    return page("neighbours/thaw.html", visit, form=form, peer=view.peer, topics=wording.topics)


routes = [pause_form, pause, resumption, resume, ending, end, thaw_form, thaw]
