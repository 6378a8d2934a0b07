# SPDX-License-Identifier: AGPL-3.0-or-later
"""An erasure is answered for by every neighbour, by a signed receipt; who does not answer in time gets nothing more."""

from __future__ import annotations

from node import database, post
from node.exchange import erasures, publishing, starting
from node.peers import acts, reads
from node.peers.rules import ERASURE_OVERDUE
from tests.node.exchange.coops import DAY, CoOp, change, settle

SLA = 72 * 3600


async def owed(coop: CoOp) -> list[dict[str, object]]:
    return await coop.rows("SELECT peer, idx, asked, due, done_at, told FROM erasure_due ORDER BY idx")


async def kept(coop: CoOp, words: bytes) -> bool:
    """Whether a body with these words is kept of a neighbour's."""
    bodies = await coop.rows("SELECT body FROM followed_entry WHERE body IS NOT NULL")
    return any(words in bytes(row["body"]) for row in bodies)


async def published(alder: CoOp, birch: CoOp, ref: str = "erased 1") -> None:
    await alder.write(ref, "Walking group")
    await alder.write("stays", "Chess")
    await settle(alder, birch)


async def test_an_erasure_is_answered_by_a_receipt_once_it_is_gone_there(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await published(alder, birch)
    await alder.take_down("erased 1")
    await alder.step()
    (line,) = await owed(alder)
    assert (line["peer"], line["done_at"], line["due"]) == (birch.node_id, None, alder.clock.now() + SLA)
    await settle(alder, birch)
    assert await birch.seen() == ["Chess"]
    (line,) = await owed(alder)
    assert line["done_at"] == alder.clock.now()
    assert not await kept(birch, b"Walking")


async def test_what_is_merely_taken_back_asks_for_no_receipt(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await published(alder, birch, ref="1")
    await alder.take_down("1")
    await settle(alder, birch)
    assert await owed(alder) == []
    assert await birch.seen() == ["Chess"]
    assert await birch.rows("SELECT reference FROM letter_out") == []


async def test_who_does_not_answer_in_time_gets_nothing_more_until_an_operator_looks(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await published(alder, birch)
    birch.network.down.add(birch.node_id)
    await alder.take_down("erased 1")
    await alder.step()
    alder.clock.advance(seconds=SLA - 10)
    await alder.step()
    with alder.bound():
        assert (await reads.detail(birch.node_id, here=alder.here())).state == "active"
    alder.clock.advance(seconds=20)
    await alder.step()
    with alder.bound():
        peer = await reads.detail(birch.node_id, here=alder.here())
    assert (peer.state, peer.paused_here, peer.pause_reason) == ("paused", True, ERASURE_OVERDUE)
    await change(alder, acts.resume, birch.node_id)
    await alder.step()
    with alder.bound():
        assert (await reads.detail(birch.node_id, here=alder.here())).state == "active", "paused once for one debt"


async def test_a_paused_neighbour_learns_of_it_too_and_answers_through_the_pause(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await published(alder, birch)
    await change(alder, acts.pause, birch.node_id, reason="we look at something")
    await settle(alder, birch)
    await alder.take_down("erased 1")
    await settle(alder, birch)
    assert not await kept(birch, b"Walking")
    assert [line["done_at"] for line in await owed(alder)] == [alder.clock.now()]


async def test_a_receipt_that_ran_out_is_written_anew_for_as_long_as_they_are_neighbours(
    neighbours: list[CoOp],
) -> None:
    alder, birch = neighbours
    await published(alder, birch)
    await alder.take_down("erased 1")
    await alder.step()
    await birch.step()  # it is gone at Birch; the receipt waits
    alder.network.down.add(alder.node_id)
    for _ in range(10):
        alder.clock.advance(seconds=DAY)
        await birch.step()
    alder.network.down.discard(alder.node_id)
    for _ in range(4):
        alder.clock.advance(seconds=DAY)
        await settle(alder, birch)
    assert [line["done_at"] is not None for line in await owed(alder)] == [True]


async def test_who_was_away_while_we_erased_and_began_anew_answers_all_the_same(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await published(alder, birch)
    birch.network.down.add(birch.node_id)
    await alder.take_down("erased 1")
    await alder.step()
    for _ in range(2):  # the debt outlives more than one change of epoch
        alder.clock.advance(seconds=60)
        with alder.bound():
            await publishing.new_epoch(alder.board, "key", here=alder.here())
    birch.network.down.discard(birch.node_id)
    await settle(alder, birch)
    assert not await kept(birch, b"Walking")
    assert {line["done_at"] for line in await owed(alder)} == {alder.clock.now()}
    alder.clock.advance(seconds=SLA + DAY)
    await settle(alder, birch)
    with alder.bound():
        assert (await reads.detail(birch.node_id, here=alder.here())).state == "active"


async def test_a_revival_is_told_and_taken_down_again(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await published(alder, birch, ref="1")
    row = (await alder.rows("SELECT * FROM board_own WHERE ref = '1'"))[0]
    await alder.take_down("1")
    await settle(alder, birch)
    await alder.rows("DELETE FROM dead_id")
    alder.clock.advance(seconds=60)
    with alder.bound():  # put back from a copy, it has forgotten what it withdrew
        await starting.begin_anew({alder.board.topic: alder.board}, [], here=alder.here())
    await alder.write("2", "Walking group, again")
    await alder.rows("UPDATE board_own SET id = {} WHERE ref = '2'", row["id"])
    await settle(alder, birch)
    assert await birch.seen() == ["Chess"]
    assert await alder.rows("SELECT reference FROM feed_item WHERE item = {}", row["id"]) == []
    dead = await alder.rows("SELECT key FROM dead_id WHERE source = {}", alder.node_id)
    assert [each["key"] for each in dead] == [erasures.dead_key(alder.node_id, row["id"])]


async def test_nobody_answers_for_another_or_for_what_nobody_asked(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await published(alder, birch)
    epoch = (await alder.rows("SELECT epoch FROM feed_log"))[0]["epoch"]
    ref = f"receipt:erased:peer-support:{epoch}:77:x:1"
    with birch.bound():
        async with database.transaction():
            await post.put_out(
                kind="letter",
                ref=ref,
                to=alder.node_id,
                due=birch.clock.now(),
                expires=birch.clock.now() + DAY,
                here=birch.here(),
            )
    await settle(alder, birch)
    assert await owed(alder) == []
    kept = await alder.rows("SELECT reason FROM letter_in")
    assert [each["reason"] for each in kept] == ["nothing-owed"]
