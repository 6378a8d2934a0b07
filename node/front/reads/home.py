# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands on somebody's own page: what waits for them, whatever they are here, and the next meeting.

Lines and counts only: no word of anybody's, no other person's name. A delegate sees of it what they were named for. What only a
second factor shows is not counted before it is shown; that there may be something is.
"""

from __future__ import annotations

from node.actor import GUARDED, SAFEGUARDING_ROLES, Actor
from node.errors import NotAllowed
from node.front import rules
from node.front.reads import copying, lists
from node.front.shapes import HomeView, Waiting
from node.here import Here
from node.introductions import lists as introductions
from node.introductions.waits import Waits, waits
from node.members import notices
from node.metrics import reads as metrics
from node.safeguarding import reads as safeguarding
from node.signin import reads as signin
from node.support import reads as support
from node.words import N_, _, n_

WHAT = {
    "answer": N_("Somebody asks you, from {co_op}"),
    "check-out": N_("Say that you are home from your meeting"),
    "plan": N_("A plan for meeting, to look at"),
    "share": N_("The other person has confirmed what they share"),
    "review": N_("Look at how it is going"),
}
NO_REASON = N_("You can say yes or no. Nobody asks why.")


async def home(actor: Actor, *, here: Here) -> HomeView:
    """What waits for the actor, the most pressing first: meetings and answers, then what one's roles bring."""
    own = await _introductions(actor, here=here)
    lines = [_line(each.id, each.what, each.co_op, each.due) for each in own.items]
    lines += await _offers(actor, here=here)
    lines += await _own(actor, here=here)
    lines += await _lead(actor, here=here)
    lines += await _complaints(actor, here=here)
    lines += await _facts(actor, here=here)
    asked = await _asked(actor, here=here)
    worries = 0
    if any(actor.has(role) for role in SAFEGUARDING_ROLES):
        worries = sum(card.opened_at is None for card in await safeguarding.for_reader(actor, here=here))
    return HomeView(
        waiting=lines,
        ahead=asked,
        meeting=own.next,
        worries=worries,
        unproved=actor.by is None and not actor.proved and bool(actor.roles & GUARDED),
    )


async def _introductions(actor: Actor, *, here: Here) -> Waits:
    try:
        return await waits(actor, here=here)
    except NotAllowed:
        return Waits(items=[], next=None)


def _line(id: str, what: str, co_op: str, due: int | None) -> Waiting:
    return Waiting(
        words=_(WHAT[what], co_op=co_op) if what == "answer" else _(WHAT[what]),
        href=f"/introductions/{id}",
        detail=_(NO_REASON) if what == "answer" else _("With somebody from {co_op}.", co_op=co_op),
        due=due,
    )


async def _asked(actor: Actor, *, here: Here) -> list[Waiting]:
    """What the actor asked for and others have to answer."""
    if not actor.may_use("introductions"):
        return []
    listed = await introductions.listing(actor, here=here)
    return [
        Waiting(words=_("You asked somebody from {co_op}", co_op=each.co_op), href=f"/introductions/{each.id}",
                detail=each.status_words)
        for each in listed.items
        if each.side == "asker" and each.status == "waiting"
    ]  # fmt: skip


async def _offers(actor: Actor, *, here: Here) -> list[Waiting]:
    if not actor.has("peer_supporter") or not actor.may_use("support"):
        return []
    found = []
    for offer in (await support.mine(actor, here)).items:
        if "returned" in (offer.state, offer.newer):
            found.append(
                Waiting(
                    words=_("Your offer came back from the lead"),
                    href=f"/offers/{offer.id}",
                    detail=_("The lead wrote what to look at."),
                )
            )
        elif offer.state == "expired":
            found.append(
                Waiting(
                    words=_("Your offer has run out"),
                    href=f"/offers/{offer.id}",
                    detail=_("Say whether it is still right."),
                )
            )
        elif offer.state == "paused":
            found.append(
                Waiting(
                    words=_("Your offer is paused"),
                    href=f"/offers/{offer.id}",
                    detail=_("The page says what is missing."),
                )
            )
    return found


async def _own(actor: Actor, *, here: Here) -> list[Waiting]:
    """Our mail does not reach them; somebody asks for their help; a copy is ready. For the person alone."""
    if actor.by is not None:
        return []
    found = []
    if await notices.unreached(actor.person):
        found.append(
            Waiting(
                words=_("We can't reach you by e-mail"),
                href="/me/details",
                detail=_("Our last mail to you was refused. Please look whether your address is right."),
            )
        )
    if actor.may_use("people"):
        asked = [each for each in await signin.helping(actor, here=here) if each.state == "asked"]
        if asked:
            found.append(
                Waiting(
                    words=n_(
                        "{count} person asks whether you would help them here",
                        "{count} people ask whether you would help them here",
                        len(asked),
                    ),
                    href="/me/helpers",
                    detail=_("You can say yes or no."),
                )
            )
    found += [
        Waiting(words=_("The copy you asked for is ready"), href=f"/me/data/{line.id}", due=line.over_at)
        for line in await copying.mine(actor, here=here)
        if line.state == "ready" and line.handed_at is not None and line.handed_at > here.now - rules.COPY_REMINDER
    ]
    return found


async def _lead(actor: Actor, *, here: Here) -> list[Waiting]:
    if not actor.may_use("support"):
        return []
    found = []
    if actor.has("peer_support_lead"):
        offers = len((await support.waiting(actor, here)).items)
        asks = len((await introductions.unanswered(actor, here=here)).items)
        if offers:
            words = n_("{count} offer waits for your check", "{count} offers wait for your check", offers)
            found.append(Waiting(words=words, href="/lead/offers"))
        if asks:
            words = n_("{count} introduction needs a lead", "{count} introductions need a lead", asks)
            found.append(Waiting(words=words, href="/lead/waiting"))
    if any(actor.has(role) for role in rules.LEADS):
        ring = sum(call.done_at is None for call in await lists.calls(actor, here=here))
        read = [line for line in await copying.copies(actor, here=here) if line.state in ("waiting", "opened")]
        if ring:
            words = n_("{count} person asks to be rung", "{count} people ask to be rung", ring)
            found.append(Waiting(words=words, href="/lead/calls"))
        if read:
            words = n_("{count} copy to read and hand out", "{count} copies to read and hand out", len(read))
            found.append(Waiting(words=words, href="/lead/copies", due=min(line.due for line in read)))
    return found


async def _facts(actor: Actor, *, here: Here) -> list[Waiting]:
    count = await metrics.waiting(actor, here=here)
    if not count:
        return []
    words = n_("{count} fact waits for a second person", "{count} facts wait for a second person", count)
    return [Waiting(words=words, href="/facts")]


async def _complaints(actor: Actor, *, here: Here) -> list[Waiting]:
    if not actor.may_use("people") or not any(actor.has(role) for role in rules.LEADS | {"operator"}):
        return []
    open_ones = [each for each in await lists.complaints(actor, here=here) if each.acknowledged_at is None]
    if not open_ones:
        return []
    words = n_(
        "{count} complaint about data to acknowledge", "{count} complaints about data to acknowledge", len(open_ones)
    )
    return [Waiting(words=words, href="/lead/complaints", due=min(each.due for each in open_ones))]
