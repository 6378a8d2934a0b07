# SPDX-License-Identifier: AGPL-3.0-or-later
"""The follower's side: which checkpoint to accept, whether a range belongs to it, what its entries mean.

In this order: the checkpoint is judged against the one known (`judge_checkpoint`), pages are hashed and staged
(`stage_page`), the root over all leaves is compared with the pinned one (`verify_range`), and only then are entries
read (`sort_entries`), each for itself: a bad one is set aside with its reason and the rest moves on. Of two puts with
one id the higher (epoch, index) wins. Pure: what to store, to freeze or to ask again is the caller's.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from .. import merkle, wire
from ..errors import Refused
from ..merkle import Frontier
from ..notes import Checkpoint
from .controls import Close, Open, Withdraw, decode_control
from .entries import Absent, Control, Entry, Put, Record, leaf_hashes, read_put
from .findings import FeedRefused
from .origins import EPOCH_DAYS, Origin

STALE_SECONDS: Final = 3600
ALARM_SECONDS: Final = 86_400
SNAPSHOT_UNKNOWN: Final = -1

News = Literal["first", "renewed", "grown", "epoch"]
Absence = Literal["withheld", "expired", "withdrawn", "audience", "missing"]
Freshness = Literal["fresh", "stale", "alarm"]


class Pin(Protocol):
    """Whatever has a size and a root (32 bytes): a Known, a Checkpoint."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Known:
    """The last accepted checkpoint of a feed: time in Unix seconds, root of 32 bytes, the signed note."""

    origin: Origin
    size: int
    root: bytes
    time: int
    note: str


class Judged(NamedTuple):
    """An accepted checkpoint: what is new about it, and what is known from now on."""

    news: News
    known: Known


def judge_checkpoint(known: Known | None, checkpoint: Checkpoint, now: int) -> Judged:
    """Whether a checkpoint whose signature verified may follow the one known (decisions 5 and 8).

    FeedRefused, in this order: time-ahead and epoch-ahead (more than 300 s), epoch-long (signed after 100 days),
    rollback (a lower epoch, time or size), fork (one size, two roots: keep both notes). Refused: malformed.
    """
    origin = Origin.parse(checkpoint.origin)
    if checkpoint.size < 1:
        raise Refused("malformed", "a log holds its opening entry at least")
    if checkpoint.time > now + wire.SKEW:
        raise FeedRefused("time-ahead", "a checkpoint from the future")
    # An epoch ahead of its own checkpoint is ahead of the owner's clock too, whatever ours says.
    if origin.epoch > min(now, checkpoint.time) + wire.SKEW:
        raise FeedRefused("epoch-ahead", "an epoch from the future")
    if checkpoint.time > origin.epoch + EPOCH_DAYS * wire.DAY:
        raise FeedRefused("epoch-long", "signed more than 100 days after the epoch's opening")
    accepted = Known(origin, checkpoint.size, checkpoint.root, checkpoint.time, checkpoint.note)
    if known is None:
        return Judged("first", accepted)
    if (origin.node_id, origin.topic) != (known.origin.node_id, known.origin.topic):
        raise ValueError("the checkpoint known belongs to another feed")
    if origin.epoch < known.origin.epoch:
        raise FeedRefused("rollback", "an epoch before the one known")
    if checkpoint.time < known.time:
        raise FeedRefused("rollback", "a time before the one known")
    if origin.epoch > known.origin.epoch:
        return Judged("epoch", accepted)
    if checkpoint.size < known.size:
        raise FeedRefused("rollback", "a size below the one known")
    if checkpoint.size > known.size:
        return Judged("grown", accepted)
    if checkpoint.root != known.root:
        raise FeedRefused("fork", "two roots for one size")
    return Judged("renewed", accepted)


def freshness(known: Known | None, now: int) -> Freshness:
    """Whether a granted feed still shows signs of life: stale after 1 h without a newer time, alarm after 24 h.

    A granted topic that is missing from heads (None) is stale.
    """
    if known is None:
        return "stale"
    age = now - known.time
    return "alarm" if age > ALARM_SECONDS else "stale" if age > STALE_SECONDS else "fresh"


class Staged(NamedTuple):
    """A page hashed and not yet believed: the tree with it, and its leaf hashes (32 bytes each)."""

    frontier: Frontier
    leaf_hashes: list[bytes]


def stage_page(origin: Origin, frontier: Frontier, entries: Sequence[Entry], *, end: int) -> Staged:
    """Hashes a page that continues the tree at `frontier`, up to `end` (exclusive) at most. Refused: bad-answer."""
    if not entries or frontier.size + len(entries) > end:
        raise Refused("bad-answer", "a page that is empty or goes beyond what was asked for")
    hashes = leaf_hashes(origin, entries)
    return Staged(frontier.extend(hashes), hashes)


def verify_range(frontier: Frontier, leaf_hashes: Sequence[bytes], pinned: Pin) -> Frontier:
    """The tree with these leaves, when it is exactly the pinned one. FeedRefused: root-mismatch.

    Since `frontier` itself was verified, the pinned tree then continues it: no proof is needed besides.
    """
    grown = frontier.extend(leaf_hashes)
    if grown.size != pinned.size or grown.root() != pinned.root:
        raise FeedRefused("root-mismatch", "the leaves do not give the pinned root")
    return grown


class PutAt(msgspec.Struct, frozen=True, gc=False):
    """A readable put and its place."""

    index: int
    put: Put
    record: Record


class AbsentAt(msgspec.Struct, frozen=True, gc=False):
    """A put without its body, and its place: see `why_absent`."""

    index: int
    absent: Absent


class WithdrawAt(msgspec.Struct, frozen=True, gc=False):
    """A withdrawal and its place; `at` names (epoch, index) of what it takes back."""

    index: int
    withdraw: Withdraw


class Aside(msgspec.Struct, frozen=True, gc=False):
    """A poison entry: kept out, with the code and cause of its refusal. `control` asks for an alarm."""

    index: int
    control: bool
    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """What a verified run of entries holds. `live` and `closed` go into the next call on the same epoch."""

    puts: tuple[PutAt, ...]
    absent: tuple[AbsentAt, ...]
    withdrawals: tuple[WithdrawAt, ...]
    aside: tuple[Aside, ...]
    opened: Open | None
    live: int
    closed: bool


def sort_entries(
    origin: Origin,
    start: int,
    entries: Sequence[Entry],
    *,
    now: int,
    live: int = SNAPSHOT_UNKNOWN,
    closed: bool = False,
) -> Sorted:
    """Reads a verified run that begins at index `start`; `live` as its open entry said, needed unless start is 0.

    FeedRefused: snapshot, when entry 0 is no valid open entry or the live state after it holds anything but puts.
    Every other bad entry is set aside: unreadable, over its cap, an open entry in the middle, after a close.
    """
    opened: Open | None = None
    puts: list[PutAt] = []
    without: list[AbsentAt] = []
    withdrawals: list[WithdrawAt] = []
    aside: list[Aside] = []
    if start == 0:
        opened = _opening(origin, entries)
        live = opened.live
    elif live < 0:
        raise ValueError("the length of the opening snapshot is needed")
    for index, entry in enumerate(entries, start):
        if index == 0:
            continue
        control = isinstance(entry, Control)
        if control and index <= live:
            raise FeedRefused("snapshot", "a control entry within the live state")
        try:
            if closed:
                raise Refused("malformed", "an entry after the close entry")
            if isinstance(entry, Put):
                puts.append(PutAt(index, entry, read_put(origin.topic, entry, now=now)))
            elif isinstance(entry, Absent):
                without.append(AbsentAt(index, entry))
            else:
                body = decode_control(entry)
                if isinstance(body, Open):
                    raise Refused("malformed", "an open entry in the middle of an epoch")
                if isinstance(body, Withdraw):
                    if any(at >= (origin.epoch, index) for at in body.at):
                        raise Refused("malformed", "a withdraw entry that names what comes after it")
                    withdrawals.append(WithdrawAt(index, body))
                closed = isinstance(body, Close)
        except Refused as refusal:
            aside.append(Aside(index, control, refusal.code, refusal.cause))
    return Sorted(tuple(puts), tuple(without), tuple(withdrawals), tuple(aside), opened, live, closed)


def _opening(origin: Origin, entries: Sequence[Entry]) -> Open:
    try:
        body = decode_control(entries[0]) if entries and isinstance(entries[0], Control) else None
    except Refused as refusal:
        raise FeedRefused("snapshot", refusal.cause) from refusal
    if not isinstance(body, Open) or body.prev_epoch >= origin.epoch:
        raise FeedRefused("snapshot", "entry 0 does not open this epoch")
    return body


def snapshot_complete(frontier: Frontier, live: int) -> bool:
    """Whether the live state of an epoch has been verified, so that a follower may change over to it, in one step."""
    return frontier.size >= 1 + live


def why_absent(
    origin: Origin,
    entry: AbsentAt,
    *,
    granted: bool,
    withdrawn: Container[tuple[int, int]],
    now: int,
) -> Absence:
    """Why a body is not there; `missing` is no reason, and asks for an alarm.

    `withdrawn` holds the positions named by every withdrawal verified so far, those after the entry included. An offer
    may name the co-ops it is for, so under peer-support an absence may be its `audience` even where all is granted.
    Expiry is judged with 300 s for the owner's clock.
    """
    if not granted:
        return "withheld"
    if entry.absent.expires <= now + wire.SKEW:
        return "expired"
    if (origin.epoch, entry.index) in withdrawn:
        return "withdrawn"
    return "audience" if origin.topic == "peer-support" else "missing"


def root_at(leaf_hashes: Sequence[bytes], size: int) -> bytes:
    """The root that the epoch had at this size, from its kept leaf hashes. ValueError beyond them."""
    if not 0 <= size <= len(leaf_hashes):
        raise ValueError("the epoch is not as long as that")
    return merkle.root_of(leaf_hashes[:size])
