# SPDX-License-Identifier: AGPL-3.0-or-later
"""What leaves and what comes in: reach, audience, gate and safeguarding at each departure; thousands in at once, poison aside."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import statements
from federation.errors import Refused
from node import database, vault
from node.crossing import Arrived, FeedRoom, Rejected
from node.here import Here
from node.members import standing as members
from node.support import acts, duties, reads
from node.support.entries import listing_id
from node.support.reads import rows
from node.support.shapes import Audience, CheckInDone, OfferDraft, SearchQuery
from node.support.sharing import _judged, room
from tests.node.members.cast import CLI, waiting
from tests.node.support.conftest import DAY, STROKE, Alder
from tests.support_offers import offers

replace = msgspec.structs.replace


async def leaves(offer: str, here: Here) -> bool:
    return await room.statement(offer, here=here) is not None


async def shown(alder: Alder, here: Here | None = None) -> list[str]:
    page = await reads.search(SearchQuery(), alder.maureen, here or alder.here)
    return [item.id for item in page.items]


def test_it_is_a_feed_room() -> None:
    assert isinstance(room, FeedRoom)
    assert room.topic == "peer-support"


async def test_what_leaves_is_the_statement_of_the_protocol(alder: Alder) -> None:
    offer = await alder.publish(draft=replace(STROKE, audience=Audience(not_to=["birch.example"])))
    statement = await room.statement(offer, here=alder.here)
    assert statement is not None
    assert (statement.id, statement.expires) == (offer, alder.here.now + 90 * DAY)
    assert statement.not_to == {"birch.example"}
    said = statements.decode("peer-support", statement.data)
    assert (said.have, said.topics, said.places, said.open, said.revision) == (STROKE.have, ("stroke",), 2, 2, 1)
    assert (said.area.name, said.area.lat, said.area.lon) == ("Saltmarsh", 54.48, 2.22)
    for private in (alder.derek.person, "Derek", "birch", "home_only"):
        assert private.encode() not in statement.data
    assert await room.standing(here=alder.here) == [offer]


@pytest.mark.parametrize(
    ("draft", "goes"),
    [
        (STROKE, True),
        (replace(STROKE, audience=Audience(home_only=True)), False),
        (replace(STROKE, topics=["self-harm"], audience=Audience(home_only=True)), False),
        (replace(STROKE, topics=["stroke", "domestic-abuse"], audience=Audience(home_only=True)), False),
        (replace(STROKE, topics=["cancer"], careful_ok=True, area="whole_patch"), True),
        (replace(STROKE, topics=["cancer"], audience=Audience(home_only=True)), False),
    ],
    ids=["open", "home-only", "home-topic", "mixed", "careful", "careful-home-only"],
)
async def test_reach_and_audience(draft: OfferDraft, goes: bool, alder: Alder) -> None:
    offer = await alder.publish(draft=draft)
    assert await leaves(offer, alder.here) == goes
    assert await shown(alder) == [offer]  # at home it is read all the same


@pytest.mark.parametrize(
    "changes", [{"topics": ("self-harm",)}, {"topics": ("cancer",)}, {"topics": ("not-known-here",)}]
)
async def test_a_wording_is_judged_again_at_every_departure(changes: dict[str, object], alder: Alder) -> None:
    """Also one that was approved under other rules, or restored from somewhere: its topics decide, not its history."""
    offer = await alder.publish()
    facts = await rows.facts(offer)
    assert facts is not None
    content = replace(await rows.content(facts, facts.revision_id, here=alder.here), **changes)
    ring = await vault.ring([facts.supporter], here=alder.here)
    text = msgspec.json.encode(content).decode()
    sealed = ring.seal(facts.supporter, "offer_revision", facts.revision_id, "content", text)
    await database.execute("UPDATE offer_revision SET content = {} WHERE id = {}", sealed, facts.revision_id)
    assert not await leaves(offer, alder.here)


async def test_nothing_leaves_before_the_leads_yes(alder: Alder) -> None:
    offer = await alder.draft()
    assert not await leaves(offer, alder.here)
    assert not await leaves("no-such-offer", alder.here)
    await acts.return_offer(actor=alder.yasmin, offer_id=offer, note="Not yet.", here=alder.here)
    assert not await leaves(offer, alder.here)


async def test_a_lapsed_check_in_pauses_and_the_next_one_resumes(alder: Alder) -> None:
    offer = await alder.publish()
    due = alder.here.now + 150 * DAY
    await acts.confirm_offer(actor=alder.derek, offer_id=offer, here=alder.here.at(alder.here.now + 80 * DAY))
    lapsed = alder.here.at(due)
    assert f"support:check-in:{alder.derek.person}:{due}" in await waiting("timer")
    assert await leaves(offer, lapsed.at(due - 1))
    assert not await leaves(offer, lapsed)
    await duties.due(f"support:check-in:{alder.derek.person}:{due}", here=lapsed)
    assert await shown(alder, lapsed) == []
    assert (await reads.offer(offer, alder.derek, lapsed)).state == "paused"
    told = await waiting("mail")
    assert {f"{alder.derek.person}:check-in", f"{alder.yasmin.person}:check-in"} <= set(told)
    done = CheckInDone(next_check_in=due + 60 * DAY)
    await acts.record_check_in(actor=alder.yasmin, person=alder.derek.person, check_in=done, here=lapsed)
    assert await leaves(offer, lapsed)
    assert await shown(alder, lapsed) == [offer]
    # The old moment comes again, and finds nothing to do.
    await duties.due(f"support:check-in:{alder.derek.person}:{due}", here=lapsed)
    assert await shown(alder, lapsed) == [offer]


async def test_no_offers_are_shared_unless_safeguarding_stands(alder: Alder) -> None:
    offer = await alder.publish()
    assert await leaves(offer, alder.here)
    await members.end_role(actor=CLI, person_id=alder.peter.person, role="safeguarding_lead", here=alder.here)
    assert not await leaves(offer, alder.here)
    assert await shown(alder) == [offer]
    async with database.transaction():
        await database.execute("DELETE FROM outbox WHERE kind = 'feed'")
    due = next(ref for ref in await waiting("timer") if ref.startswith("support:round:"))
    hour = alder.here.at(int(due.rpartition(":")[2]))
    await duties.due(due, here=hour)
    assert await waiting("feed") == [f"peer-support:{offer}"]  # exchange asks again, and finds that it must be gone
    assert any(ref.startswith("support:round:0:") for ref in await waiting("timer"))
    preview = await reads.preview(offer, alder.derek, alder.here)
    assert preview.leaves is None


async def test_a_role_given_up_pauses_within_the_hour(alder: Alder) -> None:
    offer = await alder.publish()
    await members.end_role(actor=CLI, person_id=alder.derek.person, role="peer_supporter", here=alder.here)
    assert not await leaves(offer, alder.here)
    due = next(ref for ref in await waiting("timer") if ref.startswith("support:round:"))
    await duties.due(due, here=alder.here.at(int(due.rpartition(":")[2])))
    assert await shown(alder) == []


async def test_expiry_and_the_reminder(alder: Alder) -> None:
    offer = await alder.publish()
    timers = await waiting("timer")
    end = alder.here.now + 90 * DAY
    assert {f"support:expiry:{offer}:{end}", f"support:renewal:{offer}:{end - 14 * DAY}"} <= set(timers)
    await duties.due(f"support:renewal:{offer}:{end - 14 * DAY}", here=alder.here.at(end - 14 * DAY))
    assert f"{alder.derek.person}:check-in" in await waiting("mail")
    over = alder.here.at(end)
    assert not await leaves(offer, over)
    await duties.due(f"support:expiry:{offer}:{end}", here=over)
    assert await database.rows("SELECT id FROM listing") == []
    assert (await reads.offer(offer, alder.derek, over)).state == "expired"
    await acts.confirm_offer(actor=alder.derek, offer_id=offer, here=over)
    assert await shown(alder, over) == [offer]
    # Confirmed meanwhile: the old expiry finds nothing to do.
    await duties.due(f"support:expiry:{offer}:{end}", here=over)
    assert await shown(alder, over) == [offer]


async def test_back_from_away_by_the_clock(alder: Alder) -> None:
    offer = await alder.publish()
    until = alder.here.now + 3 * DAY
    await acts.away_until(actor=alder.derek, offer_id=offer, until=until, here=alder.here)
    statement = await room.statement(offer, here=alder.here)
    assert statement is not None
    assert statements.decode("peer-support", statement.data).away_until == until
    back = alder.here.at(until)
    await duties.due(f"support:away:{offer}:{until}", here=back)
    statement = await room.statement(offer, here=back)
    assert statement is not None
    assert b"away_until" not in statement.data
    assert (await reads.askable(offer, alder.maureen, back)).askable


@pytest.mark.parametrize("how", ["left", "died"])
async def test_who_is_gone_offers_nothing(how: str, alder: Alder) -> None:
    await alder.induct("farah", supervisor=alder.derek.person)
    gone, stays = await alder.publish(), await alder.publish("farah")
    await alder.draft()
    record = members.record_death if how == "died" else members.leave
    await record(actor=CLI, person_id=alder.derek.person, here=alder.here)
    assert not await leaves(gone, alder.here)  # before anybody was told
    for _ in range(2):
        await duties.person_gone(alder.derek.person, how, here=alder.here)
    assert f"peer-support:{gone}" in await waiting("feed")
    assert await room.standing(here=alder.here) == [stays]
    assert await database.rows("SELECT id FROM listing WHERE NOT hidden") == []  # Farah has no supervisor now
    found = await database.rows("SELECT id FROM offer_withdrawal")
    assert len(found) == 2


# Coming in ------------------------------------------------------------------------------------------------------------


def arrived(count: int, now: int, *, seed: int = 1, source: str = "birch.example") -> list[Arrived]:
    return [Arrived(m.id, m.iat, m.expires, m.data) for m in offers(seed, count, now=now, nodes=1)]


async def absorb(put: list[Arrived], gone: list[str], here: Here, source: str = "birch.example") -> list[Rejected]:
    async with database.transaction():
        return await room.absorb(source, put, gone, here=here)


async def listed() -> set[str]:
    return {row["id"] for row in await database.rows("SELECT id FROM listing")}


async def found(alder: Alder, words: str) -> set[str]:
    page = await reads.search(SearchQuery(words=words, limit=100), alder.maureen, alder.here)
    return {item.id for item in page.items}


async def test_thousands_at_once_again_and_gone(alder: Alder) -> None:
    put = arrived(3000, alder.here.now)
    ids = {listing_id("birch.example", each.id) for each in put}
    assert len(ids) == 3000
    for _ in range(2):  # a renewal replaces, and doubles nothing
        assert await absorb(put, [], alder.here) == []
        assert await listed() == ids
    gone = [each.id for each in put[:2900]]
    assert await absorb([], [*gone, "AAAAAAAAAAAAAAAAAAAAAA"], alder.here) == []
    assert await listed() == {listing_id("birch.example", each.id) for each in put[2900:]}
    page = await reads.search(SearchQuery(words="I", limit=100), alder.maureen, alder.here)
    assert {item.id for item in page.items} == await listed()


async def test_a_changed_offer_is_found_by_its_new_words_only(alder: Alder) -> None:
    [put] = arrived(1, alder.here.now)
    said = msgspec.json.decode(put.data)
    for word in ("zebrafinch", "marmoset"):
        data = msgspec.json.encode(said | {"have": f"My {word} and I."})
        assert await absorb([Arrived(put.id, put.iat, put.expires, data)], [], alder.here) == []
    assert await found(alder, "marmoset") == {listing_id("birch.example", put.id)}
    assert await found(alder, "zebrafinch") == set()


async def test_poison_is_set_aside_and_the_rest_goes_on(alder: Alder) -> None:
    good = arrived(50, alder.here.now)
    said = msgspec.json.decode(good[0].data)
    bad = {
        "AAAAAAAAAAAAAAAAAAAAAA": (b"{", "malformed"),
        "AAAAAAAAAAAAAAAAAAAAAQ": (msgspec.json.encode(said | {"places": -1}), "malformed"),
        "AAAAAAAAAAAAAAAAAAAAAg": (msgspec.json.encode(said | {"topics": ["self-harm"]}), "topic-stays-home"),
        "AAAAAAAAAAAAAAAAAAAAAw": (
            msgspec.json.encode(said | {"topics": ["cedar.example:floods"]}),
            "topic-of-another",
        ),
        "AAAAAAAAAAAAAAAAAAAABA": (msgspec.json.encode(said | {"have": "x\u202ey"}), "malformed"),
    }
    poison = [Arrived(id, alder.here.now, alder.here.now + DAY, data) for id, (data, _) in bad.items()]
    rejected = await absorb([*good[:25], *poison, *good[25:]], [], alder.here)
    assert {each.id: each.reason for each in rejected} == {id: reason for id, (_, reason) in bad.items()}
    assert await listed() == {listing_id("birch.example", each.id) for each in good}
    # What stood under an id whose newest wording can't be read does not go on standing.
    again = [Arrived(good[0].id, good[0].iat, good[0].expires, b"[]")]
    assert [each.reason for each in await absorb(again, [], alder.here)] == ["malformed"]
    assert listing_id("birch.example", good[0].id) not in await listed()


async def test_nobody_speaks_in_our_name(alder: Alder) -> None:
    offer = await alder.publish()
    put = arrived(3, alder.here.now)
    rejected = await absorb(put, [offer], alder.here, source="alder.example")
    assert {each.reason for each in rejected} == {"own-node"}
    await room.show("alder.example", False, here=alder.here)
    await room.drop("alder.example", here=alder.here)
    assert await absorb([], [offer], alder.here) == []  # an id of ours, from somebody else: another listing
    assert await shown(alder) == [offer]


async def test_one_source_hidden_shown_and_dropped(alder: Alder) -> None:
    ours = await alder.publish()
    assert await absorb(arrived(5, alder.here.now), [], alder.here) == []
    assert await absorb(arrived(7, alder.here.now, seed=2), [], alder.here, source="cedar.example") == []
    await room.show("birch.example", False, here=alder.here)
    assert len(await shown(alder)) == 8
    await room.show("birch.example", True, here=alder.here)
    assert len(await shown(alder)) == 13
    async with database.transaction():
        await room.drop("cedar.example", here=alder.here)
    assert len(await shown(alder)) == 6
    assert ours in await shown(alder)


async def test_a_neighbours_full_offer_is_not_askable(alder: Alder) -> None:
    [put] = arrived(1, alder.here.now)
    said = msgspec.json.decode(put.data) | {"open": 0}
    said.pop("away_until", None)
    await absorb([Arrived(put.id, put.iat, put.expires, msgspec.json.encode(said))], [], alder.here)
    listing = await reads.listed(listing_id("birch.example", put.id), alder.here)
    assert listing is not None
    assert (listing.node_id, listing.offer_id, listing.askable) == ("birch.example", put.id, False)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 49), st.data())
def test_the_quick_reading_and_the_strict_one_never_differ(which: int, data: st.DataObject) -> None:
    """Whatever bytes a neighbour sends: both take it as the same, or both refuse it."""
    base = bytearray(_STATEMENTS[which])
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(base) - 1))
        piece = data.draw(
            st.sampled_from([b'"', b",", b"}", b" ", b"\\", b"9", b"-", b"e5", b"\xff", b'"have":"x",', b"null", b""])
        )
        base[at : at + data.draw(st.integers(0, 2))] = piece
    raw = bytes(base)

    def outcome(read: Callable[[bytes], object]) -> object:
        try:
            return read(raw)
        except Refused as refusal:
            return refusal.code

    assert outcome(_judged) == outcome(lambda given: statements.decode("peer-support", given))


_PIECES = [b'"', b",", b"}", b" ", b"\\", b"9", b"-", b"e5", b"\xff", b'"have":"x",', b"null", b""]
_STATEMENTS = [each.data for each in arrived(50, 1_800_000_000)]
