# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters that come twice, in another order, from a stranger, or too late: the same end, and nothing shown that should not be."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from node import database, post
from node.crossing import LetterRoom
from node.exchange import letters
from node.introductions import acts
from node.introductions.shapes import Goodbye, PlanDraft, Yes
from node.introductions.sharing import room
from tests.courier import Carried
from tests.node.introductions.conftest import Story, events

DAY = 86_400


async def test_every_letter_twice_does_everything_once(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.say("maureen", mine, "Hello.")
    await story.say("samuel", theirs, "Hello too.")
    await story.confirm("maureen", mine, "first_name")
    await story.confirm("samuel", theirs, "first_name")
    plan = PlanDraft(place_kind="phone", at=story.town.now + DAY)
    await story.do("maureen", acts.plan, introduction_id=mine, draft=plan)
    await story.town.settle()
    await story.do("samuel", acts.agree, introduction_id=theirs)
    await story.town.settle()
    before = [await story.of(who) for who in ("maureen", "samuel")]
    for letter in list(story.town.carried):
        assert await story.town.bring(letter) is None
    await story.town.settle()
    assert [await story.of(who) for who in ("maureen", "samuel")] == before
    assert await story.count("samuel") == 1


async def test_a_message_that_overtakes_the_yes_waits_for_it(story: Story) -> None:
    mine = await story.ask("maureen")
    await story.town.settle()
    theirs = (await story.of("samuel")).id
    story.town.hold = lambda letter: letter.source == "birch"
    await story.do("samuel", acts.accept, introduction_id=theirs, answer=Yes(words="Gladly."))
    await story.say("samuel", theirs, "First.")
    await story.say("samuel", theirs, "Second.")
    await story.confirm("samuel", theirs, "first_name")
    await story.town.settle()
    assert len(story.town.held) == 4
    yes = next(letter for letter in story.town.held if letter.kind == "introduction.accept")
    story.town.held.remove(yes)
    assert await story.town.release(backwards=True) == [None] * 3
    view = await story.of("maureen")
    assert (view.status, view.messages, view.sharing) == ("waiting", [], None)
    assert await story.town.bring(yes) is None
    view = await story.of("maureen")
    assert view.status == "sharing"
    assert view.answer.words == "Gladly."
    assert [m.words for m in view.messages] == ["First.", "Second."]
    await story.confirm("maureen", mine, "first_name")
    await story.town.settle()
    assert (await story.of("maureen")).status == (await story.of("samuel")).status == "shared"


async def test_an_ending_that_overtakes_its_ask(story: Story) -> None:
    story.town.hold = lambda letter: True
    mine = await story.ask("maureen")
    await story.town.settle()
    await story.do("maureen", acts.withdraw, introduction_id=mine)
    await story.town.settle()
    assert [letter.kind for letter in story.town.held] == ["introduction.ask", "introduction.end"]
    assert await story.town.release(backwards=True) == [None, None]
    assert await story.count("samuel") == 0
    with story.town.at("birch"):
        assert await database.rows("SELECT * FROM introduction") == []


async def test_an_ask_withdrawn_before_it_left_never_leaves(story: Story) -> None:
    story.town.off.add("birch")
    mine = await story.ask("maureen")
    await story.do("maureen", acts.withdraw, introduction_id=mine)
    story.town.off.clear()
    await story.town.settle()
    assert story.town.carried == []


@pytest.mark.parametrize("kind", ["accept", "message", "share", "plan", "end", "decline"])
async def test_a_letter_on_a_strangers_thread_is_refused(story: Story, kind: str) -> None:
    """Whoever learnt a thread's name can do nothing with it: it belongs to the co-op at its other end."""
    await story.begun()
    raw = {
        "accept": b'{"quick":"","words":""}',
        "decline": b"{}",
        "message": b'{"no":9,"words":"Where do you live?"}',
        "share": b'{"step":"ready","no":9,"fields":["phone"]}',
        "plan": b'{"place_kind":"phone","where":"","at":1900000000,"who_knows":"","no":9}',
        "end": b'{"how":"withdrawn","words":""}',
    }[kind]
    thread = story.town.carried[0].thread
    before = await story.of("maureen")
    stranger = Carried("cedar", "alder", f"introduction.{kind}", thread, story.town.now, raw)
    reason = await story.town.bring(stranger)
    assert reason == (None if kind == "end" else "unknown-introduction")
    assert await story.of("maureen") == before


async def test_a_neighbour_cannot_answer_for_the_asker(story: Story) -> None:
    """On Alder's asking thread Birch may answer; it may not ask, nor may Alder's own asker accept at Birch."""
    await story.ask("maureen")
    await story.town.settle()
    asked = story.town.carried[0]
    assert await story.town.bring(replace(asked, source="birch", to="alder")) == "thread-taken"
    accept = Carried("alder", "birch", "introduction.accept", asked.thread, story.town.now, b'{"quick":"","words":""}')
    assert await story.town.bring(accept) == "unknown-introduction"
    assert (await story.of("samuel")).status == "waiting"


async def test_an_offer_that_is_not_for_that_co_op_is_not_there(story: Story) -> None:
    await story.ask("maureen")
    story.town.hold = lambda letter: True
    await story.town.settle()
    letter = story.town.held[0]
    with story.town.at("birch"):
        await database.execute("UPDATE offer_audience SET not_to = {}", '["alder.example"]')
    assert await story.town.bring(letter) == "no-such-offer"
    unknown = replace(letter, raw=letter.raw.replace(story.offers["samuel"].encode(), b"AAAAAAAAAAAAAAAAAAAAAA"))
    assert await story.town.bring(unknown) == "no-such-offer"
    assert await story.count("samuel") == 0


async def test_an_offer_that_is_gone_is_told_in_words(story: Story) -> None:
    await story.ask("maureen")
    with story.town.at("birch"):
        await database.execute("UPDATE offer_audience SET home_only = {}", True)
    await story.town.settle()
    view = await story.of("maureen")
    assert view.status == "undeliverable"
    assert view.timeline[-1].text == "That offer is no longer there, so nobody has read your ask."


async def test_a_message_that_crosses_an_ending_is_told_of(story: Story) -> None:
    mine, theirs = await story.begun()
    story.town.hold = lambda letter: letter.kind == "introduction.end"
    await story.do("maureen", acts.end, introduction_id=mine, goodbye=Goodbye())
    await story.town.settle()
    await story.say("samuel", theirs, "Are you there?")
    await story.town.settle()
    view = await story.of("samuel")
    assert events(view)[-1] == "message_too_late"
    assert view.messages[-1].not_delivered
    assert "Are you there?" not in [m.words for m in (await story.of("maureen")).messages]


async def test_a_yes_given_in_time_and_held_up_still_counts(story: Story) -> None:
    await story.ask("maureen")
    await story.town.settle()
    await story.town.pass_time(days=20)
    theirs = (await story.of("samuel")).id
    story.town.hold = lambda letter: letter.source == "birch"
    await story.do("samuel", acts.accept, introduction_id=theirs, answer=Yes())
    await story.town.settle()
    await story.town.pass_time(days=3)
    assert (await story.of("maureen")).status == "ended"
    assert await story.town.release() == [None]
    view = await story.of("maureen")
    assert (view.status, events(view)[-1]) == ("accepted", "accepted_late")
    assert view.erases_at is None
    await story.town.pass_time(days=95)
    assert (await story.of("maureen")).status == "accepted"


async def test_of_two_answers_at_once_one_counts(story: Story) -> None:
    await story.ask("maureen")
    await story.town.settle()
    theirs = (await story.of("samuel")).id
    answered = await asyncio.gather(
        story.do("samuel", acts.accept, introduction_id=theirs, answer=Yes()),
        story.refuse("samuel", theirs),
        story.do("samuel", acts.accept, introduction_id=theirs, answer=Yes()),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answered).count("Conflict") == 2
    await story.town.settle()
    assert (await story.of("maureen")).status == (await story.of("samuel")).status


async def test_asking_twice_at_once_is_asking_once(story: Story) -> None:
    made = await asyncio.gather(*(story.ask("maureen") for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(each, str) for each in made) == 1
    await story.town.settle()
    assert await story.count("samuel") == 1


async def test_exchange_itself_carries_within_one_co_op(story: Story) -> None:
    """The same by the real departure, whose refusal is undone to a savepoint."""
    assert isinstance(room, LetterRoom)
    mine = await story.ask("grace", "derek")
    with story.town.at("alder"):
        here = story.town.here("alder")

        async def depart() -> None:
            for item in await post.claim(("letter",), limit=10, lease=60, worker="here", here=here):
                await letters.depart(item, {"introduction": room}, None, here=here)  # type: ignore[arg-type]

        await depart()
        theirs = (await story.of("derek")).id
        await story.do("derek", acts.accept, introduction_id=theirs, answer=Yes())
        await depart()
        assert (await story.of("grace")).status == "accepted"
        await story.do("grace", acts.end, introduction_id=mine, goodbye=Goodbye())
        await story.say("derek", theirs, "Too late.")
        await depart()
    assert events(await story.of("grace"))[-1] == "ended_by_me"
    view = await story.of("derek")
    assert view.status == "ended"
    assert view.messages[-1].words == "Too late."


async def test_what_is_said_after_a_restore_is_not_taken_for_what_was_said_before(story: Story) -> None:
    """Samuel's co-op goes back to yesterday's copy: what he says next reaches Maureen, though its like was numbered before."""
    mine, theirs = await story.begun()
    await story.say("samuel", theirs, "First.")
    await story.confirm("samuel", theirs, "first_name")
    with story.town.at("birch"):
        kept = {
            table: await database.rows(f"SELECT * FROM {table}")
            for table in ("introduction_message", "introduction_share", "introduction_plan", "introduction_sending")
        }
    await story.say("samuel", theirs, "Lost with the disk.")
    await story.confirm("samuel", theirs)
    await story.do("samuel", acts.plan, introduction_id=theirs, draft=plan_for(story, minutes=30))
    await story.town.settle()
    with story.town.at("birch"):
        for table, rows in kept.items():
            await database.execute(f"DELETE FROM {table}")
            for row in rows:
                await database.insert_many(table, tuple(row), [tuple(row.values())])
        await database.execute("DELETE FROM own_node")
        await database.execute(
            "INSERT INTO own_node (node_id, instance, founded, restored_at) VALUES ('birch.example', 'copy', 0, {})",
            story.town.now,
        )
    await story.say("samuel", theirs, "Said after it.")
    await story.confirm("samuel", theirs, "first_name", "phone")
    await story.do("samuel", acts.plan, introduction_id=theirs, draft=plan_for(story, minutes=90))
    await story.town.settle()
    await story.confirm("maureen", mine, "first_name")
    await story.town.settle()
    seen = await story.of("maureen")
    assert [message.words for message in seen.messages] == ["First.", "Lost with the disk.", "Said after it."]
    assert (seen.status, seen.plan.ends_at - seen.plan.at) == ("shared", 90 * 60)


def plan_for(story: Story, *, minutes: int) -> PlanDraft:
    return PlanDraft(place_kind="phone", at=story.town.now + DAY, minutes=minutes)
