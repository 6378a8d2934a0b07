# SPDX-License-Identifier: AGPL-3.0-or-later
"""Housekeeping of what neighbours gave us: shown, hidden or dropped as trust stands now, and gone when its time is over.

Hiding is at once and reversible; deleting by time waits until the time is beyond doubt: two neighbours (or the only one)
showed a `Date` within 300 s of ours in the last hour, or 24 h of time that never jumps have passed (decision 13). When the clock
jumps, both begin anew: what was shown before, and the hours before, say nothing of the time that it tells now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

from federation import wire
from federation.client import Answer, Fetcher, Outgoing
from federation.trust import PeerView, State
from node import database, post
from node.clock import Clock
from node.crossing import FeedRoom, LetterRoom
from node.exchange import erasures, letters
from node.exchange.absorbing import standing
from node.exchange.tables import SPAN
from node.here import Here
from node.peers import ending, reads, views

HIDDEN_AFTER: Final = 7 * wire.DAY
"""Seconds after the end of its identity or manifest at which a node's rows are hidden (decision 2)."""
UNREACHED: Final = 7 * wire.DAY
DROPPED: Final = -1
"""`followed.granted` of a log whose bodies were forgotten, since the peering no longer names its topic."""


@dataclass
class Dated:
    """The way out, noting the `Date` that each node shows: what tells a clock that jumped from one that is right."""

    fetcher: Fetcher
    clock: Clock
    began: float = field(init=False)
    jumped: bool = False
    seen: dict[str, tuple[float, bool]] = field(default_factory=dict)
    _base: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock.monotonic()
        self._base = self.clock.now() - self.began

    async def fetch(self, request: Outgoing) -> Answer:
        answer = await self.fetcher.fetch(request)
        try:
            shown = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
        except (ValueError, TypeError):
            return answer
        self._look()
        near = abs(shown - self.clock.now()) <= wire.SKEW
        self.seen[request.node_id] = (self.clock.monotonic(), near)
        return answer

    def _look(self) -> None:
        """See whether the clock went another way than time did."""
        at = self.clock.monotonic()
        base = self.clock.now() - at
        if abs(base - self._base) > wire.SKEW:
            self._base, self.began, self.jumped = base, at, True
            self.seen.clear()

    def beyond_doubt(self, neighbours: int) -> bool:
        """Whether what time alone deletes may be deleted."""
        self._look()
        at = self.clock.monotonic()
        near = sum(1 for when, ok in self.seen.values() if ok and at - when <= 3600)
        sure = at - self.began >= wire.DAY or near >= min(2, max(1, neighbours))
        self.jumped = self.jumped and not sure
        return sure

    def doubted(self, neighbours: int) -> bool:
        """Whether the clock jumped, and nobody has shown since that it is right: then nothing is done that only time asks for."""
        return not self.beyond_doubt(neighbours) and self.jumped


async def reconcile(
    feeds: Mapping[str, FeedRoom],
    rooms: Mapping[str, LetterRoom],
    *,
    sure: bool,
    here: Here,
    terms: dict[str, int] | None = None,
) -> int:
    """Bring what the rooms show into line with how each neighbour stands. How many neighbours changed. `sure`: the time is beyond
    doubt; until then a peering that only ran out is hidden, and nothing of it is forgotten or told. `terms`: neighbour -> the
    version of the terms to whose days this process held what was there; it is written to."""
    terms = {} if terms is None else terms
    sources, logs = await database.together(
        database.reading("SELECT peer, shown FROM source"),
        database.reading("SELECT no, peer, topic FROM followed WHERE granted <> {}", DROPPED),
    )
    held = {row["peer"]: bool(row["shown"]) for row in sources}
    changed = 0
    by_peer: dict[str, list[dict[str, Any]]] = {}
    for log in logs:
        by_peer.setdefault(log["peer"], []).append(log)
    for view in await views.load_all(here=here):
        over = view.state(here.now) not in (State.ACTIVE, State.PAUSED)
        if over and (view.ended or view.peering is None or sure):
            changed += await _part(view, feeds, rooms, here=here)
            continue
        if not over:
            changed += await _narrow(view, by_peer.get(view.node_id, ()), feeds, here=here)
            if sure and view.peering is not None and terms.get(view.node_id) != view.peering.version:
                await _shorten(view.node_id, view.peering.retention_days, here=here)
                terms[view.node_id] = view.peering.version
        shown = _may_show(view, here)
        if held.get(view.node_id, True) is not shown:
            await _show(view.node_id, shown, feeds, here=here)
            changed += 1
    return changed


def _may_show(view: PeerView, here: Here) -> bool:
    runs_out = min(view.identity.exp, view.manifest.exp)
    return view.state(here.now) is State.ACTIVE and here.now <= runs_out + HIDDEN_AFTER


async def _show(peer: str, shown: bool, feeds: Mapping[str, FeedRoom], *, here: Here) -> None:
    async with database.transaction():
        await database.execute(
            "INSERT INTO source (peer, shown) VALUES ({}, {}) ON CONFLICT (peer) DO UPDATE SET shown = excluded.shown",
            peer,
            shown,
        )
        for room in feeds.values():
            await room.show(peer, shown, here=here)


async def _part(view: PeerView, feeds: Mapping[str, FeedRoom], rooms: Mapping[str, LetterRoom], *, here: Here) -> int:
    """Once for each end: forget what it brought, tell whoever wrote that it won't arrive, and tell the other side of it."""
    changed = await _drop(view.node_id, feeds, here=here)
    if view.peering is None:
        return changed
    async with database.transaction():
        if not await ending.forgotten(view, here=here):
            return changed
        await letters.end(view.node_id, rooms, here=here)
        await post.put_out(kind="neighbour-gone", ref=view.node_id, due=here.now, here=here)
        if view.parting(here.now) is not None:
            await erasures.part(view, here=here)
    return changed + 1


async def _narrow(
    view: PeerView, held: Sequence[Mapping[str, Any]], feeds: Mapping[str, FeedRoom], *, here: Here
) -> int:
    """What a neighbour no longer grants is forgotten, leaves and control entries apart: its withdrawals are still answered for.
    `held`: its logs of which there are bodies. How many topics."""
    granted = frozenset() if view.peering is None else view.peering.topics(view.node_id, here.node_id)
    lost = [row for row in held if row["topic"] not in granted]
    for row in lost:
        async with database.transaction():
            low = row["no"] * SPAN
            await database.execute(
                "UPDATE followed_entry SET kind = 'absent', salt = NULL, body = NULL, item = NULL "
                "WHERE place >= {} AND place < {} AND kind = 'put'",
                low,
                low + SPAN,
            )
            await database.execute("UPDATE followed SET granted = {} WHERE no = {}", DROPPED, row["no"])
            if row["topic"] in feeds:
                await feeds[row["topic"]].drop(view.node_id, here=here)
    return len(lost)


async def _drop(peer: str, feeds: Mapping[str, FeedRoom], *, here: Here) -> int:
    """Forget everything that an ended peering brought: logs, entries, rows of the rooms."""
    logs = await database.rows("SELECT no FROM followed WHERE peer = {}", peer)
    if not logs:
        return 0
    async with database.transaction():
        for row in logs:
            low = row["no"] * SPAN
            await database.execute("DELETE FROM followed_entry WHERE place >= {} AND place < {}", low, low + SPAN)
            await database.execute("DELETE FROM followed WHERE no = {}", row["no"])
        await database.execute("DELETE FROM source WHERE peer = {}", peer)
        for room in feeds.values():
            await room.drop(peer, here=here)
    return 1


async def expire(feeds: Mapping[str, FeedRoom], *, here: Here, limit: int = 1000) -> int:
    """Delete what ran out: bodies and salts of ours and of neighbours, and dead ids that were kept long enough."""
    async with database.transaction():
        await database.execute("DELETE FROM dead_id WHERE until < {}", here.now)
        await database.execute(
            "UPDATE feed_entry SET salt = NULL, body = NULL, item = NULL "
            "WHERE kind = 'put' AND body IS NOT NULL AND expires <= {}",
            here.now,
        )
        await database.execute("DELETE FROM feed_item WHERE expires <= {}", here.now)
        late = await database.rows(
            "SELECT place, item FROM followed_entry WHERE kind = 'put' AND expires <= {} ORDER BY expires LIMIT {}",
            here.now,
            limit,
        )
        await database.many(
            "UPDATE followed_entry SET kind = 'gone', salt = NULL, body = NULL, item = NULL WHERE place = {}",
            [(row["place"],) for row in late],
        )
        by_log: dict[int, set[str]] = {}
        for row in late:
            if row["item"] is not None:
                by_log.setdefault(int(row["place"]) // SPAN, set()).add(row["item"])
        for no, ids in by_log.items():
            log = await database.row("SELECT peer, topic FROM followed WHERE no = {}", no)
            room = None if log is None else feeds.get(log["topic"])
            gone = ids - await standing(no * SPAN, ids)
            if log is not None and room is not None and gone:
                await room.absorb(log["peer"], [], sorted(gone), here=here)
    return len(late)


async def _shorten(peer: str, days: int, *, here: Here) -> None:
    """What was given before terms came into force goes, at the latest, as many days from now as they let us keep things."""
    latest = here.now + days * wire.DAY
    for row in await database.rows("SELECT no FROM followed WHERE peer = {}", peer):
        low = row["no"] * SPAN
        await database.execute(
            "UPDATE followed_entry SET expires = {} WHERE place >= {} AND place < {} AND kind = 'put' AND expires > {}",
            latest,
            low,
            low + SPAN,
            latest,
        )


async def drop_unreached(feeds: Mapping[str, FeedRoom], *, here: Here) -> int:
    """A source out of reach for 7 days: its bodies are dropped and its logs are read from the beginning again."""
    count = 0
    for node_id in await reads.silent_since(here.now - UNREACHED):
        count += await _drop(node_id, feeds, here=here)
    return count
