# SPDX-License-Identifier: AGPL-3.0-or-later
"""Readings that have not begun: alone, together in one step, inside a transaction, and refused when they would write."""

from __future__ import annotations

import asyncio

import pytest

from node import database
from node.database import DatabaseFault, first, reading, together


@pytest.fixture
async def things(engine):
    await database.execute("CREATE TABLE thing (id VARCHAR(22) PRIMARY KEY, number BIGINT NOT NULL)")
    await database.insert_many("thing", ("id", "number"), [("a", 1), ("b", 2)])


async def test_one_alone_gives_what_is_made_of_its_rows(engine, things):
    assert await reading("SELECT number FROM thing WHERE number > {} ORDER BY id", 0) == [{"number": 1}, {"number": 2}]
    assert await first("SELECT number FROM thing WHERE id = {}", "b") == {"number": 2}
    assert await first("SELECT number FROM thing WHERE id = {}", "c") is None
    assert await database.Read("SELECT number FROM thing", then=len) == 2


async def test_some_together_answer_in_their_order_in_one_step(engine, things, monkeypatch):
    steps = []
    plain = engine._read_each

    async def counting(statements):
        steps.append(len(statements))
        return await plain(statements)

    monkeypatch.setattr(engine, "_read_each", counting)
    found = await together(
        first("SELECT number FROM thing WHERE id = {}", "b"),
        reading("SELECT id FROM thing ORDER BY id"),
        database.Read("SELECT number FROM thing", then=len),
        first("SELECT id FROM thing WHERE id = {}", "c"),
        first("SELECT id FROM thing WHERE id = {}", "a"),
    )
    assert found == ({"number": 2}, [{"id": "a"}, {"id": "b"}], 2, None, {"id": "a"})
    assert steps == [5]


async def test_inside_a_transaction_they_see_what_it_has_changed(engine, things):
    async with database.transaction():
        await database.execute("UPDATE thing SET number = {} WHERE id = {}", 7, "a")
        assert await together(
            first("SELECT number FROM thing WHERE id = {}", "a"), reading("SELECT id FROM thing ORDER BY id")
        ) == (
            {"number": 7},
            [{"id": "a"}, {"id": "b"}],
        )
    assert await together() == ()


async def test_what_writes_is_refused_before_anything_ran(engine, things):
    with pytest.raises(ValueError, match="only what reads"):
        await together(reading("SELECT id FROM thing"), reading("DELETE FROM thing"))
    assert len(await reading("SELECT id FROM thing")) == 2


async def test_a_failure_is_raised_and_the_connections_are_given_back(engine, things):
    for _ in range(12):
        with pytest.raises(DatabaseFault):
            await together(reading("SELECT id FROM thing"), reading("SELECT id FROM nothing"))
    assert len(await reading("SELECT id FROM thing")) == 2


async def test_a_failure_inside_a_transaction_undoes_it(engine, things):
    with pytest.raises(database.TransactionDoomed):  # noqa: PT012 - a transaction that fails is a block
        async with database.transaction():
            await database.execute("UPDATE thing SET number = {} WHERE id = {}", 7, "a")
            with pytest.raises(DatabaseFault):
                await together(reading("SELECT id FROM nothing"))
    assert await first("SELECT number FROM thing WHERE id = {}", "a") == {"number": 1}


async def test_an_asker_who_left_blocks_nobody(engine, things):
    slow = (
        "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 100000000) SELECT max(n) FROM more"
        if engine.dialect == "sqlite"
        else "SELECT pg_sleep(100)"
    )
    for _ in range(12):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await together(reading("SELECT id FROM thing"), reading(slow), reading("SELECT id FROM thing"))
    assert len(await reading("SELECT id FROM thing")) == 2
