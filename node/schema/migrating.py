# SPDX-License-Identifier: AGPL-3.0-or-later
"""Migrations forward, each kept whole or not at all, also when the process is killed or several start at once.

For each migration not yet recorded, in order of its ID: one transaction takes the lock, looks again whether it was run
meanwhile, runs it, and records it. (Piccolo's own command records after the commit and takes no lock: killed in between, the
next start fails.) The lock is the transaction's own, so a killed process leaves none behind: SQLite's single writer, and an
advisory lock on PostgreSQL. The files are Piccolo's migration files, of `raw` steps, and so is the table `migration`.

While a migration runs, programs of the version before go on with the same database. So a migration expands: what they ask for is
still there, and what it adds they need not give. What nobody asks for any more goes one version later, in a migration that says
so: its `OLDEST` is the ID of the migration that a program has to know to live with the database from then on. That is recorded
too, under a name of its own that every version reads: who is too old refuses to start, and is not ready.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from node import database
from node.errors import Misconfigured, Unavailable
from node.schema.rooms import statements

APP = "commoncare"
FLOOR = "commoncare.oldest"
"""In place of an app's name: the row names a migration that whoever opens the database has to know."""
LOCK_WAIT = "500ms"
"""How long a step waits for others' statements on a table, on PostgreSQL: meanwhile all who come later wait behind it. Less than
the second after which the server looks for a deadlock, and would refuse somebody's request to end it."""
PAUSE = 1.0
"""Seconds for which others get on with it before the next try."""
TOO_OLD = (
    "The database of {node_id} was brought forward by a newer version, and this one can't live with it. Start the newer version, "
    "or restore the backup that was made before it."
)

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


class Standing(NamedTuple):
    """IDs of migrations, in order. `pending`: the bound database has not had them; `newer`: it had them, and this version does
    not know them; `outgrown`: who lives with it has to know them, and this version does not: it is too old."""

    pending: list[str]
    newer: list[str]
    outgrown: list[str]


async def standing() -> Standing:
    """How the bound database and this version stand to each other. Changes nothing."""
    ran, asked = (await _recorded(), await _recorded(FLOOR)) if await _has_record() else (set(), set())
    ours = known()
    return Standing([each for each in ours if each not in ran], sorted(ran - set(ours)), sorted(asked - set(ours)))


async def pending() -> list[str]:
    """The IDs of migrations that the bound database has not had, in order. Changes nothing."""
    return (await standing()).pending


async def must_fit(node_id: str, folder: object) -> None:
    """Raises Misconfigured, with the remedy, where this version is too old for the bound database, or the database for it."""
    stands = await standing()
    if stands.outgrown:
        raise Misconfigured(TOO_OLD.format(node_id=node_id), cause=", ".join(stands.outgrown))
    if waiting := stands.pending:
        raise Misconfigured(
            f"The database of {node_id} is {len(waiting)} step{'s' * (len(waiting) > 1)} behind. "
            f"Bring it forward with: commoncare migrate --dir {folder}"
        )


async def migrate(*, only: Collection[str] | None = None, patience: float = 600) -> list[str]:
    """Bring the bound database forward; the IDs that this call ran. `patience`: seconds to wait for another that migrates;
    `only`: these and no others, for a restore of what an earlier version kept.

    Raises Unavailable when others hold the database, or a table, for longer than that; Misconfigured where this version is too
    old for it.
    """
    if too_new := (await standing()).outgrown:
        raise Misconfigured(TOO_OLD.format(node_id="this node"), cause=", ".join(too_new))
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
            except Unavailable:  # another process migrates (30 s), or uses a table that a step changes (LOCK_WAIT)
                if loop.time() >= until:
                    raise
                await asyncio.sleep(PAUSE)
    return ran


async def create_all() -> None:
    """Make the whole schema in the bound, empty database, from the tables as they are, and record every migration as run."""
    async with database.transaction():
        await database.lock("migrate")
        for statement in statements(database.dialect()):
            await run_literally(statement)
        await run_literally(_RECORD[database.dialect()])
        for module in migrations():
            await _record(module)


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
        if database.dialect() == "postgres":
            await run_literally(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        manager = await module.forwards()
        for step in manager.raw:
            outcome = step()
            if inspect.isawaitable(outcome):
                await outcome
        await _record(module)
        return True


async def _has_record() -> bool:
    if database.dialect() == "sqlite":
        found = await database.row("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'migration'")
    else:
        found = await database.row("SELECT 1 AS found FROM pg_class WHERE oid = to_regclass('migration')")
    return found is not None


async def _recorded(app: str = APP) -> set[str]:
    return {row["name"] for row in await database.rows("SELECT name FROM migration WHERE app_name = {}", app)}


async def _record(module: Any) -> None:
    rows = [(module.ID, APP)] + [(oldest, FLOOR) for oldest in (getattr(module, "OLDEST", None),) if oldest]
    for name, app in rows:
        await database.execute("INSERT INTO migration (name, app_name) VALUES ({}, {})", name, app)
