# SPDX-License-Identifier: AGPL-3.0-or-later
"""The journal: written with the deed or not at all, in one chain under concurrency, and every way of tampering shows."""

from __future__ import annotations

import asyncio
import dataclasses
import random

import pytest
import pytest_asyncio

from node import database, journal
from node.here import NodeKey
from node.journal.rules import digest, seal


@pytest_asyncio.fixture
async def written(engine, here):
    """A journal of 12 entries."""
    for i in range(12):
        await journal.write(
            "ada" if i % 3 else None, "offer.published", f"offer:{i}", {"n": i}, here=here.at(here.now + i)
        )


async def disarm(engine) -> None:
    """What an attacker with the database in hand would do first."""
    if engine.dialect == "sqlite":
        for row in await database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            await database.execute(f"DROP TRIGGER {row['name']}")
    else:
        for table in ("journal_entry", "journal_head", "access_event"):
            await database.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


async def test_entries_and_head(written, here):
    found = await journal.entries(after=3, limit=2)
    assert [entry.number for entry in found] == [4, 5]
    assert found[0].actor is None
    assert found[1].actor == "ada"
    assert found[1].detail == {"n": 4}
    assert found[1].at == here.now + 4
    head = await journal.head()
    assert head.number == 12
    assert head.digest == (await journal.entries(after=11))[0].digest
    verdict = await journal.verify(here=here, seen=[head])
    assert verdict == journal.Verdict(whole=True, entries=12, head=head)


async def test_an_empty_journal_is_whole(engine, here):
    assert (await journal.verify(here=here)).whole
    assert (await journal.head()).number == 0


async def test_with_the_deed_or_not_at_all(engine, here):
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with database.transaction():
            await journal.write("ada", "offer.published", "offer:1", {}, here=here)
            await journal.accessed("ada", "ben", "offer", "visit", here=here)
            _ = 1 / 0
    assert await journal.entries() == []
    assert await journal.accesses_of("ben") == []


async def test_one_chain_under_concurrency(engine, here):
    async def deed(i: int) -> None:
        async with database.transaction():
            await journal.write("ada", "offer.published", f"offer:{i}", {}, here=here)
            if i % 10 == 0:
                raise LookupError

    await asyncio.gather(*(deed(i) for i in range(200)), return_exceptions=True)
    verdict = await journal.verify(here=here)
    assert verdict.whole
    assert verdict.entries == 180


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET subject = 'offer:x' WHERE number = 3",
        "DELETE FROM journal_entry WHERE number = 12",
        "UPDATE journal_head SET number = 11",
        "DELETE FROM journal_head",
        "UPDATE access_event SET who = 'nobody'",
        "DELETE FROM access_event",
    ],
)
async def test_triggers_refuse(written, here, statement):
    await journal.accessed("ada", "ben", "offer", "visit", here=here)
    with pytest.raises(database.Violation) as caught:
        await database.execute(statement)
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_truncate_is_refused_too(written):
    for table in ("journal_entry", "access_event", "journal_head"):
        with pytest.raises(database.Violation):
            await database.execute(f"TRUNCATE {table}")


@pytest.mark.parametrize(
    ("statements", "at"),
    [
        (["UPDATE journal_entry SET subject = 'offer:x' WHERE number = 3"], 3),
        (["UPDATE journal_entry SET detail = '{\"n\":9}' WHERE number = 3"], 3),
        (["UPDATE journal_entry SET actor = 'ben' WHERE number = 2"], 2),
        (["UPDATE journal_entry SET actor = '' WHERE number = 1"], 1),  # nobody is not the nameless
        (["UPDATE journal_entry SET at = at + 1 WHERE number = 12"], 12),
        (["DELETE FROM journal_entry WHERE number = 1"], 1),
        (["DELETE FROM journal_entry WHERE number = 6"], 6),
        (["DELETE FROM journal_entry WHERE number = 12"], 12),
        (["DELETE FROM journal_entry WHERE number > 4"], 5),
        (["DELETE FROM journal_entry"], 1),
        (["DELETE FROM journal_head"], 1),
        (
            [  # reordered: two neighbours change places
                "UPDATE journal_entry SET number = 1000 WHERE number = 5",
                "UPDATE journal_entry SET number = 5 WHERE number = 6",
                "UPDATE journal_entry SET number = 6 WHERE number = 1000",
            ],
            5,
        ),
        (
            [
                "INSERT INTO journal_entry SELECT 13, at, actor, act, subject, detail, digest "
                "FROM journal_entry WHERE number = 12"
            ],
            13,
        ),
        (["UPDATE journal_head SET seal = digest"], 12),
        (["UPDATE journal_head SET number = 11"], 11),
    ],
)
async def test_tampering_shows(written, engine, here, statements, at):
    await disarm(engine)
    assert (await journal.verify(here=here)).whole
    for statement in statements:
        await database.execute(statement.replace("{", "{{").replace("}", "}}"))
    verdict = await journal.verify(here=here)
    assert not verdict.whole
    assert verdict.broken_at == at
    assert verdict.why


async def forge(upto: int, node_key: NodeKey) -> None:
    """Edit the second entry, then make the whole chain and its head anew up to `upto`."""
    await database.execute("UPDATE journal_entry SET subject = 'offer:forged' WHERE number = 2")
    await database.execute("DELETE FROM journal_entry WHERE number > {}", upto)
    previous = bytes(32)
    for row in await database.rows("SELECT * FROM journal_entry ORDER BY number"):
        fields = {name: row[name] for name in ("number", "at", "actor", "act", "subject", "detail")}
        previous = digest(previous=previous, **fields)
        await database.execute("UPDATE journal_entry SET digest = {} WHERE number = {}", previous, row["number"])
    await database.execute(
        "UPDATE journal_head SET number = {}, digest = {}, seal = {}",
        upto,
        previous,
        seal(upto, previous, node_key),
    )


async def test_a_chain_made_anew_shows(written, engine, here):
    seen = await journal.head()
    await disarm(engine)
    await forge(12, NodeKey(bytes(32)))
    assert (await journal.verify()).whole  # which is why the head is sealed and shown to peers
    assert not (await journal.verify(here=here)).whole
    await forge(12, here.node_key)  # even by someone who holds the node key
    assert (await journal.verify(here=here)).whole
    assert (await journal.verify(here=here, seen=[seen])).broken_at == 12
    await forge(10, here.node_key)
    assert (await journal.verify(here=here, seen=[seen])).broken_at == 11


async def test_a_journal_put_back_to_an_older_state_shows(engine, here):
    for i in range(3):
        await journal.write("ada", "offer.published", f"offer:{i}", {}, here=here)
    kept = await database.row("SELECT number, digest, seal FROM journal_head")
    await journal.write("ada", "offer.withdrawn", "offer:2", {}, here=here)
    seen = await journal.head()
    await disarm(engine)
    await database.execute("DELETE FROM journal_entry WHERE number > 3")
    await database.execute(
        "UPDATE journal_head SET number = {}, digest = {}, seal = {}",
        kept["number"],
        kept["digest"],
        kept["seal"],
    )
    assert (await journal.verify(here=here)).whole
    verdict = await journal.verify(here=here, seen=[seen])
    assert not verdict.whole
    assert "gone" in verdict.why


async def test_500_random_alterations_are_all_seen(written, engine, here):
    """Each in a transaction that is rolled back again."""
    await disarm(engine)
    chance = random.Random(7)
    columns = {
        "at": 5,
        "actor": "x",
        "act": "offer.changed",
        "subject": "offer:changed",
        "detail": "[]",
        "digest": b"\x01" * 32,
    }
    seen = 0
    for _ in range(500):
        async with database.transaction():
            with pytest.raises(LookupError):  # noqa: PT012
                async with database.savepoint():
                    number = chance.randint(1, 12)
                    if chance.random() < 0.3:
                        await database.execute("DELETE FROM journal_entry WHERE number = {}", number)
                    else:
                        column, value = chance.choice(list(columns.items()))
                        await database.execute(
                            f"UPDATE journal_entry SET {column} = {{}} WHERE number = {{}}", value, number
                        )
                    seen += not (await journal.verify(here=here)).whole
                    raise LookupError
    assert seen == 500
    assert (await journal.verify(here=here)).whole


async def test_what_is_not_a_deed_is_refused(engine, here):
    for act, subject, detail in (
        ("Published", "offer:1", {}),
        ("offer", "offer:1", {}),
        ("offer.published", "", {}),
        ("offer.published", "o" * 201, {}),
        ("offer.published", "offer:1", {"note": "x" * 201}),
        ("offer.published", "offer:1", {"note": ["x"]}),
        ("offer.published", "offer:1", {str(i): i for i in range(31)}),
    ):
        with pytest.raises(ValueError):
            await journal.write("ada", act, subject, detail, here=here)
    assert await journal.entries() == []


async def test_accesses(engine, here):
    for i in range(4):
        await journal.accessed("ada", "ben", "offer", "visit", here=here.at(here.now + i))
    await journal.accessed("ada", "cleo", "offer", "emergency", here=here)
    found = await journal.accesses_of("ben", limit=3)
    assert [access.at - here.now for access in found] == [3, 2, 1]
    assert found[0] == journal.AccessShape(at=here.now + 3, who="ada", whom="ben", kind="offer", why="visit")


def test_the_digest_binds_each_field():
    fields = {
        "previous": bytes(32),
        "number": 1,
        "at": 2,
        "actor": "a",
        "act": "b.c",
        "subject": "d",
        "detail": "{}",
    }
    changes = {
        "previous": b"\1" * 32,
        "number": 2,
        "at": 3,
        "actor": None,
        "act": "b.d",
        "subject": "e",
        "detail": "[]",
    }
    digests = {digest(**fields)} | {digest(**(fields | {name: value})) for name, value in changes.items()}
    digests |= {digest(**(fields | {"actor": "ab", "act": ".c"})), digest(**(fields | {"actor": ""}))}
    assert len(digests) == 10


def test_the_seal_is_this_nodes(here):
    other = dataclasses.replace(here, node_key=NodeKey(bytes(32)))
    assert seal(1, bytes(32), here.node_key) != seal(1, bytes(32), other.node_key)
    assert seal(1, bytes(32), here.node_key) != seal(2, bytes(32), here.node_key)
