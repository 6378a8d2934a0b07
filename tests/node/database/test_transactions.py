# SPDX-License-Identifier: AGPL-3.0-or-later
# ruff: noqa: PT012 (a transaction that fails is a block)
"""Transactions on both engines: all or nothing, whole under cancellation and failed commits, never another task's."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from piccolo.columns import BigInt, Boolean, Bytea, Varchar
from piccolo.table import Table

from node import database


class Counter(Table, db=database.DB, tablename="counter"):
    id = Varchar(length=22, primary_key=True)
    number = BigInt(default=0)
    flag = Boolean(default=False)
    blob = Bytea(null=True, default=None)


@pytest_asyncio.fixture(autouse=True)
async def counter(engine):
    for statement in Counter.create_table().ddl:
        await database.execute(statement)
    await Counter.insert(Counter(id="a"))


async def number(which: str = "a") -> int:
    found = await database.row("SELECT number FROM counter WHERE id = {}", which)
    return found["number"]


async def raise_by_one(pause: bool = False) -> None:
    async with database.transaction():
        before = await database.row_for_update("SELECT number FROM counter WHERE id = {}", "a")
        if pause:
            await asyncio.sleep(0)
        await Counter.update({Counter.number: before["number"] + 1}).where(Counter.id == "a")


async def test_a_thousand_concurrent_changes_none_lost():
    await asyncio.gather(*(raise_by_one(pause=True) for _ in range(1000)))
    assert await number() == 1000


async def test_500_cancellations_break_nothing(engine):
    """Cancelled at every point of its life, by how many turns of the loop it was given; what is counted was acknowledged."""
    acknowledged, cancelled = 0, 0
    planned = 0

    async def one() -> None:
        nonlocal acknowledged

        def count() -> None:
            nonlocal planned
            planned += 1

        async with database.transaction():
            database.after_commit(count)
            before = await database.row_for_update("SELECT number FROM counter WHERE id = {}", "a")
            await database.execute("UPDATE counter SET number = {} WHERE id = 'a'", before["number"] + 1)
        acknowledged += 1

    for turn in range(500):
        task = asyncio.create_task(one())
        async with asyncio.timeout(10):
            for _ in range(turn % 60):
                if task.done():
                    break
                await asyncio.sleep(0.0002 if turn % 2 else 0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                cancelled += 1
    assert acknowledged + cancelled == 500
    assert cancelled > 50
    assert acknowledged > 50
    assert await number() == planned  # what stands and what was planned for after it are one
    assert planned >= acknowledged
    await asyncio.gather(*(raise_by_one() for _ in range(50)))
    assert await number() == planned + 50


async def test_500_at_once_cancelled_at_once():
    tasks = [asyncio.create_task(raise_by_one(pause=True)) for _ in range(500)]
    for _ in range(300):  # turns of the loop: some are done, some are under way, most wait
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    kept = sum(outcome is None for outcome in outcomes)
    assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    async with asyncio.timeout(10):
        await asyncio.gather(*(raise_by_one() for _ in range(20)))
        assert await number() >= kept + 20


async def test_cancelled_during_commit_stands_and_is_told(engine, monkeypatch):
    reached, go = asyncio.Event(), asyncio.Event()
    commit = engine._commit

    async def slow(connection):
        reached.set()
        await go.wait()
        await commit(connection)

    monkeypatch.setattr(engine, "_commit", slow)
    told = []

    async def deed():
        async with database.transaction():
            await database.execute("UPDATE counter SET number = 7 WHERE id = 'a'")
            database.after_commit(lambda: told.append("stands"))

    task = asyncio.create_task(deed())
    await reached.wait()
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told == ["stands"]
    monkeypatch.undo()
    assert await number() == 7
    await raise_by_one()


async def test_failed_commit_leaks_nothing(engine, dialect):
    await database.execute(
        "CREATE TABLE follower (id VARCHAR(22) PRIMARY KEY, "
        "counter VARCHAR(22) REFERENCES counter (id) DEFERRABLE INITIALLY DEFERRED)"
    )
    told = []
    for _ in range(20):  # more than there are connections
        with pytest.raises(database.Violation) as caught:
            async with database.transaction():
                await database.execute("INSERT INTO follower VALUES ('f', 'nobody')")
                database.after_commit(lambda: told.append("stands"))
        assert caught.value.kind == "foreign key"
    assert told == []
    assert await database.rows("SELECT * FROM follower") == []
    async with asyncio.timeout(10):
        await asyncio.gather(*(raise_by_one() for _ in range(20)))
    assert await number() == 20


async def test_rolled_back_as_a_whole():
    told = []
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await Counter.insert(Counter(id="b"))
            database.after_commit(lambda: told.append(1))
            async with database.transaction():
                await Counter.insert(Counter(id="c"))
            assert await Counter.count() == 3
            _ = 1 / 0
    assert await Counter.count() == 1
    assert told == []


async def test_a_passed_over_failure_is_not_kept():
    with pytest.raises(database.TransactionDoomed):
        async with database.transaction():
            try:
                async with database.transaction():
                    await database.execute("UPDATE counter SET number = 5 WHERE id = 'a'")
                    raise LookupError
            except LookupError:
                pass
    assert await number() == 0


async def test_an_inner_refusal_before_any_change_harms_nothing():
    async with database.transaction():
        try:
            async with database.transaction():
                await number()
                raise LookupError
        except LookupError:
            pass
        await database.execute("UPDATE counter SET number = 6 WHERE id = 'a'")
    assert await number() == 6


async def test_a_failed_statement_dooms_alike_on_both():
    with pytest.raises(database.TransactionDoomed):
        async with database.transaction():
            await database.execute("UPDATE counter SET number = 5 WHERE id = 'a'")
            with pytest.raises(database.Violation):
                await database.execute("INSERT INTO counter (id) VALUES ('a')")
            await number()
    assert await number() == 0


async def test_a_savepoint_fails_alone():
    told = []
    async with database.transaction():
        await database.execute("UPDATE counter SET number = 5 WHERE id = 'a'")
        for _ in range(2):
            with pytest.raises(database.Violation):
                async with database.savepoint():
                    database.after_commit(lambda: told.append("undone"))
                    await database.execute("UPDATE counter SET number = 9 WHERE id = 'a'")
                    await database.execute("INSERT INTO counter (id) VALUES ('a')")
        async with database.savepoint():
            database.after_commit(lambda: told.append("kept"))
            await Counter.insert(Counter(id="b"))
    assert await number() == 5
    assert await Counter.count() == 2
    assert told == ["kept"]
    with pytest.raises(database.NotInTransaction):
        async with database.savepoint():
            pass


async def test_timeout_inside_a_savepoint():
    async with database.transaction():
        await database.execute("UPDATE counter SET number = 5 WHERE id = 'a'")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), database.savepoint():
                await database.execute("UPDATE counter SET number = 9 WHERE id = 'a'")
                await asyncio.Event().wait()
        assert await number() == 5
    assert await number() == 5


async def test_a_child_task_is_refused():
    async def child():
        return await number()

    async def later(started: asyncio.Event):
        await started.wait()
        return await number()

    over = asyncio.Event()
    async with database.transaction():
        await database.execute("UPDATE counter SET number = 3 WHERE id = 'a'")
        task = asyncio.create_task(child())
        with pytest.raises(database.TransactionOfAnotherTask, match="after_commit"):
            await task
        with pytest.raises(database.TransactionOfAnotherTask):
            await asyncio.gather(child(), child())
        outlives = asyncio.create_task(later(over))
    over.set()
    with pytest.raises(database.TransactionOfAnotherTask):
        await outlives
    assert await number() == 3
    assert await asyncio.create_task(child()) == 3  # started outside: its own


async def test_after_commit_may_start_tasks_and_fail():
    tasks = []
    async with database.transaction():
        await database.execute("UPDATE counter SET number = 3 WHERE id = 'a'")
        database.after_commit(lambda: 1 / 0)
        database.after_commit(lambda: tasks.append(asyncio.ensure_future(number())))
        assert tasks == []
    assert await tasks[0] == 3
    at_once = []
    database.after_commit(lambda: at_once.append(1))
    assert at_once == [1]


async def test_steering_by_hand_is_refused():
    for statement in ("BEGIN", " commit", "/* x */ ROLLBACK", "savepoint x", "-- y\nEND"):
        with pytest.raises(ValueError, match="steered"):
            await database.execute(statement)


async def test_what_piccolo_offers_and_we_refuse():
    with pytest.raises(NotImplementedError):
        await Counter.select().batch()
    with pytest.raises(NotImplementedError):
        database.DB.atomic()
    with pytest.raises(TypeError):
        database.DB.transaction(transaction_type="DEFERRED")
    async with database.DB.transaction():
        assert database.DB.transaction_exists()
        await Counter.update({Counter.number: 1}).where(Counter.id == "a")
    assert not database.DB.transaction_exists()


async def test_piccolo_and_raw_agree_on_types():
    await Counter.insert(Counter(id="t", number=2**60, flag=True, blob=b"\x00\xff"))
    assert await Counter.select().where(Counter.id == "t").first() == {
        "id": "t",
        "number": 2**60,
        "flag": True,
        "blob": b"\x00\xff",
    }
    assert await database.row("SELECT * FROM counter WHERE id = {}", "t") == {
        "id": "t",
        "number": 2**60,
        "flag": True,
        "blob": b"\x00\xff",
    }
