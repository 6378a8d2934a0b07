# SPDX-License-Identifier: AGPL-3.0-or-later
"""Before the first signature of a process: was this database restored from a copy? (docs/protocol, decision 12)

Two signs: the instance in the database is not the one in the file outside backups, or a neighbour holds more of our logs than
we do. Then every feed begins a new epoch, without what neighbours know to be withdrawn. With active neighbours and none that
answers, nothing is signed for 10 minutes, and then a new epoch begins as well: a log is never signed in two ways.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
import structlog

from federation import wire
from federation.client import START_DEADLINE, PeerClient
from federation.errors import Refused
from federation.feed import Absent, Control, Origin, Withdraw, decode_control, leaf_hashes
from federation.merkle import root_of
from federation.notes import Checkpoint, open_checkpoint
from node import database, journal
from node.crossing import FeedRoom
from node.exchange import publishing
from node.exchange.erasures import remember_dead
from node.exchange.tables import SPAN
from node.here import Here
from node.peers import keyring, own

log = structlog.get_logger("commoncare.starting")

SILENCE: Final = 600.0
"""Seconds for which nothing is signed while no neighbour answers."""


class _Seen(msgspec.Struct):
    topic: str
    checkpoint: str


class _Control(msgspec.Struct):
    topic: str
    epoch: int
    index: int
    body: str


class Answer(msgspec.Struct):
    """What a neighbour says that it saw: checkpoints, and to ourselves our own control entries."""

    checkpoints: Annotated[list[_Seen], msgspec.Meta(max_length=16)]
    controls: Annotated[list[_Control], msgspec.Meta(max_length=4000)]


@dataclass(frozen=True, slots=True)
class Told:
    """What a neighbour holds of us: checkpoints that our own keys signed, and withdrawals by (topic, epoch, index)."""

    peer: str
    checkpoints: tuple[Checkpoint, ...]
    withdrawn: frozenset[tuple[str, int, int]]


async def ask(peers: Sequence[str], client: PeerClient, *, here: Here) -> list[Told]:
    """What each neighbour holds of us, all asked at once; who does not answer in 3 s is left out."""

    async def one(peer: str) -> Told | None:
        try:
            return await _told(peer, await client.seen(peer, here.node_id, deadline=START_DEADLINE), here.node_id)
        except Refused as refusal:
            log.info("not heard at the start", peer=peer, code=refusal.code)
            return None

    return [told for told in await asyncio.gather(*(one(peer) for peer in peers)) if told is not None]


async def keep(told: Sequence[Told], *, here: Here) -> None:
    """Keep what each neighbour said that it holds of us, in place of what it said before."""
    async with database.transaction():
        for each in told:
            await database.execute("DELETE FROM held_of_us WHERE peer = {}", each.peer)
            newest: dict[str, Checkpoint] = {}
            for seen in sorted(each.checkpoints, key=lambda seen: (Origin.parse(seen.origin).epoch, seen.size)):
                newest[Origin.parse(seen.origin).topic] = seen
            await database.many(
                "INSERT INTO held_of_us (key, peer, topic, epoch, size, note_time, at) VALUES ({}, {}, {}, {}, {}, {}, {})",
                [
                    (
                        f"{each.peer} {topic}",
                        each.peer,
                        topic,
                        Origin.parse(seen.origin).epoch,
                        seen.size,
                        seen.time,
                        here.now,
                    )
                    for topic, seen in newest.items()
                ],
            )


async def _told(peer: str, body: bytes, us: str) -> Told:
    answer = read_answer(body)
    ours = [
        open_checkpoint(note, str(origin), await keyring.logs(origin.epoch)) for origin, note in claimed(answer, us)
    ]
    withdrawn = set()
    for control in answer.controls:
        body_of = decode_control(Control(control.body.encode()))
        if isinstance(body_of, Withdraw):
            withdrawn |= {(control.topic, epoch, index) for epoch, index in body_of.at}
    return Told(peer, tuple(ours), frozenset(withdrawn))


def read_answer(body: bytes) -> Answer:
    """An answer to `seen`. Refused: bad-answer, malformed, too-large."""
    try:
        return msgspec.convert(wire.parse(body, limit=wire.PAGE_LIMIT), Answer)
    except msgspec.ValidationError as error:
        raise Refused("bad-answer", "not an answer to seen") from error


def claimed(answer: Answer, about: str) -> list[tuple[Origin, str]]:
    """The checkpoints in an answer that say to be of this node's logs, with their origins; no signature is verified yet. Refused:
    malformed."""
    notes = [(Origin.parse(seen.checkpoint.partition("\n")[0]), seen) for seen in answer.checkpoints]
    return [
        (origin, seen.checkpoint) for origin, seen in notes if (origin.node_id, origin.topic) == (about, seen.topic)
    ]


async def behind(told: Sequence[Told]) -> bool:
    """Whether a neighbour holds more of one of our logs than we do, or something else of the same size."""
    heads = {
        row["topic"]: row
        for row in await database.rows("SELECT no, topic, epoch, size FROM feed_log ORDER BY topic, epoch")
    }
    for each in told:
        for checkpoint in each.checkpoints:
            origin = Origin.parse(checkpoint.origin)
            head = heads.get(origin.topic)
            if head is None or (origin.epoch, checkpoint.size) > (head["epoch"], head["size"]):
                return True
            if origin.epoch == head["epoch"] and await _root_at(head["no"], origin, checkpoint.size) != checkpoint.root:
                return True
    return False


async def _root_at(no: int, origin: Origin, size: int) -> bytes:
    """The root that our own log has at this size."""
    rows = await database.rows(
        "SELECT kind, expires, commitment, body FROM feed_entry WHERE place >= {} AND place < {} ORDER BY place",
        no * SPAN,
        no * SPAN + size,
    )
    entries = [
        Control(bytes(row["body"])) if row["kind"] == "control" else Absent(row["expires"], bytes(row["commitment"]))
        for row in rows
    ]
    return root_of(leaf_hashes(origin, entries))


async def begin_anew(feeds: Mapping[str, FeedRoom], told: Sequence[Told], *, here: Here) -> None:
    """A new epoch of each feed that we ever published, without what neighbours know to be withdrawn."""
    async with database.transaction():
        for topic, epoch, index in sorted({at for each in told for at in each.withdrawn}):
            head = await database.row("SELECT no FROM feed_log WHERE topic = {} AND epoch = {}", topic, epoch)
            if head is None or index >= SPAN:
                continue
            entry = await database.row("SELECT item FROM feed_entry WHERE place = {}", head["no"] * SPAN + index)
            # A position may be withdrawn only because a newer put replaced it: then another position holds the item.
            if entry is not None and entry["item"] is not None and not await _replaced(entry["item"], told, head["no"]):
                await remember_dead(here.node_id, [entry["item"]], here=here)
        await open_anew(feeds, "restore", here=here)
        await own.restored(here=here)
        await journal.write(None, "exchange.restored", f"node:{here.node_id}", {}, here=here)


async def open_anew(feeds: Mapping[str, FeedRoom], reason: str, *, here: Here) -> None:
    """A new epoch of each feed that we ever published, in the caller's transaction: after a restore, or when the key was revoked
    that signed the one before. Nobody publishes meanwhile."""
    for topic, room in feeds.items():
        await database.lock(f"feed {topic}")
        if await database.row("SELECT no FROM feed_log WHERE topic = {}", topic) is not None:
            await publishing.new_epoch(room, reason, here=here)


async def _replaced(item: str, told: Sequence[Told], no: int) -> bool:
    """Whether another position that nobody saw withdrawn still holds this item."""
    log_of = await database.row("SELECT topic, epoch FROM feed_log WHERE no = {}", no)
    assert log_of is not None
    gone = {(epoch, index) for each in told for topic, epoch, index in each.withdrawn if topic == log_of["topic"]}
    held = await database.rows(
        "SELECT place FROM feed_entry WHERE item = {} AND place >= {} AND place < {}", item, no * SPAN, (no + 1) * SPAN
    )
    return any((log_of["epoch"], row["place"] - no * SPAN) not in gone for row in held)


async def another_instance(file: Path | None, *, here: Here) -> bool:
    """Whether the file outside backups names another instance than the database. The first start writes the file."""
    if file is None:
        return False
    instance, started = await own.instance()
    if not instance:
        return False
    written = file.read_text(encoding="ascii").strip() if file.exists() else ""
    if not started and not written:
        write_instance(file, instance)
        await own.mark_started()
        return False
    return written != instance


def write_instance(file: Path, instance: str) -> None:
    """Put the instance into its file, whole or not at all, so that it survives a loss of power: what is said next in the database
    counts on it, and a node without it would take itself for a restored copy."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = file.with_name(file.name + ".new")
    with new.open("w", encoding="ascii") as out:
        out.write(instance + "\n")
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
    handle = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
