# SPDX-License-Identifier: AGPL-3.0-or-later
"""The owner's side: one log as a value, from its opening entry to its last, and the checkpoints it signs.

A log never appends what a follower would set aside, never signs a time below its last, never outlives its epoch, and
nothing follows a close entry. Every function returns a new value; storing it before anything is served, and having
one writer, is the caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from .. import notes, wire
from ..errors import Refused
from ..keys import SigningKey
from ..merkle import EMPTY_ROOT, Frontier
from .controls import Close, Open, Withdraw, decode_control, encode_control
from .entries import Absent, Entry, Put, leaf_hashes, read_put
from .findings import FeedRefused
from .origins import EPOCH_DAYS, Origin

CHECKPOINT_SECONDS: Final = 900
"""A checkpoint is renewed at least this often, so that a frozen log shows."""

Reason = Literal["first", "age", "key", "restore", "fork"]


@dataclass(frozen=True, slots=True)
class Log:
    """One epoch of one's own feed: tree, time of the last checkpoint (Unix seconds, 0 before the first), closed."""

    origin: Origin
    frontier: Frontier
    time: int = 0
    closed: bool = False

    @property
    def ends(self) -> int:
        """The last Unix second at which this epoch may sign; a new one has to be open by then."""
        return self.origin.epoch + EPOCH_DAYS * wire.DAY

    def append(self, entries: Sequence[Entry], *, now: int) -> Appended:
        """The log with these puts and withdraw or close entries at its end.

        Refused: malformed, too-large, clock-skew for an entry that followers would set aside; epoch-closed after a
        close entry or past the epoch's end.
        """
        if self.closed or now > self.ends:
            raise Refused("epoch-closed", "nothing is appended to an epoch that ended", origin=str(self.origin))
        closed = False
        for index, entry in enumerate(entries, self.frontier.size):
            if closed:
                raise Refused("malformed", "an entry after the close entry")
            closed = self._judge(index, entry, now)
        return self._with(entries, closed=closed)

    def checkpoint(self, key: SigningKey, *, now: int) -> tuple[Log, str]:
        """(the log, the signed note) for the present state; the time is `now`, or the last one if that is later.

        FeedRefused: time-ahead when the last time is more than 300 s ahead of `now`, epoch-long past the end.
        """
        time = max(now, self.time)
        if time > now + wire.SKEW:
            raise FeedRefused("time-ahead", "our own clock stands far behind the last checkpoint")
        if time > self.ends:
            raise FeedRefused("epoch-long", "this epoch may sign no more; open another")
        note = notes.make_checkpoint(str(self.origin), self.frontier.size, self.frontier.root(), time, key)
        return replace(self, time=time), note

    def _judge(self, index: int, entry: Entry, now: int) -> bool:
        """Refuses an entry that may not stand here; True for a close entry."""
        if isinstance(entry, Put):
            read_put(self.origin.topic, entry, now=now)
            return False
        if isinstance(entry, Absent):
            raise Refused("malformed", "an owner appends whole records")
        body = decode_control(entry)
        if isinstance(body, Open):
            raise Refused("malformed", "an open entry stands only at the beginning")
        if isinstance(body, Withdraw) and any(at >= (self.origin.epoch, index) for at in body.at):
            raise Refused("malformed", "a withdraw entry that names what comes after it")
        return isinstance(body, Close)

    def _with(self, entries: Sequence[Entry], *, closed: bool) -> Appended:
        hashes = leaf_hashes(self.origin, entries)
        grown = replace(self, frontier=self.frontier.extend(hashes), closed=closed)
        return Appended(grown, self.frontier.size, tuple(entries), tuple(hashes))


@dataclass(frozen=True, slots=True)
class Appended:
    """What an append did: the new log, the index of the first new entry, the entries, their leaf hashes (32 bytes)."""

    log: Log
    first: int
    entries: tuple[Entry, ...]
    leaf_hashes: tuple[bytes, ...]


def open_log(
    node_id: str, topic: str, *, now: int, previous: Log | None, reason: Reason, snapshot: Sequence[Put] = ()
) -> Appended:
    """A new epoch: entry 0, then the whole live state (each put with a fresh salt) as entries 1 to n.

    Its number is `now`, or the one after the previous epoch's if that is later. `previous` is the epoch before as far
    as we know it, None (with reason `first`) for a feed's beginning. Refused: malformed; FeedRefused: epoch-ahead when
    the epoch would stand more than 300 s ahead of `now`.
    """
    last = previous.origin.epoch if previous else 0
    epoch = max(now, last + 1)
    if epoch > now + wire.SKEW:
        raise FeedRefused("epoch-ahead", "the epoch before stands too far ahead of our clock")
    origin = Origin(node_id, topic, epoch)
    if previous and (previous.origin.node_id, previous.origin.topic) != (node_id, topic):
        raise ValueError("the epoch before belongs to another feed")
    frontier = previous.frontier if previous else Frontier()
    root = wire.b64(frontier.root() if previous else EMPTY_ROOT)
    opening = encode_control(Open(last, frontier.size, root, reason, len(snapshot)))
    # A checkpoint's time goes on rising from epoch to epoch, so the last one comes along.
    log = Log(origin, Frontier(), previous.time if previous else 0)
    for put in snapshot:
        read_put(topic, put, now=now)
    return log._with([opening, *snapshot], closed=False)
