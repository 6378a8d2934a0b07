# SPDX-License-Identifier: AGPL-3.0-or-later
"""The schema: made at once or by migrations it is the same, nothing cascades, and a migration is kept whole or not at all."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import signal
from types import SimpleNamespace

import pytest
import pytest_asyncio
from piccolo.columns.base import OnDelete

from node import database, schema
from node.schema import migrating, rooms, snapshot
from tests.node.schema.inspection import deletion_rules, describe
from tests.support import run_apart


@pytest_asyncio.fixture
async def empty(new_database):
    engine = database.open_engine(new_database(empty=True))
    await engine.open()
    yield engine
    await engine.close()


async def test_migrations_give_what_create_all_gives(engine, empty):
    at_once = await describe()
    assert any(at_once.values())
    with database.bound(empty):
        ids = [module.ID for module in migrating.migrations()]
        assert await schema.pending() == ids
        assert await schema.migrate() == ids
        assert await schema.pending() == []
        assert await schema.migrate() == []
        by_steps = await describe()
        assert by_steps == at_once
        await database.execute("CREATE INDEX one_more ON outbox (worker)")
        assert await describe() != at_once
    assert await schema.pending() == []


def test_the_first_migration_is_up_to_date():
    assert snapshot.main(["--check"]) == 0, "run: python -m node.schema.snapshot"


def test_every_room_with_tables_is_listed():
    folders = {path.parent.name for path in snapshot.FIRST.parents[2].glob("*/tables.py")}
    assert folders <= set(schema.ROOMS)


def test_every_foreign_key_restricts():
    keys = [key for table in schema.tables() for key in rooms.foreign_keys(table)]
    cascading = [repr(key) for key in keys if key._foreign_key_meta.on_delete is not OnDelete.restrict]
    assert cascading == []


async def test_every_foreign_key_restricts_in_the_database(engine):
    rules = await deletion_rules()
    assert len(rules) == sum(len(rooms.foreign_keys(table)) for table in schema.tables())
    assert set(rules.values()) <= {"RESTRICT"}


def test_tables_come_after_those_they_point_at():
    seen: set[str] = set()
    for table in schema.tables():
        assert rooms.targets(table) <= seen, table
        seen.add(table._meta.tablename)


def test_nothing_is_named_twice():
    for name in ("sqlite", "postgres"):
        made = [
            match
            for statement in schema.statements(name)
            if not statement.startswith("CREATE TRIGGER")
            for match in re.findall(r'^CREATE (?:UNIQUE |VIRTUAL )?(?:TABLE|INDEX) "?(\w+)', statement)
        ]
        assert len(made) == len(set(made))


def _module(name: str, *steps) -> SimpleNamespace:
    async def forwards():
        return SimpleNamespace(raw=list(steps))

    return SimpleNamespace(ID=name, forwards=forwards)


def _step(statement: str):
    async def run() -> None:
        await migrating.run_steps(sqlite=(statement,), postgres=(statement,))

    return run


async def test_a_migration_that_fails_leaves_nothing(empty, monkeypatch):
    good, bad = _step("CREATE TABLE half (id BIGINT)"), _step("CREATE TABLE nonsense (")
    monkeypatch.setattr(migrating, "migrations", lambda: [_module("0001", good, bad)])
    with database.bound(empty):
        with pytest.raises(database.DatabaseFault):
            await schema.migrate()
        assert await schema.pending() == ["0001"]
        assert not any((await describe()).values())
        monkeypatch.setattr(migrating, "migrations", lambda: [_module("0001", good)])
        assert await schema.migrate() == ["0001"]


async def test_started_many_times_at_once_each_runs_once(new_database, monkeypatch):
    url = new_database(empty=True)
    modules = [_module(f"000{i}", _step(f"CREATE TABLE t{i} (id BIGINT)")) for i in range(4)]
    monkeypatch.setattr(migrating, "migrations", lambda: modules)
    engines = [database.open_engine(url) for _ in range(4)]
    for engine in engines:
        await engine.open()

    async def migrate(engine) -> list[str]:
        with database.bound(engine):
            return await schema.migrate()

    ran = await asyncio.gather(*(migrate(engine) for engine in engines))
    assert sorted(name for names in ran for name in names) == ["0000", "0001", "0002", "0003"]
    for engine in engines:
        await engine.close()


async def test_a_table_that_others_point_at_can_be_rebuilt(empty, monkeypatch, dialect):
    if dialect == "sqlite":
        rebuild = [
            "CREATE TABLE new_a (id BIGINT PRIMARY KEY, more BIGINT)",
            "INSERT INTO new_a SELECT id, 7 FROM a",
        ]
        rebuild += ["DROP TABLE a", "ALTER TABLE new_a RENAME TO a"]
    else:
        rebuild = ["ALTER TABLE a ADD COLUMN more BIGINT DEFAULT 7"]
    first = [
        "CREATE TABLE a (id BIGINT PRIMARY KEY)",
        "CREATE TABLE b (id BIGINT PRIMARY KEY, a BIGINT REFERENCES a (id) ON DELETE RESTRICT)",
        "INSERT INTO a VALUES (1)",
        "INSERT INTO b VALUES (1, 1)",
    ]
    modules = [_module("0001", *map(_step, first)), _module("0002", *map(_step, rebuild))]
    monkeypatch.setattr(migrating, "migrations", lambda: modules)
    with database.bound(empty):
        await schema.migrate()
        assert await database.row("SELECT * FROM a") == {"id": 1, "more": 7}
        modules.append(_module("0003", _step("DELETE FROM a")))
        with pytest.raises(database.Violation) as caught:  # what it would leave broken is refused at its end
            await schema.migrate()
        assert caught.value.kind == "foreign key"
        assert await schema.pending() == ["0003"]
        with pytest.raises(database.Violation):  # and keys are heeded again afterwards
            await database.execute("INSERT INTO b VALUES (2, 99)")


def _migrate_and_die(url: str, after: int) -> None:
    count = 0
    run = migrating.run_literally

    async def counting(statement: str) -> None:
        nonlocal count
        count += 1
        if count > after:
            os.kill(os.getpid(), signal.SIGKILL)
        await run(statement)

    migrating.run_literally = counting

    async def work() -> None:
        engine = database.open_engine(url)
        await engine.open()
        with database.bound(engine):
            await schema.migrate()

    asyncio.run(work())


@pytest.mark.parametrize("after", [1, 20])
def test_killed_in_the_middle_and_run_again(new_database, after):
    url = new_database(empty=True)
    process = multiprocessing.get_context("spawn").Process(target=_migrate_and_die, args=(url, after))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL

    async def again() -> list[str]:
        engine = database.open_engine(url)
        await engine.open()
        with database.bound(engine):
            assert not any((await describe()).values())
            ran = await schema.migrate()
            assert any((await describe()).values())
        await engine.close()
        return ran

    assert run_apart(again()) == [module.ID for module in migrating.migrations()]
