# SPDX-License-Identifier: AGPL-3.0-or-later
"""`audit verify`: a journal that is whole, changed, or cut short behind a head that was written down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from node import database
from node.settings import load
from tests.node.cli.conftest import Run


def by_hand(folder: Path, *statements: str) -> None:
    """What somebody with access to the database does to it."""

    async def do() -> None:
        engine = database.open_engine(load(folder, {}).database_url)
        await engine.open()
        try:
            with database.bound(engine):
                if database.dialect() == "sqlite":
                    for row in await database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                        await database.execute(f"DROP TRIGGER {row['name']}")
                else:
                    await database.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
                for statement in statements:
                    await database.execute(statement)
        finally:
            await engine.close()

    asyncio.run(do())


def head(run: Run, folder: Path) -> str:
    said = run("audit", "verify", "--dir", str(folder))
    assert said.code == 0, said.err
    assert "Whole: " in said.out
    return next(line.strip() for line in said.out.splitlines() if line.startswith("  "))


def test_a_whole_journal_and_its_head(run: Run, folder: Path) -> None:
    first = head(run, folder)
    assert run("peer", "invite", "birch.example", "--dir", str(folder)).code == 0
    second = head(run, folder)
    assert int(second.split(":")[0]) == int(first.split(":")[0]) + 1
    said = run("audit", "verify", "--dir", str(folder), "--seen", first, "--seen", second, "--json")
    assert (said.json["whole"], said.json["broken_at"]) == (True, None)
    assert f"{said.json['head']['number']}:{said.json['head']['digest']}" == second


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE journal_entry SET act = 'nothing' WHERE number = 1", "Broken at entry 1 of 2: an entry was changed."),
        ("DELETE FROM journal_entry WHERE number = 1", "Broken at entry 1 of 2: an entry is missing."),
    ],
)
def test_what_was_changed_shows(run: Run, folder: Path, statement: str, why: str) -> None:
    assert run("peer", "invite", "birch.example", "--dir", str(folder)).code == 0
    by_hand(folder, statement)
    said = run("audit", "verify", "--dir", str(folder))
    assert said.code == 1
    assert why in said.out and "find out who had access" in said.out


def test_what_was_seen_before_and_is_another_now_shows(run: Run, folder: Path) -> None:
    number, _, digest = head(run, folder).partition(":")
    other = f"{number}:{digest[::-1]}"
    said = run("audit", "verify", "--dir", str(folder), "--seen", other)
    assert said.code == 1 and "this is not the entry that was seen before" in said.out
    gone = f"{int(number) + 5}:{digest}"
    said = run("audit", "verify", "--dir", str(folder), "--seen", gone)
    assert said.code == 1 and "entries that were seen before are gone" in said.out


def test_a_head_that_is_none_is_a_wrong_call(run: Run, folder: Path) -> None:
    said = run("audit", "verify", "--dir", str(folder), "--seen", "12")
    assert said.code == 2 and "give NUMBER:DIGEST" in " ".join(said.err.split())
