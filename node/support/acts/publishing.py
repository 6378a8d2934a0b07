# SPDX-License-Identifier: AGPL-3.0-or-later
"""One way from what an offer is now to what others read of it: every deed that changes an offer ends here.

`refresh` writes, hides or takes away the home listing by the offer's present state, puts a note out for exchange (which reads
that state again at departure), and sets the timers that will change it. Doing it twice changes nothing.
"""

from __future__ import annotations

import json

from node import database, post
from node.here import Here
from node.safeguarding import reads as safeguarding
from node.support import index, rules
from node.support.entries import indexer
from node.support.reads import rows
from node.support.rules import DAY, Facts
from node.support.wording import Content

HOUR = 3600


async def refresh(offer_id: str, *, here: Here) -> None:
    """Bring the home listing in line with the offer, and tell exchange; in the caller's transaction."""
    facts = await rows.facts(offer_id)
    if facts is None or facts.published_id is None:
        return
    standing = await rows.standing(facts.supporter, here=here)
    state = rules.state(facts, ok=standing.ok, now=here.now)
    if state in ("published", "paused"):
        content = await rows.content(facts, facts.published_id, here=here)
        await _list(facts, content, hidden=state == "paused", here=here)
        await _set_timers(facts, here=here)
    else:
        await index.take_away([offer_id])
        await post.put_out(kind="timer", ref=f"support:tidy:words:{here.now}", due=here.now, here=here)
    await tell_exchange(offer_id, here=here)


async def refresh_all(person: str, *, here: Here) -> None:
    """The same for every published offer of one supporter."""
    for facts in await rows.of_supporter(person):
        if facts.published_id is not None and facts.withdrawn_at is None:
            await refresh(facts.id, here=here)


async def tell_exchange(offer_id: str, *, here: Here) -> None:
    await post.put_out(kind="feed", ref=f"{rules.TOPIC}:{offer_id}", to="", due=here.now, expires=None, here=here)


async def _list(facts: Facts, content: Content, *, hidden: bool, here: Here) -> None:
    assert facts.published is not None
    assert facts.checked_on is not None
    assert facts.expires_at is not None
    said = rows.said(facts, content, revision=facts.published, checked_on=facts.checked_on, now=here.now)
    row = indexer().row(
        said,
        id=facts.id,
        node_id=here.node_id,
        offer_id=facts.id,
        hidden=hidden,
        expires_at=facts.expires_at,
        published_at=facts.checked_on,
    )
    await index.put([row])


async def _set_timers(facts: Facts, *, here: Here) -> None:
    """The moment stands in the reference, so that a later one never has to wait for an earlier one to be over."""
    assert facts.expires_at is not None
    reminder = facts.expires_at - rules.REMINDER_DAYS * DAY
    moments = [("expiry", facts.expires_at)]
    if reminder > here.now:
        moments.append(("renewal", reminder))
    if facts.away_until is not None and facts.away_until > here.now:
        moments.append(("away", facts.away_until))
    await next_round(here=here)
    for what, due in moments:
        await post.put_out(kind="timer", ref=f"support:{what}:{facts.id}:{due}", to="", due=due, here=here)


async def next_round(*, here: Here) -> None:
    """Look again within the hour: who holds a role, and whether the co-op may share, change in other rooms. The timer's
    reference remembers whether it may share now."""
    ready = int((await safeguarding.ready(here=here)).ok)
    due = (here.now // HOUR + 1) * HOUR
    await post.put_out(kind="timer", ref=f"support:round:{ready}:{due}", to="", due=due, here=here)


async def set_audience(offer_id: str, content: Content, *, here: Here) -> None:
    """Who may read the approved wording: what departures look at."""
    await database.execute("DELETE FROM offer_audience WHERE offer = {}", offer_id)
    await database.insert_many(
        "offer_audience",
        ("id", "offer", "home_only", "careful_ok", "not_to"),
        [(here.token(), offer_id, content.home_only, content.careful_ok, json.dumps(content.not_to))],
    )


async def set_places(offer_id: str, *, places: int, open: int, here: Here) -> None:
    """For how many there is room, in all and now. Nobody refreshes the listing here: the caller does."""
    found = await database.rows(
        "UPDATE offer_places SET places = {}, open = {}, changed_at = {} WHERE offer = {} RETURNING id",
        places,
        open,
        here.now,
        offer_id,
    )
    if not found:
        await database.insert_many(
            "offer_places",
            ("id", "offer", "places", "open", "changed_at"),
            [(here.token(), offer_id, places, open, here.now)],
        )
