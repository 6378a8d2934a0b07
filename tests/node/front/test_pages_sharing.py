# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits, what comes next, what is shared and what a copy holds, along one introduction between two co-ops."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from node import database
from node.actor import Actor
from node.front import reads as front
from node.front.gathering import gathered
from node.front.shapes import HomeView, SharingPage
from node.introductions import acts
from node.introductions.shapes import Goodbye, PlanDraft, Yes
from node.introductions.waits import Waits, waits
from tests.node.introductions.conftest import ASK_WORDS, Story, story  # noqa: F401 - a fixture

DAY = 86_400


@dataclass
class Seen:
    """What one person's own pages hold at this moment."""

    home: HomeView
    sharing: SharingPage
    waits: Waits


async def look(told: Story, who: str, **changed: object) -> Seen:
    with told.town.at(told.home[who]):
        here = told.town.here(told.home[who])
        actor: Actor = replace(told.people[who], **changed)  # type: ignore[arg-type]
        return Seen(
            home=await front.home(actor, here=here),
            sharing=await front.sharing(actor, here=here),
            waits=await waits(actor, here=here) if not changed else Waits(items=[], next=None),
        )


def words(seen: Seen) -> str:
    return " | ".join(f"{each.words} {each.detail}" for each in seen.home.waiting)


async def test_home_and_sharing_along_an_introduction(story: Story) -> None:  # noqa: F811
    town = story.town
    seen = await look(story, "maureen")
    assert (seen.home.waiting, seen.home.ahead, seen.home.meeting) == ([], [], None)
    assert (seen.sharing.introductions, seen.sharing.offers, seen.sharing.looks) == ([], [], [])

    mine = await story.ask()
    await town.settle()
    seen = await look(story, "maureen")
    assert [each.href for each in seen.home.ahead] == [f"/introductions/{mine}"]
    assert [(g.to, g.href) for g in seen.sharing.introductions] == [
        (seen.sharing.introductions[0].to, f"/introductions/{mine}")
    ]
    assert "What you asked" in seen.sharing.introductions[0].leaves[0]
    asked = await look(story, "samuel")
    assert [each.what for each in asked.waits.items] == ["answer"] and "Somebody asks you" in words(asked)
    assert ASK_WORDS not in words(asked), "lines only, no word of anybody's"
    assert asked.sharing.offers[0].href.endswith("/withdrawal")
    assert [each.kind for each in asked.sharing.looks] == [] or asked.sharing.looks[0].who == "Ruth"

    theirs = asked.waits.items[0].id
    await story.do("samuel", acts.accept, introduction_id=theirs, answer=Yes(quick="yes-ring-me"))
    await town.settle()
    assert (await look(story, "samuel")).waits.items == []

    at = town.now + 3 * DAY
    plan = PlanDraft(place_kind="public_place", where="Library", at=at, who_knows="Ruth knows", minutes=60)
    await story.do("samuel", acts.plan, introduction_id=theirs, draft=plan)
    await town.settle()
    assert [each.what for each in (await look(story, "maureen")).waits.items] == ["plan"]
    await story.do("maureen", acts.agree, introduction_id=mine)
    await town.settle()
    seen = await look(story, "maureen")
    assert seen.waits.items == []
    assert seen.home.meeting is not None and (seen.home.meeting.id, seen.home.meeting.at) == (mine, at)

    await story.confirm("samuel", theirs, "first_name", "phone")
    await town.settle()
    assert [each.what for each in (await look(story, "maureen")).waits.items] == ["share"]
    grant = (await look(story, "samuel")).sharing.introductions[0]
    assert any("Phone number: confirmed, not sent yet" in leaf for leaf in grant.leaves)
    await story.confirm("maureen", mine, "first_name")
    await town.settle()
    grant = (await look(story, "samuel")).sharing.introductions[0]
    assert any("Phone number: it has arrived and can't be taken back" in leaf for leaf in grant.leaves)

    await town.pass_time(days=3, hours=2)
    seen = await look(story, "maureen")
    assert seen.home.meeting is None
    assert [each.what for each in seen.waits.items] == ["check-out"]

    await story.do("samuel", acts.end, introduction_id=theirs, goodbye=Goodbye())
    await town.settle()
    seen, other = await look(story, "maureen"), await look(story, "samuel")
    assert (seen.waits.items, other.waits.items) == ([], [])
    over = other.sharing.introductions[0]
    assert over.href == "" and any("can't be taken back" in leaf for leaf in over.leaves)
    await story.do("samuel", acts.withdraw, introduction_id=theirs)
    assert (await look(story, "samuel")).sharing.introductions == [], "nothing of it is kept in the open any more"


async def test_a_delegate_without_the_switch_sees_no_introduction_anywhere(story: Story) -> None:  # noqa: F811
    await story.ask()
    await story.town.settle()
    for scopes, hidden in ((frozenset({"people", "support"}), True), (frozenset({"people", "introductions"}), False)):
        seen = await look(story, "maureen", by="somebody", scopes=scopes, proved=False)
        assert bool(seen.home.ahead) is not hidden
        assert bool(seen.sharing.introductions) is not hidden
        assert seen.sharing.introductions_hidden is hidden


async def test_a_copy_holds_ones_own_words_and_no_word_of_the_other(story: Story) -> None:  # noqa: F811
    mine, theirs = await story.begun()
    await story.say("maureen", mine, "Words that Maureen wrote.")
    await story.say("samuel", theirs, "Words that Samuel wrote.")
    await story.town.settle()
    for who, own, other in (("maureen", "Maureen", "Samuel"), ("samuel", "Samuel", "Maureen")):
        with story.town.at(story.home[who]):
            async with database.transaction():
                here = story.town.here(story.home[who])
                whole = await gathered(story.people[who].person, with_introductions=True, here=here)
                without = await gathered(story.people[who].person, with_introductions=False, here=here)
        said = json.dumps([[fact.value for entry in s.entries for fact in entry.facts] for s in whole])
        assert f"Words that {own} wrote." in said and f"Words that {other} wrote." not in said
        assert (ASK_WORDS in said) is (who == "maureen"), "what was asked is the asker's"
        assert ("I had a stroke in 2021." in said) is (who == "samuel")
        left = json.dumps([[fact.value for entry in s.entries for fact in entry.facts] for s in without])
        assert "Words that" not in left and ASK_WORDS not in left
        assert next(s for s in without if s.name == "introductions").note
