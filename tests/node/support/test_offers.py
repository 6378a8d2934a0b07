# SPDX-License-Identifier: AGPL-3.0-or-later
"""An offer's life: written sealed, read by the lead, published, tended, withdrawn; and who may do which of it."""

from __future__ import annotations

import msgspec
import pytest

from node import database, journal
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.here import Here
from node.support import acts, duties, reads
from node.support.shapes import Audience, CheckInDone, Induction, SearchQuery
from node.support.sharing import room
from tests.node.members.cast import everything_stored, waiting
from tests.node.support.conftest import DAY, STROKE, Alder


async def found(alder: Alder, here: Here | None = None, **query: object) -> list[str]:
    page = await reads.search(SearchQuery(**query), alder.maureen, here or alder.here)
    return [item.id for item in page.items]


async def test_a_draft_stands_sealed(alder: Alder) -> None:
    draft = msgspec.structs.replace(STROKE, have="Canary-have 4711.", times="Canary-times", limits="Canary-limits")
    offer = await alder.draft(draft=draft, submit=False)
    stored = await everything_stored()
    for canary in (b"Canary-have", b"Canary-times", b"Canary-limits", b"stroke", b"Saltmarsh"):
        assert canary not in stored
    view = await reads.offer(offer, alder.derek, alder.here)
    assert (view.state, view.have, view.times) == ("draft", "Canary-have 4711.", "Canary-times")
    assert await found(alder) == []


async def test_nobody_else_sees_a_draft(alder: Alder) -> None:
    offer = await alder.draft(submit=False)
    for other in ("farah", "yasmin"):
        with pytest.raises(NotFound):
            await reads.offer(offer, alder.people[other], alder.here)
    with pytest.raises(NotAllowed):
        await reads.offer(offer, alder.maureen, alder.here)
    with pytest.raises(NotFound):
        await acts.withdraw_offer(actor=alder.yasmin, offer_id=offer, here=alder.here)
    with pytest.raises(NotFound):
        await acts.submit_offer(actor=alder.farah, offer_id=offer, here=alder.here)


async def test_the_leads_check(alder: Alder) -> None:
    offer = await alder.draft(draft=msgspec.structs.replace(STROKE, have="My husband Ken has MS."))
    assert [line.id for line in (await reads.waiting(alder.yasmin, alder.here)).items] == [offer]
    assert await found(alder) == []
    view = await reads.offer(offer, alder.yasmin, alder.here)
    assert {hint.words for hint in view.hints} == {"My husband Ken", "My husband … MS"}
    seen = await journal.accesses_of(alder.derek.person, 10)
    assert [(event.who, event.kind) for event in seen] == [(alder.yasmin.person, "offer")]

    note = "Please leave Ken's illness out, canary."
    await acts.return_offer(actor=alder.yasmin, offer_id=offer, note=note, here=alder.here)
    mine = await reads.offer(offer, alder.derek, alder.here)
    assert (mine.state, mine.note, mine.hints) == ("returned", note, [])
    assert b"canary" not in await everything_stored()
    with pytest.raises(Conflict):
        await alder.approve(offer)

    await acts.revise_offer(actor=alder.derek, offer_id=offer, draft=STROKE, here=alder.here)
    assert (await reads.offer(offer, alder.derek, alder.here)).state == "draft"
    await acts.submit_offer(actor=alder.derek, offer_id=offer, here=alder.here)
    done = await alder.approve(offer)
    assert (done.state, done.published_revision) == ("published", 2)
    assert await found(alder) == [offer]
    assert f"peer-support:{offer}" in await waiting("feed")
    assert [entry.act for entry in await journal.entries(0, 100) if entry.subject == f"offer:{offer}"] == [
        "offer.drafted", "offer.submitted", "offer.returned", "offer.revised", "offer.submitted", "offer.published",
    ]  # fmt: skip


async def test_a_lead_never_checks_their_own(alder: Alder) -> None:
    await acts.induct_supporter(
        actor=alder.ruth,
        person=alder.yasmin.person,
        induction=_induction(alder),
        here=alder.here,
    )
    offer = await alder.draft("yasmin")
    assert (await reads.waiting(alder.yasmin, alder.here)).items == []
    for act in (acts.approve_offer, acts.return_offer):
        more = {"note": "x"} if act is acts.return_offer else {}
        with pytest.raises(NotAllowed):
            await act(actor=alder.yasmin, offer_id=offer, here=alder.here, **more)
    view = await acts.approve_offer(actor=alder.ruth, offer_id=offer, here=alder.here)
    assert view.state == "published"
    with pytest.raises(NotAllowed):
        await alder.induct("yasmin")


def _induction(alder: Alder) -> Induction:
    now = alder.here.now
    return Induction(
        induction_on=now - DAY, promise_on=now - DAY, supervisor=alder.ruth.person, next_check_in=now + 9 * DAY
    )


async def test_a_newer_wording_waits_while_the_older_is_read(alder: Alder) -> None:
    offer = await alder.publish()
    newer = msgspec.structs.replace(STROKE, have="Newer words altogether.", submit=True)
    view = await acts.revise_offer(actor=alder.derek, offer_id=offer, draft=newer, here=alder.here)
    assert (view.state, view.revision, view.published_revision) == ("published", 2, 1)
    page = await reads.search(SearchQuery(), alder.maureen, alder.here)
    assert page.items[0].have == STROKE.have
    statement = await room.statement(offer, here=alder.here)
    assert statement is not None
    assert b"Newer words" not in statement.data
    await alder.approve(offer)
    page = await reads.search(SearchQuery(words="newer"), alder.maureen, alder.here)
    assert [item.have for item in page.items] == ["Newer words altogether."]
    assert await found(alder, words="silence slow") == [offer]
    assert await found(alder, words="2021") == []


async def test_the_gate_at_the_check(alder: Alder) -> None:
    offer = await alder.draft("farah")
    with pytest.raises(Conflict) as no:
        await alder.approve(offer)
    assert "induction" in no.value.words
    await alder.induct("farah", next_check_in=alder.here.now + DAY)
    assert (await alder.approve(offer)).state == "published"
    with pytest.raises(Invalid) as wrong:
        await alder.induct("farah", supervisor=alder.farah.person, induction_on=alder.here.now + 9, promise_on=0)
    assert set(wrong.value.fields) == {"supervisor", "induction_on", "promise_on"}
    with pytest.raises(NotFound):
        await alder.induct("maureen")
    with pytest.raises(NotFound):
        await acts.record_check_in(
            actor=alder.yasmin,
            person=alder.maureen.person,
            check_in=CheckInDone(next_check_in=alder.here.now + 9),
            here=alder.here,
        )


async def test_full_room_away_back(alder: Alder) -> None:
    offer = await alder.publish()
    derek, here = alder.derek, alder.here

    async def shown() -> tuple[int, bool, int | None]:
        page = await reads.search(SearchQuery(), alder.maureen, here)
        return page.items[0].open, page.items[0].askable, page.items[0].away_until

    await acts.full(actor=derek, offer_id=offer, here=here)
    assert await shown() == (0, False, None)
    await acts.room_again(actor=derek, offer_id=offer, open=2, here=here)
    assert await shown() == (2, True, None)
    with pytest.raises(Invalid):
        await acts.room_again(actor=derek, offer_id=offer, open=3, here=here)
    await acts.away_until(actor=derek, offer_id=offer, until=here.now + 9 * DAY, here=here)
    assert await shown() == (2, False, here.now + 9 * DAY)
    for until in (here.now, here.now + 181 * DAY):
        with pytest.raises(Invalid):
            await acts.away_until(actor=derek, offer_id=offer, until=until, here=here)
    assert f"support:away:{offer}:{here.now + 9 * DAY}" in await waiting("timer")
    await acts.back(actor=derek, offer_id=offer, here=here)
    assert await shown() == (2, True, None)
    with pytest.raises(NotFound):
        await acts.full(actor=alder.farah, offer_id=offer, here=here)


async def test_a_place_taken_and_given_back(alder: Alder) -> None:
    offer = await alder.publish()
    async with database.transaction():
        assert [await acts.take_place(offer, here=alder.here) for _ in range(3)] == [True, True, False]
    assert not (await reads.own_offer(offer, alder.here)).takes_asks
    async with database.transaction():
        assert [await acts.give_place_back(offer, here=alder.here) for _ in range(3)] == [True, True, False]
    assert (await reads.own_offer(offer, alder.here)).open == 2


async def test_withdrawn_is_gone(alder: Alder) -> None:
    offer = await alder.publish(draft=msgspec.structs.replace(STROKE, have="Canary zebrafinch."))
    assert await found(alder, words="zebrafinch") == [offer]
    for _ in range(2):
        view = await acts.withdraw_offer(actor=alder.derek, offer_id=offer, here=alder.here)
        assert view.state == "withdrawn"
    assert await found(alder, words="zebrafinch") == await found(alder) == []
    assert await room.statement(offer, here=alder.here) is None
    assert await room.standing(here=alder.here) == []
    assert b"zebrafinch" not in await everything_stored()
    for ref in await waiting("timer"):
        if ref.startswith("support:tidy:"):
            await duties.due(ref, here=alder.here)
    await database.scrub()
    if database.dialect() == "sqlite":  # index, free pages and log among them
        path = database.current().path
        for file in path.parent.glob(path.name + "*"):
            assert b"zebrafinch" not in file.read_bytes()
    for act in (acts.submit_offer, acts.confirm_offer, acts.full):
        with pytest.raises(Conflict):
            await act(actor=alder.derek, offer_id=offer, here=alder.here)
    assert len([e for e in await journal.entries(0, 100) if e.act == "offer.withdrawn"]) == 1


async def test_a_lead_may_withdraw_what_was_handed_in(alder: Alder) -> None:
    offer = await alder.publish()
    await acts.withdraw_offer(actor=alder.yasmin, offer_id=offer, here=alder.here)
    assert await found(alder) == []
    with pytest.raises(NotFound):
        await acts.withdraw_offer(actor=alder.farah, offer_id=offer, here=alder.here)


async def test_still_right(alder: Alder) -> None:
    offer = await alder.publish()
    later = alder.here.at(alder.here.now + 80 * DAY)
    view = await acts.confirm_offer(actor=alder.derek, offer_id=offer, here=later)
    assert view.expires_at == later.now + 90 * DAY
    assert await found(alder, later) == [offer]
    year = alder.here.at(alder.here.now + 365 * DAY)
    with pytest.raises(Conflict) as no:
        await acts.confirm_offer(actor=alder.derek, offer_id=offer, here=year)
    assert "year" in no.value.words
    draft = await alder.draft(submit=False)
    with pytest.raises(Conflict):
        await acts.confirm_offer(actor=alder.derek, offer_id=draft, here=alder.here)


async def test_the_preview_says_what_leaves_and_what_stays(alder: Alder) -> None:
    draft = msgspec.structs.replace(STROKE, audience=Audience(not_to=["birch.example"]))
    offer = await alder.draft(draft=draft, submit=False)
    preview = await reads.preview(offer, alder.derek, alder.here)
    assert preview.bear_in_mind == "People who know you may recognise you."
    assert preview.leaves is not None
    assert set(preview.leaves) == {
        "kind", "topics", "have", "how", "limits", "ways", "languages", "area", "times", "places", "open", "replies",
        "checked_on", "revision",
    }  # fmt: skip
    assert [each.node_id for each in preview.not_to] == ["birch.example"]
    assert preview.until == alder.here.now + 90 * DAY

    home = await alder.draft(
        draft=msgspec.structs.replace(STROKE, topics=["self-harm"], audience=Audience(home_only=True))
    )
    preview = await reads.preview(home, alder.derek, alder.here)
    assert (preview.leaves, preview.to) == (None, [])
    assert preview.stays_because


async def test_asking(alder: Alder) -> None:
    offer = await alder.publish()
    listing = await reads.askable(offer, alder.maureen, alder.here)
    assert (listing.offer_id, listing.node_id, listing.topics) == (offer, "alder.example", ("stroke",))
    assert alder.derek.person not in repr(listing)
    own = await reads.own_offer(offer, alder.here)
    assert (own.supporter, own.lead, own.takes_asks) == (alder.derek.person, alder.yasmin.person, True)
    with pytest.raises(Conflict) as no:
        await reads.askable(offer, alder.derek, alder.here)
    assert "your own" in no.value.words
    with pytest.raises(NotFound):
        await reads.askable(alder.here.token(), alder.maureen, alder.here)
    with pytest.raises(NotFound):
        await reads.askable(offer, alder.maureen, alder.here.at(alder.here.now + 90 * DAY))
    await acts.full(actor=alder.derek, offer_id=offer, here=alder.here)
    with pytest.raises(Conflict) as no:
        await reads.askable(offer, alder.maureen, alder.here)
    assert "no room" in no.value.words
    await acts.away_until(actor=alder.derek, offer_id=offer, until=alder.here.now + DAY, here=alder.here)
    with pytest.raises(Conflict) as no:
        await reads.askable(offer, alder.maureen, alder.here)
    assert "away" in no.value.words
    still = await reads.listed(offer, alder.here)
    assert still is not None
    assert not still.askable


async def test_mine(alder: Alder) -> None:
    first = await alder.draft(submit=False)
    alder.here = alder.here.at(alder.here.now + 60)
    second = await alder.publish()
    lines = (await reads.mine(alder.derek, alder.here)).items
    assert [(line.id, line.state) for line in lines] == [(second, "published"), (first, "draft")]
    assert (await reads.mine(alder.farah, alder.here)).items == []
    with pytest.raises(NotAllowed):
        await reads.waiting(alder.derek, alder.here)
