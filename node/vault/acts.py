# SPDX-License-Identifier: AGPL-3.0-or-later
"""Making, destroying and re-wrapping data keys, in the caller's transaction where one is open.

Destroying overwrites the wrapped key; after commit it signals "erased" and is written into the file of what ended (`node.ended`).
Whoever erases then calls `database.scrub()`, which takes the old bytes out of SQLite's log.
"""

from __future__ import annotations

from node import database, ended
from node.errors import Conflict
from node.here import Here, NodeKey
from node.vault.reads import destroyed_at
from node.vault.rules import KEY, Erased, unwrap, wrap
from node.words import _


async def create(owner: str, *, here: Here) -> None:
    """Make the owner's data key. Raises Erased if it was destroyed before, Conflict if it has one."""
    key_id = here.token()
    wrapped = wrap(here.random.bytes(KEY), key_id, owner, here.node_key, here.random)
    made = await database.rows(
        "INSERT INTO data_key (id, owner, node_key_id, wrapped, created_at) VALUES ({}, {}, {}, {}, {}) "
        "ON CONFLICT (owner) DO NOTHING RETURNING id",
        key_id,
        owner,
        here.node_key.kid,
        wrapped,
        here.now,
    )
    if not made:
        if await destroyed_at(owner) is not None:
            raise Erased
        raise Conflict(_("This already exists."), cause="the owner has a data key")


async def destroy(owner: str, *, here: Here) -> bool:
    """Destroy the owner's data key: nothing sealed under it opens again. False if there was none left to destroy.

    An owner that never had a key is remembered as destroyed too, so that an erasure replayed on an old backup holds.
    """
    async with database.transaction():
        gone = await database.rows(
            "UPDATE data_key SET wrapped = NULL, destroyed_at = {} WHERE owner = {} AND destroyed_at IS NULL RETURNING id",
            here.now,
            owner,
        )
        if not gone:
            await database.execute(
                "INSERT INTO data_key (id, owner, node_key_id, created_at, destroyed_at) VALUES ({}, {}, '', {}, {}) "
                "ON CONFLICT (owner) DO NOTHING",
                here.token(),
                owner,
                here.now,
                here.now,
            )
        database.signal("erased")
        ended.destroyed(owner, here=here)
    return bool(gone)


async def rewrap(*, old: NodeKey, here: Here) -> int:
    """Wrap every data key that `old` wraps under `here.node_key` instead, all or none; how many. Raises Tampered."""
    async with database.transaction():
        await database.lock("vault")
        held = await database.rows(
            "SELECT id, owner, wrapped FROM data_key WHERE node_key_id = {} AND wrapped IS NOT NULL", old.kid
        )
        for row in held:
            data_key = unwrap(bytes(row["wrapped"]), row["id"], row["owner"], old)
            await database.execute(
                "UPDATE data_key SET wrapped = {}, node_key_id = {} WHERE id = {} AND destroyed_at IS NULL",
                wrap(data_key, row["id"], row["owner"], here.node_key, here.random),
                here.node_key.kid,
                row["id"],
            )
    return len(held)
