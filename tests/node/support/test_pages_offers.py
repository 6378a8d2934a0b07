# SPDX-License-Identifier: AGPL-3.0-or-later
"""My offers, by pages alone: written in small steps that are kept, read through, handed in, tended, ended."""

from __future__ import annotations

from typing import Any

from node import database
from node.support import reads
from node.support.pages.steps import STEPS
from node.village import Village
from node.web import days
from tests.node.members.cast import again, everything_stored
from tests.pages import Sheet, Visitor

STORY = "I could not hold a cup for a year."
ANSWERS: tuple[dict[str, Any], ...] = (
    {"topics": ["parkinsons", "low-mood"]},
    {"have": STORY},
    {"how": "We talk about small things."},
    {"limits": "No forms."},
    {"kind": "one_to_one"},
    {"places": "2"},
    {"ways": ["phone", "message"]},
    {"times": "Tuesday mornings"},
    {"replies": "4"},
    {"area": "whole_patch"},
    {"languages": ["en", "cy"]},
    {"careful_ok": "yes", "audience.not_to": ["cedar.example"]},
)


async def written(derek: Visitor) -> Sheet:
    """Every step of a new offer answered; the list of tasks."""
    sheet = await derek.open("/offers/new/topics")
    for answers in ANSWERS:
        sheet = await derek.send(sheet, "Save and continue", **answers)
        assert sheet.status == 200, (sheet.path, sheet.errors)
    assert sheet.path == "/offers/new"
    return sheet


async def offer_of(three: Village, who: str, state: str, *, away: bool = False) -> str:
    coop = three.coops[three.cast.people[who].co_op]
    with database.bound(coop.engine):
        here = coop.here()
        mine = await reads.mine(await again(three.people[who], here=here), here)
        return next(item.id for item in mine.items if item.state == state and bool(item.away_until) is away)


async def test_an_offer_is_written_in_steps_read_through_and_handed_in_once(three: Village) -> None:
    coop = three.coops["alder"]
    derek = await Visitor.of(three, "derek")
    sheet = await derek.open("/offers")
    sheet = await derek.open(sheet.link("Write a new offer"))
    assert sheet.words.count("To do") == 4
    refused = await derek.send(sheet, "Read it through")
    assert (refused.status, set(refused.errors)) == (422, {"topics", "words", "how", "ways"})
    assert refused.errors["ways"] == "How we can meet: Choose at least one."

    sheet = await written(derek)
    assert "To do" not in sheet.words
    assert STORY not in (await (await Visitor.of(three, "lily")).open("/offers/new")).text
    with database.bound(coop.engine):
        assert STORY.encode() not in await everything_stored()
    check = await derek.send(sheet, "Read it through")
    offer = check.path.split("/")[2]
    assert check.path == f"/offers/{offer}/check"
    for said in (STORY, "Nothing has been handed in yet.", "People who know you may recognise you."):
        assert said in check.words
    assert "Birch Row Care Co-op" in check.words
    assert "Not to: Cedar Sands Together" in check.words
    assert (await derek.open("/offers/new")).words.count("To do") == 4  # what was written is the room's draft now
    done = await derek.send(check, "Hand it to my lead")
    assert "It is with your lead now." in done.words
    assert (await derek.send(check, "Hand it to my lead")).path == done.path
    yasmin = await Visitor.of(three, "yasmin")
    assert (await yasmin.open("/lead/offers")).words.count("Parkinson's, Low mood and anxiety") == 1

    # One word is changed: only then is there a newer wording, which has to be handed in again.
    sheet = await derek.open(f"/offers/{offer}/how")
    sheet = await derek.send(sheet, "Save and go to the list", how="We talk about big things.")
    assert "It is with your lead now. If you change it, hand it in again." in sheet.words
    check = await derek.send(sheet, "Read it through")
    assert "Hand it to my lead" in check.words
    sheet = await derek.send(check, "Hand it to my lead")
    sheet = await derek.send(await derek.open(f"/offers/{offer}/writing"), "Read it through")
    assert "Hand it to my lead" not in sheet.words


async def test_each_question_says_what_is_wrong_and_keeps_what_was_typed(three: Village) -> None:
    derek = await Visitor.of(three, "derek")
    wrong: dict[str, tuple[dict[str, Any], set[str]]] = {
        "topics": ({"topics": ["stroke", "aphasia", "cancer", "moving", "a-break", "nights-alone"]}, {"topics"}),
        "words": ({"have": "x" * 601}, {"have"}),
        "how": ({"how": ""}, {"how"}),
        "limits": ({"limits": "x" * 601}, {"limits"}),
        "kind": ({"kind": None}, {"kind"}),
        "places": ({"places": "many"}, {"places"}),
        "ways": ({"ways": None}, {"ways"}),
        "when": ({"times": "x" * 201}, {"times"}),
        "replies": ({"replies": "99"}, {"replies"}),
        "where": ({"area": "saltmarsh"}, {"area"}),
        "languages": ({"languages": None}, {"languages"}),
        "audience": ({"audience.home_only": "no"}, {"careful_ok"}),
    }
    assert set(wrong) == {step.name for step in STEPS}
    sheet = await derek.send(await derek.open("/offers/new/topics"), "Save and continue", topics=["cancer"])
    for step, (values, fields) in wrong.items():
        sheet = await derek.send(await derek.open(f"/offers/new/{step}"), "Save and continue", **values)
        assert (sheet.status, set(sheet.errors)) == (422, fields), step
        assert sheet.soup.select_one(f"[id='{next(iter(fields))}']"), step
    assert "x" * 201 in (await derek.send(await derek.open("/offers/new/when"), "Save and c", times="x" * 201)).text
    assert "x" * 201 not in (await derek.open("/offers/new")).text

    # With all answers but a careful topic's tick, the list leads to the question.
    for step, values in (("words", {"have": STORY}), ("how", {"how": "We talk."}), ("ways", {"ways": ["phone"]})):
        await derek.send(await derek.open(f"/offers/new/{step}"), "Save and continue", **values)
    sheet = await derek.send(await derek.open("/offers/new"), "Read it through")
    assert (sheet.status, set(sheet.errors)) == (422, {"audience"})
    assert sheet.soup.select_one("a#audience[href='/offers/new/audience']")


async def test_full_away_back_still_right_and_ended(three: Village) -> None:
    await three.settle()
    offer = await offer_of(three, "bronwen", "published")
    bronwen = await Visitor.of(three, "bronwen")
    one = f"/offers/{offer}"
    sheet = await bronwen.open(one)
    assert "Others can find it" in sheet.words
    sheet = await bronwen.send(sheet, "I'm full")
    assert "You are shown as full." in sheet.words
    refused = await bronwen.send(sheet, "I have room again", open="77")
    assert (refused.status, refused.errors.keys()) == (422, {"open"})
    assert 'value="77"' in refused.text
    sheet = await bronwen.send(sheet, "I have room again", open="2")
    assert "You have room for 2 people." in sheet.words
    away = await bronwen.open(sheet.link("I'm going away"))
    refused = await bronwen.send(away, **{"until-day": "31", "until-month": "2", "until-year": "2027"})
    assert (refused.status, refused.errors.keys()) == (422, {"until"})
    assert 'value="31"' in refused.text
    refused = await bronwen.send(away, **{"until-day": "1", "until-month": "1", "until-year": "2099"})
    assert (refused.status, refused.errors.keys()) == (422, {"until"})
    soon = three.coops["alder"].here().now + 9 * 86_400
    sheet = await bronwen.send(away, **days.fields("until", soon))
    assert "You are shown as away." in sheet.words
    sheet = await bronwen.send(sheet, "I'm back")
    assert "You are shown as back." in sheet.words
    sheet = await bronwen.send(sheet, "Yes, it is still right")
    assert "It stands for longer." in sheet.words
    paper = await bronwen.open(f"{one}/print?large=yes")
    assert (paper.status, len(paper.soup.select("nav"))) == (200, 0)
    ending = await bronwen.open((await bronwen.open(one)).link("End this offer"))
    assert "their computers delete it" in ending.words
    ended = await bronwen.send(ending, "End this offer")
    assert "It has ended." in ended.words
    assert (await bronwen.send(ending, "End this offer")).path == "/offers"
    assert (await bronwen.open(f"{one}/how")).status == 409
    assert (await bronwen.open(f"/listings/{offer}")).status == 404


async def test_anothers_offer_and_no_offer_look_alike_and_members_have_none(three: Village) -> None:
    offer = await offer_of(three, "derek", "published")
    lily, maureen, yasmin = [await Visitor.of(three, who) for who in ("lily", "maureen", "yasmin")]
    paths = ["", "/print", "/away", "/withdrawal", "/writing", "/check", *(f"/{step.name}" for step in STEPS)]
    for path in paths:
        theirs, none = await lily.open(f"/offers/{offer}{path}"), await lily.open(f"/offers/{'A' * 22}{path}")
        assert (theirs.status, theirs.words) == (none.status, none.words), path
        assert theirs.status == 404
        assert (await maureen.open(f"/offers/{offer}{path}")).status == 403
    assert (await yasmin.open(f"/offers/{offer}")).status == 404  # leads find it on their own pages
    assert (await maureen.open("/offers")).status == 403
    assert (await maureen.open("/offers/new")).status == 403
    token = str((await lily.open("/offers/new")).form("Read it").select("[name=form]")[0]["value"])
    for path in ("full", "room", "away", "back", "confirmation", "withdrawal", "submission", "check", "how"):
        sheet = await lily.post(f"/offers/{offer}/{path}", {"form": token, "open": "1"})
        assert sheet.status == 404, path
    with database.bound(three.coops["alder"].engine):
        here = three.coops["alder"].here()
        assert (await reads.own_offer(offer, here)).state == "published"
