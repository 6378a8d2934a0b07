# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fork: proof for anybody that one log signed two histories (decision 11).

Two checkpoints of one origin with sizes m <= n, and the RFC 6962 consistency path from another root of size m to the
larger checkpoint: the larger one has `root_m` at m, the smaller says something else. It needs no witness, and one who
judges it believes nothing but the two signatures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from .. import merkle, notes, wire
from ..errors import Refused
from ..keys import PublicKey
from ..notes import Checkpoint
from .origins import Origin

PATH_LIMIT = 64
"""Hashes of a path: 53 levels need no more."""


class Fork(msgspec.Struct, frozen=True):
    """The evidence as it travels: two notes, and root and path in base64url."""

    note_m: str
    note_n: str
    root_m: str
    path: Annotated[tuple[str, ...], msgspec.Meta(max_length=PATH_LIMIT)]


def find_fork(leaf_hashes: Sequence[bytes], seen: Checkpoint, held: Checkpoint) -> Fork | None:
    """The evidence that `seen` does not belong to the log behind `held`, or None where it does.

    `leaf_hashes` are those of the epoch, verified under `held`. A `seen` larger than `held` cannot be judged yet:
    follow the log up to there first. ValueError for that, for two origins, and for leaf hashes that do not give `held`.
    """
    if seen.origin != held.origin or not 1 <= seen.size <= held.size:
        raise ValueError("these two checkpoints cannot be compared")
    leaves = leaf_hashes[: held.size]
    if len(leaves) != held.size or merkle.root_of(leaves) != held.root:
        raise ValueError("the leaf hashes are not those of the checkpoint")
    root = merkle.root_of(leaves[: seen.size])
    if root == seen.root:
        return None
    path = merkle.consistency_proof(leaves, seen.size)
    return Fork(seen.note, held.note, wire.b64(root), tuple(wire.b64(step) for step in path))


def judge_fork(fork: Fork, node_id: str, keys: Iterable[PublicKey]) -> Origin:
    """The origin that forked, when the evidence holds against these `log` keys of the node.

    The caller judges revocation: evidence signed by a revoked key freezes that epoch only. Refused: malformed,
    too-large, untrusted when the evidence proves nothing.
    """
    origin = Origin.parse(fork.note_m.partition("\n")[0])
    if origin.node_id != node_id:
        raise Refused("untrusted", "evidence about another node")
    known = list(keys)
    m = notes.open_checkpoint(fork.note_m, str(origin), known)
    n = notes.open_checkpoint(fork.note_n, str(origin), known)
    root = wire.unb64(fork.root_m, length=merkle.HASH_BYTES)
    path = [wire.unb64(step, length=merkle.HASH_BYTES) for step in fork.path]
    if root == m.root or not merkle.verify_consistency(
        size1=m.size, root1=root, size2=n.size, root2=n.root, proof=path
    ):
        raise Refused("untrusted", "evidence that proves no fork")
    return origin


def read_fork(data: object) -> Fork:
    """The evidence from parsed strict JSON; other members are ignored. Refused: malformed."""
    try:
        return msgspec.convert(data, Fork)
    except msgspec.ValidationError as error:
        raise Refused("malformed", "evidence of another form") from error
