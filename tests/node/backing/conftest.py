# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op with rows in every table, its backups, and empty places on either database to restore them into."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from piccolo.columns import BigInt, Boolean, Bytea, DoublePrecision, ForeignKey, Integer, Serial, Text, Varchar
from piccolo.table import Table

from node import database, schema
from node.backing import contents, locking, restoring, snapshot, writing
from node.clock import HandClock
from node.coop import Coop, found
from node.here import Here
from node.settings import Settings, load
from tests.conftest import NOW
from tests.databases import PostgresServer
from tests.support import SeededRandomness

PASSPHRASE = "three plain words and more"
DAY = 86_400
Dump = dict[str, list[dict[str, Any]]]


@dataclass
class House:
    """One co-op's folder, the backup key's secret half, and its clock."""

    settings: Settings
    secret: Any
    clock: HandClock
    chance: SeededRandomness

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Coop]:
        async with Coop.open(self.settings, clock=self.clock, random=self.chance) as coop:
            with database.bound(coop.engine):
                yield coop

    async def back_up(self, **options: Any) -> Path:
        async with self.open() as coop:
            return Path((await writing.make(self.settings, here=coop.here(), **options)).path)

    async def restore(self, file: Path) -> restoring.Restored:
        return await restoring.restore(self.settings, file, self.secret, clock=self.clock, random=self.chance)

    def elsewhere(self, folder: Path, address: str) -> House:
        """Another machine with what is kept apart from backups, and nothing else."""
        (folder / "keys").mkdir(parents=True)
        shutil.copy(self.settings.path("keys/node.key"), folder / "keys/node.key")
        given = yaml.safe_load((self.settings.folder / "commoncare.yaml").read_text())
        given.pop("database", None)
        (folder / "commoncare.yaml").write_text(yaml.safe_dump(given | ({"database": address} if address else {})))
        return replace(self, settings=load(folder, {}))


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """`address("postgres")`: of an empty database; "" is a file in the co-op's folder."""
    server: list[PostgresServer] = []

    def call(kind: str) -> str:
        if kind == "sqlite":
            return ""
        server[:] = server or [request.getfixturevalue("postgres_server")]
        return server[0].new_database(empty=True)

    yield call
    for each in server:
        each.drop_made()


@pytest.fixture
def house(tmp_path: Path, dialect: str, address: Callable[[str], str]) -> House:
    """A co-op that was just founded, on this test's database, with a key for its backups."""
    return asyncio.run(founded(tmp_path / "coop", address(dialect)))


async def founded(folder: Path, where: str, node_id: str = "alder.example") -> House:
    secret, public = locking.new_key()
    given: dict[str, Any] = {"node_id": node_id, "co_op": {"name": "Alder", "phone": "01632 960201"}}
    given |= {"backup": {"recipients": [public]}} | ({"database": where} if where else {})
    clock, chance = HandClock(NOW), SeededRandomness(7)
    settings, _ = await found(folder, given, passphrase=PASSPHRASE, clock=clock, random=chance)
    return House(settings, locking.identity(secret), clock, chance)


async def dump() -> Dump:
    """Every kept table's rows in plain values, in an order that both databases share."""
    found: Dump = {}
    async with snapshot.snapshot() as source:
        for table in contents.kept():
            rows = [row async for page in snapshot.pages(table, source, size=7) for row in page]
            found[table.name] = sorted((dict(zip(table.columns, row, strict=True)) for row in rows), key=repr)
    return found


# Rows in every table ----------------------------------------------------------------------------------------------------

_AS_IN_LIFE: dict[tuple[str, str], Any] = {("person", "state"): "active", ("introduction", "hidden"): True}


async def fill_every_table() -> None:
    """Two rows in every table that has none, with values that a careless copy would spoil."""
    for table in schema.tables():
        name = table._meta.tablename
        columns = [column._meta.db_column_name for column in table._meta.columns]
        if await database.row(f'SELECT 1 AS found FROM "{name}" LIMIT 1') is None:
            async with database.transaction():
                await database.insert_many(name, columns, [await row_of(table, number) for number in (1, 2)])


async def row_of(table: type[Table], number: int) -> tuple[Any, ...]:
    """Values that a careless copy would spoil, in the order of the table's columns."""
    return tuple([await _value(table, column, number) for column in table._meta.columns])


async def _value(table: type[Table], column: Any, number: int) -> Any:
    name, meta = table._meta.tablename, column._meta
    if (name, meta.db_column_name) in _AS_IN_LIFE:
        return _AS_IN_LIFE[name, meta.db_column_name]
    if isinstance(column, ForeignKey):
        target = column._foreign_key_meta.resolved_references._meta
        key = target.primary_key._meta.db_column_name
        rows = await database.rows(f'SELECT "{key}" AS key FROM "{target.tablename}" ORDER BY 1')
        return rows[(number - 1) % len(rows)]["key"]
    if meta.null and number == 2:
        return None
    if isinstance(column, (Serial, Boolean)):
        return number if isinstance(column, Serial) else number == 1
    if isinstance(column, BigInt):
        return 2**53 + number if meta.primary_key else number
    if isinstance(column, Integer):
        return number
    if isinstance(column, DoublePrecision):
        return 0.1 * number
    if isinstance(column, Bytea):
        return bytes([0, 255, 10, 92, number]) * 3
    if isinstance(column, Varchar):
        return f"{number}é'\"\\\n{{}}{meta.db_column_name}"[: column.length]
    assert isinstance(column, Text)
    return f"[{number}]\t“ŵ” 🌳 \\N {{}}" * 5


@contextmanager
def off(path: Path) -> Iterator[None]:
    """The database's files are elsewhere inside the block."""
    aside = path.with_name("aside.db")
    path.rename(aside)
    yield
    aside.rename(path)


def here_of(house: House) -> Here:
    return restoring.here_of(house.settings, house.clock, house.chance)
