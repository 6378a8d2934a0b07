# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bodies that come late: asked for again once the grant is another, held against the leaves that verified long ago.

A body that does not belong to its leaf refuses the whole answer; one that says what it may not is set aside by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from federation.client import PeerClient
from federation.errors import Refused
from federation.feed import Entry, FeedRefused, Head, Origin, Put, decode_page, leaf_hashes, read_put
from node import database
from node.crossing import Arrived, FeedRoom
from node.exchange.absorbing import set_aside, standing
from node.exchange.tables import SPAN
from node.here import Here


async def fill(peer: str, head: Head, room: FeedRoom, client: PeerClient, *, keep: int, here: Here) -> int:
    """Ask again for bodies that were not for us before, now that the grant is another. How many came. `keep`: seconds after it
    was given for which we may keep something."""
    row = await database.row(
        "SELECT no, epoch, granted FROM followed WHERE peer = {} AND topic = {} AND size > 0 ORDER BY epoch DESC LIMIT 1",
        peer,
        head.topic,
    )
    if row is None or row["granted"] == head.grant:
        return 0
    base, origin, came = row["no"] * SPAN, Origin(peer, head.topic, row["epoch"]), 0
    after = base - 1
    while True:
        absent = await database.rows(
            "SELECT place, leaf FROM followed_entry WHERE place > {} AND place < {} AND kind = 'absent' AND expires > {} "
            "ORDER BY place LIMIT 1000",
            after,
            base + SPAN,
            here.now,
        )
        if not absent:
            break
        leaves = {int(entry["place"]): bytes(entry["leaf"]) for entry in absent}
        places = sorted(leaves)
        first = places[0]
        last = next((a for a, b in pairwise(places) if b != a + 1), places[-1])
        body = await client.entries(peer, head.topic, row["epoch"], first - base, last - base + 1)
        entries = decode_page(body)[: last - first + 1]
        hashes = leaf_hashes(origin, entries)
        if any(leaves[first + n] != leaf for n, leaf in enumerate(hashes)):
            raise FeedRefused("root-mismatch", "a body that does not belong to its leaf")
        came += await _take(peer, head.topic, row, first, entries, room, keep=keep, here=here)
        after = first + len(entries) - 1
    await database.execute("UPDATE followed SET granted = {} WHERE no = {}", head.grant, row["no"])
    return came


async def _take(
    peer: str,
    topic: str,
    row: Mapping[str, Any],
    first: int,
    entries: Sequence[Entry],
    room: FeedRoom,
    *,
    keep: int,
    here: Here,
) -> int:
    """Bodies that came late: each is read for itself, and stands unless a newer put of its id does."""
    put: dict[str, tuple[int, Arrived]] = {}
    aside: list[tuple[int, str]] = []
    rows, gone = [], []
    for place, entry in enumerate(entries, first):
        if not isinstance(entry, Put):
            continue
        try:
            record = read_put(topic, entry, now=here.now)
        except Refused as refusal:
            aside.append((place, refusal.code))
            continue
        until = min(entry.expires, record.iat + keep)
        if until <= here.now:
            gone.append((place,))
            continue
        put[record.id] = (place, Arrived(record.id, record.iat, until, record.data))
        rows.append((record.id, until, entry.salt, entry.body, place))
    async with database.transaction():
        newer = await standing(row["no"] * SPAN, put)
        await database.many(
            "UPDATE followed_entry SET kind = 'put', item = {}, expires = {}, salt = {}, body = {} "
            "WHERE place = {} AND kind = 'absent'",
            rows,
        )
        await database.many("UPDATE followed_entry SET kind = 'gone' WHERE place = {} AND kind = 'absent'", gone)
        fresh = [arrived for id, (_, arrived) in put.items() if id not in newer]
        if fresh:
            rejected = await room.absorb(peer, fresh, [], here=here)
            aside += [(put[no.id][0], no.reason) for no in rejected if no.id in put]
        await set_aside(peer, topic, row["epoch"], row["no"], aside, here=here)
    return len(rows)
