# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages of concerns share: one concern for its reader, the names of co-ops, the way back after a deed.

Whoever holds a safeguarding role and has not proved it's them is asked to, before anything is said; to anybody else another's
concern and none are the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from litestar.di import NamedDependency
from markupsafe import Markup

from node.actor import SAFEGUARDING_ROLES
from node.errors import NotFound, NotProved
from node.here import Here
from node.safeguarding import reads, rules
from node.safeguarding.shapes import HOME, ConcernCard, ConcernOne, NeighbourCoOp
from node.web import codes
from node.web.pages import Visit
from node.words import N_, _

CONCERNS: Final = "/concerns"
ONE: Final = CONCERNS + "/{concern_id:str}"
RECORD: Final = ONE + "/record"

Neighbours = NamedDependency[Mapping[str, NeighbourCoOp]]
"""Node id -> a co-op we know: handed in, since this room imports no other of its floor."""

SAID: Final = {
    "sent": N_("We have it. Thank you for telling us."),
    "noted": N_("That is written down."),
    "told": N_("It is on its way to them. We say here when it has arrived."),
    "held": N_("The hold stands. Nothing of it is erased until you lift it."),
    "lifted": N_("The hold is lifted."),
    "handed": N_("They can read it now, and have been told that something waits."),
    "closed": N_("This is closed. You can still read it and add to it."),
    "closed-over": N_("What you opened has closed again. Open it to read on."),
    "checked": N_("We looked. Whatever nobody could read any more, and you may, is in your list."),
}


async def one(visit: Visit, concern_id: str) -> ConcernOne:
    """One concern as its raiser or reader. Raises NotFound; NotProved for whoever might read it once they proved it's them."""
    try:
        return await reads.one(visit.actor, concern_id, here=visit.here)
    except NotFound:
        if to_prove(visit):
            raise NotProved(cause="a reader who has not proved it") from None
        raise


async def for_reader(visit: Visit, concern_id: str) -> ConcernCard:
    """The card of a concern that this person reads. Raises NotFound, NotProved."""
    found = (await one(visit, concern_id)).card
    if found is None:
        if to_prove(visit):
            raise NotProved(cause="a reader who has not proved it")
        raise NotFound(cause="no concern for this reader")
    return found


def to_prove(visit: Visit) -> bool:
    """Whether this person holds a safeguarding role that does not count yet, for want of a second factor."""
    return not (visit.who and visit.who.proved) and not visit.acting_for and bool(visit.held & SAFEGUARDING_ROLES)


def from_whom(card: ConcernCard, co_ops: Mapping[str, NeighbourCoOp]) -> str:
    """Who raised it, in words."""
    if card.source != HOME:
        known = co_ops.get(card.source)
        return _("The safeguarding lead of {co_op}", co_op=known.name if known else card.source)
    return card.raised_by or _("Somebody without an account")


def stage(card: ConcernCard) -> tuple[str, str]:
    """Where a concern is, for its readers: words, and the kind of tag."""
    if card.closed_at is not None:
        return _("Closed"), ""
    if card.opened_at is not None:
        return _("Being looked into"), "settled"
    if card.escalated_at is not None:
        return _("Not opened for more than a day"), "error"
    return _("Not opened yet"), "waiting"


def names_an_introduction(card: ConcernCard) -> bool:
    """Whether a concern says which introduction it is about: by its id here, by the thread where a neighbour told us."""
    return card.about.startswith("introduction:" if card.source == HOME else "thread:")


def thread_of(card: ConcernCard) -> str:
    """The thread of letters by which the co-op that told us knows what it is about; "" for none."""
    return card.about.removeprefix("thread:") if card.about.startswith("thread:") else ""


def names(co_ops: Mapping[str, NeighbourCoOp]) -> dict[str, str]:
    """Node id -> what people call that co-op."""
    return {node: each.name for node, each in co_ops.items()}


def qr(here: Here, path: str) -> Markup:
    """A QR code that leads to a page of ours."""
    return codes.qr(here.home + path)


def most_pressing(cards: list[ConcernCard]) -> list[ConcernCard]:
    """As readers want them: see `rules.pressing`."""
    return sorted(cards, key=rules.pressing)
