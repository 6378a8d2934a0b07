# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements: what the `data` of a put says on each topic, as frozen types with limits in characters and bytes.

What `encode` gives, `decode` takes. Nothing is mended on the way: text with forbidden characters is refused, and
`clean` is there for whoever takes words in from a person.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, get_args

from .. import wire
from ..errors import Refused
from . import availability, metrics, support, trust
from .availability import Availability
from .common import Area, clean, round_place, write
from .metrics import Fact
from .support import PeerSupport
from .trust import CharterHeld, ForkFound

Statement = PeerSupport | Availability | Fact | ForkFound | CharterHeld

READERS: Final[dict[str, Callable[[object], Statement]]] = {
    "peer-support": support.read,
    "availability": availability.read,
    "metrics": metrics.read,
    "trust": trust.read,
}
"""topic -> reader of `data`: plain JSON, or the topic's type with its texts still to be judged."""
KINDS: Final[dict[str, Any]] = {
    "peer-support": PeerSupport,
    "availability": Availability,
    "metrics": Fact,
    "trust": trust.Trust,
}
"""topic -> the type of its statements, or the union of several, told apart by their `kind`."""
_TOPICS: Final = {kind: topic for topic, kinds in KINDS.items() for kind in get_args(kinds) or (kinds,)}


def encode(statement: Statement) -> bytes:
    """The statement's JSON. Refused: malformed, with the field's path, for what a reader would refuse."""
    data = write(statement)
    decode(_TOPICS[type(statement)], data)
    return data


def decode(topic: str, data: bytes | dict[str, object]) -> Statement:
    """The statement in JSON bytes, or in a body's `data` that was already parsed strictly.

    Refused: too-large, malformed (the cause is the field's path), also for a topic without statements of its own.
    """
    reader = READERS.get(topic)
    if reader is None:
        raise Refused("malformed", "no statements are known on this topic")
    return reader(wire.parse(data, limit=wire.ENTRY_LIMIT) if isinstance(data, bytes) else data)


__all__ = [
    "KINDS",
    "READERS",
    "Area",
    "Availability",
    "CharterHeld",
    "Fact",
    "ForkFound",
    "PeerSupport",
    "Statement",
    "clean",
    "decode",
    "encode",
    "round_place",
    "write",
]
