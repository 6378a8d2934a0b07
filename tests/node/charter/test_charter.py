# SPDX-License-Identifier: AGPL-3.0-or-later
"""Co-ops agree on a charter, and its versions go round by themselves: three and four real nodes on one network."""

from __future__ import annotations

from pathlib import Path

import pytest

from node import database
from node.charter import acts, reads
from node.errors import Conflict, Invalid
from node.peers import acts as peers
from node.peers import founding
from tests.node.charter.agreeing import (
    NAME,
    TERMS,
    found,
    join,
    line,
    look,
    propose,
    publish,
    sign,
    signed_by,
    state_with,
    version,
)
from tests.node.exchange.coops import OPERATOR, CoOp, settle

DAY = 86_400


async def test_three_agree_and_a_new_version_comes_to_all_by_itself(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    first = await found(*trio)
    assert first.missing == (0, 0)
    held = (await look(birch)).held
    assert held is not None
    assert (held.name, held.version, held.threshold, held.terms) == (NAME, 1, 2, TERMS)
    assert [(one.node_id, one.signed, one.us) for one in held.members] == [
        ("alder.example", True, False),
        ("birch.example", True, True),
        ("cedar.example", True, False),
    ]
    assert all(one.known_words == one.words for one in held.members)
    await settle(*trio)
    drawn = await propose(alder, name="The Calder valley")
    renewed = await signed_by(drawn, alder, cedar)
    assert [await version(coop) for coop in trio] == [1, 1, 1], "signed is not published"
    await publish(alder, renewed)
    await settle(*trio)
    for coop in trio:
        there = (await look(coop)).held
        assert there is not None
        assert (there.version, there.name, there.mark, there.terms) == (2, "The Calder valley", renewed.mark, TERMS)
    said = await birch.rows("SELECT source, version, digest, asked FROM charter_said ORDER BY source")
    assert [(row["source"], row["version"], row["asked"]) for row in said] == [
        ("alder.example", 2, ""),
        ("cedar.example", 2, ""),
    ]
    assert {row["digest"] for row in said} == {renewed.next.digest()}


async def test_who_was_away_walks_up_every_version(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    await found(*trio)
    await settle(*trio)
    alder.network.down.add("cedar.example")
    for number in range(4):
        await publish(alder, await signed_by(await propose(alder, name=f"Name {number}"), alder, birch))
        await settle(alder, birch)
    assert [await version(coop) for coop in trio] == [5, 5, 1]
    alder.network.down.clear()
    alder.clock.advance(hours=2)
    await settle(*trio)
    assert await version(cedar) == 5
    taken = await cedar.rows("SELECT version, source FROM charter_version ORDER BY version")
    assert [row["version"] for row in taken] == [1, 2, 3, 4, 5]
    assert {row["source"] for row in taken[1:]} <= {"alder.example", "birch.example"}


async def test_a_version_that_drops_a_member_pauses_it_once(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    await found(*trio)
    await cedar.write("1", "Tea")
    await settle(*trio)
    assert await alder.seen() == ["Tea"]
    await publish(alder, await signed_by(await propose(alder, drop=["cedar.example"]), alder, birch))
    await settle(*trio)
    assert await state_with(alder, cedar) == ("paused", "charter-dropped")
    assert await state_with(birch, cedar) == ("paused", "charter-dropped")
    assert await state_with(alder, birch) == ("active", "")
    assert await alder.seen() == []
    assert await version(cedar) == 1, "it is told nothing more of it"
    with alder.bound():
        await peers.resume(actor=OPERATOR, node_id="cedar.example", here=alder.here())
    await settle(*trio)
    await publish(alder, await signed_by(await propose(alder, name="Two of us"), alder, birch))
    await settle(*trio)
    assert [await version(coop) for coop in trio] == [3, 3, 1]
    assert (await state_with(alder, cedar))[1] == "", "once"
    kept = await alder.rows("SELECT act, subject FROM journal_entry WHERE act LIKE 'charter.member%'")
    assert [row["subject"] for row in kept] == ["node:cedar.example"]


async def test_admission_needs_the_local_operator(street: list[CoOp]) -> None:
    alder, birch, cedar, dogwood = street
    await found(alder, birch, cedar)
    await settle(*street)
    drawn = await propose(alder, add=[await line(dogwood)])
    signed = await signed_by(drawn, alder, birch, dogwood)
    await publish(birch, signed)
    await settle(*street)
    assert [await version(coop) for coop in street] == [2, 2, 2, 0], "dogwood's operator has taken nothing yet"
    joined = await join(dogwood, signed)
    await settle(*street)
    assert joined.state == "in-force"
    detail = await look(birch)
    assert [(one.node_id, one.state) for one in detail.admissions] == [("dogwood.example", "")]
    with birch.bound():
        assert await database.row("SELECT node_id FROM peer WHERE node_id = 'dogwood.example'") is None
    assert {one.node_id for one in (await look(dogwood)).admissions} == {"birch.example", "cedar.example"}
    assert (await look(alder)).admissions == []
    await publish(cedar, await signed_by(await propose(cedar, name="Four"), cedar, birch, alder))
    await settle(*street)
    assert [await version(coop) for coop in street] == [3, 3, 3, 3], "dogwood hears of it by alder alone"


async def test_a_charter_is_served_to_members_alone(street: list[CoOp]) -> None:
    alder, birch, cedar, dogwood = street
    signed = await found(alder, birch, cedar)
    await settle(*street)
    with alder.bound():
        assert await reads.served("birch.example", 1) == signed.next.envelope
        assert await reads.served("birch.example", 2) is None
        assert (await reads.told("birch.example"), await reads.told("dogwood.example")) == (1, 0)
    for coop, answer in ((birch, 200), (dogwood, 404)):
        with coop.bound():
            client = await coop.exchange._client()
            if answer == 200:
                assert await client.charter("alder.example", 1) == signed.next.envelope
                assert (await client.heads("alder.example"))[0].charter == 1  # type: ignore[index]
            else:
                with pytest.raises(Exception, match="not-found"):
                    await client.charter("alder.example", 1)
                assert (await client.heads("alder.example"))[0].charter == 0  # type: ignore[index]
    with alder.bound():
        await peers.pause(actor=OPERATOR, node_id="birch.example", reason="A talk", here=alder.here())
    with birch.bound(), pytest.raises(Exception, match="peer-paused"):
        await (await birch.exchange._client()).charter("alder.example", 1)


async def test_it_is_never_taken_for_the_first_time_by_itself(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    lines = [await line(coop) for coop in trio]
    drawn = await propose(alder, name=NAME, terms=TERMS, add=lines[1:])
    with pytest.raises(Conflict, match="signatures"):
        await join(alder, drawn)
    once = await sign(alder, drawn)
    with pytest.raises(Conflict, match="signatures"):
        await join(alder, once)
    signed = await signed_by(once, birch)
    with pytest.raises(Invalid) as no:
        await join(alder, signed, mark="AAAAAAAA")
    assert set(no.value.fields) == {"mark"}
    await join(alder, signed, mark=signed.mark.upper().replace("-", " "))  # as it was written down from the telephone
    await join(birch, signed)
    await settle(*trio)
    assert [await version(coop) for coop in trio] == [1, 1, 0]
    assert (await look(cedar)).state == "none"
    await join(cedar, signed)
    assert await version(cedar) == 1


async def test_nothing_older_and_nothing_for_others_comes_into_force(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    first = await found(*trio)
    second = await signed_by(await propose(alder, name="Second"), alder, birch)
    await publish(alder, second)
    assert (await publish(alder, second)).held.version == 2, "again changes nothing"  # type: ignore[union-attr]
    late = await sign(birch, await sign(cedar, await propose(birch, name="Late")), instead=True)
    for stale in (first, late):
        with pytest.raises(Conflict, match="overtaken"):
            await publish(alder, stale)
    with pytest.raises(Conflict, match="one held"):
        await join(alder, first)
    old = await propose(alder, name="Third")
    alder.clock.advance(days=61)
    with pytest.raises(Conflict, match="old"):
        await sign(alder, old)


async def test_two_proposals_of_one_version_are_not_signed_unawares(trio: list[CoOp]) -> None:
    alder, birch, _ = trio
    await found(*trio)
    await sign(alder, await propose(alder, name="This"))
    other = await propose(birch, name="That")
    with pytest.raises(Conflict, match="two"):
        await sign(alder, other)
    assert "alder.example" in (await sign(alder, other, instead=True)).signed


async def test_a_list_that_names_us_wrongly_is_not_signed(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    stale = await line(birch)
    await line(cedar)
    await line(alder)
    drawn = await propose(alder, name=NAME, terms=TERMS, add=[stale, await line(cedar)])
    with cedar.bound():
        await database.execute("DELETE FROM charter_seat")
    with pytest.raises(Invalid) as no:
        await sign(cedar, drawn)
    assert set(no.value.fields) == {"file"}
    stranger = await propose(birch, name=NAME, terms=TERMS, add=[await line(alder)])
    with pytest.raises(Invalid, match="file"):
        await sign(cedar, stranger)
    with birch.bound():
        assert (await reads.seats(here=birch.here()))[0].public.raw not in (
            row["secret"] for row in await database.rows("SELECT secret FROM charter_seat")
        )


async def test_a_new_seat_takes_over_with_the_version_that_lists_it(trio: list[CoOp]) -> None:
    _, birch, cedar = trio
    await found(*trio)
    before = await line(birch)
    after = await line(birch, anew=True)
    assert before != after
    drawn = await propose(birch)
    assert any("with a new seat" in said for said in drawn.view().told)
    signed = await signed_by(drawn, birch, cedar)
    await publish(birch, signed)
    await settle(*trio)
    assert [await version(coop) for coop in trio] == [2, 2, 2]
    third = await signed_by(await propose(cedar, name="Third"), cedar, birch)
    await publish(cedar, third)
    await settle(*trio)
    assert [await version(coop) for coop in trio] == [3, 3, 3]


@pytest.mark.parametrize(
    ("ask", "field"),
    [
        ({"drop": ["elm.example"]}, "drop"),
        ({"drop": ["birch.example"], "threshold": 3}, "threshold"),
        ({"threshold": 1}, "threshold"),
        ({"add": ["ccseat1-nonsense"]}, "add"),
        ({"drop": ["birch.example", "cedar.example"]}, "add"),
        ({"name": " "}, "name"),
        ({"terms": "x" * 10_001}, "terms"),
    ],
)
async def test_what_no_member_would_take_is_not_drawn_up(trio: list[CoOp], ask: dict[str, object], field: str) -> None:
    await found(*trio)
    with pytest.raises(Invalid) as no:
        await propose(trio[0], **ask)
    assert field in no.value.fields


async def test_leaving_and_coming_back_never_goes_back(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    first = await found(*trio)
    second = await signed_by(await propose(alder, name="Second"), alder, birch)
    await publish(alder, second)
    await settle(*trio)
    with cedar.bound():
        assert (await acts.leave(actor=OPERATOR, here=cedar.here())).state == "none"
        assert await reads.told("alder.example") == 0
    await settle(*trio)
    assert [row["source"] for row in await alder.rows("SELECT source FROM charter_said")] == ["birch.example"]
    assert await state_with(cedar, alder) == ("active", "")
    with pytest.raises(Conflict, match="rolled back"):
        await join(cedar, first)
    assert (await join(cedar, second)).state == "in-force"
    await settle(*trio)
    there = await alder.rows("SELECT version FROM charter_said WHERE source = 'cedar.example'")
    assert [row["version"] for row in there] == [2], "stated again, under another id"


async def test_who_goes_in_good_order_hands_on_the_version_without_itself(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    await found(*trio)
    await settle(*trio)
    gone = await signed_by(await propose(alder, drop=["alder.example"]), alder, birch, cedar)
    assert (await publish(alder, gone)).state == "left-out"
    await settle(*trio)
    assert [await version(coop) for coop in trio] == [2, 2, 2]
    assert await state_with(birch, alder) == ("paused", "charter-dropped")
    assert await state_with(birch, cedar) == ("active", "")
    with alder.bound():
        assert not await reads.metrics_may_run(here=alder.here())


async def test_nothing_of_it_is_done_without_a_seat(trio: list[CoOp]) -> None:
    with pytest.raises(Conflict, match="no seat"):
        await propose(trio[0], name="x", terms="y")


async def test_new_roots_need_a_new_line_to_sign_and_none_to_join(trio: list[CoOp], tmp_path: Path) -> None:
    alder, birch, cedar = trio
    lines = [await line(coop) for coop in trio]
    drawn = await propose(alder, name=NAME, terms=TERMS, add=lines[1:])
    signed = await signed_by(drawn, alder, birch)
    with cedar.bound():
        await founding.replace_lost_roots(
            actor=OPERATOR, root_file=tmp_path / "new.pem", passphrase="correct horse battery", here=cedar.here()
        )
    assert (await join(cedar, signed)).state == "in-force"
    await join(alder, signed)
    with pytest.raises(Invalid, match="file"):
        await sign(cedar, await propose(alder, name="Stale"))
    (known,) = [one for one in (await look(cedar)).held.members if one.us]  # type: ignore[union-attr]
    assert known.known_words != known.words
    again = await propose(alder, add=[await line(cedar)])
    assert "cedar.example" in (await sign(cedar, again)).signed
