# SPDX-License-Identifier: AGPL-3.0-or-later
"""The record of processing is of the tables: nothing without a purpose, nothing called closed that is not, no words left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from piccolo.columns import BigInt, Bytea, Text, Varchar
from piccolo.table import Table

from node import database, schema
from node.introductions.rules import KEPT_AFTER_ENDING
from node.papers import record as made
from node.papers.columns import OPEN_BYTES, holds
from node.papers.purposes import PURPOSES
from node.peers import leaving
from node.village import Village

ROOT = Path(__file__).resolve().parents[3]
NODE = ROOT / "node"
DAY = 86_400


class Untold(Table, tablename="untold"):
    """A table of somebody who forgot to say why."""

    id = Varchar(22, primary_key=True)
    at = BigInt()
    story = Text()


class Odd(Table, tablename="odd", tags=["curiosity"]):
    """A table for a purpose that is none."""

    id = Varchar(22, primary_key=True)
    of_whom = Varchar(200)


def test_every_table_has_its_purpose_and_every_text_in_clear_its_words() -> None:
    assert made.faults(schema.tables()) == []


def test_a_table_or_column_without_a_purpose_is_found() -> None:
    tables = [*schema.tables(), Untold, Odd]
    assert made.faults(tables) == [
        "untold: no purpose; give it tags=[…]",
        "untold.story: a text in clear; say in IN_CLEAR what it holds",
        "odd: curiosity is no purpose",
        "odd.of_whom: a text in clear; say in IN_CLEAR what it holds",
    ]


def test_what_is_named_and_is_no_more_is_found() -> None:
    tables = [each for each in schema.tables() if each._meta.tablename != "listing" and "facts" not in each._meta.tags]
    wrong = made.faults(tables)
    assert "facts: a purpose for which nothing is kept" in wrong
    assert "listing.have: words for a column that is none" in wrong


def test_every_table_and_column_is_in_the_record() -> None:
    told = {
        (table.name, column)
        for entry in made.record()
        for table in entry.tables
        for column in (*(name for _told, names in table.lines for name in names), *(name for name, _ in table.clear))
    }
    there = {
        (each._meta.tablename, column._meta.db_column_name) for each in schema.tables() for column in each._meta.columns
    }
    assert told == there
    assert all(table.words.endswith((".", ":", "!", "?")) for entry in made.record() for table in entry.tables)


def test_what_leaves_is_told_by_the_protocols_own_fields() -> None:
    """Every topic on which we publish and every kind of letter belongs to a purpose."""
    topics = {topic for purpose in PURPOSES.values() for topic in purpose.topics}
    assert topics == leaving.PUBLISHED
    letters = {kind for purpose in PURPOSES.values() for kind in purpose.letters}
    assert letters == {name.partition(".")[0] for name, _what, _fields in leaving.letters_in_english()}
    said = {what: fields for entry in made.record() for what, fields in (*entry.published, *entry.sealed)}
    assert said == {
        what: tuple(fields)
        for what, fields in (
            *(each for topic in leaving.PUBLISHED for each in leaving.in_english(topic)),
            *((what, fields) for _name, what, fields in leaving.letters_in_english()),
        )
    }


def test_times_are_those_of_the_code() -> None:
    kept = " ".join(PURPOSES["introductions"].kept)
    assert f"What was written: {KEPT_AFTER_ENDING // DAY} days after the ending" in kept


def sealed_in_source() -> Iterator[tuple[str, str]]:
    """(table, column) of every place for which our code seals a text and says so in plain words."""
    for path in NODE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "seal":
                words = [each.value for each in call.args if isinstance(each, ast.Constant)]
                if len(words) == 2 and all(isinstance(each, str) for each in words):
                    yield str(words[0]), str(words[1])


def test_what_our_code_seals_is_called_closed() -> None:
    columns = {
        (each._meta.tablename, column._meta.db_column_name): holds(each._meta.tablename, column)
        for each in schema.tables()
        for column in each._meta.columns
    }
    found = set(sealed_in_source())
    assert len(found) > 25
    assert {place: columns[place] for place in found} == dict.fromkeys(found, "closed")


async def test_what_is_called_closed_is_closed(three: Village) -> None:
    """In a lived-in database: every value begins as a sealed one does, and is too long to be anything else."""
    closed = 0
    with three.at("alder"):
        for table in schema.tables():
            name = table._meta.tablename
            for column in table._meta.columns:
                if not isinstance(column, Bytea) or name in OPEN_BYTES:
                    continue
                of = column._meta.db_column_name
                rows = await database.rows(f'SELECT "{of}" AS value FROM "{name}" WHERE "{of}" IS NOT NULL')
                for row in rows:
                    value = bytes(row["value"])
                    assert value[:1] == b"\x01" and len(value) >= 29, f"{name}.{of}"
                    closed += 1
    assert closed > 20
