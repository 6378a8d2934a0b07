# SPDX-License-Identifier: AGPL-3.0-or-later

"""What only PostgreSQL needs: its settings, its pool, its locks."""

from __future__ import annotations

import asyncio

import pytest

from node import database
from node.errors import Misconfigured, Unavailable

pytestmark = [
    pytest.mark.parametrize("dialect", ["postgres"], indirect=True),
    pytest.mark.usefixtures("dialect"),
]


async def test_a_server_that_does_not_sync_is_refused(engine):
    fsync = (await database.row("SHOW fsync"))["fsync"]
    url = engine._dsn  # without durability=off
    strict = database.open_engine(url)
    if fsync == "on":
        await strict.open()
        await strict.close()
    else:
        with pytest.raises(Misconfigured) as caught:
            await strict.open()
        assert "fsync = on" in caught.value.words


async def test_unreachable_names_no_password():
    engine = database.open_engine("postgresql://someone:hunter2@127.0.0.1:1/none")
    with pytest.raises(Misconfigured) as caught:
        await engine.open()
    assert "hunter2" not in str(caught.value) + caught.value.words + caught.value.cause


async def test_the_pool_survives_a_lost_connection(engine):
    async def lose() -> None:
        async with database.transaction():
            await database.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    for _ in range(12):
        with pytest.raises(Unavailable):
            await lose()
    assert await database.row("SELECT 1 AS one") == {"one": 1}


async def test_lock_excludes(engine):
    order: list[str] = []
    held, go = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with database.transaction():
            await database.lock("name")
            held.set()
            await go.wait()
            order.append("first")

    async def second() -> None:
        await held.wait()
        async with database.transaction():
            await database.lock("name")
            order.append("second")

    tasks = [asyncio.create_task(first()), asyncio.create_task(second())]
    await held.wait()
    async with database.transaction():
        await database.lock("another name")
        await database.rows("SELECT pg_sleep(0.05)")
    assert order == []
    go.set()
    await asyncio.gather(*tasks)
    assert order == ["first", "second"]
    with pytest.raises(database.NotInTransaction):
        await database.lock("name")


async def _beside(engine) -> database.Engine:
    """Another process of the same co-op, as it were."""
    other = database.open_engine(f"{engine._dsn}{'&' if '?' in engine._dsn else '?'}durability=off")
    await other.open()
    return other


async def _woken(engine, topic: str, since: int) -> bool:
    with database.bound(engine):
        return await database.wait(topic, since, 10) > since


async def _roll_back(topic: str) -> None:
    async with database.transaction():
        database.signal(topic)
        raise RuntimeError("rolled back")


async def test_a_change_wakes_who_waits_in_another_process(engine):
    other = await _beside(engine)
    try:
        async with engine.listening(), other.listening():
            # Raised once at the start, for what may have been missed.
            since = other.signals.version("things")
            waiting = asyncio.create_task(_woken(other, "things", since))
            with pytest.raises(RuntimeError):
                await _roll_back("things")
            async with database.transaction():
                database.signal("other things")
            assert await _woken(other, "other things", 0)
            assert not waiting.done(), "what was rolled back rings nowhere"
            async with database.transaction():
                database.signal("things")
            assert await waiting
            assert engine.signals.version("things") == 1, "nobody hears themselves"
            for number in range(3000):  # more than one ring holds
                database.signal(f"a topic with a long name, number {number}")
            assert await _woken(other, "a topic with a long name, number 2999", 0)
            assert other.signals.version("a topic with a long name, number 0") == 1
    finally:
        await other.close()


async def test_a_lost_bell_is_hung_again_and_nothing_is_waited_for_in_vain(engine):
    other = await _beside(engine)
    try:
        async with engine.listening(), other.listening():
            database.signal("things")
            assert await _woken(other, "things", 0)
            since = other.signals.version("things")
            waiting = asyncio.create_task(_woken(other, "things", since))
            await database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database() AND query ILIKE '%listen%'"
            )
            assert await waiting, "all look once, since something may have been missed"
            since = other.signals.version("things")
            database.signal("things")
            assert await _woken(other, "things", since)
    finally:
        await other.close()


async def test_outside_the_block_nothing_is_rung(engine):
    other = await _beside(engine)
    try:
        async with other.listening():
            async with engine.listening():
                pass
            database.signal("things")
            async with engine.listening():
                database.signal("later things")
                assert await _woken(other, "later things", 0)
            assert other.signals.version("things") == 0
    finally:
        await other.close()
