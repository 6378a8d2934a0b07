# SPDX-License-Identifier: AGPL-3.0-or-later
"""A peering ends: each side forgets what it had, tells the other so by a receipt, and tells whoever was waiting."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx
import pytest
import pytest_asyncio

from federation import wire
from node import database
from node.exchange import keeping
from node.peers import acts, ending, own, reads, renewing, rotating
from node.peers.shapes import Acceptance, PeerDetail, TermsAsk, Yes
from node.peers.wording import standing
from node.village import Village
from tests.node.exchange.coops import DAY, OPERATOR, CoOp, change, make_peers, settle
from tests.village import stories
from tests.village.conftest import folk_of
from tests.village.folk import settling

SLA = 72 * 3600


async def detail(coop: CoOp, other: CoOp) -> PeerDetail:
    with coop.bound():
        return await reads.detail(other.node_id, here=coop.here())


async def kept(coop: CoOp) -> list[object]:
    """What a co-op keeps of neighbours' feeds."""
    return await coop.rows("SELECT place FROM followed_entry") + await coop.rows("SELECT id FROM board_theirs")


@pytest_asyncio.fixture
async def pair(strangers: list[CoOp]) -> list[CoOp]:
    """Each has published something, and Birch owes Alder word of an erasure."""
    alder, birch, _ = strangers
    await make_peers(alder, birch)
    await alder.write("1", "Chess")
    await birch.write("2", "Walking")
    await settle(alder, birch)
    assert (await alder.seen(), await birch.seen()) == (["Walking"], ["Chess"])
    return [alder, birch]


async def test_both_forget_and_tell_each_other_and_the_other_side_learns_who_ended_it(pair: list[CoOp]) -> None:
    alder, birch = pair
    await change(birch, acts.end, alder.node_id, reason="We move on")
    await settle(alder, birch)
    mine, theirs = await detail(birch, alder), await detail(alder, birch)
    assert (mine.state, mine.ended_by, theirs.state, theirs.ended_by) == ("ended", "us", "ended", "them")
    now = alder.clock.now()
    for coop, seen in ((alder, theirs), (birch, mine)):
        assert await kept(coop) == []
        assert (seen.forgot_at, seen.receipt_at, seen.receipt_due) == (now, now, now + SLA)
        assert await coop.rows("SELECT ref FROM outbox WHERE state = 'open' AND kind = 'letter'") == []
    assert "move on" not in str(await alder.rows("SELECT * FROM peer"))


async def test_it_is_learnt_by_a_refusal_alone_where_nothing_is_said_of_deleting(pair: list[CoOp]) -> None:
    alder, birch = pair
    await change(birch, acts.end, alder.node_id, reason="We move on")
    assert await alder.step()
    assert (await detail(alder, birch)).ended_by == "them"


async def test_a_debt_of_the_erasure_of_one_thing_is_settled_by_the_end_of_all(pair: list[CoOp]) -> None:
    alder, birch = pair
    await alder.write("erased 1", "Singing")
    await settle(alder, birch)
    await alder.take_down("erased 1")
    await alder.step()
    await change(birch, acts.end, alder.node_id, reason="We move on")
    await settle(alder, birch)
    assert [row["done_at"] for row in await alder.rows("SELECT done_at FROM erasure_due")] == [alder.clock.now()]


async def test_who_does_not_say_that_it_deleted_is_shown_in_red_and_may_still_say_so_for_a_while(
    pair: list[CoOp],
) -> None:
    alder, birch = pair
    alder.network.down |= {alder.node_id, birch.node_id}
    await change(alder, acts.end, birch.node_id, reason="We move on")
    await settle(alder, birch)
    with alder.bound():
        assert standing(await detail(alder, birch), now=alder.clock.now()).well
    alder.clock.advance(seconds=SLA + 60)
    await settle(alder, birch)
    late = standing(await detail(alder, birch), now=alder.clock.now())
    assert (late.well, late.kind) == (False, "error")
    assert "deleted" in late.words
    alder.network.down.clear()
    alder.clock.advance(seconds=2 * 3600)
    await settle(alder, birch)
    alder.clock.advance(seconds=2 * 3600)
    await settle(alder, birch)
    said = await detail(alder, birch)
    assert said.receipt_at is not None
    assert standing(said, now=alder.clock.now()).well


@pytest.mark.parametrize("lost", ["the word", "its answer"])
async def test_the_word_of_an_end_arrives_under_a_key_that_was_turned_since(pair: list[CoOp], lost: str) -> None:
    alder, birch = pair

    async def unheard(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        if request.url.host != alder.node_id or not request.url.path.endswith("/receipts"):
            return await on()
        if lost == "its answer":
            await on()
        raise httpx.ReadTimeout("lost", request=request)

    alder.network.filter = unheard
    await change(alder, acts.end, birch.node_id, reason="We move on")
    await settle(alder, birch)
    assert ((await detail(alder, birch)).receipt_at is not None) is (lost == "its answer")
    with birch.bound():
        await rotating.revoke(actor=OPERATOR, use="http", reason="lost", begin_anew=_no_feeds, here=birch.here())
    alder.network.filter = None
    for _ in range(6):
        alder.clock.advance(hours=2)
        await settle(alder, birch)
    assert (await detail(alder, birch)).receipt_at is not None
    assert await birch.rows("SELECT ref FROM outbox WHERE state = 'open' AND kind = 'letter'") == []


async def _no_feeds(**_: object) -> None:
    """A key for requests signs no feed."""
    raise AssertionError("no feed begins anew")


async def test_who_was_away_for_weeks_says_so_when_they_are_back(pair: list[CoOp]) -> None:
    alder, birch = pair
    alder.network.down |= {alder.node_id, birch.node_id}
    await change(alder, acts.end, birch.node_id, reason="We move on")
    for _ in range(3):
        await settle(alder)
        alder.clock.advance(days=7)
    alder.network.down.clear()
    for _ in range(3):
        await settle(alder, birch)
        alder.clock.advance(hours=2)
    assert (await detail(birch, alder)).ended_by == "them"
    assert (await detail(alder, birch)).receipt_at is not None
    assert await birch.rows("SELECT ref FROM outbox WHERE state = 'open' AND kind = 'letter'") == []


async def test_the_door_for_it_closes_and_other_receipts_never_pass(pair: list[CoOp]) -> None:
    alder, birch = pair
    alder.network.down |= {alder.node_id, birch.node_id}
    await change(alder, acts.end, birch.node_id, reason="We move on")
    await settle(alder, birch)
    alder.clock.advance(seconds=SLA + 91 * DAY)
    alder.network.down.clear()
    await settle(alder, birch)
    alder.clock.advance(seconds=DAY)
    await settle(alder, birch)
    assert (await detail(birch, alder)).ended_by == "them"
    assert (await detail(alder, birch)).receipt_at is None
    waiting = await birch.rows("SELECT ref FROM outbox WHERE state = 'open' AND kind = 'letter'")
    assert [row["ref"].split(":")[1] for row in waiting] == ["ended"], "it is tried for as long as its own end is fresh"


async def test_what_was_under_way_is_told_to_be_undeliverable(pair: list[CoOp]) -> None:
    alder, birch = pair
    alder.network.down.add(birch.node_id)
    with alder.bound():
        ref = await alder.desk.write("a", "Somebody fell", to=birch.node_id, here=alder.here())
    await alder.step()
    await change(alder, acts.end, birch.node_id, reason="We move on")
    await settle(alder, birch)
    with alder.bound():
        assert await alder.desk.fate(ref) == "undeliverable peer-ended"
        assert await database.rows("SELECT reference FROM letter_out WHERE reference NOT LIKE 'receipt:%'") == []


async def test_it_runs_out_as_it_was_agreed_and_that_is_an_end_too(pair: list[CoOp]) -> None:
    alder, birch = pair
    terms = TermsAsk(gives=["peer-support"], gets=["peer-support"], erasure_hours=72, retention_days=90, days=100)
    await change(alder, renewing.propose_terms, birch.node_id, ask=terms)
    await settle(alder, birch)
    seen = await detail(birch, alder)
    assert seen.proposal is not None
    await change(birch, renewing.agree_terms, alder.node_id, yes=Yes(digest=seen.proposal.digest))
    await settle(alder, birch)
    ends = alder.clock.now() + 100 * DAY
    for _ in range(10):  # each week both renew their papers
        alder.clock.advance(seconds=4 * DAY)
        await settle(alder, birch)
    for days, kind in ((60, "waiting"), (30, "waiting"), (7, "error")):
        alder.clock.advance(seconds=ends - days * DAY - alder.clock.now())
        await settle(alder, birch)
        said = standing(await detail(alder, birch), now=alder.clock.now())
        assert (said.well, said.kind) == (False, kind), said
        assert f"in {days} days" in said.words
    alder.clock.advance(seconds=7 * DAY + 1)
    await settle(alder, birch)
    for coop, other in ((alder, birch), (birch, alder)):
        seen = await detail(coop, other)
        assert (seen.state, seen.ended_by) == ("ended", "time")
        assert await kept(coop) == []
        assert "ran out" in standing(seen, now=alder.clock.now()).words


async def test_an_end_of_before_does_not_end_what_began_anew(pair: list[CoOp]) -> None:
    alder, birch = pair
    before = alder.clock.now()
    await change(birch, acts.end, alder.node_id, reason="A break")
    await settle(alder, birch)
    alder.clock.advance(seconds=60)
    await make_peers(alder, birch)
    await settle(alder, birch)
    assert await alder.seen() == ["Walking"]
    with alder.bound():
        (row,) = await database.rows("SELECT forgot_at, receipt_due, receipt_at, ended_by FROM peer")
        assert set(row.values()) == {None, ""}
        async with database.transaction():
            peering = (await database.rows("SELECT peering FROM peer"))[0]
            assert peering
            view = await reads.view(birch.node_id, here=alder.here())
            assert view is not None
            assert view.peering is not None
            assert await ending.receipt(birch.node_id, view.peering.id, before, here=alder.here())
    assert (await detail(alder, birch)).state == "active"


async def test_introductions_with_its_members_end_in_words_and_their_letters_are_told(three: Village) -> None:
    folk, until = folk_of(three), settling(three.settle)
    mine, theirs = await stories.ask_samuel(folk, until)
    await folk["samuel"].post(f"{stories.INTRODUCTIONS}/{theirs}/acceptance", {"quick": "yes-ring-me"})
    await until(stories.has_status(folk["maureen"], mine, "accepted"))
    three.stop("birch")
    await stories.say(folk["maureen"], mine, "Are you there?")
    await three.settle()
    with three.at("alder") as coop:
        await acts.end(actor=OPERATOR, node_id="birch.example", reason="We move on", here=coop.here())
    await three.settle()
    view = await folk["maureen"].get(f"{stories.INTRODUCTIONS}/{mine}")
    assert view["status"] == "ended"
    assert stories.events(view)[-1] == "ended_parted"
    assert "message_not_delivered" in stories.events(view)
    assert "work together any more" in str(view)
    three.start("birch")
    await three.settle()
    his = await folk["samuel"].get(f"{stories.INTRODUCTIONS}/{theirs}")
    assert his["status"] == "ended"
    assert stories.events(his)[-1] == "ended_parted"


async def test_a_refusal_does_not_end_what_our_own_yes_is_still_on_its_way_for(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await make_peers(alder, birch)
    await alder.rows("UPDATE peer SET step = 'confirm'")
    with alder.bound():
        async with database.transaction():
            assert not await ending.they_ended(birch.node_id, here=alder.here())
    assert (await detail(alder, birch)).state == "active"


async def test_a_refusal_that_is_older_than_our_yes_ends_nothing(strangers: list[CoOp]) -> None:
    """One worker asks for heads while another brings the yes: the no to the question comes back after it."""
    alder, birch = strangers[:2]
    with alder.bound():
        invitation = (await acts.invite(actor=OPERATOR, node_id=birch.node_id, here=alder.here())).invitation
    with birch.bound():
        await acts.accept(actor=OPERATOR, invitation=Acceptance(invitation=invitation), here=birch.here())
        words = await own.words(here=birch.here())
    await settle(alder, birch)
    await change(alder, acts.confirm, birch.node_id, words=words)
    network, refused = alder.network, list[int]()

    async def late(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        answer = await on()
        await answer.aread()
        if request.url.path == wire.HEADS and not refused:
            refused.append(answer.status_code)
            with alder.bound():
                await alder.exchange.deliver()
        return answer

    network.filter = late
    with alder.bound():
        await alder.exchange.follow(birch.node_id, wait=0)
    network.filter = None
    assert refused == [403]
    assert (await detail(alder, birch)).state == "active"
    await birch.write("tea", "Come for tea")
    await settle(alder, birch)
    assert await alder.seen() == ["Come for tea"]


async def test_what_only_the_calendar_ends_is_hidden_first_and_forgotten_once_the_time_is_beyond_doubt(
    pair: list[CoOp],
) -> None:
    alder, _birch = pair
    before = alder.clock.now()
    feeds, rooms = {alder.board.topic: alder.board}, {alder.desk.prefix: alder.desk}
    later = replace(alder.here(), now=before + 800 * DAY)
    with alder.bound():
        assert await keeping.reconcile(feeds, rooms, sure=False, here=later)
    assert await alder.seen() == []
    assert await kept(alder) != []
    assert (await alder.rows("SELECT forgot_at, ended_by FROM peer")) == [{"forgot_at": None, "ended_by": ""}]
    with alder.bound():
        assert await keeping.reconcile(feeds, rooms, sure=False, here=alder.here())
    assert await alder.seen() == ["Walking"], "the clock was wrong, and nothing is lost"
    with alder.bound():
        assert await keeping.reconcile(feeds, rooms, sure=True, here=later)
    assert (await alder.rows("SELECT ended_by FROM peer")) == [{"ended_by": "time"}]
    assert await alder.rows("SELECT * FROM board_theirs") == []
