# SPDX-License-Identifier: AGPL-3.0-or-later
"""How two co-ops come to trust each other, and every way in which that must not happen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from federation.invitations import Fingerprint, Invitation
from node.actor import Actor
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.peers import acts, agreeing, own, reads, wording
from node.peers.shapes import Acceptance, PeerDetail
from tests.node.exchange.coops import DAY, OPERATOR, CoOp, change, make_peers, settle


async def invite(coop: CoOp, node_id: str) -> str:
    return str((await change(coop, acts.invite, node_id)).invitation)


async def accept(coop: CoOp, invitation: str, **more: Any) -> PeerDetail:
    with coop.bound():
        return await acts.accept(actor=OPERATOR, invitation=Acceptance(invitation=invitation, **more), here=coop.here())


async def words(coop: CoOp) -> str:
    with coop.bound():
        return await own.words(here=coop.here())


async def detail(coop: CoOp, node_id: str) -> PeerDetail:
    with coop.bound():
        return await reads.detail(node_id, here=coop.here())


async def test_invited_accepted_confirmed_and_in_force_on_both_sides(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    invitation = await invite(alder, "birch.example")
    assert (await accept(birch, invitation)).words == await words(alder)
    await settle(alder, birch)
    assert (await detail(alder, "birch.example")).state == "proposed"
    assert (await detail(alder, "birch.example")).words == await words(birch)
    await change(alder, acts.confirm, "birch.example", words=(await words(birch)).upper().replace(" ", ", "))
    await settle(alder, birch)
    for coop, other in ((alder, birch), (birch, alder)):
        seen = await detail(coop, other.node_id)
        assert (seen.state, seen.gives, seen.gets) == ("active", ["peer-support", "trust"], ["peer-support", "trust"])
        with coop.bound():
            (neighbour,) = await reads.neighbours(here=coop.here())
            assert (neighbour.name, neighbour.gets) == (other.name, frozenset({"peer-support", "trust"}))
            assert await reads.name_of([other.node_id, coop.node_id, "elm.example"], here=coop.here()) == {
                other.node_id: other.name,
                coop.node_id: coop.name,
                "elm.example": "elm.example",
            }


async def test_nothing_is_trusted_before_the_words_were_compared(strangers: list[CoOp]) -> None:
    alder, birch, cedar = strangers
    await accept(birch, await invite(alder, "birch.example"))
    await settle(alder, birch)
    with pytest.raises(Invalid) as wrong:
        await change(alder, acts.confirm, "birch.example", words=await words(cedar))
    assert "aren't the words" in wrong.value.fields["words"]
    with pytest.raises(Invalid) as slip:
        await change(alder, acts.confirm, "birch.example", words="abandonn " + (await words(birch)).partition(" ")[2])
    assert "Word 1" in slip.value.fields["words"]
    with pytest.raises(Invalid):
        await change(alder, acts.confirm, "birch.example", words="too few")
    await settle(alder, birch)
    assert (await detail(alder, "birch.example")).state == "proposed"
    assert (await detail(birch, "alder.example")).state == "proposed"
    await birch.write("1", "Chess")
    await settle(alder, birch)
    assert await alder.seen() == []


async def test_an_invitation_is_for_one_co_op_and_once(strangers: list[CoOp]) -> None:
    alder, birch, cedar = strangers
    invitation = await invite(alder, "birch.example")
    await accept(cedar, invitation)
    await settle(alder, cedar)
    assert (await detail(cedar, "alder.example")).why == "signature-invalid"
    with alder.bound(), pytest.raises(NotFound):
        await reads.detail("cedar.example", here=alder.here())
    await accept(birch, invitation)
    await settle(alder, birch)
    assert (await detail(alder, "birch.example")).state == "proposed"
    used = await alder.rows("SELECT used_at FROM peering_invitation")
    assert used[0]["used_at"] is not None
    await change(alder, acts.end, "birch.example", reason="A mistake")
    await accept(birch, invitation)
    await settle(alder, birch)
    assert (await detail(alder, "birch.example")).state == "ended"
    assert (await detail(birch, "alder.example")).why == "uninvited"


async def test_a_wrong_token_and_an_old_one_open_nothing(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    given = Invitation.from_text(await invite(alder, "birch.example"))
    await accept(birch, Invitation(given.node_id, given.fingerprint, bytes(16)).text())
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).why == "signature-invalid"
    alder.clock.advance(days=8)
    await accept(birch, given.text())
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).why == "signature-invalid"
    assert await alder.rows("SELECT * FROM peer") == []


async def test_roots_that_are_not_those_of_the_invitation_are_refused_before_anything_is_sent(
    strangers: list[CoOp],
) -> None:
    alder, birch, _ = strangers
    given = Invitation.from_text(await invite(alder, "birch.example"))
    await accept(birch, Invitation(given.node_id, Fingerprint(given.fingerprint.value ^ 1), given.token).text())
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).why == "untrusted"
    assert not [request for request in alder.network.passed if request.method == "POST"]


async def test_an_invitation_taken_while_a_wrong_one_is_being_refused_stands(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    right = await invite(alder, "birch.example")
    given = Invitation.from_text(right)
    acted = []

    async def filter(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        if request.url.host == alder.node_id and not acted:
            acted.append(request.url.path)
            answer = await on()
            await answer.aread()
            await accept(birch, right)
            return answer
        return await on()

    alder.network.filter = filter
    await accept(birch, Invitation(given.node_id, Fingerprint(given.fingerprint.value ^ 1), given.token).text())
    await settle(alder, birch)
    assert acted == ["/.well-known/commoncare"]
    alder.clock.advance(hours=2)
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).why == ""
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).state == "active"


@pytest.mark.parametrize("arrived", [False, True], ids=["the first never arrived", "the first arrived"])
@pytest.mark.parametrize("fewer", ["gives", "gets"])
async def test_an_invitation_taken_again_asks_for_what_is_wished_now(
    strangers: list[CoOp], arrived: bool, fewer: str
) -> None:
    alder, birch, _ = strangers
    wished = {"gives": ["peer-support", "trust"], "gets": ["peer-support", "trust"]}
    await accept(birch, await invite(alder, "birch.example"), **wished)

    async def cut(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ConnectError("cut", request=request)
        return await on()

    alder.network.filter = None if arrived else cut
    await settle(alder, birch)
    alder.network.filter = None
    alder.clock.advance(hours=2)
    wished[fewer] = ["trust"]
    await accept(birch, await invite(alder, "birch.example"), **wished)
    await settle(alder, birch)
    asked = await detail(alder, "birch.example")
    assert (asked.gives, asked.gets) == (wished["gives"], wished["gets"]), (
        "as alder sees it: what they give, what they get"
    )
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    await settle(alder, birch)
    agreed = [await detail(alder, "birch.example"), await detail(birch, "alder.example")]
    assert [each.state for each in agreed] == ["active", "active"]
    assert [(each.gives, each.gets) for each in agreed] == [
        (wished["gives"], wished["gets"]),
        (wished["gets"], wished["gives"]),
    ]


async def test_beginning_again_shows_what_is_asked_for_now_and_not_what_was_before(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await make_peers(alder, birch)
    await change(alder, acts.end, "birch.example", reason="We move")
    await settle(alder, birch)
    alder.clock.advance(days=3)
    await accept(birch, await invite(alder, "birch.example"), gives=["trust"], gets=["metrics"])
    await settle(alder, birch)
    for coop, other, said in (
        (alder, birch, (["trust"], ["metrics"])),
        (birch, alder, (["metrics"], ["trust"])),
    ):
        seen = await detail(coop, other.node_id)
        assert seen.agreed is not None and seen.proposal is not None
        assert (seen.state, seen.gives, seen.gets) == ("proposed", *said)
        assert seen.peering_expires == seen.proposal.until != seen.agreed.until


async def test_what_is_confirmed_is_what_was_looked_at(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"), gives=["trust"])
    await settle(alder, birch)
    looked_at = (await detail(alder, "birch.example")).proposal
    assert looked_at is not None
    alder.clock.advance(seconds=5)
    await accept(birch, await invite(alder, "birch.example"), gets=["trust"])
    await settle(alder, birch)
    heard = await words(birch)
    with pytest.raises(Conflict) as no:
        await change(alder, acts.confirm, "birch.example", words=heard, digest=looked_at.digest)
    assert "another thing" in no.value.words
    now = (await detail(alder, "birch.example")).proposal
    assert now is not None and now.digest != looked_at.digest
    await change(alder, acts.confirm, "birch.example", words=heard, digest=now.digest)
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).state == "active"


async def test_another_wish_by_an_invitation_that_was_used_needs_a_new_one_and_binds_nobody(
    strangers: list[CoOp],
) -> None:
    alder, birch, _ = strangers
    invitation = await invite(alder, "birch.example")
    await accept(birch, invitation)
    await settle(alder, birch)
    alder.clock.advance(seconds=5)
    await accept(birch, invitation, gives=["trust"])
    await settle(alder, birch)
    seen = await detail(birch, "alder.example")
    assert seen.state == "proposed" and "Ask them for a new one" in wording.standing(seen, now=birch.clock.now()).words
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    await settle(alder, birch)
    told = await detail(alder, "birch.example")
    assert told.state == "ended" and "took back" in wording.standing(told, now=alder.clock.now()).words
    assert (await detail(birch, "alder.example")).agreed is None, "what birch did not mean any more holds nobody"
    alder.clock.advance(seconds=5)
    await accept(birch, await invite(alder, "birch.example"), gives=["trust"])
    await settle(alder, birch)
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    await settle(alder, birch)
    agreed = [await detail(alder, "birch.example"), await detail(birch, "alder.example")]
    assert [(each.state, each.gives) for each in agreed] == [
        ("active", ["trust"]),
        ("active", ["peer-support", "trust"]),
    ]


@pytest.mark.parametrize("arrived", [False, True], ids=["the yes never arrived", "its answer was lost"])
async def test_a_yes_that_was_ended_on_its_way_is_heard_of_and_does_not_keep_them_from_beginning_again(
    strangers: list[CoOp], arrived: bool
) -> None:
    alder, birch, _ = strangers

    async def cut(request: httpx.Request, on: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        if request.url.host == birch.node_id:
            if arrived and request.method == "POST":
                await on()
            raise httpx.ReadError("cut", request=request)
        return await on()

    await accept(birch, await invite(alder, "birch.example"))
    await settle(alder, birch)
    alder.network.filter = cut
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    await alder.step()
    await change(alder, acts.end, "birch.example", reason="Not yet")
    alder.network.filter = None
    alder.clock.advance(hours=2)
    await settle(alder, birch)
    seen = await detail(birch, "alder.example")
    assert seen.state == "ended"
    assert ("They ended it" if arrived else "They said no") in wording.standing(seen, now=birch.clock.now()).words
    for gives in (["trust"], ["peer-support", "trust"]):
        alder.clock.advance(seconds=5)
        await accept(birch, await invite(alder, "birch.example"), gives=gives)
        await settle(alder, birch)
        await change(alder, acts.confirm, "birch.example", words=await words(birch))
        await settle(alder, birch)
        agreed = [await detail(alder, "birch.example"), await detail(birch, "alder.example")]
        assert [each.state for each in agreed] == ["active", "active"] and agreed[0].gives == gives
        await change(alder, acts.end, "birch.example", reason="Again")
        await settle(alder, birch)


async def test_the_same_asking_again_after_an_end_that_they_never_heard_of(strangers: list[CoOp]) -> None:
    """Alder signed it and ended it; birch, which heard of neither, asks for the very same by a new invitation."""
    alder, birch, _ = strangers
    await accept(birch, await invite(alder, "birch.example"))
    await settle(alder, birch)
    alder.network.down.add(birch.node_id)
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    await change(alder, acts.end, "birch.example", reason="Not yet")
    await accept(birch, await invite(alder, "birch.example"))
    alder.clock.advance(seconds=5)
    await birch.step()
    alder.network.down.clear()
    alder.clock.advance(hours=2)
    await settle(alder, birch)
    assert (await detail(alder, "birch.example")).state == "proposed"
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    await settle(alder, birch)
    stands = await detail(alder, "birch.example")
    assert (stands.state, stands.ended_at, stands.forgot_at, stands.ended_by) == ("active", None, None, "")
    assert (await detail(birch, "alder.example")).state == "active"


async def test_two_that_invite_each_other_at_once_come_to_one_proposal(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    for_alder, for_birch = await invite(birch, "alder.example"), await invite(alder, "birch.example")
    await accept(birch, for_birch)
    await accept(alder, for_alder)
    for _ in range(4):
        await settle(alder, birch)
        alder.clock.advance(hours=2)
    held = (await detail(birch, "alder.example")).proposal
    assert held is not None and not held.ours, "that of the lower node id stands, on both sides"
    await change(birch, acts.confirm, "alder.example", words=await words(alder))
    await settle(alder, birch)
    assert [(await detail(alder, "birch.example")).state, (await detail(birch, "alder.example")).state] == [
        "active"
    ] * 2


async def test_a_text_of_our_own_is_asked_for_only_where_it_is_handed_in_again(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    for text, ours in (("We agree.\n", True), ("We agree.\n", True), ("", False)):
        await accept(birch, await invite(alder, "birch.example"), agreement=text)
        await settle(alder, birch)
        with alder.bound():
            said = await agreeing.read("birch.example", here=alder.here())
        assert (said.text is None) is ours, "alder can make the standard text and no other"
        alder.clock.advance(hours=2)


async def test_lost_messages_are_sent_again_and_doubled_ones_change_nothing(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    lost = 0

    async def lose(request: object, on: object) -> object:
        nonlocal lost
        response = await on()  # type: ignore[operator]
        lost += 1
        if lost % 2:
            import httpx

            raise httpx.ReadError("cut")
        return response

    alder.network.filter = lose  # type: ignore[assignment]
    await accept(birch, await invite(alder, "birch.example"))
    for _ in range(8):
        await settle(alder, birch)
        alder.clock.advance(hours=1)
    await change(alder, acts.confirm, "birch.example", words=await words(birch))
    again = await change(alder, acts.confirm, "birch.example", words=await words(birch))
    assert again.state == "active"
    for _ in range(8):
        await settle(alder, birch)
        alder.clock.advance(hours=1)
    assert (await detail(birch, "alder.example")).state == "active"
    assert [row["version"] for row in await _versions(alder)] == [1]


async def _versions(coop: CoOp) -> list[dict[str, int]]:
    with coop.bound():
        view = await reads.view("birch.example", here=coop.here())
    assert view is not None
    assert view.peering is not None
    return [{"version": view.peering.version}]


async def test_ended_and_begun_again_the_version_goes_on(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await make_peers(alder, birch)
    for coop, other in ((alder, birch), (birch, alder)):
        await change(coop, acts.end, other.node_id, reason="A break")
    await settle(alder, birch)
    await make_peers(alder, birch, gives=["trust"], gets=["trust", "peer-support"])
    assert (await detail(alder, "birch.example")).state == "active"
    assert (await detail(alder, "birch.example")).gives == ["trust"]
    assert (await _versions(alder))[0]["version"] == 2


async def test_who_is_paused_here_is_paused_there_and_back(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await make_peers(alder, birch)
    await alder.write("1", "Tea")
    await birch.write("1", "Chess")
    await settle(alder, birch)
    paused = await change(alder, acts.pause, "birch.example", reason="A worry")
    assert (paused.state, paused.pause_reason) == ("paused", "A worry")
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).paused_there
    assert (await alder.seen(), await birch.seen()) == ([], [])
    await change(alder, acts.resume, "birch.example")
    await settle(alder, birch)
    assert (await detail(birch, "alder.example")).state == "active"
    assert (await alder.seen(), await birch.seen()) == (["Chess"], ["Tea"])


async def test_documents_are_renewed_and_neighbours_follow(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    await make_peers(alder, birch)
    for _ in range(16):
        alder.clock.advance(seconds=9 * DAY)
        await settle(alder, birch)
    with birch.bound():
        held = await reads.view("alder.example", here=birch.here())
    with alder.bound():
        mine = await own.manifest(here=alder.here())
        keys = {key.use: key for key in mine.keys if key.usable(alder.clock.now())}
    assert held is not None
    assert held.manifest.version == mine.version > 10
    assert set(keys) == {"http", "log", "letter"}
    destroyed = await alder.rows("SELECT use, secret FROM own_key WHERE exp <= {}", alder.clock.now())
    assert {row["use"] for row in destroyed} >= {"letter", "http", "log"}
    assert all(row["secret"] is None for row in destroyed)
    assert (await detail(birch, "alder.example")).failing_since is None


async def test_only_an_operator_may(strangers: list[CoOp]) -> None:
    alder, _, _ = strangers
    member = Actor(person="p", roles=frozenset({"peer_support_lead"}))
    with alder.bound(), pytest.raises(NotAllowed):
        await acts.invite(actor=member, node_id="birch.example", here=alder.here())


async def test_what_is_entered_wrongly_is_told_in_words(strangers: list[CoOp]) -> None:
    alder, birch, _ = strangers
    for node_id in ("", "birch", "10.0.0.1", "alder.example", "bìrch.example"):
        with pytest.raises(Invalid):
            await change(alder, acts.invite, node_id)
    with pytest.raises(Invalid):
        await accept(birch, "cc1-nonsense")
    with pytest.raises(Invalid):
        await accept(alder, await invite(alder, "birch.example"))
    with pytest.raises(NotFound):
        await change(alder, acts.pause, "elm.example", reason="Why not")
    await make_peers(alder, birch)
    with pytest.raises(Invalid):
        await change(alder, acts.pause, "birch.example", reason=" ")
    with pytest.raises(Conflict):
        await accept(birch, await invite(alder, "birch.example"))
