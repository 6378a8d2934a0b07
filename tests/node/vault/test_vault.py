# SPDX-License-Identifier: AGPL-3.0-or-later
"""The vault: what is sealed opens in its place only, is nowhere in the database's bytes, and is gone with its key."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from node import database, vault
from node.errors import Conflict, Misconfigured
from node.here import Here, NodeKey
from node.vault.rules import unwrap
from tests.support import SeededRandomness

CANARY = "has had her left hip replaced ☂"


async def test_round_trip(engine, here):
    await vault.create("ada", here=here)
    ring = await vault.ring(["ada", "nobody"], here=here)
    blob = ring.seal("ada", "offer", "o1", "note", CANARY)
    assert ring.open("ada", "offer", "o1", "note", blob) == CANARY
    assert ring.open("ada", "offer", "o1", "note", None) is None
    assert ring.open("ada", "offer", "o1", "note", ring.seal("ada", "offer", "o1", "note", "")) == ""
    assert ring.holds("ada")
    assert not ring.holds("nobody")
    assert CANARY.encode() not in blob
    assert blob != ring.seal("ada", "offer", "o1", "note", CANARY)
    again = await vault.ring(["ada"], here=here)
    assert again.open("ada", "offer", "o1", "note", blob) == CANARY


async def test_moved_or_altered_is_refused(engine, here):
    await vault.create("ada", here=here)
    await vault.create("ben", here=here)
    ring = await vault.ring(["ada", "ben"], here=here)
    blob = ring.seal("ada", "offer", "o1", "note", CANARY)
    for owner, table, row, column in (
        ("ben", "offer", "o1", "note"),
        ("ada", "offering", "o1", "note"),
        ("ada", "offer", "o2", "note"),
        ("ada", "offer", "o1", "notes"),
        ("ada", "offero", "1", "note"),  # the same letters, cut elsewhere
        ("ada", "offer", "o1n", "ote"),
    ):
        with pytest.raises(vault.Tampered):
            ring.open(owner, table, row, column, blob)
    for position in range(len(blob)):
        bent = bytearray(blob)
        bent[position] ^= 1
        with pytest.raises(vault.Tampered):
            ring.open("ada", "offer", "o1", "note", bytes(bent))
    for short in (b"", blob[:1], blob[:28], blob[:-1]):
        with pytest.raises(vault.Tampered):
            ring.open("ada", "offer", "o1", "note", short)


async def test_wrapped_key_of_another_owner_does_not_open(engine, here):
    await vault.create("ada", here=here)
    await vault.create("ben", here=here)
    ben = await database.row("SELECT wrapped FROM data_key WHERE owner = 'ben'")
    await database.execute("UPDATE data_key SET wrapped = {} WHERE owner = 'ada'", ben["wrapped"])
    with pytest.raises(vault.Tampered):
        await vault.ring(["ada"], here=here)


async def test_destroyed_is_gone_for_good(engine, here):
    await vault.create("ada", here=here)
    blob = (await vault.ring(["ada"], here=here)).seal("ada", "offer", "o1", "note", CANARY)
    assert await vault.destroy("ada", here=here.at(here.now + 5))
    assert not await vault.destroy("ada", here=here.at(here.now + 9))
    ring = await vault.ring(["ada"], here=here)
    with pytest.raises(vault.Erased):
        ring.open("ada", "offer", "o1", "note", blob)
    with pytest.raises(vault.Erased):
        ring.seal("ada", "offer", "o1", "note", CANARY)
    with pytest.raises(vault.Erased):
        await vault.create("ada", here=here)
    assert await vault.destroyed_at("ada") == here.now + 5
    row = await database.row("SELECT * FROM data_key WHERE owner = 'ada'")
    assert row["wrapped"] is None
    with pytest.raises(database.Violation, match="stays destroyed"):
        await database.execute("UPDATE data_key SET wrapped = {} WHERE owner = 'ada'", b"x")


async def test_destroying_the_unknown_is_remembered(engine, here):
    assert not await vault.destroy("from-a-later-backup", here=here)
    with pytest.raises(vault.Erased):
        await vault.create("from-a-later-backup", here=here)


async def test_who_has_a_key_gets_no_second(engine, here):
    await vault.create("ada", here=here)
    with pytest.raises(Conflict):
        await vault.create("ada", here=here)
    with pytest.raises(vault.NoKey):
        (await vault.ring([], here=here)).seal("ada", "offer", "o1", "note", "x")


async def test_another_node_key_is_named_before_anything_is_opened(engine, here):
    await vault.create("ada", here=here)
    other = dataclasses.replace(here, node_key=NodeKey(bytes(32)))
    with pytest.raises(Misconfigured, match="node key"):
        await vault.ring(["ada"], here=other)


async def test_rewrap(engine, here):
    await vault.create("ada", here=here)
    await vault.create("gone", here=here)
    await vault.destroy("gone", here=here)
    blob = (await vault.ring(["ada"], here=here)).seal("ada", "offer", "o1", "note", CANARY)
    new = dataclasses.replace(here, node_key=NodeKey(bytes(32)))
    assert await vault.rewrap(old=here.node_key, here=new) == 1
    assert (await vault.ring(["ada", "gone"], here=new)).open("ada", "offer", "o1", "note", blob) == CANARY
    with pytest.raises(Misconfigured):
        await vault.ring(["ada"], here=here)


def test_blind(here: Here):
    one = vault.blind("email", "ada@example.org", here=here)
    assert len(one) == 43
    assert one == vault.blind("email", "ada@example.org", here=here)
    other = dataclasses.replace(here, node_key=NodeKey(bytes(32)))
    assert (
        len(
            {one, vault.blind("phone", "ada@example.org", here=here)}
            | {
                vault.blind("email", "ada@example.org", here=other),
                vault.blind("emaila", "da@example.org", here=here),
            }
        )
        == 4
    )


async def test_nothing_readable_in_the_databases_bytes(engine, here, dialect):
    """A table that could leak the text is filled both ways, to know that the search would find it."""
    await database.execute(
        "CREATE TABLE leaky (id VARCHAR(10), sealed " + ("BLOB" if dialect == "sqlite" else "BYTEA") + ")"
    )
    await vault.create("ada", here=here)
    ring = await vault.ring(["ada"], here=here)
    await database.execute("INSERT INTO leaky VALUES ('a', {})", ring.seal("ada", "leaky", "a", "sealed", CANARY))
    row = await database.row("SELECT id, wrapped FROM data_key")
    key = unwrap(bytes(row["wrapped"]), row["id"], "ada", here.node_key)
    assert not await _found(engine, dialect, CANARY.encode())
    assert not await _found(engine, dialect, key)
    await database.execute("INSERT INTO leaky VALUES ('b', {})", CANARY.encode())
    assert await _found(engine, dialect, CANARY.encode())


async def _found(engine, dialect, canary: bytes) -> bool:
    if dialect == "sqlite":
        files = [Path(f"{engine.path}{end}") for end in ("", "-wal", "-shm")]
        return any(canary in file.read_bytes() for file in files if file.exists())
    tables = await database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    dumps = [await database.rows(f"SELECT * FROM {row['tablename']}") for row in tables]
    return any(
        canary in bytes(value) for rows in dumps for row in rows for value in row.values() if isinstance(value, bytes)
    ) or any(canary.decode(errors="replace") in str(rows) for rows in dumps)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_destroyed_key_leaves_the_files(engine, here):
    await vault.create("ada", here=here)
    row = await database.row("SELECT id, wrapped FROM data_key")
    wrapped = bytes(row["wrapped"])
    files = [Path(f"{engine.path}{end}") for end in ("", "-wal")]
    assert any(wrapped in file.read_bytes() for file in files)
    await vault.destroy("ada", here=here)
    assert any(wrapped in file.read_bytes() for file in files)  # the log still has it: this is what scrub is for
    assert await database.scrub()
    assert not any(wrapped in file.read_bytes() for file in files)


def test_reprs_hold_no_key(here):
    chance = SeededRandomness(3)
    assert "5" not in repr(vault.Ring({"ada": None}, chance)).replace("(1 owners)", "")
