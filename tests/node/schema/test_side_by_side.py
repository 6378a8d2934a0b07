# SPDX-License-Identifier: AGPL-3.0-or-later
"""A database that one version brought forward while another lives with it: who is too old says so, who is not goes on, and a step
that finds others at its table gives way to them."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
import pytest_asyncio

from node import database, schema
from node.database.postgres import PostgresEngine
from node.errors import Misconfigured, Unavailable
from node.schema import migrating
from tests.node.schema.test_schema import _module, _step


@pytest_asyncio.fixture
async def empty(new_database):
    engine = database.open_engine(new_database(empty=True))
    await engine.open()
    yield engine
    await engine.close()


@pytest.fixture
def new_postgres(postgres_server):
    yield postgres_server.new_database
    postgres_server.drop_made()


def _ending(name: str, oldest: str, *steps) -> SimpleNamespace:
    return SimpleNamespace(**{**vars(_module(name, *steps)), "OLDEST": oldest})


async def test_a_version_that_is_too_old_for_the_database_says_so_and_one_that_is_not_goes_on(empty, monkeypatch):
    first, wider = (
        _module("0001", _step("CREATE TABLE a (id BIGINT)")),
        _module("0002", _step("ALTER TABLE a ADD b BIGINT")),
    )
    narrower = _ending("0003", "0002", _step("CREATE TABLE c (id BIGINT)"))

    def version(*modules) -> None:
        monkeypatch.setattr(migrating, "migrations", lambda: list(modules))

    with database.bound(empty):
        version(first, wider)
        await schema.migrate()
        version(first)
        assert await schema.standing() == ([], ["0002"], [])
        await schema.must_fit("alder.example", "coop")
        assert await schema.migrate() == []

        version(first, wider, narrower)
        with pytest.raises(Misconfigured) as no:
            await schema.must_fit("alder.example", "coop")
        assert "1 step behind" in no.value.words
        await schema.migrate()
        version(first, wider)
        assert await schema.standing() == ([], ["0003"], [])
        await schema.must_fit("alder.example", "coop")

        version(first)
        assert await schema.standing() == ([], ["0002", "0003"], ["0002"])
        for too_old in (schema.must_fit("alder.example", "coop"), schema.migrate()):
            with pytest.raises(Misconfigured) as no:
                await too_old
            assert "by a newer version, and this one can't live with it" in no.value.words


@pytest.mark.postgres
async def test_a_step_gives_way_to_whoever_uses_the_table_and_is_tried_again(new_postgres, monkeypatch):
    """A long reading, as a backup is one: whoever comes after it is not held up for as long as that takes."""
    url = new_postgres(empty=True)
    one, other, third = (database.open_engine(url) for _ in range(3))
    for engine in (one, other, third):
        await engine.open()
    monkeypatch.setattr(migrating, "migrations", lambda: [_module("0001", _step("CREATE TABLE a (id BIGINT)"))])
    with database.bound(one):
        await schema.migrate()
        monkeypatch.setattr(
            migrating, "migrations", lambda: [_module("0001"), _module("0002", _step("ALTER TABLE a ADD b BIGINT"))]
        )

    async def bring_forward() -> list[str]:
        with database.bound(one):
            return await schema.migrate(patience=30)

    async def look() -> float:
        began = asyncio.get_running_loop().time()
        with database.bound(third):
            await database.rows("SELECT id FROM a")
        return asyncio.get_running_loop().time() - began

    with database.bound(other):
        async with database.transaction():
            await database.rows("SELECT id FROM a")
            forward = asyncio.create_task(bring_forward())
            waited = []
            until = asyncio.get_running_loop().time() + 3
            while asyncio.get_running_loop().time() < until:
                waited.append(await look())
            assert not forward.done()
    assert await forward == ["0002"]
    assert max(waited) < 2, "held up for less than a step waits, and a little"
    assert max(waited) > 0.2, "it was really in the way"
    for engine in (one, other, third):
        await engine.close()


@pytest.mark.postgres
async def test_what_a_column_more_does_to_a_transaction_is_a_try_again(new_postgres):
    """The server refuses a statement that it knows with fewer columns. Outside a transaction the driver asks again."""
    url = new_postgres(empty=True)
    engine = PostgresEngine(url.replace("durability=off", "").rstrip("?&"), durable=False, connections=1)
    await engine.open()
    with database.bound(engine):
        await database.execute("CREATE TABLE a (id BIGINT)")
        await database.execute("INSERT INTO a VALUES (1)")
        async with database.transaction():
            assert await database.rows("SELECT * FROM a") == [{"id": 1}]
        await database.execute("ALTER TABLE a ADD b BIGINT")
        with pytest.raises(Unavailable):
            async with database.transaction():
                await database.rows("SELECT * FROM a")
        async with database.transaction():
            assert await database.rows("SELECT * FROM a") == [{"id": 1, "b": None}]
    await engine.close()
