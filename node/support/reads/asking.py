# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an introduction needs to know: whether a listing can be asked for now, and, at home only, whose offer it is."""

from __future__ import annotations

import json
from typing import Any

from node import database
from node.actor import Actor
from node.errors import Conflict, NotFound
from node.here import Here
from node.support import rules
from node.support.reads import rows
from node.support.shapes import Assisted, Listing, OwnOffer
from node.words import N_, _

_LISTING = (
    "SELECT id, node_id, offer_id, kind, topics, have, how, limits, ways, languages, area, replies, places, open, "
    "away_until, revision, expires_at FROM listing WHERE id = {} AND NOT hidden AND expires_at > {}"
)
GONE = N_("That offer is no longer there. Please look for another.")


async def listed(listing_id: str, here: Here) -> Listing | None:
    """The listing as it stands, also when it is full or its supporter away. None: unknown, hidden or past its time."""
    row = await database.row(_LISTING, listing_id, here.now)
    return _listing(row, here.now) if row else None


async def askable(listing_id: str, actor: Actor, here: Here) -> Listing:
    """The listing, when an ask can be made to it now. NotFound: unknown, hidden or past its time; Conflict, in plain words:
    it is full, the supporter is away, or it is the actor's own."""
    found = await listed(listing_id, here)
    if found is None:
        raise NotFound(_(GONE), cause="no such listing now")
    if found.node_id == here.node_id:
        own = await rows.facts(found.offer_id)
        if own is not None and own.supporter == actor.person:
            raise Conflict(_("This is your own offer."), cause="own offer")
    if found.away_until is not None:
        raise Conflict(_("This supporter is away at the moment. You can be told when they are back."), cause="away")
    if not found.askable:
        raise Conflict(_("There is no room with this supporter at the moment. Please look for another."), cause="full")
    return found


async def own_offer(offer_id: str, here: Here) -> OwnOffer:
    """One of this co-op's offers, whatever its state. NotFound when there is none. For this node's own use: it says whose.

    Kind and topics are those that others read; of an offer never published they are empty and "one_to_one".
    """
    facts = await rows.facts(offer_id)
    if facts is None:
        raise NotFound(_(GONE), cause="no such offer")
    state = rules.state(facts, ok=(await rows.standing(facts.supporter, here=here)).ok, now=here.now)
    away = facts.away_until if facts.is_away(here.now) else None
    shown = await database.row("SELECT kind, topics FROM listing WHERE id = {}", offer_id)
    return OwnOffer(
        id=facts.id,
        supporter=facts.supporter,
        lead=facts.checked_by,
        state=state,
        kind=shown["kind"] if shown else "one_to_one",
        topics=tuple(json.loads(shown["topics"])) if shown else (),
        places=facts.places,
        open=facts.open,
        away_until=away,
        revision=facts.published or facts.revision,
        takes_asks=state == "published" and facts.open > 0 and away is None,
    )


async def assisted(assisted_id: str, here: Here) -> Assisted | None:
    """An assisted search by its id; None when there was none."""
    row = await database.row("SELECT id, person, helper, at, alone_at FROM assisted_search WHERE id = {}", assisted_id)
    if row is None:
        return None
    return Assisted(
        id=row["id"], person=row["person"], lead=row["helper"], asked_alone=row["alone_at"] > 0, at=row["at"]
    )


def _listing(row: dict[str, Any], now: int) -> Listing:
    away = row["away_until"] if row["away_until"] and row["away_until"] > now else None
    lists = {name: tuple(json.loads(row[name])) for name in ("topics", "ways", "languages")}
    return Listing(**{**row, **lists, "away_until": away, "askable": row["open"] > 0 and away is None})
