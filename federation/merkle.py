# SPDX-License-Identifier: AGPL-3.0-or-later
"""Merkle trees over an append-only list, as RFC 6962 section 2.1 defines them, with SHA-256.

A tree is known to us by its `Frontier` alone: its size and the roots of the whole subtrees on its right
edge, at most 53 hashes. Every function is pure. Proofs are verified as RFC 9162 sections 2.1.3.2 and 2.1.4.2
lay down: a hash of another length, a proof too long or too short, an index out of range make the answer
False, never an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

HASH_BYTES = 32
MAX_SIZE = 2**53 - 1
"""The largest tree: numbers of the protocol stay below 2^53."""

EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves."""


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree's right edge: enough to append and to give the root, not to give back a leaf.

    `edge` holds the roots of the perfect subtrees that make up the tree, the largest (leftmost) first: as
    many as `size` has one bits. `Frontier()` is the empty tree. Raises ValueError when the two do not fit.
    """

    size: int = 0
    edge: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_SIZE:
            raise ValueError("a tree's size is a whole number below 2^53")
        if len(self.edge) != self.size.bit_count() or any(len(part) != HASH_BYTES for part in self.edge):
            raise ValueError("the edge does not belong to a tree of this size")

    def extend(self, leaf_hashes: Iterable[bytes]) -> Frontier:
        """The tree with these leaf hashes (32 bytes each) appended in order. About one hash for each leaf.

        Works level by level: the odd node left over from before goes in front, pairs go up, a new odd one
        stays.
        """
        row = list(leaf_hashes)
        size = self.size + len(row)
        waiting = list(self.edge)
        edge: list[bytes] = []
        level = 0
        while row or waiting:
            if self.size >> level & 1:
                row.insert(0, waiting.pop())
            if len(row) & 1:
                edge.append(row.pop())
            pairs = iter(row)
            row = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            level += 1
        return Frontier(size, tuple(reversed(edge)))

    def root(self) -> bytes:
        """The Merkle tree hash of the whole (32 bytes)."""
        if not self.edge:
            return EMPTY_ROOT
        root = self.edge[-1]
        for part in reversed(self.edge[:-1]):
            root = node_hash(part, root)
        return root

    def to_bytes(self) -> bytes:
        """size (u64, big-endian), then the edge's hashes: what a store keeps."""
        return self.size.to_bytes(8, "big") + b"".join(self.edge)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Frontier:
        """The inverse of `to_bytes`. Raises ValueError for anything else."""
        if len(stored) < 8 or len(stored) % HASH_BYTES != 8:
            raise ValueError("these bytes hold no frontier")
        hashes = range(8, len(stored), HASH_BYTES)
        return cls(int.from_bytes(stored[:8], "big"), tuple(stored[at : at + HASH_BYTES] for at in hashes))


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over a whole list of leaf hashes."""
    return Frontier().extend(leaf_hashes).root()


def _split(size: int) -> int:
    """The largest power of two below `size` (RFC 6962 section 2.1), for size >= 2."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree over `leaf_hashes`, lowest first (RFC 6962 section 2.1.1).

    Raises ValueError when the tree has no such leaf.
    """
    if not 0 <= index < len(leaf_hashes):
        raise ValueError("the tree has no such leaf")
    start, end = 0, len(leaf_hashes)
    path = []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root_of(leaf_hashes[middle:end]))
            end = middle
        else:
            path.append(root_of(leaf_hashes[start:middle]))
            start = middle
    return path[::-1]


def consistency_proof(leaf_hashes: Sequence[bytes], size: int) -> list[bytes]:
    """The proof that the tree over the first `size` leaf hashes is a beginning of the whole (section 2.1.2).

    `size` from 1 to len(leaf_hashes); ValueError otherwise: see `verify_consistency` on 0.
    """
    if not 1 <= size <= len(leaf_hashes):
        raise ValueError("a consistency proof starts at a size from 1 to that of the tree")
    start, end = 0, len(leaf_hashes)
    whole = True  # still on the left edge: the old root is known to whoever verifies, so it is left out
    path = []
    while size < end:
        middle = start + _split(end - start)
        if size <= middle:
            path.append(root_of(leaf_hashes[middle:end]))
            end = middle
        else:
            path.append(root_of(leaf_hashes[start:middle]))
            start = middle
            whole = False
    if not whole:
        path.append(root_of(leaf_hashes[start:end]))
    return path[::-1]


def verify_inclusion(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether leaf hash `leaf` stands at `index` in the tree of this size and root (RFC 9162 section
    2.1.3.2)."""
    if not 0 <= index < size <= MAX_SIZE or not _hashes(leaf, root, *proof):
        return False
    here, last, value = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if here & 1 or here == last:
            value = node_hash(step, value)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            value = node_hash(value, step)
        here, last = here >> 1, last >> 1
    return last == 0 and value == root


def verify_consistency(*, size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the tree (size1, root1) is a beginning of (size2, root2) (RFC 9162 section 2.1.4.2).

    `size1 = 0` is always answered False, whatever the roots, also for 0 and 0: any tree grows from the empty
    one, so such a "proof" says nothing, and no log of ours is ever that small: it has its opening entry. Who
    compares with an empty tree has nothing to prove and need not ask.
    """
    if not 1 <= size1 <= size2 <= MAX_SIZE:
        return False
    if size1 == size2:
        return not proof and root1 == root2
    if not _hashes(root1, root2, *proof):
        return False
    path = list(proof)
    if size1 & (size1 - 1) == 0:  # a perfect subtree: its root is the first node, and stands not in the proof
        path.insert(0, root1)
    if not path:
        return False
    here, last = size1 - 1, size2 - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and old == root1 and new == root2


def _hashes(*values: bytes) -> bool:
    return all(len(value) == HASH_BYTES for value in values)
