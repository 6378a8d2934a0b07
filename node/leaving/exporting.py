# SPDX-License-Identifier: AGPL-3.0-or-later
"""Takes everything out that the co-op keeps, into files that are locked to keys which are not on the node.

In order: everything that can be refused is; the journal and each person's list of looks say that it is done, and why; the
database's moment is fixed; each file passes through its lock beside its name, is synced, and all get their names at the end.
Memory holds one page of rows. What can't be opened though its key is there stops it: a copy with holes that nobody notices is
worse than none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from node import __version__, database, journal, schema, vault
from node.actor import Actor
from node.backing import locking
from node.backing.snapshot import PAGE, Snapshot, snapshot
from node.database.sql import quoted
from node.errors import Conflict, Invalid, Misconfigured, NotAllowed, Unavailable
from node.here import Here
from node.leaving import archive, inventory, lists, people, placing
from node.leaving.archive import Contents, Table, Writer
from node.leaving.inventory import Taken
from node.leaving.shapes import REASONS, Drawer, Exported, File
from node.members.rights import act
from node.running.reads.book import SENTENCES
from node.vault import Erased, NoKey, Tampered

DRAWERS: Final[tuple[Drawer, ...]] = ("co-op", "private", "safeguarding")
SHOWN: Final = ", ".join(f"'{name}'" for acts in SENTENCES.values() for name in sorted(acts))
WITHOUT: Final[Mapping[Drawer, str]] = {
    "private": "What people wrote to each other is not there: no key was given for it (--private-words-key).",
    "safeguarding": "The safeguarding records are not there: no key of the safeguarding lead was given (--safeguarding-key).",
}


@dataclass(frozen=True, kw_only=True)
class Locks:
    """Public halves of age keys by file. `unlocked`: the co-op's own file stands in clear; the two others never do."""

    co_op: Sequence[str] = ()
    private: Sequence[str] = ()
    safeguarding: Sequence[str] = ()
    unlocked: bool = False

    def of(self, drawer: Drawer) -> Sequence[str]:
        return {"co-op": self.co_op, "private": self.private, "safeguarding": self.safeguarding}[drawer]


@act("leaving.export", by={"operator"}, scope="people", alone=True)
async def export(
    *, actor: Actor, folder: Path, out: Path, locks: Locks, reason: str, size: int = PAGE, here: Here
) -> Exported:
    """Write the export to `out`, and what is apart beside it. `size`: rows read at once.

    Raises NotAllowed but at the command line, Invalid, Misconfigured, Conflict, Unavailable (a full disk), OSError.
    """
    if actor.via != "cli":
        raise NotAllowed(cause="an export at another door than the command line")
    _must_be_sound(locks, reason, folder)
    wanted = [each for each in DRAWERS if each == "co-op" or locks.of(each)]
    paths = placing.names(out, wanted, locked=not locks.unlocked)
    if await schema.pending():
        raise Misconfigured(f"The database is behind this version. Next: commoncare migrate --dir {folder}")
    if unnamed := inventory.missing():
        raise Misconfigured(f"This version does not know what to do with: {', '.join(unnamed)}. Please report it.")
    await _remember(actor, reason, wanted, here=here)
    made: list[File] = []
    try:
        with ExitStack() as files:
            streams = {each: files.enter_context(placing.new_file(path)) for each, path in paths.items()}
            async with snapshot() as source:
                for drawer, stream in streams.items():
                    made.append(await _file(drawer, paths[drawer], stream, locks, source, size=size, here=here))
    except OSError as error:
        if error.filename is not None:
            raise
        why = (error.strerror or "it can't be written").lower()
        raise Unavailable(f"{out} could not be written to its end: {why}. Nothing of it was left there.") from None
    left: dict[str, str] = {each: WITHOUT[each] for each in DRAWERS if each not in wanted}
    return Exported(made_at=here.now, files=placing.measured(made), left=left)


def _must_be_sound(locks: Locks, reason: str, folder: Path) -> None:
    """Raises Invalid, Misconfigured."""
    if reason not in REASONS:
        choices = ", ".join(f"{code} ({words})" for code, words in REASONS.items())
        raise Invalid({"why": f"Say why: {choices}."})
    if not locks.unlocked and not locks.co_op:
        raise Misconfigured(
            "No key to lock the export with is set yet. Name one with --key, or make one for backups: "
            f"commoncare backup key --dir {folder}"
        )
    for drawer in DRAWERS:
        for text in locks.of(drawer):
            locking.recipient(text)
    own = [set(locks.of(each)) for each in DRAWERS]
    if own[0] & own[1] or own[0] & own[2] or own[1] & own[2]:
        raise Invalid({"keys": "Each file needs a key of its own: who opens one must not open another by it."})


async def _remember(actor: Actor, reason: str, wanted: Sequence[Drawer], *, here: Here) -> None:
    async with database.transaction():
        everybody = await database.rows("SELECT id FROM person WHERE state <> 'died'")
        await journal.accessed_all(actor.person, [row["id"] for row in everybody], "export", reason, here=here)
        if "safeguarding" in wanted:
            concerns = [f"concern:{row['id']}" for row in await database.rows("SELECT id FROM concern")]
            await journal.accessed_all(actor.person, concerns, "concern", "export", here=here)
        detail = {"reason": reason, "files": " ".join(wanted)}
        await journal.write(actor.person, "co-op.exported", "co-op", detail, here=here)


async def _file(
    drawer: Drawer, path: Path, to: BinaryIO, locks: Locks, source: Snapshot, *, size: int, here: Here
) -> File:
    if drawer == "co-op" and locks.unlocked:
        contents, erased = await _written(drawer, to, source, locks, size=size, here=here)
    else:
        with locking.locked(to, locks.of(drawer)) as plain:
            contents, erased = await _written(drawer, plain, source, locks, size=size, here=here)
    return File(
        drawer=drawer,
        path=str(path),
        locked=not (drawer == "co-op" and locks.unlocked),
        tables=len(contents.tables),
        rows=sum(table.rows for table in contents.tables),
        erased=erased,
        bytes=0,
    )


async def _written(
    drawer: Drawer, to: BinaryIO, source: Snapshot, locks: Locks, *, size: int, here: Here
) -> tuple[Contents, int]:
    out = Writer(to, here.now)
    try:
        tables, erased = [], 0
        for each in inventory.taken(drawer):
            table, gone = await _table(each, out, source, size=size, here=here)
            tables.append(table)
            erased += gone
        if drawer == "co-op":
            await people.lists(out, source, here=here)
        contents = await _contents(drawer, tables, source, here=here)
        others = {each: _elsewhere(each, locks) for each in DRAWERS if each != drawer}
        await asyncio.to_thread(out.text, "schema.json", archive.encoded(contents))
        page = archive.page(contents, others=others, phone=here.co_op.phone)
        await asyncio.to_thread(out.text, "index.html", page)
        await asyncio.to_thread(out.close)
    except BaseException:
        out.give_up()
        raise
    return contents, erased


def _elsewhere(drawer: Drawer, locks: Locks) -> str:
    if drawer != "co-op" and not locks.of(drawer):
        return WITHOUT[drawer]
    return f"{archive.TITLES[drawer]}: in a file of its own, under another lock."


async def _contents(drawer: Drawer, tables: list[Table], source: Snapshot, *, here: Here) -> Contents:
    ran = await source.read("SELECT name FROM migration WHERE app_name = {} ORDER BY name", schema.APP)
    return Contents(
        format=archive.FORMAT,
        file=drawer,
        node_id=here.node_id,
        co_op=here.co_op.name,
        made_at=here.now,
        version=__version__,
        migrations=[str(row[0]) for row in ran],
        tables=tables,
        left_out=dict(lists.LEFT_OUT),
        elsewhere={each: sorted(inventory.DRAWERS[each]) for each in DRAWERS if each != drawer},
    )


async def _table(each: Taken, out: Writer, source: Snapshot, *, size: int, here: Here) -> tuple[Table, int]:
    """Every row of one table; how it stands in the file, and how many values were erased."""
    name, columns = each.of.name, each.columns
    count = erased = 0
    with out.entry(f"tables/{name}.jsonl") as entry:
        async for rows, owners in _pages(each, source, size=size):
            opened, gone = await _opened(each, rows, owners, here=here)
            await asyncio.to_thread(entry.write, archive.lines(columns, opened))
            count += len(rows)
            erased += gone
    kinds = dict(zip(each.of.columns, each.of.kinds, strict=True))
    table = Table(
        name=name,
        words=each.named.words,
        file=f"tables/{name}.jsonl",
        key=each.of.key,
        rows=count,
        sha256=entry.sha256,
        kinds={column: archive.kind(kinds[column], opened=column in each.named.sealed) for column in columns},
        opened=list(each.named.sealed),
        left_out=dict(each.named.left),
    )
    return table, erased


async def _pages(each: Taken, source: Snapshot, *, size: int) -> Any:
    """(rows with every column in plain values, whose key each is under), a page at a time, in the order of the key."""
    of, named = each.of, each.named
    key, place = quoted(of.key), of.columns.index(of.key)
    what = ", ".join(
        [*(f"t.{quoted(column)}" for column in of.columns), *([f"{named.owner} AS whose_key"] if named.owner else [])]
    )
    only = [named.only.replace("{shown}", SHOWN)] if named.only else []
    last: tuple[Any, ...] = ()
    while True:
        where = " AND ".join([*only, *([f"t.{key} > {{}}"] if last else [])])
        rows = await source.read(
            f"SELECT {what} FROM {quoted(of.name)} t{f' WHERE {where}' if where else ''} ORDER BY t.{key} LIMIT {size}",  # noqa: S608
            *last,
        )
        if rows:
            wide = len(of.columns)
            yield (
                [_plain(of.kinds, row[:wide]) for row in rows],
                [str(row[wide]) if named.owner else "" for row in rows],
            )
            last = (rows[-1][place],)
        if len(rows) < size:
            return


def _plain(kinds: Sequence[type], row: Sequence[Any]) -> list[Any]:
    return [None if value is None else kind(value) for value, kind in zip(row, kinds, strict=True)]


async def _opened(each: Taken, rows: list[list[Any]], owners: list[str], *, here: Here) -> tuple[list[list[Any]], int]:
    """The rows with the columns that are taken, sealed ones opened; how many of those were erased. Raises Conflict."""
    of, named = each.of, each.named
    ring = await vault.ring(owners, here=here) if named.sealed else None
    erased, found = 0, []
    for row, owner in zip(rows, owners, strict=True):
        values = dict(zip(of.columns, row, strict=True))
        for column in named.sealed:
            if values[column] is None or ring is None:
                continue
            try:
                values[column] = ring.open(owner, of.name, str(values[of.key]), column, values[column])
            except (Erased, NoKey):
                values[column], erased = None, erased + 1
            except Tampered:
                raise Conflict(
                    f"Something in the table {of.name} does not open under its key: the database was altered. "
                    "Nothing was written. Put back a backup, or ask whoever looks after the server.",
                    cause=f"tampered: {of.name}.{column}",
                ) from None
        found.append([values[column] for column in each.columns])
    return found, erased
