# SPDX-License-Identifier: AGPL-3.0-or-later
"""All neighbours in a table, one of them in both directions, a sheet for a checking call, and what leaves this co-op.

A try now is the only deed here. What a code or a figure means is said in words beside it.
"""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from node.members import drafts
from node.neighbours import reads
from node.neighbours.shapes import NeighbourView
from node.peers import acts, leaving, own, wording
from node.peers.leaving_words import NOBODY
from node.peers.pages import KIND
from node.peers.shapes import InvitationView
from node.web.forms import Form, once
from node.web.pages import Page, Visit, page, to
from node.words import N_, _

ONE: Final = "/neighbours/{node_id:str}"
AT_ONCE: Final = 8
"""Co-ops on one sheet: as many as can peer in one call."""
SAID: Final = {
    "asked": N_("We ask them now. They confirm it once they have compared the words with you."),
    "confirmed": N_("Confirmed. What you agreed on is exchanged from now on."),
    "paused": N_("It is paused. Nothing is shared with them from now on."),
    "resumed": N_("Our pause is over."),
    "ended": N_("It has ended. What they gave us is dropped."),
    "sent": N_("We have taken the invitation off this page."),
    "tried": N_("We knock at their computer now. In a minute this page shows what came of it."),
    "thawed": N_("You trust them again. Sharing goes on."),
    "proposed": N_("We send them what you propose. What was agreed goes on until they say yes."),
    "agreed": N_("You said yes. It holds as soon as their computer has heard of it."),
    "declined": N_("You said no, and they hear of it. What was agreed goes on."),
}


@get("/neighbours", name="neighbours")
async def neighbours(visit: NamedDependency[Visit]) -> Page:
    lines = await reads.lines(visit.actor, here=visit.here)
    return page(
        "neighbours/neighbours.html",
        visit,
        said=SAID,
        known=[line for line in lines if line.peer.state != "ended"],
        ended=[line for line in lines if line.peer.state == "ended"],
        invited=await drafts.kept(visit.actor, KIND, InvitationView, here=visit.here),
        topics=wording.topics,
    )


@get(ONE, name="neighbour")
async def neighbour(node_id: FromPath[str], visit: NamedDependency[Visit]) -> Page:
    view = await reads.one(visit.actor, node_id, here=visit.here)
    peer = view.peer
    return page(
        "neighbours/neighbour.html",
        visit,
        said=SAID,
        view=view,
        peer=peer,
        standing=wording.standing(peer, now=visit.here.now),
        ours=await own.words(here=visit.here),
        why=view.why,
        outcome=wording.outcome(peer),
        pause_reason=wording.pause_reason(peer),
        told_by_us=wording.told(peer.pause_why, peer.pause_words) if peer.paused_here else "",
        topics=wording.topics,
        fresh=_FRESH,
        in_force=peer.state in reads.IN_FORCE,
        aside=_aside(view),
    )


_FRESH: Final = {
    "fresh": N_("Up to date"),
    "stale": N_("No sign of life for an hour"),
    "alarm": N_("No sign of life for a day"),
}
_ASIDE: Final = {
    "malformed": N_("not in the form that was agreed"),
    "dead": N_("taken back before"),
    "expired": N_("past its time"),
    "clock-skew": N_("dated in the future"),
    "too-large": N_("too long"),
    "topic-stays-home": N_("on a topic that stays at home"),
    "topic-of-another": N_("on another co-op’s own topic"),
}


def _aside(view: NeighbourView) -> list[str]:
    """What was set aside of theirs, a line for each topic and reason."""
    return [
        _(
            "{topic}: {count} ({reason})",
            topic=", ".join(wording.topics([each.topic])),
            count=reason.count,
            reason=_(_ASIDE[reason.reason]) if reason.reason in _ASIDE else reason.reason,
        )
        for each in view.taken
        for reason in each.aside
    ]


@post(ONE + "/try")
@once
async def try_now(node_id: FromPath[str], form: NamedDependency[Form], visit: NamedDependency[Visit]) -> Page:
    await acts.try_now(actor=visit.actor, node_id=node_id, here=visit.here)
    return to(f"/neighbours/{node_id}", said="tried")


@get("/neighbours/sheet", name="neighbours-sheet")
async def sheet(visit: NamedDependency[Visit], large: FromQuery[bool] = False) -> Page:
    """On paper, for a call of up to eight co-ops. Their words are not on it: they are to be heard, not copied."""
    lines = await reads.lines(visit.actor, here=visit.here)
    waiting = [line.peer for line in lines if line.peer.state == "proposed"][:AT_ONCE]
    return page(
        "neighbours/sheet.html",
        visit,
        ours=await own.words(here=visit.here),
        us=visit.here.node_id,
        rows=[*waiting, *([None] * (AT_ONCE - len(waiting)))],
        large=large,
    )


@get("/neighbours/leaving", name="neighbours-leaving")
async def what_leaves(visit: NamedDependency[Visit]) -> Page:
    reads.for_operators(visit.actor)
    return page(
        "neighbours/leaving.html",
        visit,
        feeds=leaving.feeds(),
        letters=leaving.letters(),
        nobody=[_(words) for words in NOBODY],
        topics=wording.topics,
    )


routes = [neighbours, sheet, what_leaves, neighbour, try_now]
