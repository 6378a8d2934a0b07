# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fetching owners' data keys. A key wrapped under another node key raises Misconfigured, before anything is decrypted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from node import database
from node.database import Read, Row
from node.errors import Misconfigured
from node.here import Here
from node.vault.rules import HeldKey, Ring, unwrap

_AT_ONCE = 500


async def ring(owners: Iterable[str], *, here: Here) -> Ring:
    """The keys of these owners. An owner without a key is left out; a destroyed one answers Erased when it is used."""
    wanted = sorted(set(owners))
    found: dict[str, HeldKey | None] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in await database.rows(*_asking(wanted[start : start + _AT_ONCE])):
            found[row["owner"]] = _key(row, here)
    return Ring(found, here.random)


def ring_of(*owners: str, here: Here) -> Read[Ring]:
    """As `ring`, of a few owners, as a reading to be done together with others."""
    assert 0 < len(owners) <= _AT_ONCE
    return Read(*_asking(owners), then=lambda rows: Ring({row["owner"]: _key(row, here) for row in rows}, here.random))


def _asking(owners: Sequence[str]) -> tuple[str, *tuple[str, ...]]:
    marks = ", ".join("{}" for _ in owners)
    return f"SELECT id, owner, node_key_id, wrapped FROM data_key WHERE owner IN ({marks})", *owners  # noqa: S608


def _key(row: Row, here: Here) -> HeldKey | None:
    return None if row["wrapped"] is None else _held(row, here)


def _held(row: dict[str, object], here: Here) -> HeldKey:
    key_id, owner, wrapped = str(row["id"]), str(row["owner"]), row["wrapped"]
    assert isinstance(wrapped, (bytes, memoryview))
    if row["node_key_id"] != here.node_key.kid:
        raise Misconfigured(
            "This database was sealed under another node key. Put back the node key file that belongs to it.",
            cause=f"data key under node key {row['node_key_id']}, held is {here.node_key.kid}",
        )
    return HeldKey(key_id, AESGCM(unwrap(bytes(wrapped), key_id, owner, here.node_key)))


async def destroyed_at(owner: str) -> int | None:
    """When this owner's key was destroyed (Unix seconds); None if it was not."""
    found = await database.row("SELECT destroyed_at FROM data_key WHERE owner = {}", owner)
    return None if found is None else found["destroyed_at"]
