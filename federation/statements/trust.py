# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements on `trust`: proof that a node's log signed two histories (decision 11), and which charter a node holds (20).

Nothing in them is believed for being said: a fork is judged by `feed.judge_fork` against the accused node's own keys, and a
charter other than ours is asked for and judged by `charter.judge_conflict`.
"""

from __future__ import annotations

from typing import Annotated, Any, cast

import msgspec

from .. import wire
from . import common

_NOTE = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
_HASH = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z")]


class ForkFound(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="fork"):
    """kind "fork"; node_id, whose log it is; note_m and note_n, two signed checkpoints of one origin with sizes m <= n;
    root_m and path (hashes in base64url, 64 at most): the RFC 6962 consistency path from another root of size m to note_n."""

    node_id: Annotated[str, msgspec.Meta(max_length=253)]
    note_m: _NOTE
    note_n: _NOTE
    root_m: _HASH
    path: Annotated[tuple[_HASH, ...], msgspec.Meta(max_length=64)]


class CharterHeld(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind", tag="charter"):
    """kind "charter"; id and version of the charter that the speaker holds; sha256 of its signed bytes."""

    id: common.Id
    version: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    sha256: _HASH


Trust = ForkFound | CharterHeld


def read(data: object) -> Trust:
    """The statement in `data` (parsed strict JSON, or the type with its texts still to be judged). Refused: malformed."""
    said: Trust = common.read(cast(type[Any], Trust), data)
    if isinstance(said, ForkFound):
        wire.node_id(said.node_id)
    return said
