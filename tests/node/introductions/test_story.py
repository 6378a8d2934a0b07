# SPDX-License-Identifier: AGPL-3.0-or-later
"""The main story between two co-ops, on both engines: asked, delayed, reached, accepted, written, shared, met, ended."""

from __future__ import annotations

import json

import msgspec
import pytest

from node import database
from node.errors import Conflict, Invalid, NotAllowed, NotFound
from node.introductions import acts, views
from node.introductions.shapes import AskDraft, Goodbye, PlanDraft, ReviewDraft, Sharing, Words, Yes
from node.support import acts as support
from node.support.shapes import AssistedQuery, SearchQuery
from tests.node.introductions.conftest import ASK_WORDS, Story, events
from tests.node.members.cast import everything_stored

DAY = 86_400


async def test_before_you_send_shows_exactly_what_leaves(story: Story) -> None:
    draft = AskDraft(offer_id=story.listings["samuel"], topics=["stroke"], needs="Slowly.", message="Hello.")
    shown = await story.do("maureen", acts.preview, draft=draft)
    assert shown.words == "Nothing has been sent yet."
    assert (shown.to_co_op, shown.to_node) == ("birch.example", "birch.example")
    assert shown.to_whom.startswith("One peer supporter at")
    assert not shown.crisis
    assert [line.number for line in shown.help.numbers][:3] == ["999", "111", "116 123"]
    assert "days" in shown.help.replies_take_days
    assert shown.until == story.town.now + 21 * DAY
    assert await story.count("maureen") == 0

    await story.do("maureen", acts.ask, draft=draft)
    await story.town.settle()
    left = json.loads(story.town.carried[0].raw)
    assert {leaf.field for leaf in shown.leaves} == set(left)
    said = {leaf.field: leaf.value for leaf in shown.leaves}
    for name in ("offer", "needs", "message", "asker_ref"):
        assert said[name] == left[name]
    assert said["revision"] == str(left["revision"])
    assert left["answer_by"] == shown.until


async def test_crisis_words_bring_up_who_answers_at_once(story: Story) -> None:
    draft = AskDraft(offer_id=story.listings["samuel"], topics=["stroke"], message="I want to end my life.")
    shown = await story.do("maureen", acts.preview, draft=draft)
    assert shown.crisis


async def test_the_main_story(story: Story) -> None:
    town = story.town
    town.off.add("birch")
    mine = await story.ask("maureen")
    await town.settle()
    await town.pass_time(hours=12)
    view = await story.of("maureen")
    assert events(view) == ["asked", "delayed"]
    assert "computer is off. Nothing is lost. We'll keep trying until" in view.timeline[1].text

    town.off.clear()
    await town.pass_time(hours=6)
    view = await story.of("maureen")
    assert events(view) == ["asked", "delayed", "reached"]
    assert "not answered yet" in view.timeline[2].text
    assert "message" in await story.notices("samuel")

    asked = await story.of("samuel")
    assert (asked.side, asked.status) == ("supporter", "waiting")
    assert (asked.message, asked.needs, asked.topics) == (ASK_WORDS, "Please speak slowly.", ["stroke"])
    assert {reply.label for reply in asked.quick_replies} >= {"Yes, ring me", "Not today", "I'm full"}
    assert asked.confidentiality is None
    theirs = asked.id
    await story.do("samuel", acts.accept, introduction_id=theirs, answer=Yes(quick="yes-ring-me"))
    await town.settle()
    view, other = await story.of("maureen"), await story.of("samuel")
    assert (view.status, other.status) == ("accepted", "accepted")
    assert view.answer is not None
    assert view.answer.quick_label == "Yes, ring me"
    assert view.confidentiality == other.confidentiality is not None
    assert "answer" in await story.notices("maureen")

    for who, id, words in (
        ("maureen", mine, "Thank you for saying yes."),
        ("samuel", theirs, "Slowly is good."),
        ("maureen", mine, "Shall we talk about the bus?"),
        ("samuel", theirs, "Yes. I know the 14."),
    ):
        await story.say(who, id, words)
        await town.settle()
    view, other = await story.of("maureen"), await story.of("samuel")
    assert [(m.no, m.mine) for m in view.messages] == [(1, True), (1, False), (2, True), (2, False)]
    assert [m.words for m in view.messages] == [m.words for m in other.messages]
    assert all(m.reached_at for m in view.messages if m.mine)
    assert "message_reached" in events(view)

    at = town.now + 3 * DAY
    await story.do(
        "samuel",
        acts.plan,
        introduction_id=theirs,
        draft=PlanDraft(place_kind="public_place", where="Ferry Row library café", at=at, who_knows="Ruth knows"),
    )
    await town.settle()
    view = await story.of("maureen")
    assert view.plan is not None
    assert (view.plan.where, view.plan.mine, view.plan.agreed_at) == ("Ferry Row library café", False, None)
    assert "plan/agreement" in view.can
    await story.do("maureen", acts.agree, introduction_id=mine)
    await town.settle()
    assert (await story.of("samuel")).plan.agreed_at is not None
    town.now = at + 3600
    for who, id in (("maureen", mine), ("samuel", theirs)):
        await story.do(who, acts.check_out, introduction_id=id)
    await town.settle()
    view, other = await story.of("maureen"), await story.of("samuel")
    for half in (view, other):
        assert half.plan.checked_out_at and half.plan.they_checked_out_at
    await town.pass_time(hours=12)
    assert "not_checked_out" not in events(await story.of("samuel"))

    for _ in range(6):
        await story.do("maureen", acts.count_conversation, introduction_id=mine)
    view = await story.of("maureen")
    assert view.conversations.review_due
    await story.do("maureen", acts.review, introduction_id=mine, answers=ReviewDraft(going="well", words="It helps."))
    view = await story.of("maureen")
    assert (view.conversations.had, view.conversations.of, view.conversations.review_due) == (6, 12, False)
    await town.settle()
    assert not any(b"It helps." in letter.raw for letter in town.carried)

    await story.do("maureen", acts.end, introduction_id=mine, goodbye=Goodbye(words="Thank you for the bus."))
    await town.settle()
    view, other = await story.of("maureen"), await story.of("samuel")
    assert (view.status, other.status) == ("ended", "ended")
    assert other.closing_words == "Thank you for the bus."
    assert "nobody's fault" in other.timeline[-1].text
    assert other.erases_at == town.now + 90 * DAY
    with pytest.raises(Conflict):
        await story.say("samuel", theirs, "One more.")

    await town.pass_time(days=91)
    for who in ("maureen", "samuel"):
        gone = await story.of(who)
        assert events(gone)[-1] == "erased"
        assert (gone.messages, gone.message, gone.plan, gone.closing_words) == ([], "", None, "")
    for name in town.engines:
        with town.at(name):
            for table in ("message", "review", "shared", "share", "plan", "answer"):
                assert await database.rows(f"SELECT * FROM introduction_{table}") == []
            # The keys are gone too: what an old page of the database still held would not open.
            keys = await database.rows("SELECT wrapped FROM data_key WHERE owner LIKE 'introduction:%'")
            assert keys
            assert all(row["wrapped"] is None for row in keys)


async def test_nothing_that_says_who_crosses_before_both_share(story: Story) -> None:
    mine, theirs = await story.begun()
    await story.say("maureen", mine, "Hello.")
    await story.say("samuel", theirs, "Hello too.")
    await story.town.settle()
    crossed = b"".join(letter.raw for letter in story.town.carried)
    for secret in (
        "Maureen",
        "Nwosu",
        "960301",
        "Samuel",
        "Bankole",
        "960311",
        *(a.person for a in story.people.values()),
    ):
        assert secret.encode() not in crossed


async def test_what_is_written_stands_sealed_in_both_databases(story: Story) -> None:
    mine, _ = await story.begun()
    await story.say("maureen", mine, "Canary words of hers.")
    await story.town.settle()
    assert (await story.of("samuel")).messages[0].words == "Canary words of hers."
    for name in story.town.engines:
        with story.town.at(name):
            stored = await everything_stored()
            assert b"Canary" not in stored
            assert ASK_WORDS.encode() not in stored


async def test_the_same_story_within_one_co_op(story: Story) -> None:
    mine, theirs = await story.begun("grace", "derek")
    assert {letter.to for letter in story.town.carried} == {"alder"}
    await story.say("grace", mine, "From Grace.")
    await story.say("derek", theirs, "From Derek.")
    await story.town.settle()
    view, other = await story.of("grace"), await story.of("derek")
    assert [(m.mine, m.words) for m in view.messages] == [(True, "From Grace."), (False, "From Derek.")]
    assert [(m.mine, m.words) for m in other.messages] == [(False, "From Grace."), (True, "From Derek.")]
    await story.confirm("grace", mine, "first_name")
    await story.confirm("derek", theirs, "first_name", "phone")
    await story.town.settle()
    view, other = await story.of("grace"), await story.of("derek")
    assert [(v.field, v.value) for v in view.sharing.theirs] == [("first_name", "Derek"), ("phone", "01632 960303")]
    assert [(v.field, v.value) for v in other.sharing.theirs] == [("first_name", "Grace")]
    await story.do("derek", acts.end, introduction_id=theirs, goodbye=Goodbye())
    await story.town.settle()
    assert (await story.of("grace")).status == "ended"


async def test_an_ask_is_refused_with_every_fault(story: Story) -> None:
    with pytest.raises(Invalid) as refused:
        await story.ask("maureen", topics=["knitting"], needs="n" * 501, message="")
    assert set(refused.value.fields) == {"topics", "needs", "message"}
    with pytest.raises(Invalid) as refused:
        await story.do(
            "maureen", acts.ask, draft=AskDraft(offer_id="AAAAAAAAAAAAAAAAAAAAAA", message="x", topics=["a"])
        )
    assert set(refused.value.fields) == {"offer_id"}
    with pytest.raises(Invalid) as refused:
        await story.ask("derek", "derek")
    assert refused.value.fields == {"offer_id": "This is your own offer."}
    await story.ask("maureen", "samuel")
    with pytest.raises(Invalid) as refused:
        await story.ask("maureen", "samuel")
    assert "already" in refused.value.fields["offer_id"]


async def test_a_lead_asks_for_somebody_they_searched_with(story: Story) -> None:
    maureen = story.people["maureen"].person
    given = {"for_person": maureen, "assisted_id": "AAAAAAAAAAAAAAAAAAAAAA"}
    with pytest.raises(NotAllowed):
        await story.ask("grace", "samuel", **given)
    with pytest.raises(Invalid) as refused:
        await story.ask("yasmin", "samuel", **given)
    assert set(refused.value.fields) == {"assisted_id"}
    query = AssistedQuery(person=maureen, query=SearchQuery(topics=["stroke"]), asked_alone=True)
    found = await story.do("yasmin", support.assisted_search, asked=query)
    await story.ask("yasmin", "samuel", **(given | {"assisted_id": found.id}))
    view = await story.of("maureen")
    assert view.helped
    assert view.message == ASK_WORDS
    assert await story.count("yasmin") == 0
    await story.town.settle()
    assert story.people["yasmin"].person.encode() not in story.town.carried[0].raw


async def test_another_half_and_none_are_answered_alike(story: Story) -> None:
    mine, theirs = await story.begun("grace", "derek")
    for id in (mine, theirs, "AAAAAAAAAAAAAAAAAAAAAA"):
        for who in ("maureen", "yasmin", "peter"):
            with story.town.at("alder"), pytest.raises(NotFound) as refused:
                await views.one(story.people[who], id, here=story.town.here("alder"))
            assert refused.value.words == "We can't find that."
            for act, given in (
                (acts.write, {"words": Words(words="x")}),
                (acts.share, {"sharing": Sharing(fields=["phone"], confirm=True)}),
                (acts.accept, {"answer": Yes()}),
                (acts.withdraw, {}),
                (acts.never_again, {}),
            ):
                with pytest.raises(NotFound):
                    await story.do(who, act, introduction_id=id, **given)
    with pytest.raises(NotFound):
        await story.do("derek", acts.write, introduction_id=mine, words=Words(words="x"))
    with pytest.raises(NotFound):
        await story.do("grace", acts.accept, introduction_id=mine, answer=Yes())


async def test_a_group_is_joined_without_a_word(story: Story) -> None:
    await story.ask("grace", "joan", topics=[], needs="", message="")
    await story.town.settle()
    view, other = await story.of("grace"), await story.of("joan")
    assert (view.status, other.status) == ("accepted", "accepted")
    assert events(view)[-1] == "accepted_group"
    assert b"Grace" not in b"".join(letter.raw for letter in story.town.carried)
    with story.town.at("birch"):
        row = await database.row("SELECT open FROM offer_places WHERE offer = {}", story.offers["joan"])
        assert row == {"open": 2}


async def test_views_are_the_fixed_shape(story: Story) -> None:
    await story.begun()
    body = json.loads(msgspec.json.encode(await story.of("maureen")))
    assert body["status"] == "accepted"
    assert all(set(moment) == {"at", "event", "text"} for moment in body["timeline"])
    assert {"messages", "sharing", "plan", "can", "help", "confidentiality"} <= set(body)
