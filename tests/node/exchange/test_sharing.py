# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one co-op publishes, the other sees once it verified, and no longer than it stands."""

from __future__ import annotations

import pytest

from federation.wire import DAY
from node.exchange import publishing
from node.exchange.tables import SPAN
from node.peers import acts
from tests.node.exchange.coops import CoOp, change, settle


async def test_published_here_is_visible_there_once_verified(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Walking group")
    await alder.write("2", "Tea on Tuesdays")
    await birch.write("1", "Chess")
    assert await birch.seen() == []
    await settle(alder, birch)
    assert await birch.seen() == ["Tea on Tuesdays", "Walking group"]
    assert await alder.seen() == ["Chess"]


async def test_a_change_replaces_and_the_former_body_is_forgotten_on_both_sides(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Walking group on Mondays")
    await settle(alder, birch)
    await alder.write("1", "Walking group on Fridays")
    await settle(alder, birch)
    assert await birch.seen() == ["Walking group on Fridays"]
    for coop, table in ((alder, "feed_entry"), (birch, "followed_entry")):
        bodies = [bytes(row["body"]) for row in await coop.rows(f"SELECT body FROM {table} WHERE body IS NOT NULL")]
        assert not any(b"Mondays" in body for body in bodies)
        assert any(b"Fridays" in body for body in bodies)


async def test_a_withdrawn_statement_is_gone_everywhere_and_its_id_is_dead(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Walking group")
    await alder.write("2", "Chess")
    await settle(alder, birch)
    await alder.take_down("1")
    await settle(alder, birch)
    assert await birch.seen() == ["Chess"]
    for coop, table in ((alder, "feed_entry"), (birch, "followed_entry")):
        rows = await coop.rows(f"SELECT salt, body FROM {table} WHERE kind <> 'control' AND body IS NOT NULL")
        assert len(rows) == 1
        assert b"Chess" in bytes(rows[0]["body"])
    assert len(await birch.rows("SELECT * FROM dead_id")) == 1


async def test_the_same_words_said_twice_make_two_leaves_that_say_nothing(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Chess")
    await settle(alder, birch)
    with alder.bound():
        await publishing.new_epoch(alder.board, "key", here=alder.here())
    await settle(alder, birch)
    salts = [
        bytes(row["salt"])
        for row in await alder.rows("SELECT salt FROM feed_entry WHERE kind = 'put' AND salt IS NOT NULL")
    ]
    salts += [bytes(row["salt"]) for row in await birch.rows("SELECT salt FROM followed_entry WHERE kind = 'put'")]
    assert len(salts) >= 2 and all(len(salt) == 32 and len(set(salt)) > 8 for salt in salts)
    await alder.write("2", "Chess")
    await settle(alder, birch)
    leaves = [bytes(row["leaf"]) for row in await birch.rows("SELECT leaf FROM followed_entry WHERE kind = 'put'")]
    salts = [bytes(row["salt"]) for row in await birch.rows("SELECT salt FROM followed_entry WHERE kind = 'put'")]
    assert len(set(leaves)) == len(set(salts)) == len(leaves) == 2


@pytest.mark.parametrize(
    ("ref", "reason", "comes_back"),
    [("erased 1", "", False), ("erased 1", "key", False), ("1", "", True), ("1", "key", True), ("1", "restore", False)],
)
async def test_a_dead_id_does_not_come_back(neighbours: list[CoOp], ref: str, reason: str, comes_back: bool) -> None:
    """What was erased never; what was taken back when its owner means it anew, and not when a copy only forgot it."""
    alder, birch = neighbours
    await alder.write(ref, "Walking group")
    await alder.write("2", "Chess")
    await settle(alder, birch)
    row = (await alder.rows("SELECT * FROM board_own WHERE ref = {}", ref))[0]
    await alder.take_down(ref)
    await settle(alder, birch)
    alder.clock.advance(seconds=60)
    if reason:
        with alder.bound():
            await publishing.new_epoch(alder.board, reason, here=alder.here())
        await settle(alder, birch)
    await alder.write("3", "Walking group, again")
    await alder.rows("UPDATE board_own SET id = {} WHERE ref = '3'", row["id"])
    await settle(alder, birch)
    assert await birch.seen() == (["Chess", "Walking group, again"] if comes_back else ["Chess"])
    aside = [each["reason"] for each in await birch.rows("SELECT reason FROM set_aside")]
    assert aside == ([] if comes_back else ["dead"])


async def test_what_is_withheld_from_a_co_op_reaches_the_others_only(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Not for birch", not_to=["birch.example"])
    await alder.write("2", "For all")
    await settle(alder, birch)
    assert await birch.seen() == ["For all"]
    held = await birch.rows("SELECT kind, body FROM followed_entry WHERE kind <> 'control' ORDER BY place")
    assert [(row["kind"], row["body"] is None) for row in held] == [("absent", True), ("put", False)]
    await alder.write("1", "Now for birch too")
    await settle(alder, birch)
    assert await birch.seen() == ["For all", "Now for birch too"]
    await alder.write("2", "For all but birch", not_to=["birch.example"])
    await settle(alder, birch)
    assert await birch.seen() == ["Now for birch too"]


async def test_poison_is_set_aside_for_good_and_the_rest_moves_on(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Kind words")
    await alder.write("2", "rude words")
    await alder.write("3", "More kind words")
    await settle(alder, birch)
    assert await birch.seen() == ["Kind words", "More kind words"]
    assert [row["reason"] for row in await birch.rows("SELECT reason FROM set_aside")] == ["rude"]
    bodies = await birch.rows("SELECT body FROM followed_entry WHERE body IS NOT NULL")
    assert not any(b"rude" in bytes(row["body"]) for row in bodies)
    birch.start()
    await alder.write("4", "Yet more")
    await settle(alder, birch)
    assert await birch.seen() == ["Kind words", "More kind words", "Yet more"]
    assert len(await birch.rows("SELECT * FROM set_aside")) == 1


async def test_a_new_epoch_changes_over_in_one_step(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Stays", days=300)
    await alder.write("2", "Goes", days=300)
    await settle(alder, birch)
    await alder.rows("DELETE FROM board_own WHERE ref = '2'")
    for _ in range(31):
        alder.clock.advance(days=3)
        await settle(alder, birch)
    logs = await alder.rows("SELECT epoch, size FROM feed_log ORDER BY epoch")
    assert len(logs) == 2
    assert await birch.seen() == ["Stays"]
    followed = await birch.rows("SELECT epoch FROM followed")
    assert [row["epoch"] for row in followed] == [logs[1]["epoch"]]
    newest = max(row["place"] // SPAN for row in await birch.rows("SELECT place FROM followed_entry"))
    assert await birch.rows("SELECT place FROM followed_entry WHERE place < {}", newest * SPAN) == []


async def test_what_still_stands_is_renewed_and_what_ran_out_goes(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "For long", days=400)
    await alder.write("2", "For a week", days=7)
    await settle(alder, birch)
    alder.clock.advance(days=8)
    await settle(alder, birch)
    assert await birch.seen() == ["For long"]
    for _ in range(12):
        alder.clock.advance(days=7)
        await settle(alder, birch)
    assert alder.clock.now() > 1_800_000_000 + 90 * DAY
    assert await birch.seen() == ["For long"]


async def test_ten_thousand_entries_arrive_staged_and_then_at_once(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    with alder.bound():
        here = alder.here()
        from node import database, post

        async with database.transaction():
            for number in range(2500):
                await database.execute(
                    "INSERT INTO board_own (ref, id, words, not_to, expires) VALUES ({}, {}, {}, '', {})",
                    str(number),
                    here.token(),
                    f"Number {number}: " + "x" * 300,
                    here.now + 90 * DAY,
                )
            await post.put_out(kind="feed", ref="peer-support:0", to="", due=here.now, expires=None, here=here)
    await settle(alder, birch)
    assert len(await birch.seen()) == 2500
    followed = (await birch.rows("SELECT size, live FROM followed"))[0]
    assert (followed["size"], followed["live"]) == (2501, 2500)


async def test_an_ended_peering_takes_everything_with_it(neighbours: list[CoOp]) -> None:
    alder, birch = neighbours
    await alder.write("1", "Walking group")
    await settle(alder, birch)
    await change(birch, acts.end, alder.node_id, reason="We merge")
    await settle(alder, birch)
    assert await birch.seen() == []
    assert await birch.rows("SELECT * FROM board_theirs") == []
    assert await birch.rows("SELECT * FROM followed_entry") == []
