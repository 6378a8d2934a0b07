# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two charters of one version, both signed by enough: found out, kept, frozen until an operator chose; and what is no proof."""

from __future__ import annotations

import pytest

from federation.keys import SigningKey
from federation.statements import CharterHeld, encode
from node import database
from node.charter import acts
from node.charter.proposals import Proposal
from node.crossing import Arrived
from node.errors import Conflict, NotFound
from tests.node.charter.agreeing import choose, found, look, propose, publish, sign, signed_by, state_with, version
from tests.node.exchange.coops import OPERATOR, CoOp, settle

DAY = 86_400


async def forked(alder: CoOp, birch: CoOp, cedar: CoOp) -> tuple[Proposal, Proposal]:
    """Birch signs twice: Alder holds one version 2, Cedar another, without Alder; neither has heard the other."""
    await found(alder, birch, cedar)
    await settle(alder, birch, cedar)
    alder.network.down |= {"alder.example", "birch.example", "cedar.example"}
    one = await signed_by(await propose(alder, name="One"), alder, birch)
    other = await sign(birch, await sign(cedar, await propose(cedar, drop=["alder.example"])), instead=True)
    await publish(alder, one)
    await publish(cedar, other)
    return one, other


async def together(*coops: CoOp) -> None:
    coops[0].network.down.clear()
    coops[0].clock.advance(hours=2)
    await settle(*coops)


async def test_birch_who_hears_both_keeps_both_and_takes_nothing_newer(trio: list[CoOp]) -> None:
    birch = trio[1]
    one, other = await forked(*trio)
    await together(*trio)
    detail = await look(birch)
    assert (detail.state, detail.metrics) == ("frozen", False)
    assert {each.mark for each in detail.rivals} == {one.mark, other.mark}
    assert detail.held is not None
    assert detail.held.mark == one.mark, "what it had taken stands meanwhile"
    assert len(await birch.rows("SELECT act FROM journal_entry WHERE act = 'charter.frozen'")) == 1
    for deed in (propose(birch, name="x"), sign(birch, one), publish(birch, one)):
        with pytest.raises(Conflict, match="frozen"):
            await deed
    with pytest.raises(NotFound):
        await choose(birch, "AAAAAAAA")
    chosen = await choose(birch, one.mark)
    assert chosen.held is not None
    assert (chosen.state, chosen.held.mark, chosen.rivals) == ("in-force", one.mark, [])
    await settle(*trio)
    assert (await look(birch)).state == "in-force", "what was decided is not asked again"
    with pytest.raises(Conflict, match="not frozen"):
        await choose(birch, one.mark)


async def test_nothing_newer_comes_in_before_the_choice_and_it_does_after(trio: list[CoOp]) -> None:
    """Alder, which has not heard of the other, goes on to a version 3 that Birch signed before the two were found out."""
    alder, birch, _ = trio
    one, _ = await forked(*trio)
    await publish(birch, one)
    third = await signed_by(await propose(alder, name="Third"), alder, birch)
    await together(*trio)
    assert (await look(birch)).state == "frozen"
    await publish(alder, third)
    await settle(*trio)
    assert [await version(coop) for coop in (alder, birch)] == [3, 2]
    await choose(birch, one.mark)
    await settle(*trio)
    assert await version(birch) == 3, "asked again, though nothing is new there"


async def test_choosing_the_other_pauses_whom_it_leaves_out(trio: list[CoOp]) -> None:
    alder, birch, cedar = trio
    _, other = await forked(*trio)
    await together(*trio)
    chosen = await choose(birch, other.mark)
    assert chosen.held is not None
    assert (chosen.state, chosen.held.mark) == ("in-force", other.mark)
    assert await state_with(birch, alder) == ("paused", "charter-dropped")
    assert await state_with(birch, cedar) == ("active", "")
    standing = await birch.rows("SELECT digest FROM charter_version WHERE standing ORDER BY version")
    assert [row["digest"] for row in standing][1:] == [other.next.digest()]


async def test_a_statement_alone_proves_nothing_and_freezes_nobody(trio: list[CoOp]) -> None:
    alder, birch, _ = trio
    first = await found(*trio)
    await settle(*trio)
    said = CharterHeld(id=first.next.id, version=1, sha256="A" * 43)
    with birch.bound():
        async with database.transaction():
            await birch.exchange._feeds["trust"].absorb(
                "alder.example", [Arrived("B" * 22, birch.clock.now(), birch.clock.now() + DAY, encode(said))], [],
                here=birch.here(),
            )  # fmt: skip
    await alder.write("1", "Tea")  # news, so that Birch looks
    await settle(*trio)
    assert await birch.seen() == ["Tea"]
    detail = await look(birch)
    assert (detail.state, [(each.node_id, each.why) for each in detail.doubts]) == (
        "in-force",
        [("alder.example", "version-conflict")],
    )


async def test_who_shows_another_that_is_not_signed_is_named_and_not_believed(trio: list[CoOp]) -> None:
    alder, birch, _ = trio
    first = await found(*trio)
    await settle(*trio)
    forged = await _forged(alder, first)
    with alder.bound():
        await database.execute(
            "UPDATE charter_version SET envelope = {}, digest = {} WHERE version = 1",
            forged.next.envelope,
            forged.next.digest(),
        )
        await database.execute("UPDATE charter_version SET version = 2 WHERE version = 1")
        here = alder.here()
        async with database.transaction():
            from node.charter import taking

            await taking.tell(here=here)
    await settle(*trio)
    detail = await look(birch)
    assert detail.state == "in-force"
    assert [(each.node_id, each.why) for each in detail.doubts] == [("alder.example", "untrusted")]
    assert await version(birch) == 1


async def _forged(alder: CoOp, first: Proposal) -> Proposal:
    """A second version by Alder alone, its threshold filled with a key of its own under Birch's name."""
    from federation import envelope as dsse
    from federation.charter import Member, draft_charter, read_draft

    mine = SigningKey.from_seed(b"\7" * 32)
    with alder.bound():
        from node.charter import reads

        (seat,) = await reads.seats(here=alder.here())
    members = [
        Member(one.node_id, mine.public if one.node_id == "birch.example" else one.seat, one.fingerprint)
        for one in first.next.members
    ]
    drafted = draft_charter(
        id=first.next.id,
        version=2,
        now=alder.clock.now(),
        exp=alder.clock.now() + DAY,
        name="Mine",
        members=members,
        threshold=2,
        terms_sha256=first.next.terms_sha256,
    )
    for key in (seat, mine):
        drafted = dsse.add_signature(drafted, key)
    return Proposal(first.next, read_draft(drafted), first.terms)


async def test_what_is_stated_is_kept_once_a_neighbour_and_goes_with_it(trio: list[CoOp]) -> None:
    alder, birch, _ = trio
    await found(*trio)
    await settle(*trio)
    before = await birch.rows("SELECT source, put FROM charter_said ORDER BY source")
    assert [row["source"] for row in before] == ["alder.example", "cedar.example"]
    with alder.bound():
        await acts.leave(actor=OPERATOR, here=alder.here())
    await settle(*trio)
    assert [row["source"] for row in await birch.rows("SELECT source FROM charter_said")] == ["cedar.example"]
    with birch.bound():
        async with database.transaction():
            await birch.exchange._feeds["trust"].drop("cedar.example", here=birch.here())
    assert await birch.rows("SELECT source FROM charter_said") == []
