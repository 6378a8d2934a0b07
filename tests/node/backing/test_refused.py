# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is not a whole backup of this node is refused in words before anything is written; so is a place that is not empty."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from node import database, schema
from node.backing import folder, locking, reading
from node.backing.format import Damaged, End, Endings, EndingsEnd, FrameWriter, Header, Rows, TableBegin, TableEnd, seal
from node.backing.locking import WrongKey
from node.errors import Conflict, Misconfigured, Refusal
from node.here import NodeKey
from node.schema import migrating
from tests.node.backing.conftest import House, fill_every_table, founded


@pytest.fixture
def dialect() -> str:
    """What is refused here is refused before a database is asked: one engine is enough but where a test says so."""
    return "sqlite"


@pytest.fixture
async def empty(house: House, tmp_path: Path) -> House:
    return house.elsewhere(tmp_path / "two", "")


async def refused(house: House, file: Path, kind: type[Refusal], words: str, *, secret: Any = None) -> None:
    """With that kind and those words, and nothing is written."""
    house.secret = secret or house.secret
    before = sorted(house.settings.folder.rglob("*"))
    with pytest.raises(kind) as caught:
        await house.restore(file)
    assert words in caught.value.words
    assert sorted(house.settings.folder.rglob("*")) == before


def relocked(house: House, file: Path, change: Callable[[bytes], bytes]) -> Path:
    """The file with its inside changed, locked again to the same key: as somebody could who knows the public half."""
    with locking.opened(file, house.secret) as plain:
        inside = plain.read()
    made = file.with_name("changed.age")
    with made.open("wb") as out, locking.locked(out, house.settings.backup.recipients) as plain:
        plain.write(change(inside))
    return made


def frames(inside: bytes) -> list[Any]:
    """Every frame as plain values."""
    found, at = [], 0
    while at < len(inside):
        length = int.from_bytes(inside[at : at + 4], "big")
        found.append(msgspec.msgpack.decode(inside[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def put(made: list[Any]) -> bytes:
    bodies = [msgspec.msgpack.encode(each) for each in made]
    return b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


async def test_the_outside_altered_or_cut_anywhere(house: House, empty: House) -> None:
    async with house.open():
        await fill_every_table()
    file = await house.back_up()
    whole = file.read_bytes()
    chance = random.Random(4)
    spoiled = file.with_name("spoiled.age")
    cuts = [0, 1, 30, 200, len(whole) - 1, len(whole) - 16, *(chance.randrange(len(whole)) for _ in range(10))]
    for cut in cuts:
        spoiled.write_bytes(whole[:cut])
        await refused(empty, spoiled, Damaged, "cut short")
    for place in [chance.randrange(len(whole)) for _ in range(30)]:
        spoiled.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << chance.randrange(8))]) + whole[place + 1 :])
        with pytest.raises((Damaged, WrongKey)):
            reading.judge(
                spoiled,
                house.secret,
                node_id="alder.example",
                node_key=NodeKey(empty.settings.path("keys/node.key").read_bytes()),
            )
    spoiled.write_bytes(whole + b"more")
    await refused(empty, spoiled, Damaged, "altered or cut short")


async def test_the_inside_altered_by_who_knows_the_public_half(house: House, empty: House) -> None:
    async with house.open():
        await fill_every_table()
    file = await house.back_up()

    def number(kind: str, name: str = "") -> Callable[[list[Any]], int]:
        return lambda all: next(
            n for n, each in enumerate(all) if each["type"] == kind and (not name or each.get("name") == name)
        )

    def changed(edit: Callable[[list[Any]], Any]) -> Callable[[bytes], bytes]:
        def change(inside: bytes) -> bytes:
            made = frames(inside)
            edit(made)
            return put(made)

        return change

    person, role = number("table", "person"), number("table", "role_held")

    def other_value(made: list[Any]) -> None:
        made[person(made) + 1]["rows"][0][0] = "somebody else"

    def one_row_less(made: list[Any]) -> None:
        made[person(made) + 1]["rows"].pop()

    def a_table_less(made: list[Any]) -> None:
        del made[role(made) : role(made) + 3]

    def another_order(made: list[Any]) -> None:
        at = role(made)
        made[at : at + 3], made[at + 3 : at + 6] = made[at + 3 : at + 6], made[at : at + 3]

    def nothing_ended(made: list[Any]) -> None:
        made[1]["lines"] = made[1]["lines"][1:]

    cases: list[tuple[Callable[[bytes], bytes], str]] = [
        (changed(other_value), "The table person in this backup is not as it was written"),
        (changed(one_row_less), "The table person in this backup is not as it was written"),
        (changed(a_table_less), "not in the order"),
        (changed(another_order), "not in the order"),
        (changed(nothing_ended), "its seal does not fit"),
        (changed(lambda made: made.pop()), "stops before its end"),
        (changed(lambda made: made.pop(person(made))), "not in the order"),
        (lambda inside: inside + b"\0", "more in this file"),
        (lambda inside: inside[:-7], "stops before its end"),
        (lambda inside: b"\xff\xff\xff\xff" + inside, "stops before its end"),
        (lambda inside: put(["hello"]), "not a backup of a node"),
        (lambda inside: b"", "stops before its end"),
    ]
    for change, words in cases:
        await refused(empty, relocked(house, file, change), Damaged, words)


async def test_one_made_up_by_who_knows_the_public_half(house: House, empty: House, tmp_path: Path) -> None:
    """All digests right, and all rows made up: the seal needs the node key."""
    key = NodeKey(house.settings.path("keys/node.key").read_bytes())
    for forger, words in ((NodeKey(bytes(32)), "its seal does not fit"), (key, "Not every row")):
        made = tmp_path / "made-up.age"
        with made.open("wb") as out, locking.locked(out, house.settings.backup.recipients) as plain:
            to = FrameWriter(plain)
            to.write(
                Header(
                    format=1, node_id="alder.example", instance="x", made_at=0, migrations=schema.known(), node_key=key.kid,
                    tables=["journal_head"],
                )
            )  # fmt: skip
            to.write(Endings([]))
            to.write(EndingsEnd(seal(to.digest, "endings", forger)))
            to.write(TableBegin("journal_head", ["id", "number", "digest", "seal"]))
            rows = to.write(Rows([]))
            to.write(TableEnd("journal_head", 0, hashlib.sha256(rows).digest()))
            to.write(End(0, to.digest, seal(to.digest, "whole", forger)))
        if forger is key:  # the control: what only the seal kept out is taken in once the seal is right
            assert reading.judge(made, house.secret, node_id="alder.example", node_key=key).counts == {
                "journal_head": 0
            }
        else:
            await refused(empty, made, Damaged, words)


async def test_another_key_another_node_another_version(house: House, empty: House, tmp_path: Path) -> None:
    file = await house.back_up()
    await refused(empty, file, WrongKey, "does not open", secret=locking.identity(locking.new_key()[0]))
    empty.secret = house.secret
    birch = await founded(tmp_path / "birch", "", "birch.example")
    birch.settings.path("commoncare.db").unlink()
    await refused(
        birch, file, Conflict, "a backup of alder.example, and this folder is birch.example's", secret=house.secret
    )
    (empty.settings.folder / "keys/node.key").write_bytes(bytes(32))
    await refused(empty, file, Misconfigured, "another node key")
    (empty.settings.folder / "keys/node.key").write_bytes(house.settings.path("keys/node.key").read_bytes())

    def header(**values: Any) -> Path:
        def change(inside: bytes) -> bytes:
            made = frames(inside)
            made[0] |= values
            return put(made)

        return relocked(house, file, change)

    await refused(empty, header(format=2), Damaged, "format 2, and this program reads format 1")
    await refused(empty, header(migrations=["0001_first", "0999_later"]), Conflict, "newer version")
    await refused(empty, header(made_at=5), Damaged, "its seal does not fit")
    (empty.settings.folder / "keys/node.key").unlink()
    await refused(empty, file, Misconfigured, "node key is missing")


async def test_no_key_is_no_key() -> None:
    secret, public = locking.new_key()
    assert locking.public_half(locking.identity(f"# of alder\n\n  {secret.lower()}\n")) == public
    for text in (
        "",
        "hello",
        public,
        f"{secret}\n{secret}",
        secret[:-1],
        secret[:-1] + ("Q" if secret[-1] != "Q" else "P"),
    ):
        with pytest.raises(WrongKey):
            locking.identity(text)


async def test_a_place_that_is_not_empty(house: House, tmp_path: Path, address: Callable[[str], str]) -> None:
    file = await house.back_up()
    await refused(house, file, Conflict, "never writes over a database")
    place = house.settings.path("commoncare.db")
    place.rename(tmp_path / "old.db")
    place.with_name("commoncare.db-wal").write_bytes(b"left behind")
    await refused(house, file, Conflict, "commoncare.db-wal already")


@pytest.mark.postgres
async def test_a_postgresql_that_is_not_empty(house: House, tmp_path: Path, address: Callable[[str], str]) -> None:
    file = await house.back_up()
    other = house.elsewhere(tmp_path / "two", address("postgres"))
    engine = database.open_engine(other.settings.database_url)
    await engine.open()
    try:
        with database.bound(engine):
            await schema.migrate()  # empty tables, as a restore that was cut off leaves them: it may be tried again
            await database.insert_many("dead_id", ("key", "source", "until"), [("k", "x", 0)])
            await refused(other, file, Conflict, "something in this database already")
            await database.execute("DELETE FROM dead_id")
            await database.execute("CREATE TABLE somebody_elses (it INTEGER)")
            await refused(other, file, Conflict, "something in this database already")
            await database.execute("DROP TABLE somebody_elses")
            await database.execute("UPDATE migration SET name = '0000_before'")
            await refused(other, file, Conflict, "something in this database already")
            await database.execute("UPDATE migration SET name = '0001_first'")
    finally:
        await engine.close()
    assert (await other.restore(file)).rows > 0
    await refused(other, file, Conflict, "something in this database already")


async def test_an_older_backup_is_brought_forward(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded into the schema as it was, then migrated: what the later migration does to the rows is done."""
    async with house.open():
        await database.insert_many("dead_id", ("key", "source", "until"), [("k", "x", 5)])
    file = await house.back_up()

    class Later:
        ID = "0002_later"

        @staticmethod
        async def forwards() -> Any:
            from piccolo.apps.migrations.auto.migration_manager import MigrationManager

            async def run() -> None:
                row = await database.row("SELECT until FROM dead_id")
                assert row == {"until": 5}, "the rows are there when the migration runs"
                assert await database.rows("SELECT version FROM own_identity") == [], "and it is no founded node yet"
                await database.execute("UPDATE dead_id SET until = 6")

            manager = MigrationManager(migration_id="0002_later", app_name="commoncare", description="")
            manager.add_raw(run)
            return manager

    before = migrating.migrations()
    monkeypatch.setattr(migrating, "migrations", lambda: [*before, Later])
    other = house.elsewhere(tmp_path / "two", "")
    assert (await other.restore(file)).migrated == ["0002_later"]
    async with other.open():
        assert await database.rows("SELECT until FROM dead_id") == [{"until": 6}]
    with pytest.raises(Misconfigured, match="behind"):
        await house.back_up()


async def test_what_was_cut_off_is_begun_anew(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = await house.back_up()
    other = house.elsewhere(tmp_path / "two", "")
    beside = other.settings.path("commoncare.db.restoring")
    beside.write_bytes(b"half a database")
    assert (await other.restore(file)).rows > 0
    assert not beside.exists()
    third = house.elsewhere(tmp_path / "three", "")

    async def fails(*_: Any, **__: Any) -> None:
        raise OSError(28, "no room", "x")

    monkeypatch.setattr("node.backing.restoring.replaying.end_again", fails)
    before = sorted(third.settings.folder.rglob("*"))
    with pytest.raises(OSError, match="no room"):
        await third.restore(file)
    assert sorted(third.settings.folder.rglob("*")) == before


async def test_a_backup_that_fails_leaves_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("node.backing.locking.pyrage.encrypt_io", full)
    with pytest.raises(OSError, match="No space"):
        await house.back_up()
    assert list(house.settings.path("backups").iterdir()) == []


async def test_names_and_pruning(house: House) -> None:
    there = house.settings.path("backups")
    made = []
    for _ in range(4):
        made.append(await house.back_up())
        house.clock.advance(hours=1)
    assert made[0].name == "alder.example.20270115T080000Z.age"
    house.clock.advance(hours=-1)
    with pytest.raises(Conflict, match="very second"):
        await house.back_up()
    house.clock.advance(hours=1)
    foreign = [there / name for name in ("birch.example.20200101T000000Z.age", "alder.example.age", "notes.txt")]
    for path in foreign:
        path.write_text("not ours")
    (there / "alder.example.20200101T000000Z.age").symlink_to(there / "notes.txt")
    last = await house.back_up(keep=2)
    assert [each.path for each in folder.backups(there, "alder.example")] == [made[3], last]
    assert all(path.exists() for path in foreign)
    assert (there / "alder.example.20200101T000000Z.age").is_symlink()
    assert oct(last.stat().st_mode & 0o777) == "0o600"
    assert folder.prune(there, "alder.example", 0) == []
