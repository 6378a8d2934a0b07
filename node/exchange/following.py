# SPDX-License-Identifier: AGPL-3.0-or-later
"""Following a neighbour's feeds: heads, judge, fetch to the pinned size, verify, and only then let the rooms see.

One visit asks for heads, takes newer documents first, then follows each topic that the peering gives us. Entries wait staged,
in memory and beyond some MiB in rows that nobody reads, until the root over all leaves is the pinned one. What does not verify
is thrown away and leaves an alarm; a log that shows two histories freezes its owner until an operator looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from federation import wire
from federation.client import PeerClient, PeerRefused
from federation.errors import Refused
from federation.feed import (
    Entry,
    FeedRefused,
    Fork,
    Head,
    Judged,
    Known,
    Origin,
    decode_page,
    find_fork,
    judge_checkpoint,
    open_head,
    stage_page,
)
from federation.feed import Staged as Page
from federation.keys import SigningKey
from federation.merkle import Frontier
from federation.notes import open_checkpoint
from federation.trust import PeerView, State
from node import database
from node.charter import arriving as charters
from node.crossing import FeedRoom
from node.exchange import letters, limits
from node.exchange.absorbing import AT_ONCE, Run, make_visible
from node.exchange.filling import fill
from node.exchange.staging import Staged
from node.here import Here
from node.peers import ending, evidence, handshake, keyring, reads, views

log = structlog.get_logger("commoncare.following")

WHOLE: Final = 20 * 60
"""Seconds after which heads are asked for whole: a renewed time of a checkpoint changes no etag (docs/protocol, 30 minutes)."""
NOTED: Final = 300
"""Seconds for which it is not noted again that a neighbour answers."""


@dataclass
class Memory:
    """What a process remembers of one neighbour between visits; losing it costs one answer."""

    etag: str | None = None
    state: str = ""
    noted: int | None = None
    """When it was last noted that it answers; None once it did not."""
    whole: int = 0
    """When it last answered with its heads, and not merely that they are as before (Unix seconds)."""
    doubted: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """topic -> size and root for which a log was last read again from its beginning."""


async def visit(
    peer: str,
    feeds: Mapping[str, FeedRoom],
    signed_by: Callable[[SigningKey], PeerClient],
    memory: Memory,
    *,
    wait: int,
    here: Callable[[], Here],
) -> int | None:
    """One round with one neighbour: how much changed here, None when its heads are still those we know (304).

    Raises Refused when it can't be reached or says what can't be believed; what was verified before that stands.
    """
    view, stance, key = await database.together(
        reads.view(peer, here=here()), charters.stance(), keyring.signing("http", here=here())
    )
    if view is None or view.peering is None:
        return 0
    client = signed_by(key)
    state = f"{view.state(here().now).value} {view.peering.version} {stance}"
    turned = state != memory.state
    if turned or here().now - memory.whole >= WHOLE:  # what their heads mean to us is another now, or their time is due
        memory.etag, memory.state = None, state
    try:
        heads = await client.heads(peer, memory.etag, wait)
    except PeerRefused as no:
        if no.code == "peer-ended" and await _they_ended(peer, client, here=here):
            return 1
        if no.code == "signature-invalid":
            # It does not know our key. If both of us turned ours while apart, neither could ask the other again: so each
            # fetches what the other says of itself to everybody, and answers with that.
            await handshake.refresh(peer, client, here=here())
        raise
    now = here()
    changed = 0
    again = False
    if memory.noted is None or not 0 <= now.now - memory.noted < NOTED:
        again, memory.noted = await handshake.contact(peer, ok=True, here=now), now.now
    if again or turned:
        changed += await letters.hurry(peer, here=now)
    if heads is None:
        return changed or None
    memory.whole = now.now
    newer = (heads[0].identity_version, heads[0].manifest_version)
    if newer > view.manifest.order:
        changed += await handshake.refresh(peer, client, here=now)
        view = await reads.view(peer, here=now)
        if view is None:
            return changed
    agreed = view.peering.topics(peer, now.node_id) if view.peering else frozenset()
    # What they granted once is still followed: its withdrawals have to reach us.
    held = {
        row["topic"] for row in await database.rows("SELECT topic FROM followed WHERE peer = {} AND size > 0", peer)
    }
    lines = [head for head in heads[0].heads if head.topic in agreed | held]
    granted, said = [head.grant for head in lines if head.topic in agreed], heads[0].paused
    paused = said is not None or (bool(granted) and not any(granted))
    told = ("", "") if said is None else (said.why, said.words)
    await handshake.their_pause(peer, paused, *told, here=now)
    view = await reads.view(peer, here=now) or view
    refusal: Refused | None = None
    for head in lines:
        room = feeds.get(head.topic)
        if room is None:
            continue
        try:
            changed += await _follow(view, head, room, client, memory, here=now)
        except Refused as error:
            refusal = error
            await _alarm(peer, head, error, here=now)
    if view.state(now.now) is State.ACTIVE:
        try:
            changed += await charters.refresh(peer, heads[0].charter, client, here=now)
        except Refused as error:
            refusal = refusal or error
    memory.etag = heads[1] if refusal is None else None
    if refusal is not None:
        raise refusal
    return changed


async def _they_ended(peer: str, client: PeerClient, *, here: Callable[[], Here]) -> bool:
    """Whether they say again that nothing is in force, asked now that nothing of ours is on its way. The first refusal may be
    older than our yes, which another worker, or another task of this one, brought them meanwhile."""
    if not await ending.settled(peer):
        return False
    try:
        await client.heads(peer)
    except Refused as no:
        if no.code != "peer-ended":
            return False
        async with database.transaction():
            return await ending.they_ended(peer, here=here())
    return False


async def _follow(view: PeerView, head: Head, room: FeedRoom, client: PeerClient, memory: Memory, *, here: Here) -> int:
    keys = views.ring(view).usable(view.node_id, "log", here.now)
    checkpoint = open_head(head, view.node_id, keys)
    row = await database.row(
        "SELECT * FROM followed WHERE peer = {} AND topic = {} AND size > 0 ORDER BY epoch DESC LIMIT 1",
        view.node_id,
        head.topic,
    )
    judged = judge_checkpoint(_known(row, view.node_id, head.topic), checkpoint, here.now)
    full = head.grant > 0 and head.topic in view.reads(here.node_id, here.now)
    changed = 0
    if judged.news == "renewed":
        assert row is not None
        if judged.known.time != row["note_time"]:
            await database.execute(
                "UPDATE followed SET note = {}, note_time = {}, alarm = '' WHERE no = {}",
                judged.known.note,
                judged.known.time,
                row["no"],
            )
    else:
        changed += await _fetch(view, head, room, row, judged, full, client, memory, here=here)
    if full:
        changed += await fill(view.node_id, head, room, client, keep=_keep(view), here=here)
    elif row is not None and row["granted"] > 0:
        await database.execute("UPDATE followed SET granted = 0 WHERE no = {}", row["no"])
    return changed


def _keep(view: PeerView) -> int:
    """Seconds after it was given for which the peering lets us keep something."""
    return 0 if view.peering is None else view.peering.retention_days * wire.DAY


def _known(row: Mapping[str, Any] | None, peer: str, topic: str) -> Known | None:
    if row is None or not row["size"]:
        return None
    return Known(Origin(peer, topic, row["epoch"]), row["size"], bytes(row["root"]), row["note_time"], row["note"])


async def _fetch(
    view: PeerView,
    head: Head,
    room: FeedRoom,
    row: Mapping[str, Any] | None,
    judged: Judged,
    full: bool,
    client: PeerClient,
    memory: Memory,
    *,
    here: Here,
) -> int:
    """Fetch what is new up to the pinned size, verify it, make it visible. How many entries."""
    pin = judged.known
    grown = judged.news == "grown" and row is not None
    frontier = Frontier.from_bytes(bytes(row["frontier"])) if grown and row else Frontier()
    counted = await limits.take_entries(
        view.node_id, head.topic, pin.size - frontier.size, snapshot=not grown, here=here
    )
    no = row["no"] if grown and row else await _begin(view.node_id, pin, here=here)
    staged = Staged(no, frontier.size)
    await staged.clear()
    try:
        while frontier.size < pin.size:
            end = min(pin.size, frontier.size + wire.PAGE_ENTRIES)
            body = await client.entries(view.node_id, head.topic, pin.origin.epoch, frontier.size, end)
            entries, page = await _read(pin.origin, frontier, body, end)
            await staged.add((frontier.size, entries, page.leaf_hashes), len(body))
            frontier = page.frontier
    except Refused as refusal:
        if refusal.code in WEATHER:
            left = min(counted, pin.size - frontier.size)
            await limits.give_back_entries(view.node_id, head.topic, left, here=here)
        raise
    if frontier.root() != pin.root:
        await staged.clear()
        if grown and row is not None and await _two_histories(view, row, judged, client, memory, here=here):
            raise FeedRefused("fork", "two signed histories of one log")
        raise FeedRefused("root-mismatch", "the leaves do not give the pinned root")
    run = Run(
        peer=view.node_id,
        topic=head.topic,
        no=no,
        live=row["live"] if grown and row else -1,
        closed=bool(row["closed"]) if grown and row else False,
        pin=pin,
        frontier=frontier,
        granted=row["granted"] if grown and row else head.grant,
        full=full,
        keep=_keep(view),
        new_epoch=not grown,
        restored=bool(row["restored"]) if grown and row else False,
    )
    async with database.transaction():
        await database.lock(f"follow {view.node_id} {head.topic}")
        held = await database.row("SELECT size FROM followed WHERE no = {}", no)
        if held is None or held["size"] != staged.start:
            return 0  # another worker was quicker
        return await make_visible(run, room, staged.chunks(), here=here)


async def _read(origin: Origin, frontier: Frontier, body: bytes, end: int) -> tuple[list[Entry], Page]:
    """A page, decoded and hashed a part at a time, so that whoever asks for something meanwhile hardly waits."""
    entries = decode_page(body)
    page = stage_page(origin, frontier, entries[:AT_ONCE], end=end)
    for start in range(AT_ONCE, len(entries), AT_ONCE):
        await asyncio.sleep(0)
        more = stage_page(origin, page.frontier, entries[start : start + AT_ONCE], end=end)
        page = Page(more.frontier, page.leaf_hashes + more.leaf_hashes)
    return entries, page


async def _two_histories(
    view: PeerView, row: Mapping[str, Any], judged: Judged, client: PeerClient, memory: Memory, *, here: Here
) -> bool:
    """Whether the log, read again from its beginning, gives the new root and not the one we verified before: then there is proof
    for everybody, and it is kept. Hashes alone are kept meanwhile. One answer is read again once, and within the day's quota."""
    pin, leaves, frontier = judged.known, list[bytes](), Frontier()
    topic = pin.origin.topic
    if memory.doubted.get(topic) == (pin.size, pin.root):
        return False
    try:
        await limits.take_entries(view.node_id, topic, pin.size, snapshot=True, here=here)
    except Refused:
        return False
    memory.doubted[topic] = (pin.size, pin.root)
    while frontier.size < pin.size:
        end = min(pin.size, frontier.size + wire.PAGE_ENTRIES)
        body = await client.entries(view.node_id, pin.origin.topic, pin.origin.epoch, frontier.size, end)
        page = stage_page(pin.origin, frontier, decode_page(body), end=end)
        leaves += page.leaf_hashes
        frontier = page.frontier
    if frontier.root() != pin.root:
        return False
    keys = views.log_keys(view)
    held, seen = (open_checkpoint(note, str(pin.origin), keys) for note in (pin.note, row["note"]))
    fork = find_fork(leaves, seen, held)
    if fork is None:
        return False
    await _prove(view.node_id, fork, here=here)
    return True


async def _prove(peer: str, fork: Fork, *, here: Here) -> None:
    try:
        async with database.transaction():
            await evidence.take(fork, peer, source="", here=here)
    except Refused as no:
        log.info("no proof", peer=peer, code=no.code)  # a revoked key's: it freezes nobody


async def _begin(peer: str, pin: Known, *, here: Here) -> int:
    """A row for an epoch that is being fetched for the first time; it has size 0 until all of it is visible."""
    async with database.transaction():
        await database.lock("followed")
        held = await database.row(
            "SELECT no FROM followed WHERE peer = {} AND topic = {} AND epoch = {}",
            peer,
            pin.origin.topic,
            pin.origin.epoch,
        )
        if held is not None:
            return int(held["no"])
        last = await database.row("SELECT MAX(no) AS no FROM followed")
        no = ((last["no"] if last else None) or 0) + 1
        await database.execute(
            "INSERT INTO followed (no, peer, topic, epoch, root, frontier) VALUES ({}, {}, {}, {}, {}, {})",
            no,
            peer,
            pin.origin.topic,
            pin.origin.epoch,
            b"",
            Frontier().to_bytes(),
        )
    return no


WEATHER: Final = frozenset({"unreachable", "timeout", "busy", "unavailable", "too-many", "internal"})
"""What befalls any connection: no reason to doubt the neighbour."""


async def _alarm(peer: str, head: Head, error: Refused, *, here: Here) -> None:
    """Keep what is wrong where the operator sees it; a fork freezes its owner, and its proof is kept and published."""
    finding = error.finding if isinstance(error, FeedRefused) else error.code
    if finding in WEATHER:
        return
    log.warning("alarm", peer=peer, topic=head.topic, finding=finding)
    if not isinstance(error, FeedRefused):
        return
    await database.execute(
        "UPDATE followed SET alarm = {} WHERE peer = {} AND topic = {}", error.finding, peer, head.topic
    )
    if error.finding == "fork":
        held = await database.row(
            "SELECT note, root FROM followed WHERE peer = {} AND topic = {} AND size > 0 ORDER BY epoch DESC LIMIT 1",
            peer,
            head.topic,
        )
        if held is not None and held["note"].split("\n")[:2] == head.checkpoint.split("\n")[:2]:  # one origin, one size
            await _prove(peer, Fork(head.checkpoint, held["note"], wire.b64(bytes(held["root"])), ()), here=here)
