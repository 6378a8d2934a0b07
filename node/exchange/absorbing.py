# SPDX-License-Identifier: AGPL-3.0-or-later
"""A verified run of a neighbour's entries becomes visible: all of it in one transaction, or none.

Called with what was verified, never before. In order: entries are sorted and stored with their leaves; what withdrawals name
loses body and salt, and its id is remembered as dead; the room takes the puts that stand (for one id the newest) and lets go
of what is gone; what it can't take is set aside for good. With a new epoch the older ones are dropped in the same step.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from federation.feed import (
    Absent,
    Control,
    Entry,
    FeedRefused,
    Known,
    Put,
    Record,
    commitment,
    read_put,
    sort_entries,
    why_absent,
)
from federation.merkle import Frontier
from node import database
from node.crossing import Arrived, FeedRoom
from node.exchange import erasures
from node.exchange.erasures import dead_key
from node.exchange.tables import SPAN
from node.here import Here
from node.peers import evidence

COLUMNS: Final = ("place", "kind", "leaf", "item", "expires", "salt", "body", "visible")
AT_ONCE: Final = 50
"""Entries that are worked on before others have their turn: a millisecond or two."""
PART: Final = 2_000
"""Puts that a room takes at once."""
HOLD: Final = 16 * 1024 * 1024
_NAMED: Final = 500

Chunk = tuple[int, Sequence[Entry], Sequence[bytes]]
"""First index, entries, their leaf hashes."""


@dataclass
class Run:
    """What is to become visible of one log: `no`, `live`, `closed` of its row; `pin` verified; `full`: bodies are for us;
    `keep`: seconds after it was given for which we may keep something.

    `puts`: id -> place, expiry and what was read of its body, which is read once; `held`: bytes of these bodies, of which those
    beyond HOLD are not kept and read again from their rows. `receipts`, `dead`: indexes of entries for which we owe a receipt.
    `granted`: the grant under which all of it is known once this run stands: what was withheld before is still to be asked for
    (`filling`). `withheld`: a put came without its body, so that its id is not known.
    """

    peer: str
    topic: str
    no: int
    live: int
    closed: bool
    pin: Known
    frontier: Frontier
    granted: int
    full: bool
    keep: int
    new_epoch: bool
    puts: dict[str, tuple[int, int, Record | None]] = field(default_factory=dict)
    held: int = 0
    withdrawn: list[tuple[int, bool]] = field(default_factory=list)
    aside: list[tuple[int, str]] = field(default_factory=list)
    receipts: list[int] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)
    withheld: bool = False
    restored: bool = False
    alarm: str = ""

    @property
    def base(self) -> int:
        return self.no * SPAN


async def make_visible(run: Run, room: FeedRoom, chunks: AsyncIterator[Chunk], *, here: Here) -> int:
    """In the caller's transaction. How many entries became visible. Raises FeedRefused (snapshot) before any change
    that the caller would keep."""
    count = 0
    async for start, entries, leaves in chunks:
        rows: list[tuple[Any, ...]] = []
        for part in range(0, len(entries), AT_ONCE):
            rows += _rows(run, start + part, entries[part : part + AT_ONCE], leaves[part : part + AT_ONCE], here=here)
            await asyncio.sleep(0)
        await database.insert_many("followed_entry", COLUMNS, rows)
        count += len(entries)
    if run.pin.size < 1 + run.live:
        raise FeedRefused("snapshot", "the live state is not whole yet")
    gone = await _withdraw(run, here=here)
    if run.new_epoch:
        gone |= await _drop_older(run)
        await evidence.begun_anew(run.peer, run.topic, run.pin.origin.epoch)
    await _leave_out_dead(run, here=here)
    await _absorb(run, room, gone - run.puts.keys(), here=here)
    await set_aside(run.peer, run.topic, run.pin.origin.epoch, run.no, run.aside, here=here)
    await erasures.answer(run.peer, run.topic, run.pin.origin.epoch, erased=run.receipts, dead=run.dead, here=here)
    await database.execute(
        "UPDATE followed SET size = {}, root = {}, frontier = {}, note = {}, note_time = {}, live = {}, closed = {}, "
        "granted = {}, restored = {}, alarm = {} WHERE no = {}",
        run.pin.size,
        run.pin.root,
        run.frontier.to_bytes(),
        run.pin.note,
        run.pin.time,
        run.live,
        run.closed,
        run.granted if run.full else 0,
        run.restored,
        run.alarm,
        run.no,
    )
    return count


async def _absorb(run: Run, room: FeedRoom, gone: set[str], *, here: Here) -> None:
    """Hand the room what stands, a part at a time, and what is gone. What was too much to hold is read again from its rows."""
    lost = sorted(gone)
    for some in _parts(list(run.puts), PART) if run.puts else ([],):
        again = [run.puts[id][0] for id in some if run.puts[id][2] is None]
        read = await _read_again(run, again, here=here) if again else {}
        put = []
        for id in some:
            _, expires, said = run.puts[id]
            said = said or read[id]
            put.append(Arrived(id, said.iat, expires, said.data))
        if put or lost:
            rejected = await room.absorb(run.peer, put, lost, here=here)
            run.aside += [(run.puts[no.id][0], no.reason) for no in rejected if no.id in run.puts]
        lost = []
        await asyncio.sleep(0)


async def _read_again(run: Run, places: Sequence[int], *, here: Here) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for some in _parts(places):
        marks = ", ".join("{}" for _ in some)
        rows = await database.rows(
            f"SELECT expires, salt, body FROM followed_entry WHERE place IN ({marks})",  # noqa: S608
            *some,
        )
        for row in rows:
            record = read_put(run.topic, Put(row["expires"], bytes(row["salt"]), bytes(row["body"])), now=here.now)
            found[record.id] = record
    return found


def _rows(
    run: Run, start: int, entries: Sequence[Entry], leaves: Sequence[bytes], *, here: Here
) -> list[tuple[Any, ...]]:
    """Sort a part; its rows. Bodies that are not for us now are not kept: they are asked for when they are."""
    origin = run.pin.origin
    if not run.full:
        entries = [Absent(e.expires, commitment(origin, e.salt, e.body)) if isinstance(e, Put) else e for e in entries]
    found = sort_entries(origin, start, entries, now=here.now, live=run.live, closed=run.closed)
    run.live, run.closed = found.live, found.closed
    if found.opened is not None:
        run.restored = found.opened.reason in ("restore", "fork")
    base, items = run.base, dict[int, tuple[str, int]]()
    for at in found.puts:
        until = min(at.put.expires, at.record.iat + run.keep)
        if until > here.now:
            items[at.index] = at.record.id, until
            run.held += len(at.put.body)
            run.puts[at.record.id] = (base + at.index, until, at.record if run.held <= HOLD else None)
    for withdrawal in found.withdrawals:
        if withdrawal.withdraw.receipt:
            run.receipts.append(withdrawal.index)
        run.withdrawn += [
            (base + index, withdrawal.withdraw.receipt)
            for epoch, index in withdrawal.withdraw.at
            if epoch == origin.epoch
        ]
    aside = {entry.index: entry.code for entry in found.aside}
    run.aside += [(base + index, code) for index, code in aside.items()]
    if run.full and found.absent:
        withdrawn = {(origin.epoch, place - base) for place, _ in run.withdrawn}
        reasons = {why_absent(origin, at, granted=True, withdrawn=withdrawn, now=here.now) for at in found.absent}
        if "missing" in reasons:
            run.alarm = "missing"
    if any(entry.control for entry in found.aside):
        run.alarm = "control"
    rows: list[tuple[Any, ...]] = []
    for index, (entry, leaf) in enumerate(zip(entries, leaves, strict=True), start):
        place = base + index
        if type(entry) is Put:
            item = items.get(index)
            if item is not None:
                rows.append((place, "put", leaf, *item, entry.salt, entry.body, True))
            else:
                kind = "aside" if index in aside else "gone"
                rows.append((place, kind, leaf, None, entry.expires, None, None, True))
        elif isinstance(entry, Control):
            body = None if index in aside else entry.body
            rows.append((place, "control", leaf, None, 0, None, body, True))
        else:
            run.withheld |= entry.expires > here.now
            rows.append((place, "absent", leaf, None, entry.expires, None, None, True))
    return rows


async def _withdraw(run: Run, *, here: Here) -> set[str]:
    """Forget what withdrawals name; the ids of which nothing stands any more. Such an id is remembered as dead, unless a put
    that was withheld may have replaced it: then only an erasure says for sure that it is not to come back."""
    places = sorted({place for place, _ in run.withdrawn})
    if not places:
        return set()
    erased = {place for place, receipt in run.withdrawn if receipt}
    ids: set[str] = set()
    sure: set[str] = set()
    for some in _parts(places):
        marks = ", ".join("{}" for _ in some)
        found = await database.rows(
            f"UPDATE followed_entry SET kind = 'withdrawn' WHERE place IN ({marks}) AND kind <> 'control' "  # noqa: S608
            "RETURNING place, item",
            *some,
        )
        ids.update(row["item"] for row in found if row["item"] is not None)
        sure.update(row["item"] for row in found if row["item"] is not None and row["place"] in erased)
        await database.execute(
            "UPDATE followed_entry SET kind = 'gone', salt = NULL, body = NULL, item = NULL "  # noqa: S608
            f"WHERE place IN ({marks}) AND kind = 'withdrawn'",
            *some,
        )
    forgotten = set(places)
    for id, (place, _, _) in list(run.puts.items()):
        if place in forgotten:
            del run.puts[id]
    gone = {id for id in ids if id not in run.puts} - await standing(run.base, ids)
    epoch = run.pin.origin.epoch
    await erasures.remember_dead(run.peer, sorted(gone & sure), epoch=epoch, here=here)
    if not run.withheld:
        await erasures.remember_dead(run.peer, sorted(gone - sure), erased=False, epoch=epoch, here=here)
    return gone


async def standing(base: int, ids: Iterable[str]) -> set[str]:
    """Which of these ids still have a put in the log."""
    held: set[str] = set()
    for some in _parts(sorted(ids)):
        marks = ", ".join("{}" for _ in some)
        found = await database.rows(
            f"SELECT item FROM followed_entry WHERE item IN ({marks}) AND kind = 'put' "  # noqa: S608
            "AND place >= {} AND place < {}",
            *some,
            base,
            base + SPAN,
        )
        held.update(row["item"] for row in found)
    return held


async def _drop_older(run: Run) -> set[str]:
    """Forget the epochs before; the ids that stood there."""
    older = await database.rows(
        "SELECT no FROM followed WHERE peer = {} AND topic = {} AND no <> {}", run.peer, run.topic, run.no
    )
    gone: set[str] = set()
    for row in older:
        low = row["no"] * SPAN
        found = await database.rows(
            "DELETE FROM followed_entry WHERE place >= {} AND place < {} RETURNING item", low, low + SPAN
        )
        gone.update(entry["item"] for entry in found if entry["item"] is not None)
        await database.execute("DELETE FROM followed WHERE no = {}", row["no"])
    return gone


async def _leave_out_dead(run: Run, *, here: Here) -> None:
    """A put of an id that was erased is set aside. So is one of an id that was withdrawn, in a log that its owner opened since
    because it was put back from a copy: it may not know what it withdrew. Otherwise the thing is meant anew."""
    if await database.row("SELECT source FROM dead_id WHERE source = {} LIMIT 1", run.peer) is None:
        return
    by_key = {dead_key(run.peer, id): id for id in run.puts}
    for some in _parts(sorted(by_key)):
        marks = ", ".join("{}" for _ in some)
        found = await database.rows(
            f"SELECT key, erased, epoch FROM dead_id WHERE key IN ({marks}) AND until > {{}}",  # noqa: S608
            *some,
            here.now,
        )
        for row in found:
            if not row["erased"] and not (run.restored and row["epoch"] < run.pin.origin.epoch):
                await database.execute("DELETE FROM dead_id WHERE key = {}", row["key"])
                continue
            place, _, _ = run.puts.pop(by_key[row["key"]])
            run.aside.append((place, "dead"))
            run.dead.append(place - run.base)


async def set_aside(
    peer: str, topic: str, epoch: int, no: int, aside: Sequence[tuple[int, str]], *, here: Here
) -> None:
    """Keep why these places can't be taken; their bytes go at once."""
    if not aside:
        return
    await database.many(
        "INSERT INTO set_aside (place, source, topic, epoch, idx, reason, at) VALUES ({}, {}, {}, {}, {}, {}, {}) "
        "ON CONFLICT (place) DO NOTHING",
        [(place, peer, topic, epoch, place - no * SPAN, reason[:60], here.now) for place, reason in aside],
    )
    await database.many(
        "UPDATE followed_entry SET kind = 'aside', salt = NULL, body = NULL, item = NULL "
        "WHERE place = {} AND kind <> 'control'",
        [(place,) for place, _ in aside],
    )


def _parts(items: Sequence[Any], size: int = _NAMED) -> Iterable[Sequence[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))
