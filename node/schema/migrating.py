# SPDX-License-Identifier: AGPL-3.0-or-later
"""Migrations forward, each kept whole or not at all, also when the process is killed or several start at once.

For each migration not yet recorded, in order of its ID: one transaction takes the lock, looks again whether it was run
meanwhile, runs it, and records it. (Piccolo's own command records after the commit and takes no lock: killed in between, the
next start fails.) The lock is the transaction's own, so a killed process leaves none behind: SQLite's single writer, and an
advisory lock on PostgreSQL. The files are Piccolo's migration files, of `raw` steps, and so is the table `migration`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Collection, Sequence
from typing import Any

from node import database
from node.errors import Unavailable
from node.schema.rooms import statements

APP = "commoncare"

# As Piccolo 1.38 makes it, so that its commands can read it.
_RECORD = {
    "sqlite": (
        'CREATE TABLE IF NOT EXISTS "migration" ("id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, '
        "\"name\" VARCHAR(200) NOT NULL DEFAULT '', \"app_name\" VARCHAR(200) NOT NULL DEFAULT '', "
        '"ran_on" TIMESTAMP NOT NULL DEFAULT current_timestamp)'
    ),
    "postgres": (
        'CREATE TABLE IF NOT EXISTS "migration" ("id" SERIAL PRIMARY KEY NOT NULL, '
        "\"name\" VARCHAR(200) NOT NULL DEFAULT '', \"app_name\" VARCHAR(200) NOT NULL DEFAULT '', "
        '"ran_on" TIMESTAMP NOT NULL DEFAULT current_timestamp)'
    ),
}


def migrations() -> list[Any]:
    """The migration modules in order of their ID."""
    from node.schema import migrations as folder

    names = [found.name for found in pkgutil.iter_modules(folder.__path__)]
    modules = [importlib.import_module(f"{folder.__name__}.{name}") for name in names]
    return sorted((module for module in modules if hasattr(module, "ID")), key=lambda module: str(module.ID))


def known() -> list[str]:
    """The IDs of every migration of this version, in order."""
    return [str(module.ID) for module in migrations()]


async def pending() -> list[str]:
    """The IDs of migrations that the bound database has not had, in order. Changes nothing."""
    done = await _recorded() if await _has_record() else set()
    return [module.ID for module in migrations() if module.ID not in done]


async def migrate(*, only: Collection[str] | None = None, patience: float = 600) -> list[str]:
    """Bring the bound database forward; the IDs that this call ran. `patience`: seconds to wait for another that migrates;
    `only`: these and no others, for a restore of what an earlier version kept.

    Raises Unavailable when another process holds the database for longer than that.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + patience
    ran: list[str] = []
    for module in migrations():
        if only is not None and module.ID not in only:
            continue
        while True:
            try:
                if await _run(module):
                    ran.append(module.ID)
                break
            except Unavailable:  # the database's own wait (30 s) ended while another process migrates
                if loop.time() >= until:
                    raise
                await asyncio.sleep(0.2)
    return ran


async def create_all() -> None:
    """Make the whole schema in the bound, empty database, from the tables as they are, and record every migration as run."""
    async with database.transaction():
        await database.lock("migrate")
        for statement in statements(database.dialect()):
            await run_literally(statement)
        await run_literally(_RECORD[database.dialect()])
        for module in migrations():
            await _record(module.ID)


async def run_steps(*, sqlite: Sequence[str], postgres: Sequence[str]) -> None:
    """For migrations: run the bound dialect's statements as they are written."""
    for statement in sqlite if database.dialect() == "sqlite" else postgres:
        await run_literally(statement)


async def run_literally(statement: str) -> None:
    """One statement in which `{` and `}` mean themselves."""
    await database.current().fetch(statement)


async def _run(module: Any) -> bool:
    async with database.rebuilding():
        await database.lock("migrate")
        await run_literally(_RECORD[database.dialect()])
        if module.ID in await _recorded():
            return False
        manager = await module.forwards()
        for step in manager.raw:
            outcome = step()
            if inspect.isawaitable(outcome):
                await outcome
        await _record(module.ID)
        return True


async def _has_record() -> bool:
    if database.dialect() == "sqlite":
        found = await database.row("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migration'")
    else:
        found = await database.row("SELECT 1 AS found FROM pg_class WHERE oid = to_regclass('migration')")
    return found is not None


async def _recorded() -> set[str]:
    return {row["name"] for row in await database.rows("SELECT name FROM migration WHERE app_name = {}", APP)}


async def _record(migration: str) -> None:
    await database.execute("INSERT INTO migration (name, app_name) VALUES ({}, {})", migration, APP)
