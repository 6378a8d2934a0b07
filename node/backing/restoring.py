# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts a backup back into an empty place, on SQLite or PostgreSQL whichever it came from, and revives nothing by it.

In order: the whole file is judged; the place is seen to be empty; the schema is made as it was then; every row is loaded and
counted; the schema is brought to today's; then, in one transaction: the text index is built, every API token ends, what ended
since is ended again, the old feeds show nobody anything, letter keys that no backup holds are replaced, this database becomes
another instance, and the journal says so.
Until then it is no founded node, and `serve` refuses it. On SQLite all this happens in a file beside the name it gets at the end.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from node import database, ended, journal, schema
from node.backing import contents, folder, reading, replaying
from node.backing.format import Damaged
from node.backing.reading import Judged
from node.clock import Clock, MachineRandomness
from node.coop import read_node_key
from node.database.sql import quoted
from node.ended import Ended
from node.errors import Conflict, Refusal, Unavailable
from node.here import Here, Randomness
from node.peers import keyring, own
from node.settings import Settings
from node.support import index

HELD_BACK: Final = "own_identity"
"""Loaded last of all: without it a database is no founded node."""
LOST_KEY: Final = "A backup was restored, and it does not hold this key."


class Restored(Struct, frozen=True, kw_only=True):
    """What a restore did. `ended`: how much of each kind was ended again; `tokens`: API tokens that were ended; `unread`: newer
    backups in the folder that could not be asked what had ended; `migrated`: steps that brought the schema to today's."""

    file: str
    made_at: int
    rows: int
    ended: dict[str, int]
    tokens: int
    unread: list[str]
    migrated: list[str]


async def restore(
    settings: Settings, file: Path, secret: Any, *, clock: Clock | None = None, random: Randomness | None = None
) -> Restored:
    """Put `file` back as the co-op of `settings`. `secret`: `locking.identity`.

    Raises WrongKey, Damaged, Conflict, Misconfigured before anything is written.
    """
    here = here_of(settings, clock, random)
    must_be_free(settings)
    judged = reading.judge(file, secret, node_id=settings.node_id, node_key=here.node_key)
    lines, unread = _since(settings, judged, secret, here)
    place = sqlite_file(settings)
    if place is None:
        engine = database.open_engine(settings.database_url)
        done = await _into(engine, judged, secret, lines, here)
        _remember(settings, lines)
    else:
        beside = place.with_name(f"{place.name}.restoring")
        _remove(beside)
        try:
            done = await _into(database.open_engine(f"sqlite:///{quote(str(beside))}"), judged, secret, lines, here)
            _remember(settings, lines)
            _stand(beside, place)
        finally:
            _remove(beside)
    return Restored(file=str(file), made_at=judged.header.made_at, unread=unread, **done)


def here_of(settings: Settings, clock: Clock | None, random: Randomness | None) -> Here:
    """This co-op now. Raises Misconfigured when its node key or its areas are not there."""
    return Here(
        node_id=settings.node_id,
        now=(clock or settings.clock()).now(),
        random=random or MachineRandomness(),
        node_key=read_node_key(settings),
        place=settings.gazetteer(),
        co_op=settings.co_op,
        address=settings.address,
    )


def sqlite_file(settings: Settings) -> Path | None:
    """The file that the settings name as the database; None for PostgreSQL."""
    path = getattr(database.open_engine(settings.database_url), "path", None)
    return path if isinstance(path, Path) else None


def must_be_free(settings: Settings) -> None:
    """Raises Conflict when a database file, or the log of one, is where the restored one goes."""
    place = sqlite_file(settings)
    for path in (place, *(place.with_name(place.name + end) for end in ("-wal", "-shm"))) if place else ():
        if path.exists():
            raise Conflict(
                f"There is {path} already, and a restore never writes over a database. Stop the node, move that file away "
                "(keep it until you are sure), and try again."
            )


def _since(settings: Settings, judged: Judged, secret: Any, here: Here) -> tuple[set[Ended], list[str]]:
    """What ended here, from the file outside the database, this backup and every newer one; and which could not be read."""
    lines, unread = judged.ended | ended.read(settings.path(ended.FILE)), []
    for newer in folder.backups(settings.path(settings.backup.folder), settings.node_id):
        if newer.made_at > judged.header.made_at:
            try:
                lines |= reading.only_ended(newer.path, secret, node_id=settings.node_id, node_key=here.node_key)
            except (Refusal, OSError):
                unread.append(newer.path.name)
    return lines, unread


async def _into(engine: database.Engine, judged: Judged, secret: Any, lines: set[Ended], here: Here) -> dict[str, Any]:
    """Restore into the database of an engine that is not open yet; what is to be said of it."""
    async with _open(engine):
        return await fill(judged, secret, lines, here=here)


@asynccontextmanager
async def _open(engine: database.Engine) -> AsyncIterator[None]:
    await engine.open()
    try:
        with database.bound(engine):
            yield
    finally:
        await engine.close()


async def fill(judged: Judged, secret: Any, lines: set[Ended], *, here: Here) -> dict[str, Any]:
    """Restore into the bound database, which has to be empty. Raises Conflict, Damaged."""
    await _must_be_empty(judged.header.migrations)
    await schema.migrate(only=judged.header.migrations)
    held = await _load(judged, secret)
    migrated = await schema.migrate()
    async with database.transaction():
        for columns, rows in held:
            await database.insert_many(HELD_BACK, columns, rows)
        await _count(judged.counts)
        await _numbers()
        await index.rebuild()
        tokens = await _end_ways_in(here=here)
        done = await replaying.end_again(lines, made_at=judged.header.made_at, here=here)
        await index.forget_words()
        await _begin_again(here=here)
        detail: dict[str, int | str] = {"made": judged.header.made_at, "ended": sum(done.values()), "tokens": tokens}
        await journal.write(None, "node.restored", f"node:{here.node_id}", detail, here=here)
    await database.scrub()
    return {"rows": sum(judged.counts.values()), "ended": dict(done), "tokens": tokens, "migrated": migrated}


async def _must_be_empty(migrations: list[str]) -> None:
    """Raises Conflict unless there is nothing, or the empty tables that a restore of such a backup left when it was cut off."""
    if database.dialect() == "sqlite":
        found = await database.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    else:
        found = await database.rows("SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()")
    names = {row["name"] for row in found}
    if not names:
        return
    ours = {table._meta.tablename for table in schema.tables()} | {"migration"}
    recorded = set(schema.known()) - set(await schema.pending())
    empty = names <= ours and recorded == set(migrations)
    for name in sorted(names - {"migration"}) if empty else ():
        row = await database.row(f"SELECT 1 AS found FROM {quoted(name)} LIMIT 1")  # noqa: S608
        empty = empty and row is None
    if not empty:
        raise Conflict(
            "There is something in this database already, and a restore never writes over it. Make an empty database, name it in "
            "the settings, and try again."
        )


async def _load(judged: Judged, secret: Any) -> list[tuple[list[str], list[tuple[Any, ...]]]]:
    """Every row but those held back, which are given: all in one transaction."""
    held = []
    async with database.transaction():
        for table, columns, rows in reading.rows(judged.path, secret):
            some = [tuple(row) for row in rows]
            if table == HELD_BACK:
                held.append((columns, some))
            else:
                await database.insert_many(table, columns, some)
    return held


async def _count(counts: Mapping[str, int]) -> None:
    """Raises Damaged when a table does not hold as many rows as the backup says."""
    for table, many in counts.items():
        found = await database.row(f"SELECT count(*) AS many FROM {quoted(table)}")  # noqa: S608
        if found is None or found["many"] != many:
            raise Damaged(f"Not every row of {table} arrived. Try again, or take another backup.")


async def _numbers() -> None:
    """PostgreSQL goes on counting after the greatest number that was loaded; SQLite does so by itself."""
    if database.dialect() == "postgres":
        for table, column in contents.serials():
            await database.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'), greatest(max({column}), 1)) "  # noqa: S608
                f"FROM {quoted(table)}"
            )


async def _end_ways_in(*, here: Here) -> int:
    """Every API token ends: one that was revoked since may stand in no file that is left. How many."""
    gone = await database.rows(
        "UPDATE access_token SET revoked_at = {}, revoked_by = 'restore' WHERE revoked_at IS NULL RETURNING id",
        here.now,
    )
    return len(gone)


async def _begin_again(*, here: Here) -> None:
    """Another instance (so its feeds begin new epochs), a new letter key, and a manifest that no neighbour has seen."""
    for row in await database.rows(
        "SELECT kid FROM own_key WHERE use = 'letter' AND secret IS NULL AND revoked_at IS NULL"
    ):
        await keyring.revoke(row["kid"], LOST_KEY, here=here)
    # The old epoch shows nobody anything until the start has replaced it: it may hold what was withdrawn since.
    await database.execute("UPDATE feed_entry SET salt = NULL, body = NULL WHERE kind = 'put'")
    await own.restored(here=here)
    await keyring.turn(here=here)
    try:
        # The time in seconds is more than any version before it, and than that of an earlier restore from the same backup.
        await own.publish_manifest(least=here.now, here=here)
    except Unavailable:  # its signing key ran out while the backup lay: an operator renews the identity with a root key
        pass


def _remember(settings: Settings, lines: set[Ended]) -> None:
    """The file of what ended holds all that is known, for the next restore."""
    path = settings.path(ended.FILE)
    ended.add(path, lines - ended.read(path))


def _stand(made: Path, place: Path) -> None:
    """The restored file gets its name, and both survive a loss of power."""
    handle = os.open(made, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    made.rename(place)
    folder.sync(place.parent)


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
