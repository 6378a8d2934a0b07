# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op with two rows in every table, each sealed value a text of its own; what is in the files of its export."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from node import database, schema, vault
from node.actor import at_the_command_line
from node.backing import locking
from node.database.sql import quoted
from node.here import Here
from node.leaving import exporting, inventory, reading
from node.leaving.exporting import Locks
from node.leaving.inventory import Taken
from node.leaving.shapes import Drawer, Exported
from tests.node.backing.conftest import House, address, house, row_of

__all__ = ["address", "house"]
Rows = dict[str, list[dict[str, Any]]]
FILES: dict[Drawer, str] = {
    "co-op": "alder.zip.age",
    "private": "alder-private-words.zip.age",
    "safeguarding": "alder-safeguarding.zip.age",
}


@dataclass
class Keys:
    """A key for each file: (secret half, public half)."""

    co_op: tuple[str, str] = field(default_factory=locking.new_key)
    private: tuple[str, str] = field(default_factory=locking.new_key)
    safeguarding: tuple[str, str] = field(default_factory=locking.new_key)

    @property
    def locks(self) -> Locks:
        return Locks(co_op=[self.co_op[1]], private=[self.private[1]], safeguarding=[self.safeguarding[1]])

    def secret(self, drawer: Drawer) -> Any:
        return locking.identity({"co-op": self.co_op, "private": self.private}.get(drawer, self.safeguarding)[0])


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


async def export(house: House, out: Path, locks: Locks, *, reason: str = "move", size: int = 500) -> Exported:
    async with house.open() as coop:
        return await exporting.export(
            actor=at_the_command_line(),
            folder=house.settings.folder,
            out=out,
            locks=locks,
            reason=reason,
            size=size,
            here=coop.here(),
        )


def unlocked(file: Path, secret: Any) -> Path:
    """The file beside it that is not locked any more, judged whole."""
    out = file.with_name(file.name.removesuffix(".zip.age") + "-open.zip")
    reading.unlock(file, out, secret)
    return out


def rows_of(file: Path) -> Rows:
    """Every table of an unlocked file."""
    with zipfile.ZipFile(file) as held:
        return {
            name.removeprefix("tables/").removesuffix(".jsonl"): [json.loads(line) for line in held.open(name)]
            for name in held.namelist()
            if name.startswith("tables/")
        }


def text_of(file: Path) -> str:
    """All that stands in an unlocked file."""
    with zipfile.ZipFile(file) as held:
        return "\n".join(held.read(name).decode() for name in held.namelist())


def said(drawer: Drawer, table: str, column: str, key: object) -> str:
    """What the sealed value at this place says; nothing else says the same."""
    return f"Wording «{drawer} {table} {column} {key}» ünd 🌳"


async def fill_every_table(here: Here) -> None:
    """Two rows in every table that has none; each sealed value is `said`, under the key under which the rooms seal it."""
    apart = {each.of.name: (drawer, each) for drawer in inventory.DRAWERS for each in inventory.taken(drawer)}
    for table in schema.tables():
        name = table._meta.tablename
        if await database.row(f"SELECT 1 AS found FROM {quoted(name)} LIMIT 1") is not None:
            continue
        columns = [column._meta.db_column_name for column in table._meta.columns]
        rows = [dict(zip(columns, await row_of(table, number), strict=True)) for number in (1, 2)]
        async with database.transaction():
            if name in apart and apart[name][1].named.sealed:
                rows = [await _sealed(*apart[name], row, here=here) for row in rows]
            await database.insert_many(name, columns, [tuple(row.values()) for row in rows])


async def _sealed(drawer: Drawer, each: Taken, row: dict[str, Any], *, here: Here) -> dict[str, Any]:
    texts = {column: value for column, value in row.items() if isinstance(value, str)}
    names = ", ".join(f"CAST({{}} AS text) AS {quoted(column)}" for column in texts)
    found = await database.row(f"SELECT {each.named.owner} AS owner FROM (SELECT {names}) t", *texts.values())
    assert found is not None
    owner, id = found["owner"], row[each.of.key]
    if await database.row("SELECT 1 AS found FROM data_key WHERE owner = {}", owner) is None:
        await vault.create(owner, here=here)
    ring = await vault.ring([owner], here=here)
    name = each.of.name
    return row | {
        column: ring.seal(owner, name, id, column, said(drawer, name, column, id)) for column in each.named.sealed
    }
