# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a room hands to exchange, and what exchange hands to a room; on the ground floor, since rooms below exchange do too.

A room's `sharing.py` exposes one object, `room`, that is a `FeedRoom` or a `LetterRoom`. Exchange calls it with the
present moment and never keeps what it said: at departure the *present* state and consent are read again. Everything that
comes in through `absorb` and `receive` has been verified to the last byte, and is still only what a neighbour says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import msgspec

from node.here import Here


class Reject(Exception):
    """Raised by `LetterRoom.receive`: this letter is never to take effect, whenever it comes again.

    `reason` is a short code of lower-case words and hyphens ("unknown-introduction"). It is kept, and the same letter gets
    the same answer for as long as it could come again; it crosses the door, so it never holds a word of the letter.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Statement:
    """What stands now and may leave. `id`: 22 characters, 128 random bits; `data`: the JSON bytes of the statement;
    `expires`: Unix seconds; `not_to`: node ids of the co-ops from which its body is withheld."""

    id: str
    data: bytes
    expires: int
    not_to: frozenset[str] = frozenset()


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """One verified put of a neighbour, of which thousands come at once. `iat`, `expires`: Unix seconds; `data`: what was read of
    the statement under the rules of strict JSON (the topic's type or plain JSON, texts still to be judged), or its exact JSON
    bytes."""

    id: str
    iat: int
    expires: int
    data: object


@dataclass(frozen=True, slots=True)
class Rejected:
    """A put that the room can't take: `reason` is a short code, and is kept with the entry that was set aside."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Leaving:
    """A letter to be sealed. `kind` as docs/protocol names it ("introduction.ask"); `thread`: 22 characters;
    `data`: a struct of `federation.letters`; `expires`: Unix seconds, 7 days from now at most."""

    kind: str
    thread: str
    data: object
    expires: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """A letter opened and verified: `source` is the node whose `doc` key signed it, `data` the struct of its kind, `signed` the
    envelope that it signed."""

    source: str
    kind: str
    thread: str
    jti: str
    iat: int
    data: object = field(repr=False)
    signed: bytes = field(default=b"", repr=False)


@runtime_checkable
class FeedRoom(Protocol):
    """A room that publishes on one topic and takes in what neighbours publish on it."""

    @property
    def topic(self) -> str:
        """`peer-support`, `availability`, `metrics` or `trust`."""
        ...

    async def statement(self, ref: str, *, here: Here) -> Statement | None:
        """What `ref` (the part behind "<topic>:" of the outbox reference) says now, by present state and present
        consent. None: it must be gone."""
        ...

    async def erased(self, ref: str, *, here: Here) -> bool:
        """Asked when `statement` is None: whether it is gone because somebody's data were erased, so that neighbours have to
        answer for it by a receipt, and not merely taken back."""
        ...

    async def standing(self, *, here: Here) -> list[str]:
        """The refs of all that stands now: for a new epoch and for renewals."""
        ...

    async def absorb(self, source: str, put: Sequence[Arrived], gone: Sequence[str], *, here: Here) -> list[Rejected]:
        """Make `put` (thousands, perhaps; for one id only the newest) visible and `gone` (ids) vanish, in the open
        transaction. An id already known is replaced. What can't be taken is returned, the rest is kept."""
        ...

    async def show(self, source: str, visible: bool, *, here: Here) -> None:
        """Hide or show all rows of one source (it is paused, or its identity has run out)."""
        ...

    async def drop(self, source: str, *, here: Here) -> None:
        """Delete all rows of one source."""
        ...


@runtime_checkable
class LetterRoom(Protocol):
    """A room that writes and receives letters whose kind, before the first dot, is its prefix."""

    @property
    def prefix(self) -> str:
        """`introduction`, `concern` or `receipt`."""
        ...

    async def letter(self, ref: str, *, here: Here) -> Leaving | None:
        """What leaves for `ref` (the whole outbox reference, prefix and all), by present state. None: it must not leave
        any more."""
        ...

    async def reached(self, ref: str, *, here: Here) -> None:
        """The other node acknowledged it durably (or it was taken over at home)."""
        ...

    async def delayed(self, ref: str, why: str, *, here: Here) -> None:
        """The first attempt failed ("unreachable"); it is being tried again. May be called more than once."""
        ...

    async def undeliverable(self, ref: str, why: str, *, here: Here) -> None:
        """It ran out of time or was refused for good: a person has to be told."""
        ...

    async def receive(self, letter: Incoming, *, here: Here) -> None:
        """Take it, in the transaction of the inbox row. Raises `Reject(reason)` for a durable no."""
        ...
