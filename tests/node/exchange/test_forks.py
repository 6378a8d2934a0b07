# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log that shows two histories is found out, by itself or by what neighbours saw; the proof convinces everybody, and mends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from federation.feed import Absent, Control, Fork, Origin, commitment, leaf_hashes
from federation.merkle import Frontier
from federation.notes import make_checkpoint
from node import database, post
from node.errors import Conflict
from node.exchange.tables import SPAN
from node.members.rights import REGISTRY
from node.peers import acts, evidence, keyring, reads
from tests.node.exchange.coops import CoOp, change, coops, make_peers, settle


@pytest_asyncio.fixture
async def three(new_database: Callable[..., str], tmp_path: Path) -> AsyncIterator[list[CoOp]]:
    """alder, birch and cedar, every two of them neighbours."""
    async with coops("alder", "birch", "cedar", addresses=new_database, folder=tmp_path) as made:
        alder, birch, cedar = made
        for one, other in ((alder, birch), (alder, cedar), (birch, cedar)):
            await make_peers(one, other)
        await settle(*made)
        yield made


async def rewrite(coop: CoOp, index: int = 1) -> None:
    """Give this co-op's log another past: one entry other than it was, everything else as it stands, signed again."""
    with coop.bound():
        log = await database.row("SELECT * FROM feed_log WHERE topic = 'peer-support' ORDER BY epoch DESC LIMIT 1")
        assert log is not None
        origin = Origin(coop.node_id, log["topic"], log["epoch"])
        body = json.dumps({"id": coop.here().token(), "iat": coop.clock.now(), "data": {"words": "Another past"}})
        salt = coop.random.bytes(32)
        made = commitment(origin, salt, body.encode())
        await database.execute(
            "UPDATE feed_entry SET salt = {}, body = {}, commitment = {} WHERE place = {}",
            salt,
            body.encode(),
            made,
            log["no"] * SPAN + index,
        )
        rows = await database.rows("SELECT kind, expires, commitment, body FROM feed_entry ORDER BY place")
        entries = [
            Control(bytes(row["body"]))
            if row["kind"] == "control"
            else Absent(row["expires"], bytes(row["commitment"]))
            for row in rows
        ]
        frontier = Frontier().extend(leaf_hashes(origin, entries))
        key = await keyring.signing("log", here=coop.here())
        note = make_checkpoint(str(origin), frontier.size, frontier.root(), coop.clock.now(), key)
        await database.execute(
            "UPDATE feed_log SET frontier = {}, size = {}, note = {}, note_time = {} WHERE no = {}",
            frontier.to_bytes(),
            frontier.size,
            note,
            coop.clock.now(),
            log["no"],
        )


async def frozen(coop: CoOp, other: CoOp) -> bool:
    with coop.bound():
        return (await reads.detail(other.node_id, here=coop.here())).frozen


async def test_two_histories_told_to_two_neighbours_come_out_within_the_hour_and_convince_all(
    three: list[CoOp],
) -> None:
    alder, birch, cedar = three
    await alder.write("1", "Tea")
    await settle(alder, birch)  # Cedar has not asked yet
    await rewrite(alder)
    alder.network.down.add(birch.node_id)
    await settle(alder, cedar)
    alder.network.down.discard(birch.node_id)
    assert await birch.seen() == ["Tea"] and await cedar.seen() == ["Another past"]
    assert not await frozen(birch, alder) and not await frozen(cedar, alder)

    alder.network.down.add(alder.node_id)  # nobody can ask Alder itself
    alder.clock.advance(seconds=3700)
    await settle(birch, cedar)
    assert await frozen(birch, alder) and await frozen(cedar, alder)
    assert await birch.seen() == [] == await cedar.seen()
    alder.network.down.discard(alder.node_id)

    # Alder hears from its neighbours what they saw of it, and begins a new log by itself.
    alder.clock.advance(seconds=3700)
    await settle(alder, birch, cedar, rounds=60)
    logs = await alder.rows("SELECT epoch FROM feed_log WHERE topic = 'peer-support' ORDER BY epoch")
    assert len(logs) == 2
    (opening,) = await alder.rows("SELECT body FROM feed_entry WHERE kind = 'control' ORDER BY place DESC LIMIT 1")
    assert json.loads(bytes(opening["body"]))["reason"] == "restore"
    assert await birch.seen() == [], "only its operator ends the freeze"
    await change(birch, evidence.thaw, alder.node_id)
    await settle(alder, birch)
    assert await birch.seen() == ["Tea"]
    assert await frozen(cedar, alder)


async def test_a_log_that_grows_out_of_another_past_is_proved_by_reading_it_again(three: list[CoOp]) -> None:
    alder, birch, cedar = three
    await alder.write("1", "Tea")
    await settle(alder, birch, cedar)
    await rewrite(alder)
    alder.clock.advance(seconds=5)
    await alder.write("2", "More tea")
    await settle(alder, birch, rounds=60)
    assert await frozen(birch, alder)
    (row,) = await birch.rows("SELECT node_id, source, fork FROM evidence")
    assert (row["node_id"], row["source"]) == (alder.node_id, "")
    assert len(json.loads(row["fork"])["path"]) > 0, "sizes differ, so there is a path to show"
    await settle(birch, cedar)
    assert await frozen(cedar, alder)


async def test_a_freeze_ends_only_after_a_new_log_and_by_an_operator(three: list[CoOp]) -> None:
    alder, birch, cedar = three
    await alder.write("1", "Tea")
    await settle(alder, birch, cedar)
    await rewrite(alder)
    await alder.write("2", "More tea")
    with alder.bound():
        await alder.exchange.publish()
    await birch.step()
    assert await frozen(birch, alder)
    with pytest.raises(Conflict) as no:
        await change(birch, evidence.thaw, alder.node_id)
    assert "not begun a new log" in no.value.words
    assert REGISTRY["peers.thaw"].by == {"operator"}
    await change(birch, acts.resume, alder.node_id)
    assert await frozen(birch, alder), "a resumption is no thaw"


async def test_false_evidence_freezes_nobody(three: list[CoOp]) -> None:
    alder, birch, cedar = three
    await alder.write("1", "Tea")
    await settle(alder, birch, cedar)
    (held,) = await birch.rows("SELECT note FROM followed WHERE peer = {} AND topic = 'peer-support'", alder.node_id)
    made_up = {
        "kind": "fork",
        "node_id": alder.node_id,
        "note_m": held["note"],
        "note_n": held["note"],
        "root_m": "A" * 43,
        "path": [],
    }
    with birch.bound():
        async with database.transaction():
            await database.execute(
                "INSERT INTO evidence (id, node_id, origin, fork, source, at) VALUES ({}, {}, {}, {}, '', {})",
                birch.here().token(),
                alder.node_id,
                "made up",
                json.dumps(made_up, separators=(",", ":")),
                birch.clock.now(),
            )
            (row,) = await database.rows("SELECT id FROM evidence")
            await post.put_out(
                kind="feed", ref=f"trust:{row['id']}", to="", due=birch.clock.now(), expires=None, here=birch.here()
            )
    await settle(birch, cedar)
    assert not await frozen(cedar, alder)
    assert [each["reason"] for each in await cedar.rows("SELECT reason FROM set_aside")] == ["untrusted"]
    with cedar.bound(), pytest.raises(Exception, match="untrusted"):
        await evidence.take(Fork(held["note"], held["note"], "A" * 43, ()), alder.node_id, source="", here=cedar.here())


async def test_a_log_that_stays_broken_is_read_again_once_for_each_answer(neighbours: list[CoOp]) -> None:
    """What proves nothing costs its owner's requests, not ours: a broken log is not fetched whole at every visit."""
    alder, birch = neighbours
    for ref in ("1", "2", "3"):
        await alder.write(ref, f"Tea {ref}")
    await settle(alder, birch)
    with alder.bound():
        (log,) = await database.rows("SELECT no, epoch, size FROM feed_log WHERE topic = 'peer-support'")
        await alder.board.write("4", "Tea 4", here=alder.here())
        await alder.exchange.publish()
        (grown,) = await database.rows("SELECT size FROM feed_log WHERE no = {}", log["no"])
        origin = Origin(alder.node_id, "peer-support", log["epoch"])
        key = await keyring.signing("log", here=alder.here())
        note = make_checkpoint(str(origin), grown["size"], b"\1" * 32, alder.clock.now(), key)
        await database.execute("UPDATE feed_log SET note = {} WHERE no = {}", note, log["no"])
    alder.network.passed.clear()
    for _ in range(5):
        await birch.step()
    whole = [r for r in alder.network.passed if "/entries" in r.url.path and "start=0" in str(r.url.query)]
    (row,) = await birch.rows("SELECT alarm FROM followed WHERE topic = 'peer-support'")
    assert (row["alarm"], len(whole)) == ("root-mismatch", 1)
