# SPDX-License-Identifier: AGPL-3.0-or-later
"""Never again, three asks, a no that tells nothing, withdrawal and its sealed copy, concerns, holds; who left and who died."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from node import database, journal
from node.actor import at_the_command_line
from node.crossing import Arrived
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.introductions import acts, duties, lists
from node.introductions.shapes import Goodbye, Worry, Yes
from node.members import standing as members
from node.safeguarding.shapes import HoldDraft, Lifting
from node.safeguarding.telling import lift_hold, place_hold
from node.support import acts as support
from node.support.sharing import room as offers
from tests.node.introductions.conftest import STROKE, Story, events
from tests.node.members.cast import again, everything_stored

DAY = 86_400
HOUR = 3600


async def gone(story: Story, who: str, how: str) -> None:
    """Recorded as people do, then told to this room as the person-gone item says."""
    home = story.home[who]
    person = story.people[who].person
    with story.town.at(home):
        here = story.town.here(home)
        record = members.leave if how == "left" else members.record_death
        await record(actor=at_the_command_line(), person_id=person, here=here)
        await duties.person_gone(person, how, here=here)


async def test_a_no_tells_no_reason(story: Story) -> None:
    letters = []
    for number, quick in enumerate(("", "not-today", "full")):
        story.town.carried.clear()
        await story.ask(("maureen", "grace", "derek")[number])
        await story.town.settle()
        await story.refuse("samuel", (await story.of("samuel")).id, quick)
        await story.town.settle()
        letters.append(story.town.carried[-1].raw)
        view = await story.of(("maureen", "grace", "derek")[number])
        assert view.status == "declined"
        assert view.timeline[-1].text == "The supporter can't take this on now."
        assert view.answer is None
        assert [way.kind for way in view.ways_on][-2:] == ["lead", "ring"]
    assert letters[0] == letters[1] == letters[2]
    with story.town.at("birch"):
        row = await database.row("SELECT open FROM offer_places WHERE offer = {}", story.offers["samuel"])
        assert row == {"open": 0}


async def test_a_place_is_taken_and_given_back(story: Story) -> None:
    async def open_places() -> int:
        with story.town.at("birch"):
            row = await database.row("SELECT open FROM offer_places WHERE offer = {}", story.offers["samuel"])
            assert row is not None
            return int(row["open"])

    _, theirs = await story.begun()
    assert await open_places() == 2
    await story.do("samuel", acts.end, introduction_id=theirs, goodbye=Goodbye())
    assert await open_places() == 3


async def test_never_again_cannot_be_told_from_any_other_no(story: Story) -> None:
    await story.ask("maureen")
    await story.town.settle()
    await story.do("samuel", acts.never_again, introduction_id=(await story.of("samuel")).id)
    await story.town.settle()
    plain = story.town.carried[-1]
    assert (await story.of("maureen")).status == "declined"

    again_at = story.town.now
    await story.ask("maureen")
    await story.town.settle()
    assert await story.count("samuel") == 1  # the second is not shown to him
    view = await story.of("maureen")
    assert (view.status, events(view)) == ("waiting", ["asked", "reached"])
    await story.town.pass_time(hours=1)
    assert (await story.of("maureen")).status == "waiting"
    await story.town.pass_time(hours=20)
    view = await story.of("maureen")
    assert view.status == "declined"
    assert 2 * HOUR <= view.timeline[-1].at - again_at <= 26 * HOUR
    assert (story.town.carried[-1].kind, story.town.carried[-1].raw) == (plain.kind, plain.raw)
    with story.town.at("birch"):
        assert await database.rows("SELECT id FROM introduction WHERE silent = {} AND ask IS NOT NULL", True) == []
    await story.ask("grace")  # somebody else from the same co-op still can
    await story.town.settle()
    assert await story.count("samuel") == 2


async def test_three_open_asks_at_most(story: Story) -> None:
    with story.town.at("birch"):
        here = story.town.here("birch")
        for _ in range(3):
            offer = await support.draft_offer(actor=story.people["samuel"], draft=STROKE, here=here)
            await support.approve_offer(actor=story.people["ruth"], offer_id=offer.id, here=here)
            statement = await offers.statement(offer.id, here=here)
            with story.town.at("alder"):
                put = [Arrived(statement.id, here.now, statement.expires, statement.data)]
                async with database.transaction():
                    await offers.absorb("birch.example", put, [], here=story.town.here("alder"))
                found = await database.row("SELECT id FROM listing WHERE offer_id = {}", offer.id)
            story.home[offer.id], story.listings[offer.id] = "birch", found["id"]
            story.offers[offer.id] = offer.id
    more = [name for name in story.listings if name not in ("samuel", "joan")]
    mine = [await story.ask("maureen", name) for name in ("samuel", *more[:2])]
    with pytest.raises(Invalid) as refused:
        await story.ask("maureen", more[2])
    assert set(refused.value.fields) == {"asks"}
    await story.ask("grace", more[2])  # each asker has their own three
    await story.do("maureen", acts.withdraw, introduction_id=mine[0])
    await story.ask("maureen", more[2])


async def test_the_receiving_co_op_keeps_to_three_by_itself(story: Story) -> None:
    """A home that does not count sends a fourth: nobody is shown it, and it gets the same no as any other."""
    await story.ask("maureen")
    await story.town.settle()
    asked = story.town.carried[0]
    for number in range(2, 6):
        thread = "ABCDEFG"[number] * 21 + "A"
        assert await story.town.bring(replace(asked, thread=thread)) is None
    assert await story.count("samuel") == 3


async def test_withdrawing_hides_the_thread_and_keeps_one_sealed_copy(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.say("maureen", mine, "Words that will be hidden.")
    await story.say("samuel", theirs, "An answer that will be hidden.")
    await story.town.settle()
    await story.do("maureen", acts.withdraw, introduction_id=mine)
    await story.town.settle()
    for who, event in (("maureen", "withdrawn_by_me"), ("samuel", "withdrawn_by_them")):
        view = await story.of(who)
        assert (view.status, view.hidden, events(view)[-1]) == ("ended", True, event)
        assert (view.messages, view.message, view.topics, view.answer, view.sharing) == ([], "", [], None, None)
        assert view.can == ["concerns"]
        assert view.sealed_copy_until == story.town.now + 90 * DAY
    with pytest.raises(Conflict):
        await story.say("samuel", theirs, "Still there?")
    for name in story.town.engines:
        with story.town.at(name):
            assert b"hidden" not in await everything_stored()


async def test_the_sealed_copy_opens_only_for_a_reader_of_a_concern_about_it(story: Story) -> None:
    mine, theirs = await story.begun("maureen", "samuel")
    await story.say("maureen", mine, "Give me your address.")
    await story.town.settle()
    worry = Worry(words="The last message worries me.", tell_lead=False)
    await story.do("samuel", acts.worry, introduction_id=theirs, worry=worry)
    await story.do("maureen", acts.withdraw, introduction_id=mine)
    await story.town.settle()

    opened = await story.do("ruth", acts.open_sealed_copy, introduction_id=theirs)  # the deputy, who was told
    assert [m.words for m in opened.messages] == ["Give me your address."]
    assert opened.node_id == "alder.example"
    with pytest.raises(NotFound):  # the lead was unticked: there is nothing for her here
        await story.do("hana", acts.open_sealed_copy, introduction_id=theirs)
    with pytest.raises(NotAllowed):
        await story.do("samuel", acts.open_sealed_copy, introduction_id=theirs)
    for reader in ("peter", "ines"):  # at the other home nobody raised anything
        with pytest.raises(NotFound):
            await story.do(reader, acts.open_sealed_copy, introduction_id=mine)
    with story.town.at("birch"):
        looked = await journal.accesses_of(story.people["samuel"].person, 10)
    assert [(event.who, event.kind) for event in looked] == [(story.people["ruth"].person, "sealed-copy")]

    await story.town.pass_time(days=91)
    with pytest.raises(Conflict):
        await story.do("ruth", acts.open_sealed_copy, introduction_id=theirs)
    with story.town.at("birch"):
        assert (await database.row("SELECT thread FROM introduction_sealed_copy")) == {"thread": None}


async def test_a_worry_stays_at_home_and_leaves_no_trace_for_the_other(story: Story) -> None:
    _, theirs = await story.begun()
    before = len(story.town.carried)
    receipt = await story.do(
        "samuel", acts.worry, introduction_id=theirs, worry=Worry(words="I'm worried.", tell_deputy=False)
    )
    assert receipt.told
    await story.town.settle()
    assert len(story.town.carried) == before
    assert "concern" not in json.dumps([moment.event for moment in (await story.of("maureen")).timeline])


async def test_a_hold_outranks_the_erasure(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.say("maureen", mine, "Kept for the concern.")
    await story.town.settle()
    receipt = await story.do("samuel", acts.worry, introduction_id=theirs, worry=Worry(words="Please look."))
    hold = await story.do("hana", place_hold, concern_id=receipt.id, hold=HoldDraft(reason="Being looked into."))
    assert hold.subject == f"introduction:{theirs}"
    await story.do("maureen", acts.end, introduction_id=mine, goodbye=Goodbye())
    await story.town.settle()
    await story.town.pass_time(days=100)
    assert events(await story.of("maureen"))[-1] == "erased"
    view = await story.of("samuel")
    assert events(view)[-1] == "held"
    assert [m.words for m in view.messages] == ["Kept for the concern."]
    opened = await story.do("hana", acts.open_sealed_copy, introduction_id=theirs)
    assert [m.words for m in opened.messages] == ["Kept for the concern."]
    await story.do("hana", lift_hold, hold_id=hold.id, lifting=Lifting(reason="Settled."))
    await story.town.pass_time(days=8)
    view = await story.of("samuel")
    assert (events(view)[-1], view.messages) == ("erased", [])


async def test_somebody_died_and_a_lead_words_the_ending(story: Story) -> None:
    mine, _ = await story.begun()
    await gone(story, "samuel", "died")
    await story.town.settle()
    assert (await story.of("maureen")).status == "accepted"  # nothing is said before somebody has found words
    await story.say("maureen", mine, "How are you?")
    await story.town.settle()
    assert await story.notices("samuel") == []
    with story.town.at("birch"):
        waiting = await lists.unanswered(story.people["ruth"], here=story.town.here("birch"))
    assert [line.what for line in waiting.items] == ["ending_to_word"]
    with pytest.raises(NotAllowed):
        await story.do("joan", acts.word_ending, introduction_id=waiting.items[0].id, goodbye=Goodbye(words="x"))
    words = "Samuel died last week. He spoke warmly of your talks."
    await story.do("ruth", acts.word_ending, introduction_id=waiting.items[0].id, goodbye=Goodbye(words=words))
    await story.town.settle()
    view = await story.of("maureen")
    assert (view.status, view.closing_words, events(view)[-1]) == ("ended", words, "ended_gone")
    assert b"died" not in story.town.carried[-1].raw.replace(words.encode(), b"")
    await story.town.pass_time(days=8)
    assert (await story.of("maureen")).closing_words == words


async def test_unworded_for_a_week_neutral_words_go(story: Story) -> None:
    await story.begun()
    await gone(story, "samuel", "left")
    await story.town.pass_time(days=6)
    assert (await story.of("maureen")).status == "accepted"
    await story.town.pass_time(days=2)
    view = await story.of("maureen")
    assert view.status == "ended"
    assert view.closing_words.startswith("They can't carry on")
    assert "left" not in view.closing_words


async def test_open_asks_of_and_to_somebody_gone_end_as_any_do(story: Story) -> None:
    await story.ask("maureen")
    await story.ask("grace")
    await story.town.settle()
    await gone(story, "maureen", "left")
    await story.town.settle()
    assert sorted([(await story.of("samuel", number)).status for number in (0, 1)]) == ["ended", "waiting"]
    await gone(story, "samuel", "died")
    await story.town.settle()
    view = await story.of("grace")
    assert (view.status, view.timeline[-1].text) == ("declined", "The supporter can't take this on now.")
    with story.town.at("alder"):
        maureen = await again(story.people["maureen"].person, here=story.town.here("alder"))
        with pytest.raises(NotAllowed):
            await acts.accept(actor=maureen, introduction_id="x", answer=Yes(), here=story.town.here("alder"))
