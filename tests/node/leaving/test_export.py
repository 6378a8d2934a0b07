# SPDX-License-Identifier: AGPL-3.0-or-later
"""All that a co-op keeps comes out, row by row, on both databases; nothing that is apart stands in another's file."""

from __future__ import annotations

import base64
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node import database, journal, schema, vault
from node.actor import Actor
from node.backing import locking
from node.backing.format import Damaged
from node.errors import Conflict, Invalid, Misconfigured, NotAllowed, Unavailable
from node.leaving import exporting, inventory, lists, placing, reading
from node.leaving.exporting import Locks
from node.leaving.shapes import Drawer
from node.members import sheet
from node.running.reads.book import SENTENCES
from tests.node.backing.conftest import House, dump
from tests.node.leaving.conftest import FILES, Keys, export, fill_every_table, rows_of, said, text_of, unlocked

# What is named ---------------------------------------------------------------------------------------------------------


def test_every_table_and_every_sealed_column_is_named() -> None:
    assert inventory.missing() == []


def test_what_nobody_named_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {name: why for name, why in lists.LEFT_OUT.items() if name != "session"}
    people = dict(inventory.DRAWERS["co-op"])
    call = people.pop("call_request")
    people["person"] = replace(people["person"], sealed=("full_name", "known_as", "email"), left={})
    people["peer"] = replace(people["peer"], plain=("identity", "no_such"))
    monkeypatch.setattr(inventory, "LEFT_OUT", fewer)
    monkeypatch.setattr(inventory, "DRAWERS", {**inventory.DRAWERS, "co-op": people})
    wrong = inventory.missing()
    assert {"session: neither taken nor left out", "call_request: neither taken nor left out"} <= set(wrong)
    assert {"person.phone", "person.email_blind", "peer.no_such", "peer.manifest"} <= {
        each.partition(":")[0] for each in wrong
    }
    people["call_request"] = call
    people["no_such"] = call
    assert "no_such: no such table" in inventory.missing()


async def test_what_nobody_named_stops_an_export(
    house: House, keys: Keys, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "LEFT_OUT", {})
    with pytest.raises(Misconfigured, match="session"):
        await export(house, stick / "alder.zip.age", keys.locks)
    assert list(stick.iterdir()) == []


# What comes out --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_every_row_of_every_table_comes_out_as_it_lies_in_the_database(
    house: House, keys: Keys, stick: Path
) -> None:
    async with house.open() as coop:
        await fill_every_table(coop.here())
        await journal.write(None, "safeguarding.kept", "sealed:1", {}, here=coop.here())
        await journal.accessed("cli", "p", "copy", "review", here=coop.here())
    made = await export(house, stick / "alder.zip.age", keys.locks, size=1)
    async with house.open():
        there = await dump()
    assert {each.drawer: Path(each.path).name for each in made.files} == FILES
    assert (made.left, [each.erased for each in made.files]) == ({}, [0, 0, 0])
    assert {oct(path.stat().st_mode & 0o777) for path in stick.iterdir()} == {"0o600"}
    texts: dict[Drawer, str] = {}
    for drawer, name in FILES.items():
        file = unlocked(stick / name, keys.secret(drawer))
        texts[drawer] = text_of(file)
        found = rows_of(file)
        assert found.keys() == inventory.DRAWERS[drawer].keys()
        for table, rows in found.items():
            if table not in ("journal_entry", "access_event"):
                assert in_order(rows) == in_order(expected(drawer, table, there[table])), table
    journal_out = rows_of(stick / "alder-open.zip")["journal_entry"]
    shown = {name for acts in SENTENCES.values() for name in acts}
    whole = [as_json("safeguarding", "journal_entry", row) for row in there["journal_entry"]]
    assert in_order(journal_out) == in_order([row for row in whole if row["act"] in shown])
    assert len(journal_out) == len(whole) - 1, "the one that tells of a concern"
    apart = rows_of(stick / "alder-safeguarding-open.zip")
    assert in_order(apart["journal_entry"]) == in_order(whole)
    looks = expected("safeguarding", "access_event", there["access_event"])
    assert in_order(apart["access_event"]) == in_order(looks)
    told = rows_of(stick / "alder-open.zip")["access_event"]
    assert in_order(told) == in_order([row for row in looks if row["kind"] in ("export", "copy")])
    assert 0 < len(told) < len(looks)
    for drawer, text in texts.items():
        for other in FILES:
            assert (f"«{other} " in text) is (other == drawer), (drawer, other)


def expected(drawer: Drawer, table: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [as_json(drawer, table, row) for row in rows]


def as_json(drawer: Drawer, table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A row of the database as it has to stand in the file, told without the code that writes it."""
    named = inventory.DRAWERS[drawer][table]
    key = {each.of.name: each.of.key for each in inventory.taken(drawer)}[table]
    made: dict[str, Any] = {}
    for column, value in row.items():
        if column in named.left:
            continue
        if column in named.sealed:
            made[column] = said(drawer, table, column, row[key])
        elif isinstance(value, bytes):
            made[column] = base64.urlsafe_b64encode(value).decode().rstrip("=")
        else:
            made[column] = value
    return made


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


async def test_the_page_and_the_list_say_what_is_there_and_what_is_not(house: House, keys: Keys, stick: Path) -> None:
    await export(house, stick / "alder.zip.age", Locks(co_op=[keys.co_op[1]]))
    file = unlocked(stick / "alder.zip.age", keys.secret("co-op"))
    with zipfile.ZipFile(file) as held:
        page, listed = held.read("index.html").decode(), json.loads(held.read("schema.json"))
        names = set(held.namelist())
    assert all(named.words in page.replace("&#39;", "'") for named in inventory.DRAWERS["co-op"].values())
    assert "no key of the safeguarding lead was given" in page
    assert "01632 960201" in page
    assert "<script" not in page
    assert {table["file"] for table in listed["tables"]} | {"index.html", "schema.json", "members-1.csv"} == names
    assert (listed["format"], listed["node_id"], listed["migrations"]) == (1, "alder.example", schema.known())
    told = {table["name"] for table in listed["tables"]} | listed["left_out"].keys()
    assert told | {name for each in listed["elsewhere"].values() for name in each} == {
        table._meta.tablename for table in schema.tables()
    }


async def test_what_was_erased_stays_so_and_what_was_altered_stops_it(house: House, keys: Keys, stick: Path) -> None:
    async with house.open() as coop:
        await fill_every_table(coop.here())
        rows = await database.rows("SELECT id FROM person ORDER BY id")
        await vault.destroy(rows[0]["id"], here=coop.here())
    made = await export(house, stick / "alder.zip.age", Locks(co_op=[keys.co_op[1]]))
    assert made.files[0].erased > 4
    found = rows_of(unlocked(stick / "alder.zip.age", keys.secret("co-op")))["person"]
    names = {row["id"]: row["full_name"] for row in found}
    assert [names[row["id"]] is None for row in rows] == [True, False]
    async with house.open():
        await database.execute("UPDATE person SET full_name = email WHERE id = {}", rows[1]["id"])
    with pytest.raises(Conflict) as no:
        await export(house, stick / "again.zip.age", Locks(co_op=[keys.co_op[1]]))
    assert "table person does not open" in no.value.words
    assert not list(stick.glob("*again*"))


async def test_the_members_list_is_one_that_another_node_takes(house: House, keys: Keys, stick: Path) -> None:
    people = {"=1+1 Ada Byron": "+44 1632 960001", "Ŵyn, the “younger”": "01632 960002"}
    async with house.open() as coop:
        here = coop.here()
        for number, (name, phone) in enumerate([*people.items(), ("Gone Away", "")]):
            id = f"p{number}"
            await vault.create(id, here=here)
            ring = await vault.ring([id], here=here)
            await database.insert_many(
                "person",
                ("id", "state", "since", "joined", "adult_confirmed", "entered_by", "full_name", "phone"),
                [
                    (
                        id,
                        "left" if number == 2 else "active",
                        1,
                        1,
                        1,
                        "",
                        ring.seal(id, "person", id, "full_name", name),
                        ring.seal(id, "person", id, "phone", phone) if phone else None,
                    )
                ],
            )
            await database.insert_many(
                "role_held",
                ("id", "person", "role", "given_by", "since", "until"),
                [(f"r{number}", id, "worker", "cli", 1, None), (f"q{number}", id, "operator", "cli", 1, 2)],
            )
    await export(house, stick / "alder.zip.age", Locks(co_op=[keys.co_op[1]]))
    with zipfile.ZipFile(unlocked(stick / "alder.zip.age", keys.secret("co-op"))) as held:
        data = held.read("members-1.csv")
    assert b"\n=1" not in data
    read = sheet.read(data)
    assert [(row.name, row.phone, row.roles) for row in read.rows] == [
        (name, phone, "worker") for name, phone in people.items()
    ]
    assert sheet.faults(read) == {}


# What is remembered ----------------------------------------------------------------------------------------------------


async def test_the_journal_and_each_person_are_told(house: House, keys: Keys, stick: Path) -> None:
    async with house.open() as coop:
        await fill_every_table(coop.here())
        everybody = [row["id"] for row in await database.rows("SELECT id FROM person")]
        concerns = [f"concern:{row['id']}" for row in await database.rows("SELECT id FROM concern")]
    locks = Locks(co_op=[keys.co_op[1]])
    await export(house, stick / "alder.zip.age", locks, reason="close")
    async with house.open():
        entry = (await journal.newest(["co-op.exported"]))[0]
        assert (entry.actor, entry.detail) == ("cli", {"reason": "close", "files": "co-op"})
        for person in everybody:
            (look,) = await journal.accesses_of(person, kinds=["export"])
            assert (look.who, look.why) == ("cli", "close")
        for concern in concerns:
            assert await journal.accesses_of(concern, kinds=["concern"]) == []
    await export(house, stick / "more.zip.age", keys.locks)
    async with house.open():
        assert [len(await journal.accesses_of(concern, kinds=["concern"])) for concern in concerns] == [1, 1]


# What is refused -------------------------------------------------------------------------------------------------------


async def test_it_is_refused_in_words_and_leaves_nothing(house: House, keys: Keys, stick: Path) -> None:
    (stick / "taken.zip.age").write_text("ours")
    (stick / "half-safeguarding.zip.age").write_text("ours")
    before = sorted(stick.iterdir())
    one = keys.co_op[1]
    for name, locks, reason, words in (
        ("taken.zip.age", keys.locks, "move", "already"),
        ("half.zip.age", keys.locks, "move", "half-safeguarding.zip.age already"),
        ("alder.zip", keys.locks, "move", "another look"),
        ("alder.zip.age", Locks(unlocked=True), "move", "another look"),
        ("nowhere/alder.zip.age", keys.locks, "move", "another look"),
        ("alder.zip.age", Locks(), "move", "commoncare backup key"),
        ("alder.zip.age", Locks(co_op=["age1nokey"]), "move", "another look"),
        ("alder.zip.age", Locks(co_op=[one], safeguarding=[one]), "move", "another look"),
        ("alder.zip.age", keys.locks, "because", "another look"),
    ):
        with pytest.raises((Conflict, Invalid, Misconfigured)) as no:
            await export(house, stick / name, locks, reason=reason)
        assert words in no.value.words, name
    assert sorted(stick.iterdir()) == before
    async with house.open() as coop:
        assert await journal.newest(["co-op.exported"]) == [], "what was refused was not done"
        for actor in (Actor(person="p", roles=frozenset({"operator"})), Actor(person="p", via="cli")):
            with pytest.raises(NotAllowed):
                await exporting.export(
                    actor=actor,
                    folder=house.settings.folder,
                    out=stick / "alder.zip.age",
                    locks=keys.locks,
                    reason="move",
                    here=coop.here(),
                )


async def test_a_full_stick_is_told_and_leaves_nothing(
    house: House, keys: Keys, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = placing.os.fsync

    def full(handle: int) -> None:
        if Path(f"/proc/self/fd/{handle}").resolve().parent == stick:
            raise OSError(28, "No space left on device")
        made(handle)

    monkeypatch.setattr(placing.os, "fsync", full)
    with pytest.raises(Unavailable, match="no space left on device"):
        await export(house, stick / "alder.zip.age", keys.locks)
    assert list(stick.iterdir()) == []


async def test_a_wrong_key_and_a_file_that_was_cut_are_told(house: House, keys: Keys, stick: Path) -> None:
    await export(house, stick / "alder.zip.age", keys.locks)
    file, out = stick / "alder.zip.age", stick / "open.zip"
    with pytest.raises(locking.WrongKey, match="does not open"):
        reading.unlock(file, out, keys.secret("private"))
    whole = file.read_bytes()
    for cut in (whole[:-100], whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1])):
        file.write_bytes(cut)
        with pytest.raises(Damaged):
            reading.unlock(file, out, keys.secret("co-op"))
    assert not list(stick.glob("*open*"))
    file.write_bytes(whole)
    reading.unlock(file, out, keys.secret("co-op"))
    with pytest.raises(Conflict, match="already"):
        reading.unlock(file, out, keys.secret("co-op"))


async def test_a_row_that_was_taken_out_of_an_unlocked_file_shows(house: House, stick: Path) -> None:
    await export(house, stick / "alder.zip", Locks(unlocked=True))
    with zipfile.ZipFile(stick / "alder.zip") as held, zipfile.ZipFile(stick / "less.zip", "w") as less:
        for name in held.namelist():
            data = held.read(name)
            less.writestr(name, b"" if name == "tables/journal_entry.jsonl" else data)
    reading.check(stick / "alder.zip")
    with pytest.raises(Damaged, match="journal_entry"):
        reading.check(stick / "less.zip")
