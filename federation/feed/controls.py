# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bodies of control entries: open, withdraw, close. Always in clear, never withheld, 16 KiB at most.

Read strictly after the range they stand in has verified: strict JSON, known type, every member of its type and
within its bounds. Members not named here are ignored, as in every signed document.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from .. import merkle, wire
from ..errors import Refused
from .entries import Control

WITHDRAW_POSITIONS: Final = 500
"""Positions that one withdraw entry may name; more take several entries."""
SNAPSHOT_LIMIT: Final = 1_000_000
"""Entries of an epoch's opening snapshot."""

Count = Annotated[int, msgspec.Meta(ge=0, lt=wire.INTEGER_END)]
Epoch = Annotated[int, msgspec.Meta(ge=1, lt=wire.INTEGER_END)]
Position = tuple[Epoch, Count]
"""(epoch, index) of an entry of the same node and topic."""


class Open(msgspec.Struct, frozen=True, tag_field="type", tag="open"):
    """Entry 0: what came before, why this epoch was opened, and how many of the next entries are the live state.

    The first epoch of a feed has `prev_epoch` and `prev_size` 0 and the empty tree's root. After a restore the owner
    may know less of the epoch before than its followers do: prev_* then say what the owner still knows.
    """

    prev_epoch: Count
    prev_size: Count
    prev_root: str
    reason: Literal["first", "age", "key", "restore", "fork"]
    live: Annotated[int, msgspec.Meta(ge=0, le=SNAPSHOT_LIMIT)]


class Withdraw(msgspec.Struct, frozen=True, tag_field="type", tag="withdraw"):
    """Takes back the puts at these positions, at once; with `receipt` it is an erasure that peers answer for."""

    at: Annotated[tuple[Position, ...], msgspec.Meta(min_length=1, max_length=WITHDRAW_POSITIONS)]
    receipt: bool


class Close(msgspec.Struct, frozen=True, tag_field="type", tag="close"):
    """The last entry of an epoch: nothing may follow. `leaving` says that no other epoch comes."""

    reason: Literal["age", "key", "fork", "leaving"]


Body = Open | Withdraw | Close

_TYPES: Final = ("open", "withdraw", "close")


def encode_control(body: Body) -> Control:
    """The entry for this body. Refused: malformed, too-large, for what no reader would take."""
    control = Control(msgspec.json.encode(body))
    decode_control(control)
    return control


def decode_control(control: Control) -> Body:
    """The body of a control entry. Refused: too-large, malformed."""
    members = wire.parse(control.body, limit=wire.ENTRY_LIMIT)
    if type(members) is not dict or members.get("type") not in _TYPES:
        raise Refused("malformed", "a control entry of no known type")
    try:
        # str() would name what the sender wrote; our cause says only which kind of entry it was.
        body: Body = msgspec.convert(members, Body)
    except msgspec.ValidationError as error:
        raise Refused("malformed", f"a {members['type']} entry of another form") from error
    if isinstance(body, Open):
        root = wire.unb64(body.prev_root, length=merkle.HASH_BYTES)
        first = body.prev_epoch == 0 and body.prev_size == 0 and root == merkle.EMPTY_ROOT
        if (body.reason == "first") is not first or (body.prev_epoch == 0) is not first:
            raise Refused("malformed", "an open entry whose past does not fit its reason")
    if isinstance(body, Withdraw) and len(set(body.at)) != len(body.at):
        raise Refused("malformed", "a withdraw entry that names a position twice")
    return body
