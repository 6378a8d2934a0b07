# SPDX-License-Identifier: AGPL-3.0-or-later
"""Erasure that neighbours answer for: who owes a receipt, receipts as letters both ways, and what is overdue (decision 7).

A withdraw entry with `receipt` is published together with a line for each neighbour that ever had the topic: due within the
hours that the peering says. A follower that forgot what the entry names sends a receipt in the same transaction; so it does,
as `dead`, for a put of an id that was withdrawn before. What nobody answered when a new epoch opens is withdrawn again in
that one, for who was away and will never read the old. A receipt is tried for as long as the peering lasts, by a new letter when
one ran out. What is overdue pauses sharing with that neighbour, once, until an operator resumes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

import structlog

from federation.letters import LETTER_DAYS, Receipt
from federation.trust import PeerView, State
from federation.wire import DAY, b64
from node import database, journal, post
from node.crossing import Incoming, Leaving, Reject
from node.exchange.tables import SPAN
from node.here import Here
from node.peers import ending, handshake, own, reads, views
from node.peers.rules import ERASURE_OVERDUE

log = structlog.get_logger("commoncare.erasures")

DEAD_DAYS: Final = 100
KEPT_DAYS: Final = 400
"""How long it stays on record that a neighbour answered."""
AGAIN: Final = DAY
"""Seconds until a receipt that nobody took is written anew."""


async def owed(topic: str, epoch: int, indexes: Sequence[int], *, here: Here) -> None:
    """Note who has to answer for these withdraw entries of ours; in the transaction that publishes them."""
    if not indexes:
        return
    lines = []
    for view in await views.load_all(here=here):
        if (
            view.peering is None
            or view.state(here.now) not in (State.ACTIVE, State.PAUSED)
            or topic not in view.granted | view.shares(here.node_id, here.now)
        ):
            continue
        due = here.now + view.peering.erasure_sla_h * 3600
        lines += [
            (_key(view.node_id, topic, epoch, index), view.node_id, topic, epoch, index, here.now, due)
            for index in indexes
        ]
    await database.many(
        "INSERT INTO erasure_due (key, peer, topic, epoch, idx, asked, due, told) VALUES ({}, {}, {}, {}, {}, {}, {}, FALSE) "
        "ON CONFLICT (key) DO NOTHING",
        lines,
    )


async def unanswered(topic: str, epoch: int) -> list[int]:
    """The withdraw entries of this epoch for which a neighbour still owes a receipt, by index."""
    found = await database.rows(
        "SELECT DISTINCT idx FROM erasure_due WHERE topic = {} AND epoch = {} AND done_at IS NULL ORDER BY idx",
        topic,
        epoch,
    )
    return [int(row["idx"]) for row in found]


async def answer(peer: str, topic: str, epoch: int, *, erased: Iterable[int], dead: Iterable[int], here: Here) -> None:
    """Put out the receipts that this neighbour is to have; in the transaction in which the entries took effect."""
    for what, indexes in (("erased", erased), ("dead", dead)):
        for index in sorted(set(indexes)):
            await post.put_out(
                kind="letter",
                ref=f"receipt:{what}:{topic}:{epoch}:{index}:{_short(peer)}:{here.now}",
                to=peer,
                due=here.now,
                expires=here.now + LETTER_DAYS * DAY,
                here=here,
            )


async def overdue(*, here: Here) -> int:
    """Pause sharing with whoever did not answer in time. How many neighbours."""
    late = await database.rows(
        "SELECT DISTINCT peer FROM erasure_due WHERE done_at IS NULL AND told = {} AND due < {}", False, here.now
    )
    for row in late:
        async with database.transaction():
            await database.execute(
                "UPDATE erasure_due SET told = {} WHERE peer = {} AND done_at IS NULL AND due < {}",
                True,
                row["peer"],
                here.now,
            )
            await handshake.stop_sharing(row["peer"], ERASURE_OVERDUE, here=here)
        log.warning("overdue", peer=row["peer"])
    await database.execute("DELETE FROM erasure_due WHERE due < {}", here.now - KEPT_DAYS * DAY)
    return len(late)


class Room:
    """Receipts, as letters of exchange's own. Satisfies `node.crossing.LetterRoom`."""

    prefix = "receipt"

    async def letter(self, ref: str, *, here: Here) -> Leaving | None:
        if ref.startswith("receipt:ended:"):
            return await _parting(ref, here=here)
        _, what, topic, epoch, index, _, at = ref.split(":")
        said = Receipt(what=what, topic=topic, epoch=int(epoch), index=int(index), at=int(at))  # type: ignore[arg-type]
        return Leaving("receipt", here.token(), said, here.now + LETTER_DAYS * DAY)

    async def reached(self, ref: str, *, here: Here) -> None:
        """Nothing is left to do."""

    async def delayed(self, ref: str, why: str, *, here: Here) -> None:
        """It is tried again by itself, and no person waits for it."""

    async def undeliverable(self, ref: str, why: str, *, here: Here) -> None:
        """It ran out: written anew for as long as the two are neighbours. A no for good is the other side's to explain."""
        if why != "expired":
            log.warning("receipt not taken", why=why)
            return
        over = ref.startswith("receipt:ended:")
        short = ref.split(":")[3 if over else 5]
        for neighbour in await reads.neighbours(here=here):
            if _short(neighbour.node_id) == short and (over or neighbour.state in ("active", "paused")):
                await post.put_out(
                    kind="letter",
                    ref=ref,
                    to=neighbour.node_id,
                    due=here.now + AGAIN,
                    expires=here.now + AGAIN + LETTER_DAYS * DAY,
                    here=here,
                )

    async def receive(self, letter: Incoming, *, here: Here) -> None:
        said = letter.data
        assert isinstance(said, Receipt)
        if said.what == "ended":
            await _parted(letter, said, here=here)
            return
        if await reads.state(letter.source, here=here) not in (State.ACTIVE, State.PAUSED):
            raise Reject("nothing-owed")
        assert said.topic
        assert said.epoch
        assert said.index
        if said.what == "erased":
            await _answered(letter.source, said.topic, said.epoch, said.index, here=here)
        else:
            await _dead(letter.source, said.topic, said.epoch, said.index, here=here)


async def part(view: PeerView, *, here: Here) -> None:
    """Put out the receipt for a peering that is over: all that came under it was deleted. In the transaction that notes it."""
    assert view.peering is not None
    until = view.parting(here.now) or 0
    # What it owes is part of this from now on, and pauses nothing that may begin anew.
    await database.execute("UPDATE erasure_due SET told = {} WHERE peer = {} AND done_at IS NULL", True, view.node_id)
    await post.put_out(
        kind="letter",
        ref=f"receipt:ended:{view.peering.id}:{_short(view.node_id)}:{here.now}",
        to=view.node_id,
        due=here.now,
        expires=min(until, here.now + LETTER_DAYS * DAY),
        here=here,
    )


async def _parting(ref: str, *, here: Here) -> Leaving | None:
    """It leaves for as long as that peering is over and the other side takes it: not into one that began anew meanwhile."""
    _, _, peering, short, at = ref.split(":")
    for view in await views.load_all(here=here):
        until = view.parting(here.now)
        if (
            _short(view.node_id) == short
            and view.peering is not None
            and view.peering.id == peering
            and until is not None
        ):
            if here.now > until:
                return None
            expires = min(until, here.now + LETTER_DAYS * DAY)
            return Leaving("receipt", here.token(), Receipt(what="ended", peering=peering, at=int(at)), expires)
    return None


async def _parted(letter: Incoming, said: Receipt, *, here: Here) -> None:
    """They deleted everything, and with it whatever they still had to answer for. What they signed is kept, to be shown."""
    peer = letter.source
    assert isinstance(said.peering, str)
    if not await ending.receipt(peer, said.peering, said.at, here=here):
        raise Reject("nothing-owed")
    view = await reads.view(peer, here=here)
    assert view is not None
    await database.execute(
        "INSERT INTO parting_receipt (peering, peer, at, signed, identity) VALUES ({}, {}, {}, {}, {}) "
        "ON CONFLICT (peering) DO UPDATE SET at = excluded.at, signed = excluded.signed, identity = excluded.identity",
        said.peering,
        peer,
        here.now,
        letter.signed,
        view.identity.envelope,
    )
    if await reads.state(peer, here=here) not in (State.ACTIVE, State.PAUSED):
        await database.execute(
            "UPDATE erasure_due SET done_at = {} WHERE peer = {} AND done_at IS NULL", here.now, peer
        )


async def _answered(peer: str, topic: str, epoch: int, index: int, *, here: Here) -> None:
    """Settle this debt, and those of epochs before: who follows this epoch has dropped them whole."""
    key = _key(peer, topic, epoch, index)
    if await database.row("SELECT key FROM erasure_due WHERE key = {}", key) is None:
        raise Reject("nothing-owed")
    await database.execute(
        "UPDATE erasure_due SET done_at = {} WHERE peer = {} AND topic = {} AND (key = {} OR epoch < {}) "
        "AND done_at IS NULL",
        here.now,
        peer,
        topic,
        key,
        epoch,
    )
    await journal.write(None, "exchange.erasure-answered", f"node:{peer}", {"index": index}, here=here)


async def _dead(peer: str, topic: str, epoch: int, index: int, *, here: Here) -> None:
    """A neighbour knows that we withdrew this before: it must not come back, so it is remembered and taken down again. Only a
    node that was put back from a copy can have forgotten such a thing; at any other time this is a neighbour's word for taking
    down what stands, and it is not believed."""
    restored = await own.restored_at()
    if epoch < restored or not restored or restored + DEAD_DAYS * DAY < here.now:
        raise Reject("nothing-owed")
    found = await database.row(
        "SELECT e.item FROM feed_entry e JOIN feed_log l ON l.no = e.place / {} WHERE l.topic = {} AND l.epoch = {} "
        "AND e.place = l.no * {} + {}",
        SPAN,
        topic,
        epoch,
        SPAN,
        index,
    )
    if found is None or found["item"] is None:
        return  # gone already
    await remember_dead(here.node_id, [found["item"]], here=here)
    item = await database.row("SELECT reference FROM feed_item WHERE topic = {} AND item = {}", topic, found["item"])
    if item is not None:
        await post.put_out(kind="feed", ref=item["reference"], to="", due=here.now, expires=None, here=here)
    await journal.write(None, "exchange.revival-told", f"node:{peer}", {"index": index}, here=here)


async def remember_dead(source: str, ids: Iterable[str], *, erased: bool = True, epoch: int = 0, here: Here) -> None:
    """Keep, for 100 days, that this node withdrew these ids, in this epoch. Only their hashes are kept; erased stays erased."""
    until = here.now + DEAD_DAYS * DAY
    await database.many(
        "INSERT INTO dead_id (key, source, until, erased, epoch) VALUES ({}, {}, {}, {}, {}) ON CONFLICT (key) DO UPDATE "
        "SET until = excluded.until, erased = dead_id.erased OR excluded.erased, epoch = excluded.epoch",
        [(dead_key(source, id), source, until, erased, epoch) for id in ids],
    )


def dead_key(source: str, id: str) -> str:
    """What is remembered of an id that was withdrawn: its owner and SHA-256."""
    return f"{source} {b64(sha256(id.encode()).digest())}"


def _key(peer: str, topic: str, epoch: int, index: int) -> str:
    return f"{peer} {topic} {epoch} {index}"


def _short(peer: str) -> str:
    """A node id as it fits into a reference: 22 characters of its hash."""
    return b64(sha256(peer.encode()).digest())[:22]


room = Room()
