# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fetching owners' data keys. A key wrapped under another node key raises Misconfigured, before anything is decrypted."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from node import database
from node.errors import Misconfigured
from node.here import Here
from node.vault.rules import HeldKey, Ring, unwrap

_AT_ONCE = 500


async def ring(owners: Iterable[str], *, here: Here) -> Ring:
    """The keys of these owners. An owner without a key is left out; a destroyed one answers Erased when it is used."""
    wanted = sorted(set(owners))
    found: dict[str, HeldKey | None] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ", ".join("{}" for _ in some)
        for row in await database.rows(
            f"SELECT id, owner, node_key_id, wrapped FROM data_key WHERE owner IN ({marks})",  # noqa: S608
            *some,
        ):
            found[row["owner"]] = None if row["wrapped"] is None else _held(row, here)
    return Ring(found, here.random)


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
