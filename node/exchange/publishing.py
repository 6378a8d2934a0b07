# SPDX-License-Identifier: AGPL-3.0-or-later
"""Departures to our own feeds: many outbox items, one range of entries, one checkpoint, one transaction.

For each topic, under its lock: the items are acknowledged, then the present state behind each reference is read (so that a
change made meanwhile comes again by an item of its own), puts and withdrawals are appended, the checkpoint is signed and
stored, and all of it stands or falls with the acknowledgements. What a later put or a withdrawal names loses body and
salt here at once. Nothing is served that is not committed. A put runs out after the fewest days for which any neighbour
may keep what we give, and is put again before (docs/decisions/0028).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import structlog

from federation.errors import Refused
from federation.feed import (
    ENTRY_DAYS,
    Control,
    Entry,
    FeedRefused,
    Log,
    Origin,
    Put,
    Withdraw,
    commitment,
    decode_control,
    encode_control,
    make_put,
    open_log,
)
from federation.feed.controls import WITHDRAW_POSITIONS
from federation.merkle import Frontier
from federation.wire import DAY, unb64
from node import database, post
from node.crossing import FeedRoom, Statement
from node.exchange import erasures
from node.exchange.erasures import dead_key
from node.exchange.tables import SPAN
from node.here import Here
from node.peers import keyring

log = structlog.get_logger("commoncare.publishing")

LEASE: Final = 60
BATCH: Final = 500
EPOCH_LIFE: Final = 90 * DAY
_COLUMNS: Final = ("place", "kind", "item", "expires", "commitment", "salt", "body", "not_to")


class LeaseLost(Exception):
    """An item was taken over by another worker: nothing of this transaction may be kept."""


@dataclass
class Batch:
    """What one transaction appends to one log, and what it forgets. `life`: seconds for which a put may stand; `erasures`:
    indexes that neighbours answer for."""

    log: Log
    no: int
    life: int
    entries: list[Entry] = field(default_factory=list)
    rows: list[tuple[object, ...]] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    erasures: list[int] = field(default_factory=list)

    @property
    def next(self) -> int:
        return self.log.frontier.size + len(self.entries)

    def put(self, entry: Put, item: str, not_to: frozenset[str]) -> int:
        place = self.no * SPAN + self.next
        made = commitment(self.log.origin, entry.salt, entry.body)
        withheld = json.dumps(sorted(not_to)) if not_to else ""
        self.rows.append((place, "put", item, entry.expires, made, entry.salt, entry.body, withheld))
        self.entries.append(entry)
        return place

    def withdraw(self, positions: Sequence[tuple[int, int]], *, receipt: bool) -> None:
        for start in range(0, len(positions), WITHDRAW_POSITIONS):
            if receipt:
                self.erasures.append(self.next)
            entry = encode_control(Withdraw(tuple(positions[start : start + WITHDRAW_POSITIONS]), receipt))
            self.rows.append((self.no * SPAN + self.next, "control", None, 0, None, None, entry.body, ""))
            self.entries.append(entry)


async def publish(feeds: Mapping[str, FeedRoom], *, worker: str, here: Here, limit: int = BATCH) -> int:
    """Take what is due for our feeds and publish it. How many items were dealt with."""
    items = await post.claim(["feed"], limit=limit, lease=LEASE, worker=worker, here=here)
    by_topic: dict[str, list[post.Item]] = {}
    for item in items:
        by_topic.setdefault(item.ref.partition(":")[0], []).append(item)
    done = 0
    for topic, mine in by_topic.items():
        room = feeds.get(topic)
        if room is None:
            async with database.transaction():
                for item in mine:
                    await post.dead(item, why="no-such-feed", here=here)
            continue
        try:
            await _publish(room, mine, here=here)
            done += len(mine)
        except LeaseLost:
            continue
        except FeedRefused as no:  # our clock stands behind what we signed: see `righting`; other feeds go on
            log.warning("not published", topic=topic, finding=no.finding)
    return done


async def _publish(room: FeedRoom, items: Sequence[post.Item], *, here: Here) -> None:
    async with database.transaction():
        await database.lock(f"feed {room.topic}")
        for item in items:
            if not await post.done(item, here=here):
                raise LeaseLost
        batch = await _open(room, here=here)
        for item in items:
            ref = item.ref.partition(":")[2]
            await _write(room, batch, ref, await room.statement(ref, here=here), here=here)
        await _close(batch, here=here)


async def renew(feeds: Mapping[str, FeedRoom], *, here: Here) -> int:
    """Housekeeping of our logs: put again what still stands and would run out, or stands for longer than neighbours may keep it
    now; open an epoch that is due; sign newly. How many logs were signed."""
    signed = 0
    for topic, room in feeds.items():
        if not await _needs_renewal(topic, here=here):
            continue
        try:
            await _renew(room, here=here)
        except FeedRefused as no:
            log.warning("not renewed", topic=topic, finding=no.finding)
            continue
        signed += 1
    return signed


async def _renew(room: FeedRoom, *, here: Here) -> None:
    async with database.transaction():
        await database.lock(f"feed {room.topic}")
        batch = await _open(room, here=here)
        for name in await _due(room.topic, batch.life, limit=500, here=here):
            ref = name.partition(":")[2]
            await _write(room, batch, ref, await room.statement(ref, here=here), here=here)
        await _close(batch, here=here)


async def _needs_renewal(topic: str, *, here: Here) -> bool:
    head = await _head(topic)
    if head is None:
        return False
    if here.now - head["note_time"] >= CHECKPOINT_AGE or here.now >= head["epoch"] + EPOCH_LIFE:
        return True
    return bool(await _due(topic, await _life(topic), limit=1, here=here))


async def _due(topic: str, life: int, *, limit: int, here: Here) -> list[str]:
    """References of what runs out soon and was not looked at lately, and of what stands for too long. Those that run out first
    come first."""
    rows = await database.rows(
        "SELECT reference FROM feed_item WHERE topic = {} AND (expires < {} AND iat < {} OR expires > {}) "
        "ORDER BY expires, reference LIMIT {}",
        topic,
        here.now + min(life // 4, 7 * DAY),
        here.now - _news(life),
        here.now + life + _news(life),
        limit,
    )
    return [str(row["reference"]) for row in rows]


async def _life(topic: str) -> int:
    """Seconds for which a put may stand: the topic's cap, or the fewest days for which a neighbour may keep what we give."""
    row = await database.row("SELECT MIN(kept_days) AS days FROM peer WHERE NOT ended")
    return min(ENTRY_DAYS[topic], (row["days"] if row else None) or ENTRY_DAYS[topic]) * DAY


def _news(life: int) -> int:
    """Seconds by which another end has to differ so that it is worth saying."""
    return min(life // 4, DAY)


CHECKPOINT_AGE: Final = 600
"""Seconds after which a checkpoint is signed newly: well within the 15 minutes of the protocol."""


async def new_epoch(room: FeedRoom, reason: str, *, owed: Sequence[tuple[int, int]] = (), here: Here) -> None:
    """Open the next epoch of a feed now: after a restore, a fork, a revoked key. `owed`: positions to be erased besides those of
    the epoch before."""
    async with database.transaction():
        await database.lock(f"feed {room.topic}")
        head = await _head(room.topic)
        batch = await _begin(room, head, "first" if head is None else reason, here=here)
        batch.withdraw(owed, receipt=True)
        await _close(batch, here=here)


async def _head(topic: str) -> dict[str, Any] | None:
    return await database.row("SELECT * FROM feed_log WHERE topic = {} ORDER BY epoch DESC LIMIT 1", topic)


def _log(head: Mapping[str, Any], here: Here) -> Log:
    return Log(
        Origin(here.node_id, str(head["topic"]), int(head["epoch"])),
        Frontier.from_bytes(bytes(head["frontier"])),
        int(head["note_time"]),
        bool(head["closed"]),
    )


async def _open(room: FeedRoom, *, here: Here) -> Batch:
    """The log to write to: the open one, or a new epoch when there is none or it is old."""
    head = await _head(room.topic)
    if head is not None and not head["closed"] and here.now < int(head["epoch"]) + EPOCH_LIFE:
        return Batch(_log(head, here), int(head["no"]), await _life(room.topic))
    return await _begin(room, head, "first" if head is None else "age", here=here)


async def _begin(room: FeedRoom, head: Mapping[str, Any] | None, reason: str, *, here: Here) -> Batch:
    """A new epoch with the whole live state as the room has it now. Nobody reads back: the entries before are deleted."""
    topic = room.topic
    previous = None if head is None else _log(head, here)
    life = await _life(topic)
    statements = []
    for ref in await room.standing(here=here):
        statement = await _alive(await room.statement(ref, here=here), here=here)
        if statement is not None:
            statements.append((ref, statement, _put(topic, statement, life, here=here)))
    appended = open_log(
        here.node_id,
        topic,
        now=here.now,
        previous=previous,
        reason=reason,  # type: ignore[arg-type]
        snapshot=[put for _, _, put in statements],
    )
    last = await database.row("SELECT MAX(no) AS no FROM feed_log")
    no = ((last["no"] if last else None) or 0) + 1
    origin = appended.log.origin
    rows: list[tuple[object, ...]] = [
        (no * SPAN, "control", None, 0, None, None, appended.entries[0].body, "")  # type: ignore[union-attr]
    ]
    for index, (_, statement, put) in enumerate(statements, 1):
        withheld = json.dumps(sorted(statement.not_to)) if statement.not_to else ""
        made = commitment(origin, put.salt, put.body)
        rows.append((no * SPAN + index, "put", statement.id, put.expires, made, put.salt, put.body, withheld))
    owed: list[tuple[int, int]] = []
    if head is not None:
        owed = await unanswered(head)
        old = int(head["no"]) * SPAN
        await database.execute("UPDATE feed_log SET closed = {} WHERE topic = {}", True, topic)
        await database.execute("DELETE FROM feed_entry WHERE place >= {} AND place < {}", old, old + SPAN)
    await database.execute("DELETE FROM feed_item WHERE topic = {}", topic)
    await database.insert_many("feed_entry", _COLUMNS, rows)
    await database.insert_many(
        "feed_item",
        ("reference", "topic", "item", "digest", "iat", "expires"),
        [(f"{topic}:{ref}", topic, s.id, _digest(s), here.now, put.expires) for ref, s, put in statements],
    )
    await database.execute(
        "INSERT INTO feed_log (no, topic, epoch, size, frontier, note, note_time, live, closed) "
        "VALUES ({}, {}, {}, {}, {}, '', {}, {}, {})",
        no,
        topic,
        origin.epoch,
        appended.log.frontier.size,
        appended.log.frontier.to_bytes(),
        appended.log.time,
        len(statements),
        False,
    )
    batch = Batch(appended.log, no, life)
    batch.withdraw(owed, receipt=True)
    return batch


async def unanswered(head: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The positions, of this epoch and of older ones, of whose erasure a neighbour has not told us yet."""
    positions: set[tuple[int, int]] = set()
    for index in await erasures.unanswered(str(head["topic"]), int(head["epoch"])):
        row = await database.row("SELECT body FROM feed_entry WHERE place = {}", int(head["no"]) * SPAN + index)
        if row is not None and row["body"] is not None:
            body = decode_control(Control(bytes(row["body"])))
            positions |= set(body.at) if isinstance(body, Withdraw) else set()
    return sorted(positions)


async def _write(room: FeedRoom, batch: Batch, ref: str, statement: Statement | None, *, here: Here) -> None:
    """Append what `ref` says now, or that it is gone; nothing where its present state stands in the log already."""
    name = f"{room.topic}:{ref}"
    statement = await _alive(statement, here=here)
    held = await database.row("SELECT item, digest, expires FROM feed_item WHERE reference = {}", name)
    if statement is None:
        if held is not None:
            erased = await room.erased(ref, here=here)
            batch.withdraw(await _positions(held["item"], batch), receipt=erased)
            await database.execute("DELETE FROM feed_item WHERE reference = {}", name)
        return
    digest = _digest(statement)
    expires = _expiry(statement, batch.life, here=here)
    if held is not None and bytes(held["digest"]) == digest and abs(expires - held["expires"]) < _news(batch.life):
        await database.execute("UPDATE feed_item SET iat = {} WHERE reference = {}", here.now, name)
        return  # said already; a day more or less is no news
    before: list[tuple[int, int]] = []
    if held is not None:
        before = await _positions(held["item"], batch)
        await database.execute("DELETE FROM feed_item WHERE reference = {}", name)
    batch.put(_put(room.topic, statement, batch.life, here=here), statement.id, statement.not_to)
    if before:
        batch.withdraw(before, receipt=False)
    await database.execute(
        "INSERT INTO feed_item (reference, topic, item, digest, iat, expires) VALUES ({}, {}, {}, {}, {}, {})",
        name,
        room.topic,
        statement.id,
        digest,
        here.now,
        expires,
    )


async def _alive(statement: Statement | None, *, here: Here) -> Statement | None:
    """The statement, unless neighbours know that we withdrew it before this database was restored."""
    if statement is None:
        return None
    dead = await database.row("SELECT until FROM dead_id WHERE key = {}", dead_key(here.node_id, statement.id))
    return None if dead is not None and dead["until"] > here.now else statement


async def _positions(item: str, batch: Batch) -> list[tuple[int, int]]:
    """Every position of the open epoch that still holds this item; they are forgotten when the batch is stored."""
    start = batch.no * SPAN
    found = await database.rows(
        "SELECT place FROM feed_entry WHERE item = {} AND place >= {} AND place < {} ORDER BY place",
        item,
        start,
        start + SPAN,
    )
    places = [int(row["place"]) for row in found]
    places += [int(str(row[0])) for row in batch.rows if row[2] == item]
    places = [place for place in places if place not in batch.forgotten]
    batch.forgotten += places
    return [(batch.log.origin.epoch, place - start) for place in places]


async def _close(batch: Batch, *, here: Here) -> None:
    """Append, forget, sign and store the checkpoint; then whoever waits for heads is woken."""
    log = batch.log.append(batch.entries, now=here.now).log if batch.entries else batch.log
    gone = set(batch.forgotten)
    rows = [(*row[:2], None, row[3], row[4], None, None, row[7]) if row[0] in gone else row for row in batch.rows]
    await database.insert_many("feed_entry", _COLUMNS, rows)
    await database.many(
        "UPDATE feed_entry SET salt = NULL, body = NULL, item = NULL WHERE place = {}",
        [(place,) for place in batch.forgotten],
    )
    await erasures.owed(log.origin.topic, log.origin.epoch, batch.erasures, here=here)
    log, note = log.checkpoint(await keyring.signing("log", here=here), now=here.now)
    await database.execute(
        "UPDATE feed_log SET size = {}, frontier = {}, note = {}, note_time = {} WHERE no = {}",
        log.frontier.size,
        log.frontier.to_bytes(),
        note,
        log.time,
        batch.no,
    )
    database.signal("heads")


def _put(topic: str, statement: Statement, life: int, *, here: Here) -> Put:
    """The put for a statement, with a fresh salt. Refused is our room's own mistake, and says so."""
    try:
        return make_put(
            topic,
            id=unb64(statement.id),
            iat=here.now,
            data=statement.data,
            expires=_expiry(statement, life, here=here),
            salt=here.random.bytes(32),
        )
    except Refused as refusal:
        raise ValueError(f"a statement on {topic} that no neighbour would take: {refusal.cause}") from None


def _expiry(statement: Statement, life: int, *, here: Here) -> int:
    """When the put runs out: as the statement says, or when its life ends."""
    return min(statement.expires, here.now + life)


def _digest(statement: Statement) -> bytes:
    """What a statement says, in short: the same digest need not be said again."""
    parts = (statement.id, *sorted(statement.not_to))
    return sha256(" ".join(parts).encode() + b"\0" + statement.data).digest()
