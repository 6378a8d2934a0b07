# SPDX-License-Identifier: AGPL-3.0-or-later
# ruff: noqa: PT012 (a transaction that fails is a block)
"""Opening, binding, statements outside a transaction, bulk, and what errors say."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3

import pytest

from node import database
from tests.support import run_apart

MAKE = "CREATE TABLE thing (id VARCHAR(22) PRIMARY KEY, number BIGINT NOT NULL)"


@pytest.fixture
def two(new_database):
    """Two co-ops' addresses on one machine."""
    return new_database(), new_database()


async def test_two_coops_in_one_process_never_meet(two):
    engines = [database.open_engine(url) for url in two]
    for engine in engines:
        await engine.open()
        with database.bound(engine):
            await database.execute(MAKE)

    async def act(own: int, turn: int) -> None:
        with database.bound(engines[own]):
            async with database.transaction():
                await database.execute("INSERT INTO thing VALUES ({}, {})", f"{own}-{turn}", own)
                with database.bound(engines[1 - own]):  # a call to the neighbour while ours is open
                    assert not database.in_transaction()
                    await database.execute("INSERT INTO thing VALUES ({}, {})", f"{own}-{turn}-guest", 1 - own)
                assert database.in_transaction()
                if turn % 5 == 0:
                    raise LookupError

    # Two writers of SQLite that wait for each other's file would wait for ever: there, one after the other.
    gate = asyncio.Semaphore(1 if engines[0].dialect == "sqlite" else 4)

    async def one(own: int, turn: int) -> None:
        async with gate:
            await act(own, turn)

    outcomes = await asyncio.gather(*(one(turn % 2, turn) for turn in range(100)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(LookupError) == 20
    assert outcomes.count(None) == 80
    for own, engine in enumerate(engines):
        with database.bound(engine):
            assert await database.rows("SELECT DISTINCT number FROM thing") == [{"number": own}]
            assert (await database.row("SELECT count(*) AS c FROM thing"))["c"] == 40 + 50
        await engine.close()


async def test_concurrent_coops_stay_apart(two):
    engines = [database.open_engine(url) for url in two]
    for engine in engines:
        await engine.open()
        with database.bound(engine):
            await database.execute(MAKE)

    async def one(own: int, turn: int) -> None:
        with database.bound(engines[own]):
            async with database.transaction():
                await database.execute("INSERT INTO thing VALUES ({}, {})", str(turn), own)
                await asyncio.sleep(0)
                assert (await database.row("SELECT number FROM thing WHERE id = {}", str(turn)))["number"] == own

    await asyncio.gather(*(one(turn % 2, turn) for turn in range(200)))
    for own, engine in enumerate(engines):
        with database.bound(engine):
            found = await database.row("SELECT count(*) AS c, min(number) AS low, max(number) AS high FROM thing")
            assert found == {"c": 100, "low": own, "high": own}
        await engine.close()


async def test_unbound_raises():
    for use in (database.current, database.dialect, database.transaction, database.wake_everyone):
        with pytest.raises(database.Unbound):
            use()
    with pytest.raises(database.Unbound):
        await database.rows("SELECT 1")
    with pytest.raises(database.Unbound):
        _ = database.DB.engine_type


async def test_not_open_raises(new_database):
    engine = database.open_engine(new_database())
    with database.bound(engine):
        for statement in ("SELECT 1", "DELETE FROM thing"):
            with pytest.raises(database.Closed):
                await database.execute(statement)
        with pytest.raises(database.Closed):
            async with database.transaction():
                pass
        await engine.open()
        await engine.open()
        assert await database.row("SELECT 1 AS one") == {"one": 1}
        await engine.close()
        await engine.close()
        with pytest.raises(database.Closed):
            await database.execute("SELECT 1")


async def test_only_a_dialect_builds_but_does_not_run():
    with database.only_dialect("postgres"):
        assert database.dialect() == "postgres"
        with pytest.raises(database.Unbound):
            await database.execute("SELECT 1")


async def test_a_write_outside_a_transaction_is_committed(engine, new_database):
    await database.execute(MAKE)
    assert await database.rows("INSERT INTO thing VALUES ({}, {}) RETURNING id", "a", 1) == [{"id": "a"}]
    assert await database.rows(
        "WITH chosen AS (SELECT id FROM thing) UPDATE thing SET number = 2 WHERE id IN (SELECT id FROM chosen) "
        "RETURNING number"
    ) == [{"number": 2}]
    assert await database.rows("WITH t AS (SELECT number FROM thing) SELECT number FROM t") == [{"number": 2}]
    if engine.dialect == "sqlite":
        with sqlite3.connect(engine.path) as other:
            assert other.execute("SELECT number FROM thing").fetchall() == [(2,)]


async def test_bulk(engine):
    await database.execute(MAKE)
    await database.insert_many("thing", ("id", "number"), [(str(i), i) for i in range(5000)])
    await database.many("UPDATE thing SET number = {} WHERE id = {}", [(-i, str(i)) for i in range(100)])
    found = await database.row("SELECT count(*) AS c, min(number) AS low FROM thing")
    assert found == {"c": 5000, "low": -99}
    with pytest.raises(database.Violation):
        await database.insert_many("thing", ("id", "number"), [("new", 1), ("1", 1)])
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await database.insert_many("thing", ("id", "number"), [("new", 1)])
            _ = 1 / 0
    assert await database.row("SELECT id FROM thing WHERE id = {}", "new") is None
    await database.insert_many("thing", ("id", "number"), [])
    await database.many("DELETE FROM thing WHERE id = {}", [])
    with pytest.raises(ValueError, match="plain name"):
        await database.insert_many('thing"; --', ("id", "number"), [("x", 1)])


async def test_placeholders():
    with database.only_dialect("sqlite"):
        from node.database.sql import compiled

        assert compiled("a = {} and b = '{{}}'", (1,), "postgres") == ("a = $1 and b = '{}'", [1])
        for sql, args in (("{}", ()), ("{}", (1, 2)), ("{name}", (1,))):
            with pytest.raises(ValueError):
                compiled(sql, args, "sqlite")


async def test_errors_name_no_values(engine):
    await database.execute(MAKE)
    await database.execute("INSERT INTO thing VALUES ({}, {})", "canary-4711", 1)
    for kind, sql, args in (
        ("unique", "INSERT INTO thing VALUES ({}, {})", ("canary-4711", 1)),
        ("not null", "INSERT INTO thing VALUES ({}, {})", ("canary-4712", None)),
    ):
        with pytest.raises(database.Violation) as caught:
            await database.execute(sql, *args)
        assert caught.value.kind == kind
        assert "thing" in caught.value.where
        assert "canary" not in str(caught.value)
        assert caught.value.__suppress_context__
    for bad in ("canary-4713", object()):
        try:
            await database.execute("INSERT INTO thing VALUES ({}, {})", "x", bad)
        except database.DatabaseFault as error:
            assert "canary" not in str(error)
    with pytest.raises(database.DatabaseFault):
        await database.execute("SELEC 1")


async def test_waiting(engine):
    await database.execute(MAKE)
    start = database.version("things")
    waiter = asyncio.create_task(database.wait("things", start, 5))
    await asyncio.sleep(0)
    async with database.transaction():
        await database.execute("INSERT INTO thing VALUES ('a', 1)")
        database.signal("things")
        assert database.version("things") == start
        with pytest.raises(database.InTransaction):
            await database.wait("things", start, 5)
        assert not waiter.done()
    async with asyncio.timeout(1):
        assert await waiter == start + 1
        assert await database.wait("things", start, 5) == start + 1  # it came before we waited
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            database.signal("things")
            _ = 1 / 0
    assert database.version("things") == start + 1
    assert await database.wait("things", start + 1, 0.01) == start + 1
    assert await database.wait("others", 0, 0) == 0


async def test_many_waiters_see_every_change(engine):
    seen: list[list[int]] = [[] for _ in range(20)]

    async def watch(own: list[int]) -> None:
        since = 0
        while since < 200:
            since = await database.wait("things", since, 5)
            own.append(since)

    tasks = [asyncio.create_task(watch(own)) for own in seen]
    for turn in range(200):
        database.signal("things")
        if turn % 3 == 0:
            await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await asyncio.gather(*tasks)
    assert all(own[-1] == 200 and own == sorted(set(own)) for own in seen)


async def test_shutdown_wakes_everyone_and_leaves_nobody_waiting(engine):
    waiters = [asyncio.create_task(database.wait(f"topic-{i % 3}", 0, 60)) for i in range(30)]
    cancelled = asyncio.create_task(database.wait("topic-0", 0, 60))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.sleep(0)
    database.wake_everyone()
    async with asyncio.timeout(1):
        await asyncio.gather(*waiters)
        assert await database.wait("topic-9", 0, 60) == 0
    assert engine.signals._waiters == {}


def _raise_often(url: str, times: int) -> None:
    async def work() -> None:
        engine = database.open_engine(url)
        await engine.open()
        with database.bound(engine):
            for _ in range(times):
                async with database.transaction():
                    found = await database.row_for_update("SELECT number FROM thing WHERE id = 'a'")
                    await database.execute("UPDATE thing SET number = {} WHERE id = 'a'", found["number"] + 1)
        await engine.close()

    asyncio.run(work())


def test_processes_share_one_database(new_database):
    url = new_database(empty=True)

    async def prepare() -> None:
        engine = database.open_engine(url)
        await engine.open()
        with database.bound(engine):
            await database.execute(MAKE)
            await database.execute("INSERT INTO thing VALUES ('a', 0)")
        await engine.close()

    async def result() -> int:
        engine = database.open_engine(url)
        await engine.open()
        with database.bound(engine):
            found = await database.row("SELECT number FROM thing")
        await engine.close()
        return found["number"]

    run_apart(prepare())
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_raise_often, args=(url, 60)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert run_apart(result()) == 180
