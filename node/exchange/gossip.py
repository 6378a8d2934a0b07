# SPDX-License-Identifier: AGPL-3.0-or-later
"""What neighbours saw of us and of each other, asked hourly: two views of one log can't be kept apart for long (decisions 9, 11).

Each active neighbour is asked about ourselves, and about one other node that we both may follow, another one each hour. More of
our own log than we have means that we were restored; another history of somebody's log than we verified is proof, and is kept.
What a neighbour says here is believed as far as signatures go, and a silent one is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from federation.client import PeerClient
from federation.errors import Refused
from federation.feed import Origin, find_fork
from federation.keys import PublicKey
from federation.merkle import root_of
from federation.notes import Checkpoint, open_checkpoint
from node import database
from node.crossing import FeedRoom
from node.exchange import publishing, starting
from node.exchange.tables import SPAN
from node.here import Here
from node.peers import evidence, views

log = structlog.get_logger("commoncare.gossip")

HOUR: Final = 3600
DEADLINE: Final = 10.0


async def ask_round(states: Mapping[str, str], client: PeerClient, *, here: Here) -> tuple[bool, int]:
    """One hour's questions to these neighbours: whether one of them holds more of a log of ours than we do, or another past of
    it; and how many forks were proved. `states`: active or paused; a paused one answers about ourselves alone."""
    told = await starting.ask(sorted(states), client, here=here)
    await starting.keep(told, here=here)
    peers = sorted(peer for peer, state in states.items() if state == "active")
    proved = 0
    if len(peers) > 1:
        turn = here.now // HOUR
        pairs = [
            (peer, peers[(number + 1 + turn % (len(peers) - 1)) % len(peers)]) for number, peer in enumerate(peers)
        ]
        proved = sum(await asyncio.gather(*(_ask(peer, about, client, here=here) for peer, about in pairs)))
    return await starting.behind(told), proved


async def _ask(peer: str, about: str, client: PeerClient, *, here: Here) -> int:
    view = await views.load(about, here=here)
    if view is None:
        return 0
    keys = views.log_keys(view)
    try:
        answer = starting.read_answer(await client.seen(peer, about, deadline=DEADLINE))
        notes = [open_checkpoint(note, str(origin), keys) for origin, note in starting.claimed(answer, about)]
        return sum([await _compare(about, seen, keys, here=here) for seen in notes])
    except Refused as refusal:
        log.info("not heard", peer=peer, code=refusal.code)
        return 0


async def _compare(about: str, seen: Checkpoint, keys: Sequence[PublicKey], *, here: Here) -> bool:
    """Hold what a neighbour saw against the leaves that we verified. A longer log than ours has to be followed first.
    Whether there is proof now that was not before."""
    origin = Origin.parse(seen.origin)
    row = await database.row(
        "SELECT no, size, root, note FROM followed WHERE peer = {} AND topic = {} AND epoch = {} AND size > 0",
        about,
        origin.topic,
        origin.epoch,
    )
    if row is None or seen.size > row["size"] or (seen.size == row["size"] and seen.root == bytes(row["root"])):
        return False
    found = await database.rows(
        "SELECT leaf FROM followed_entry WHERE place >= {} AND place < {} AND visible = {} ORDER BY place",
        row["no"] * SPAN,
        row["no"] * SPAN + row["size"],
        True,
    )
    leaves = [bytes(entry["leaf"]) for entry in found]
    if root_of(leaves[: seen.size]) == seen.root:
        return False
    fork = find_fork(leaves, seen, open_checkpoint(row["note"], str(origin), keys))
    if fork is None:
        return False
    async with database.transaction():
        return await evidence.take(fork, about, source="", here=here)


async def own_forks(feeds: Mapping[str, FeedRoom], *, here: Here) -> int:
    """Begin anew those of our logs that were proved to have forked. How many."""
    proved = await evidence.own_forks(here=here)
    for origin in proved:
        async with database.transaction():
            await database.lock(f"feed {origin.topic}")
            epoch = await _epoch(origin.topic)
            room = feeds.get(origin.topic)
            if epoch is not None and epoch <= origin.epoch and room is not None:
                await publishing.new_epoch(room, "fork", here=here)
                epoch = await _epoch(origin.topic)
            await evidence.begun_anew(here.node_id, origin.topic, epoch or here.now)
    return len(proved)


async def _epoch(topic: str) -> int | None:
    row = await database.row("SELECT MAX(epoch) AS epoch FROM feed_log WHERE topic = {}", topic)
    return None if row is None else row["epoch"]
