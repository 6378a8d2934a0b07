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
