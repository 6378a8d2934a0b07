# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever a node keeps comes back, row by row, from either database into either; what may not come back does not."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node import database, journal, schema
from node.backing import contents, reading, snapshot, writing
from node.backing.checking import check
from node.doctor import must_belong
from node.peers import own
from tests.node.backing.conftest import House, dump, fill_every_table, founded

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
CHANGES = {"own_node", "own_manifest", "own_key", "access_token", "journal_entry", "journal_head", "feed_entry"}
"""What a restore itself changes; looked at one by one."""


@pytest.mark.parametrize("source", ["sqlite", POSTGRES])
@pytest.mark.parametrize("target", ["sqlite", POSTGRES])
async def test_every_row_of_every_table_comes_back(
    source: str, target: str, tmp_path: Path, address: Callable[[str], str]
) -> None:
    first = await founded(tmp_path / "one", address(source))
    async with first.open():
        await fill_every_table()
        before = await dump()
        documents = await own.documents()
    assert set(before) | set(contents.LEFT_OUT) == {table._meta.tablename for table in schema.tables()}
    assert all(before.values()), "a row in every table"
    file = await first.back_up(size=1)
    second = first.elsewhere(tmp_path / "two", address(target))
    second.clock.advance(hours=5)
    done = await second.restore(file)
    assert done.rows == sum(len(rows) for rows in before.values())
    async with second.open() as coop:
        after = await dump()
        for name in before.keys() - CHANGES:
            assert after[name] == before[name], name
        await _what_changed(before, after)
        assert (await own.documents() or (b"",))[0] == (documents or (b"",))[0]
        await must_belong(here=coop.here())
        assert (await journal.verify(here=coop.here())).whole
        for name in contents.LEFT_OUT:
            assert await database.rows(f"SELECT * FROM {name}") == []
        listed = (await database.row("SELECT max(n) AS n FROM listing") or {})["n"]
        await database.execute(
            "INSERT INTO listing (id, node_id, offer_id, hidden, expires_at, open, shuffle, x, y, z, kind, lat, lon, places, "
            "replies, checked_on, revision, published_at, area, topics, ways, languages, have, how, limits, times, tokens) "
            "SELECT 'another', node_id, offer_id, hidden, expires_at, open, shuffle, x, y, z, kind, lat, lon, places, replies, "
            "checked_on, revision, published_at, area, topics, ways, languages, have, how, limits, times, tokens "
            "FROM listing WHERE n = {}",
            listed,
        )
        assert (await database.row("SELECT n FROM listing WHERE id = 'another'") or {})["n"] > listed


async def _what_changed(before: Any, after: Any) -> None:
    def by(dumped: Any, name: str, key: str) -> dict[Any, Any]:
        return {row[key]: row for row in dumped[name]}

    assert after["own_node"][0]["instance"] != before["own_node"][0]["instance"]
    assert after["own_node"][0]["restored_at"] is not None
    assert max(row["version"] for row in after["own_manifest"]) >= 1000
    assert all(row["revoked_at"] is not None for row in after["access_token"])
    assert all((row["salt"], row["body"]) == (None, None) for row in after["feed_entry"] if row["kind"] == "put")
    old, new = by(before, "own_key", "kid"), by(after, "own_key", "kid")
    for kid, row in old.items():
        assert new[kid] == row or (row["use"] == "letter" and new[kid]["revoked_at"] is not None), row["use"]
    fresh = [row for kid, row in new.items() if kid not in old]
    assert [row["use"] for row in fresh] == ["letter"]
    entries = by(after, "journal_entry", "number")
    for number, row in by(before, "journal_entry", "number").items():
        assert entries[number] == row
    assert entries[max(entries)]["act"] == "node.restored"


async def test_the_search_finds_after_a_restore_what_it_found_before(
    house: House, tmp_path: Path, address: Any
) -> None:
    async with house.open():
        await fill_every_table()
        await database.execute("UPDATE listing SET tokens = 'tea:walk canal'")
    file = await house.back_up()
    other = house.elsewhere(tmp_path / "two", "")
    await other.restore(file)
    async with other.open():
        found = await database.rows("SELECT rowid FROM listing_words WHERE listing_words MATCH 'canal'")
        assert len(found) == 2
        await database.execute("INSERT INTO listing_words (listing_words) VALUES ('integrity-check')")


async def test_what_stands_in_no_backup(house: House) -> None:
    """By every byte of what is inside the lock: no letter key, no node key, no root key, no cookie."""
    async with house.open():
        await fill_every_table()
        await database.execute("UPDATE session SET cookie_hash = 'a-cookie-of-somebody' WHERE how LIKE '1%'")
        letter = await database.row("SELECT kid, secret FROM own_key WHERE use = 'letter'")
        log_key = await database.row("SELECT secret FROM own_key WHERE use = 'log'")
    assert letter is not None
    assert log_key is not None
    from node.backing import locking

    with locking.opened(await house.back_up(), house.secret) as plain:
        inside = plain.read()
    assert bytes(log_key["secret"]) in inside
    assert letter["kid"].encode() in inside
    for secret in (
        bytes(letter["secret"]),
        house.settings.path("keys/node.key").read_bytes(),
        house.settings.path("keys/root.pem").read_bytes()[40:100],
        b"a-cookie-of-somebody",
    ):
        assert secret not in inside


async def test_memory_does_not_grow_with_the_tables(house: House, tmp_path: Path) -> None:
    many, wide = 15_000, 4_000
    async with house.open():
        for start in range(0, many, 1000):
            async with database.transaction():
                await database.insert_many(
                    "followed_entry",
                    ("place", "kind", "leaf", "expires", "body", "visible"),
                    [
                        (place, "put", place.to_bytes(32, "big"), 0, place.to_bytes(4, "big") * (wide // 4), True)
                        for place in range(start, start + 1000)
                    ],
                )

        async def peak(work: Any) -> tuple[Any, int]:
            tracemalloc.start()
            try:
                return await work, tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        made, writing_peak = await peak(writing.make(house.settings, here=(await _coop_here(house))))
    assert made.bytes > many * wide
    other = house.elsewhere(tmp_path / "two", "")
    done, reading_peak = await peak(other.restore(Path(made.path)))
    assert done.rows >= many
    assert max(writing_peak, reading_peak) < 24 * 2**20 < many * wide / 2


async def _coop_here(house: House) -> Any:
    from tests.node.backing.conftest import here_of

    return here_of(house)


async def test_a_backup_under_load_is_of_one_moment(house: House, tmp_path: Path) -> None:
    """While a writer goes on, two tables always change together: in the copy they agree, and the writer was not held up."""
    async with house.open() as coop:
        written = 0

        async def write() -> None:
            nonlocal written
            async with database.transaction():
                key = f"{written:05}"
                await database.insert_many("dead_id", ("key", "source", "until"), [(key, "x", 0)])
                await database.insert_many("letter_in", ("key", "reason", "until"), [(key, "x", 0)])
                if written >= 50:  # and one goes from both
                    gone = f"{written - 50:05}"
                    await database.execute("DELETE FROM letter_in WHERE key = {}", gone)
                    await database.execute("DELETE FROM dead_id WHERE key = {}", gone)
            written += 1

        for _ in range(60):
            await write()
        backing_up = asyncio.create_task(writing.make(house.settings, size=5, here=coop.here()))
        begun = written
        while written < begun + 200 or not backing_up.done():
            await write()
        made = await backing_up
    file = Path(made.path)
    held: dict[str, set[str]] = {"dead_id": set(), "letter_in": set()}
    for table, columns, rows in reading.rows(file, house.secret):
        if table in held:
            held[table] |= {row[columns.index("key")] for row in rows}
    assert held["dead_id"] == held["letter_in"]
    assert len(held["dead_id"]) == 50
    assert int(max(held["dead_id"])) < written - 1, "the writer went on while the backup was made"
    found = await check(house.settings, file, house.secret, clock=house.clock, random=house.chance)
    assert found.rows == made.rows


async def test_pages_hold_each_row_once(house: House) -> None:
    async with house.open():
        async with database.transaction():
            await database.insert_many("dead_id", ("key", "source", "until"), [(f"{n}", "x", n) for n in range(23)])
        table = next(each for each in contents.kept() if each.name == "dead_id")
        for size in (1, 22, 23, 24):
            async with snapshot.snapshot() as source:
                keys = [row[0] async for page in snapshot.pages(table, source, size=size) for row in page]
            assert sorted(keys) == sorted(f"{n}" for n in range(23))
