# SPDX-License-Identifier: AGPL-3.0-or-later
"""A worry that nobody opens is noticed after a day, again each day, and never by telling those who were left out."""

from __future__ import annotations

import pytest

from node import database, post
from node.here import Here
from node.members import acts as members
from node.safeguarding import acts, duties, reads, rules
from node.safeguarding.shapes import ConcernWithoutAccount
from tests.node.members.cast import CLI, admit, again, waiting
from tests.node.safeguarding.cast import OUT_OF_HOURS, gather, told, worry

pytestmark = pytest.mark.usefixtures("engine")
DAY = 86400


async def clock_strikes(here: Here) -> int:
    """What a worker does with timers that are due; how many there were."""
    items = await post.claim(["timer"], limit=10, lease=60, worker="test", here=here)
    for item in items:
        async with database.transaction():
            await duties.due(item.ref, here=here)
            assert await post.done(item, here=here)
    return len(items)


async def clear_mail(here: Here) -> None:
    for ref in await waiting("mail"):
        await post.take_back("mail", ref, here=here)


async def test_after_a_day_raiser_and_readers_are_told_and_the_state_says_whom_to_ring(here: Here) -> None:
    cast = await gather(here)
    await worry(cast, here=here, tell_lead=False, alleged=[cast.other.person])
    await clear_mail(here)

    assert await clock_strikes(here.at(here.now + DAY - 1)) == 0
    tomorrow = here.at(here.now + DAY)
    assert await clock_strikes(tomorrow) == 1

    assert await told() == {cast.raiser.person, cast.deputy.person}, "never the unticked or the alleged"
    (mine,) = await reads.mine(cast.raiser, here=tomorrow)
    assert mine.state == rules.state_words(opened=False, closed=False, escalated=True, unread=False)
    assert OUT_OF_HOURS in {line.number for line in mine.numbers.lines}
    (card,) = await reads.for_reader(cast.deputy, here=tomorrow)
    assert card.escalated_at == tomorrow.now


async def test_a_timer_that_fires_twice_escalates_once(here: Here) -> None:
    cast = await gather(here)
    await worry(cast, here=here)
    (ref,) = await waiting("timer")
    for _ in range(2):
        async with database.transaction():
            await duties.due(ref, here=here.at(here.now + DAY))
    assert [row["step"] for row in await database.rows("SELECT step FROM concern_escalation")] == [1]
    assert len(await waiting("timer")) == 2, "the first, which this test never closed, and the next"


async def test_it_goes_on_daily_for_a_week_while_unopened(here: Here) -> None:
    cast = await gather(here)
    await worry(cast, here=here)
    for day in range(1, 10):
        await clear_mail(here)
        now = here.at(here.now + day * DAY)
        assert await clock_strikes(now) == (1 if day <= 7 else 0)
        everybody = {cast.raiser.person, cast.lead.person, cast.deputy.person}
        assert await told() == (everybody if day <= 7 else set())


async def test_opening_by_one_of_them_stops_the_clock(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here)
    await acts.open_concern(actor=cast.deputy, concern_id=id, here=here.at(here.now + 60))
    await clear_mail(here)

    assert await clock_strikes(here.at(here.now + DAY)) == 1

    assert await told() == set() and await waiting("timer") == []
    (card,) = await reads.for_reader(cast.lead, here=here)
    assert (card.opened_at, card.escalated_at) == (here.now + 60, None)


async def test_without_an_account_the_readers_are_reminded(here: Here) -> None:
    cast = await gather(here)
    await acts.raise_without_account(draft=ConcernWithoutAccount(words="x", tell_deputy=False), here=here)
    await clear_mail(here)
    await clock_strikes(here.at(here.now + DAY))
    assert await told() == {cast.lead.person}


async def test_when_the_last_reader_is_gone_it_goes_to_who_holds_the_role_now(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here, tell_deputy=False)
    await members.record_death(actor=CLI, person_id=cast.lead.person, here=here)
    new_lead = await admit("Nia", "safeguarding_lead", here=here)
    await clear_mail(here)

    async with database.transaction():
        await duties.person_gone(cast.lead.person, "died", here=here)

    assert [card.id for card in await reads.for_reader(new_lead, here=here)] == [id]
    assert await told() == {new_lead.person}
    assert await reads.for_reader(cast.deputy, here=here) == []


async def test_when_nobody_is_left_to_read_it_the_raiser_is_told_to_ring(here: Here) -> None:
    cast = await gather(here)
    await worry(cast, here=here, tell_deputy=False)
    await members.leave(actor=cast.lead, here=here)
    await clear_mail(here)

    async with database.transaction():
        await duties.person_gone(cast.lead.person, "left", here=here)

    assert await told() == {cast.raiser.person}
    (mine,) = await reads.mine(cast.raiser, here=here)
    assert mine.state == rules.state_words(opened=False, closed=False, escalated=False, unread=True)


async def test_who_loses_the_role_reads_no_more_and_a_successor_takes_over(here: Here) -> None:
    cast = await gather(here)
    id = await worry(cast, here=here, tell_deputy=False)
    await members.end_role(actor=CLI, person_id=cast.lead.person, role="safeguarding_lead", here=here)
    former = await again(cast.lead.person, here=here)
    assert await reads.for_reader(former, here=here) == []
    new_lead = await admit("Nia", "safeguarding_lead", here=here)
    assert await reads.for_reader(new_lead, here=here) == []

    assert await acts.take_over(actor=cast.deputy, here=here) == []
    assert [card.id for card in await acts.take_over(actor=new_lead, here=here)] == [id]
