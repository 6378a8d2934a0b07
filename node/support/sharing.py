# SPDX-License-Identifier: AGPL-3.0-or-later
"""The protocol's door for offers: what of ours may leave now, and the neighbours' taken in by the thousand.

Leaving, judged anew each time: published, in standing, not past its time, its audience more than this co-op, its topics free to
go, this co-op's safeguarding set up. Coming in: each statement is decoded by itself; one that can't be taken is returned with a
code, and the rest goes on. Nobody may send in our own name, nor topics that never leave a co-op.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from federation import statements, wire
from federation.errors import Refused
from federation.statements import PeerSupport, support
from node.crossing import Arrived, Rejected, Statement
from node.here import Here
from node.members import reads as members
from node.safeguarding import reads as safeguarding
from node.support import index, rules
from node.support.entries import indexer, listing_id
from node.support.reads import rows
from node.support.taxonomy import common
from node.support.wording import Said

AT_ONCE = 25
"""Offers that are taken in before others have their turn: a millisecond or two."""


class Room:
    """Satisfies `node.crossing.FeedRoom`."""

    topic = rules.TOPIC

    async def statement(self, ref: str, *, here: Here) -> Statement | None:
        """What the offer of this id says now to neighbours; None: it must be gone."""
        facts = await rows.facts(ref)
        if facts is None or facts.published_id is None or facts.expires_at is None or facts.home_only:
            return None
        standing = await rows.standing(facts.supporter, here=here)
        if rules.state(facts, ok=standing.ok, now=here.now) != "published":
            return None
        if not (await safeguarding.ready(here=here)).ok:
            return None
        content = await rows.content(facts, facts.published_id, here=here)
        if rules.may_leave(content, common()):
            return None
        assert facts.published is not None
        assert facts.checked_on is not None
        said = rows.said(facts, content, revision=facts.published, checked_on=facts.checked_on, now=here.now)
        return Statement(id=facts.id, data=encoded(said), expires=facts.expires_at, not_to=frozenset(facts.not_to))

    async def erased(self, ref: str, *, here: Here) -> bool:
        """Whether its supporter is no longer with us: then every neighbour answers for what it deleted."""
        facts = await rows.facts(ref)
        return facts is None or not await members.active(facts.supporter, here=here)

    async def standing(self, *, here: Here) -> list[str]:
        """Offers that may stand in our feed; `statement` has the last word on each."""
        return await rows.published_ids()

    async def absorb(self, source: str, put: Sequence[Arrived], gone: Sequence[str], *, here: Here) -> list[Rejected]:
        """Take in what a neighbour says now, and let go of what is gone; in the open transaction."""
        if source == here.node_id:
            return [Rejected(each.id, "own-node") for each in put]
        taken: dict[str, tuple[Any, ...]] = {}
        rejected: list[Rejected] = []
        make, known = indexer(), common()
        never = frozenset(slug for slug, topic in known.all.items() if topic.reach == "home")
        for number, each in enumerate(put, 1):
            if not number % AT_ONCE:
                await asyncio.sleep(0)
            try:
                said = _judged(each.data)
            except Refused as refusal:
                rejected.append(Rejected(each.id, refusal.code))
                continue
            if not never.isdisjoint(said.topics):
                rejected.append(Rejected(each.id, "topic-stays-home"))
                continue
            if ":" in "".join(said.topics) and any(
                ":" in slug and slug.rpartition(":")[0] != source for slug in said.topics
            ):
                rejected.append(Rejected(each.id, "topic-of-another"))
                continue
            id = listing_id(source, each.id)
            taken[id] = make.row(
                said,
                id=id,
                node_id=source,
                offer_id=each.id,
                hidden=False,
                expires_at=each.expires,
                published_at=each.iat,
            )
        left = {listing_id(source, id) for id in gone} | {listing_id(source, each.id) for each in rejected}
        await index.take_away(left - taken.keys())
        await index.put(list(taken.values()))
        return rejected

    async def show(self, source: str, visible: bool, *, here: Here) -> None:
        """Hide or show all of one neighbour's offers. Ours are not exchange's to hide."""
        if source != here.node_id:
            await index.show_source(source, visible)

    async def drop(self, source: str, *, here: Here) -> None:
        """Delete all of one neighbour's offers."""
        if source != here.node_id:
            await index.take_away_source(source)
            await index.forget_words()


def encoded(said: Said) -> bytes:
    """Our words as the statement of the protocol: read and judged by the same code as a neighbour's."""
    return statements.encode(msgspec.convert(msgspec.to_builtins(said), PeerSupport))


def _judged(data: object) -> PeerSupport:
    """What a statement says, judged by the protocol's reader. Refused: malformed, too-large."""
    return support.read(wire.parse(data, limit=wire.ENTRY_LIMIT) if isinstance(data, bytes) else data)


room = Room()
