# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only time does: an ask's 21 days, letters that live 7, nudges, reviews, check-outs, "tell me when they are back"."""

from __future__ import annotations

import pytest

from node import database
from node.crossing import Arrived
from node.errors import Invalid
from node.introductions import acts, lists
from node.introductions.shapes import BackDraft, PlanDraft
from node.support import acts as support
from node.support.sharing import room as offers
from tests.node.introductions.conftest import Story, events

DAY = 86_400


async def days_of(story: Story, who: str, start: int) -> dict[str, int]:
    """On which day each event came."""
    view = await story.of(who)
    return {moment.event: (moment.at - start) // DAY for moment in view.timeline}


async def on_the_list(story: Story, lead: str) -> list[str]:
    with story.town.at(story.home[lead]):
        here = story.town.here(story.home[lead])
        return [line.what for line in (await lists.unanswered(story.people[lead], here=here)).items]


async def test_an_ask_that_is_not_answered(story: Story) -> None:
    start = story.town.now + 1
    await story.ask("maureen")
    await story.town.pass_time(days=2)
    assert await story.notices("samuel") == ["answer", "message"]
    await story.town.pass_time(days=2)
    assert "waiting" in await story.notices("samuel")
    assert await on_the_list(story, "ruth") == []
    await story.town.pass_time(days=2)
    assert await on_the_list(story, "ruth") == ["unanswered"]
    assert await on_the_list(story, "yasmin") == []
    assert "waiting" in await story.notices("ruth")
    assert (await story.of("maureen")).ways_on == []
    await story.town.pass_time(days=2)
    view = await story.of("maureen")
    assert [way.kind for way in view.ways_on] == ["listing", "lead", "ring"]
    assert view.ways_on[0].listing_id == story.offers["derek"]  # the other offer on that topic, not the one asked
    assert view.ways_on[2].number == "01632 960200"
    await story.town.pass_time(days=12.5)
    assert (await story.of("maureen")).status == "waiting"
    await story.town.pass_time(days=1)
    assert await days_of(story, "maureen", start) == {"asked": 0, "reached": 0, "ways_on": 7, "expired": 21}
    assert await days_of(story, "samuel", start) == {"came": 0, "nudged": 3, "lead_told": 5, "expired": 21}
    assert (await story.of("maureen")).status == (await story.of("samuel")).status == "ended"
    assert await on_the_list(story, "ruth") == []
    assert [letter.kind for letter in story.town.carried] == ["introduction.ask"]


async def test_the_leads_list_says_nothing_of_what_was_asked(story: Story) -> None:
    await story.ask("maureen", message="Canary message.")
    await story.town.pass_time(days=6)
    with story.town.at("birch"):
        found = await lists.unanswered(story.people["ruth"], here=story.town.here("birch"))
    assert found.items[0].who == "Samuel"
    assert "Canary" not in repr(found)
    assert "stroke" not in repr(found)


async def test_an_ask_outlives_its_letters_and_is_told_when_it_never_arrived(story: Story) -> None:
    story.town.off.add("birch")
    start = story.town.now + 1
    await story.ask("maureen")
    await story.town.pass_time(days=22)
    view = await story.of("maureen")
    assert view.status == "undeliverable"
    assert await days_of(story, "maureen", start) == {"asked": 0, "delayed": 0, "ways_on": 7, "undeliverable": 21}
    assert events(view).count("delayed") == 1
    with story.town.at("alder"):
        sent = await database.rows("SELECT tries FROM introduction_sending ORDER BY tries")
    assert [row["tries"] for row in sent] == [1, 2, 3]
    story.town.off.clear()
    await story.town.pass_time(days=1)
    assert story.town.carried == []


async def test_an_ask_reaches_a_co_op_that_comes_back_in_the_third_week(story: Story) -> None:
    story.town.off.add("birch")
    await story.ask("maureen")
    await story.town.pass_time(days=16)
    story.town.off.clear()
    await story.town.pass_time(days=1)
    view, other = await story.of("maureen"), await story.of("samuel")
    assert (view.status, other.status) == ("waiting", "waiting")
    assert other.answer_by == view.answer_by
    assert events(view)[-1] == "reached"


async def test_a_paused_neighbour_is_said_in_words(story: Story) -> None:
    mine, _ = await story.begun()
    story.town.paused.add("birch")
    await story.say("maureen", mine, "Are you all right?")
    await story.town.pass_time(hours=12)
    view = await story.of("maureen")
    assert events(view)[-1] == "paused"
    assert view.timeline[-1].text == "birch.example has paused its link with us. Your message waits."
    assert view.messages[-1].reached_at is None
    story.town.paused.clear()
    await story.town.pass_time(hours=6)
    assert (await story.of("maureen")).messages[-1].reached_at is not None


async def test_a_message_that_never_arrives_is_told_after_a_week(story: Story) -> None:
    mine, _ = await story.begun()
    story.town.off.add("birch")
    await story.say("maureen", mine, "Are you all right?")
    await story.town.pass_time(days=8)
    view = await story.of("maureen")
    assert events(view)[-1] == "message_not_delivered"
    assert view.messages[-1].not_delivered
    assert view.status == "accepted"


async def test_a_review_falls_due_after_six_weeks(story: Story) -> None:
    await story.begun()
    await story.town.pass_time(days=41)
    assert not (await story.of("maureen")).conversations.review_due
    await story.town.pass_time(days=2)
    for who in ("maureen", "samuel"):
        view = await story.of(who)
        assert view.conversations.review_due
        assert events(view)[-1] == "review_due"
        assert "check-in" in await story.notices(who)


async def test_who_did_not_check_out_is_told_to_their_own_lead(story: Story) -> None:
    mine, theirs = await story.begun()
    at = story.town.now + DAY
    plan = PlanDraft(place_kind="public_place", where="Library café", at=at, who_knows="Yasmin knows", minutes=90)
    await story.do("maureen", acts.plan, introduction_id=mine, draft=plan)
    await story.town.settle()
    await story.do("samuel", acts.agree, introduction_id=theirs)
    await story.town.settle()
    story.town.now = at + 3600
    await story.do("samuel", acts.check_out, introduction_id=theirs)
    story.town.now = at + 90 * 60 + 2 * 3600 - 60
    await story.town.settle()
    assert await on_the_list(story, "yasmin") == []
    story.town.now += 120
    await story.town.settle()
    assert await on_the_list(story, "yasmin") == ["not_checked_out"]
    assert await on_the_list(story, "ruth") == []
    assert events(await story.of("maureen"))[-1] == "not_checked_out"
    await story.do("maureen", acts.check_out, introduction_id=mine)
    assert await on_the_list(story, "yasmin") == []


async def test_two_plans_that_cross_become_one(story: Story) -> None:
    mine, theirs = await story.begun()
    at = story.town.now + DAY
    story.town.hold = lambda letter: letter.kind == "introduction.plan"
    await story.do("maureen", acts.plan, introduction_id=mine, draft=PlanDraft(place_kind="phone", at=at))
    await story.do("samuel", acts.plan, introduction_id=theirs, draft=PlanDraft(place_kind="video", at=at))
    await story.town.settle()
    await story.town.release()
    view, other = await story.of("maureen"), await story.of("samuel")
    assert (view.plan.place_kind, other.plan.place_kind) == ("phone", "phone")
    assert (view.plan.mine, other.plan.mine) == (True, False)
    assert "plan/agreement" in other.can
    assert "plan/agreement" not in view.can


async def test_tell_me_when_they_are_back(story: Story) -> None:
    with story.town.at("birch"):
        here = story.town.here("birch")
        await support.away_until(
            actor=story.people["samuel"], offer_id=story.offers["samuel"], until=here.now + 9 * DAY, here=here
        )

    async def follow() -> None:
        with story.town.at("birch"):
            said = await offers.statement(story.offers["samuel"], here=story.town.here("birch"))
        with story.town.at("alder"):
            async with database.transaction():
                put = [Arrived(said.id, story.town.now, said.expires, said.data)]
                assert await offers.absorb("birch.example", put, [], here=story.town.here("alder")) == []

    await follow()
    with pytest.raises(Invalid) as refused:
        await story.ask("maureen")
    assert "told when they are back" in refused.value.fields["offer_id"]
    shown = await story.do("maureen", acts.tell_me_when_back, draft=BackDraft(offer_id=story.listings["samuel"]))
    assert "We'll tell you when they are back. Nothing has been sent to them." in shown.words
    again = await story.do("maureen", acts.tell_me_when_back, draft=BackDraft(offer_id=story.listings["samuel"]))
    assert again == shown
    await story.town.pass_time(days=8)
    assert await story.notices("maureen") == []
    await story.town.pass_time(days=3)
    assert await story.notices("maureen") == ["answer"]
    assert story.town.carried == []
    with story.town.at("alder"):
        assert await database.rows("SELECT * FROM introduction_back_notice") == []
