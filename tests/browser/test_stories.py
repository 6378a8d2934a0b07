# SPDX-License-Identifier: AGPL-3.0-or-later
"""The cast's stories of peer support in a real browser, one browser signed in at three co-ops: by telephone, whole with a meeting
and an ending, joined, away, worried, paused; with and without scripts, on a phone and at a desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.walking import FEW, WAYS, Walker, Walking
from tests.node.introductions.two import MESSAGE, NEEDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
DAY = 86_400
PRIVATE = ("Maureen", "Nwosu", "960301", "960321", "stroke", "slowly", "market", "Ruth", "library")


@pytest.fixture(params=FEW)
def walking(request: pytest.FixtureRequest, served: Any, context_of: Any) -> Walking:
    return Walking(served, context_of, FEW[request.param])


def find(who: Walker, *, topics: str, near: str = "mill-hollow", ways: str = "phone", within_km: str = "20") -> Walker:
    """The five questions, from home to who is there."""
    who.open("/").press("Find support").press("Start")
    who.tick(topics=topics).shot("find-what").press("Continue")
    who.press("Continue")
    who.tick(ways=ways).press("Continue")
    who.tick(near=near, within_km=within_km).press("Continue")
    who.press("Continue")
    return who.press("Show me who is there")


def to_listing(who: Walker, co_op: str) -> Walker:
    """The one offer of a co-op among those found."""
    card = who.page.locator("main .card").filter(has_text=co_op)
    assert card.count() == 1, who.text
    with who.page.expect_navigation(wait_until="load"):
        card.locator("a").first.click()
    return who._here()


@pytest.mark.parametrize("way", WAYS)
def test_maureen_and_samuel(way: str, served: Any, context_of: Any) -> None:
    walking = Walking(served, context_of, WAYS[way])
    maureen, samuel, sheila = walking.one("maureen", "samuel", "sheila")
    _asks_while_birch_is_off(walking, maureen)
    served.village.start("birch")
    served.later(2 * 3600)
    walking.again()
    samuel.open("/").sees("Hello, Samuel").shot("home-supporter").press("Somebody asks you")
    hers, his = maureen.path, samuel.path
    samuel.sees(NEEDS, MESSAGE, "Somebody at Alder Neighbours Co-op asks you").misses("Maureen").shot("asked")
    samuel.press("Yes, ring me").sees("Your yes is on its way.")
    walking.settle()
    maureen.open(hers).sees("You and somebody at Birch Row Care Co-op").shot("accepted")
    _talk(walking, maureen, samuel, hers, his)
    _share(walking, maureen, samuel, hers, his)
    _meet(walking, maureen, samuel, hers, his)
    _end(walking, maureen, samuel, hers, his)
    sheila.open("/").sees("Hello, Sheila").misses("Maureen", "Samuel")
    been = " ".join(path for who in walking.everybody for path in who.been)
    assert not [word for word in PRIVATE if word in been], "nothing private in an address"


def _asks_while_birch_is_off(walking: Walking, maureen: Walker) -> None:
    maureen.open("/").sees("Hello, Maureen").shot("home")
    find(maureen, topics="stroke").sees("Birch Row Care Co-op", "Cedar Sands Together").shot("results")
    maureen.misses("Dovecote")
    to_listing(maureen, "Birch Row").sees("Words were slow to come back.").shot("listing").press("Ask this person")
    maureen.tick(topics="stroke").fill(needs=NEEDS, message=MESSAGE).shot("ask").press("Read what would be sent")
    maureen.sees("Nothing has been sent yet.", NEEDS, MESSAGE, "You can stop at any time; nobody asks why.").misses(
        "Maureen<"
    )
    maureen.shot("before-you-send")
    walking.served.village.stop("birch")
    maureen.press("Send it to Birch")
    walking.settle()
    maureen.open(maureen.path).sees("Birch Row Care Co-op's computer is off. Nothing is lost.").shot("birch-is-off")


def _talk(walking: Walking, maureen: Walker, samuel: Walker, hers: str, his: str) -> None:
    samuel.open(his).fill(words="Hello. Words come slowly to me.").press("Send it to them")
    walking.served.later(240)
    maureen.open(hers).sees("Hello. Words come slowly to me.")
    maureen.fill(words="Take your time. I have all afternoon.").press("Send it to them")
    walking.served.later(240)
    samuel.open(his).sees("Take your time. I have all afternoon.").press("Thank you")
    walking.served.later(240)
    maureen.open(hers).sees("Thank you").fill(words="I bump into doors.").press("Send it to them")
    walking.served.later(240)
    samuel.open(his).sees("I bump into doors.").shot("messages")
    maureen.open(hers).sees("It reached Birch Row Care Co-op").shot("messages-asker")


def _share(walking: Walking, maureen: Walker, samuel: Walker, hers: str, his: str) -> None:
    maureen.open(f"{hers}/sharing").sees("A phone number cannot be taken back")
    maureen.tick(fields="first_name phone").shot("sharing").press("Share what I ticked")
    walking.settle()
    samuel.open(his).sees("They have confirmed what they share").misses("Maureen", "960301")
    samuel.open(f"{his}/sharing").tick(fields="first_name phone").press("Share what I ticked")
    walking.settle()
    samuel.open(his).sees("You and Maureen", "01632 960301")
    maureen.open(hers).sees("You and Samuel", "01632 960321").shot("shared")
    assert "Samuel" not in maureen.page.title() and "Maureen" not in samuel.page.title()


def _meet(walking: Walking, maureen: Walker, samuel: Walker, hers: str, his: str) -> None:
    maureen.open(f"{hers}/plan").tick(place_kind="public_place", minutes="60")
    maureen.fill(
        place="Ferry Row library cafe", day__day="20", day__month="1", day__year="2027", clock="14:30", who_knows="Ruth"
    )
    maureen.shot("plan-form").press("Send this plan to them")
    walking.settle()
    samuel.open(f"{his}/plan").sees("Ferry Row library cafe", "Wednesday 20 January", "14:30", "Ruth").shot("plan")
    samuel.press("Yes, that suits me")
    walking.settle()
    maureen.open("/").sees("Wednesday 20 January at 14:30").shot("home-meeting")
    maureen.open(f"{hers}/plan/print").sees("Ferry Row library cafe")
    assert maureen.page.locator("nav").count() == 0
    walking.served.later(5 * DAY + 8 * 3600)
    walking.again()
    maureen.open(hers).sees("Are you home again?").press("I'm home again")
    walking.settle()
    samuel.open(f"{his}/plan").press("I'm home again")
    walking.settle()
    maureen.open(f"{hers}/plan").sees("They checked out")


def _end(walking: Walking, maureen: Walker, samuel: Walker, hers: str, his: str) -> None:
    for _ in range(6):
        maureen.open(hers).press("We had a conversation")
    maureen.open(f"{hers}/review").tick(going="well", carry_on="yes").fill(words="Good talks.").press("Keep this here")
    maureen.sees("stays here in your co-op").shot("reviewed")
    walking.settle()
    maureen.open(f"{hers}/ending").fill(words="Thank you. I go to the market alone now.").press("End it now")
    maureen.sees("It is nobody's fault.").shot("ended")
    walking.settle()
    samuel.open(his).sees("Ended", "I go to the market alone now.", "Words come slowly to me.").misses("Good talks")


def test_maureen_rings_and_yasmin_looks_with_her(walking: Walking) -> None:
    yasmin = walking.alone("yasmin")
    yasmin.open("/lead").shot("lead")
    yasmin.open("/lead/rang").fill(name="Maureen").tick(asked_alone="yes").shot("rang").press("Continue")
    yasmin.sees("What is Maureen looking for?")
    yasmin.fill(words="someone who has had a stroke, by phone").tick(ways="phone", near="mill-hollow", within_km="20")
    yasmin.press("Show the choices to read out").sees("Birch Row Care Co-op", "Cedar Sands Together").misses(
        "Dovecote"
    ).shot("choices")
    choices = yasmin.path
    paper = yasmin.open(f"{choices}/print").sees("Birch Row Care Co-op").misses("Maureen").shot("choices-on-paper")
    assert "large" in (paper.page.locator("html").get_attribute("class") or "")
    yasmin.open(choices)
    card = yasmin.page.locator("main .card").filter(has_text="Birch Row Care Co-op")
    with yasmin.page.expect_navigation(wait_until="load"):
        card.locator("button").click()
    yasmin.sees("You are asking for Maureen.").tick(topics="stroke").fill(message=MESSAGE).press(
        "Read what would be sent"
    )
    yasmin.sees("It is sent only if they say yes.").press("Send it to Birch").sees("The ask is on its way.")
    walking.settle()
    samuel, maureen = walking.alone("samuel"), walking.alone("maureen")
    samuel.open("/introductions").press("Somebody asks you").sees(MESSAGE).misses("Maureen")
    maureen.open("/introductions").press("Birch Row").sees("lead entered this ask for you")
    assert MESSAGE in maureen.page.content()


def test_grace_joins_a_group_herself_and_sees_nothing_of_her_mothers(walking: Walking) -> None:
    grace, joan = walking.one("grace", "joan")
    maureen = walking.alone("maureen")
    grace.open("/me/helpers").press("Get a number")
    number = grace.page.locator("main .code").inner_text()
    maureen.open("/me/helpers/new").fill(code=number, until__day="1", until__month="6", until__year="2027")
    maureen.tick(scopes="people").shot("helper").press("Ask them")
    find(maureen, topics="stroke")
    to_listing(maureen, "Birch Row").press("Ask this person").tick(topics="stroke").fill(message=MESSAGE)
    maureen.press("Read what would be sent").press("Send it to Birch")
    grace.open("/me/helpers").press("Maureen").press("Yes, I help them")
    grace.open("/helping").press("Act for Maureen now").open("/").shot("acting-for")
    assert "Maureen" in grace.page.locator(".acting").inner_text()
    for path in ("/introductions", maureen.path):
        grace.open(path).misses(MESSAGE)
    grace.open("/helping").press("Stop acting for Maureen")
    find(grace, topics="caring-partner", ways="phone_group")
    to_listing(grace, "Birch Row").press("Ask to join this group").sees(
        "You can join without saying anything about yourself."
    )
    grace.press("Read what would be sent").shot("join").press("Join the group at Birch")
    sent = grace.path
    walking.settle()
    grace.open(sent).sees("There is room: you are in the group.")
    joan.open("/introductions").misses("Grace", "Nwosu").shot("group")


def test_tomasz_is_told_when_marek_is_back(walking: Walking) -> None:
    tomasz, marek = walking.one("tomasz", "marek")
    find(tomasz, topics="new-in-care", ways="message", within_km="0")
    to_listing(tomasz, "Cedar Sands").sees("They are away until").shot("away").press("Tell me when they're back")
    if tomasz.path.endswith("/back"):
        tomasz.press("Tell me when they're back")
    tomasz.sees("Nothing has been sent to them.")
    marek.open("/introductions").misses("Tomasz")


def test_derek_is_worried_and_only_ines_is_told(walking: Walking) -> None:
    kwame, derek = walking.one("kwame", "derek")
    peter, ines = walking.alone("peter"), walking.alone("ines")
    kwame.open("/find/what").tick(topics="benefit-forms").press("Continue")
    kwame.open("/find/check").press("Show me who is there")
    to_listing(kwame, "Alder Neighbours").press("Ask this person").tick(topics="benefit-forms").fill(message="Help me.")
    kwame.press("Read what would be sent").press("Send it to Alder")
    walking.settle()
    derek.open("/introductions").press("Somebody asks you").press("Yes, write to me")
    his, theirs = derek.path, kwame.path
    walking.settle()
    kwame.open(theirs).fill(words="Can you lend me money for the meter.").press("Send it to them")
    walking.settle()
    derek.open(his).sees("Can you lend me money").press("worried").shot("worried")  # the first tap
    derek.fill(words="They asked me for money.").untick("tell_lead").press("Tell them")  # the second
    derek.sees("They have been told").shot("worry-told")
    peter.open("/concerns").sees("There is nothing for you to read.")
    walking.settle()
    kwame.open(f"{theirs}/withdrawal").press("Withdraw now")
    walking.settle()
    derek.open(his).sees("A sealed copy is kept until").misses("lend me money")
    ines.open("/concerns").misses("money").shot("concerns")
    with ines.page.expect_navigation(wait_until="load"):
        ines.page.locator("main .card__title a").first.click()
    ines.press("Open it").sees("They asked me for money.").shot("concern")
    ines.press("The introduction it is about").misses("lend me money").press("Open it").sees("lend me money").shot(
        "sealed-copy"
    )
    for who in (peter, kwame):
        who.open(ines.path)
        assert (
            "We can't find that" in who.page.title()
            or "can’t" in who.page.title()
            or who.page.locator("h1").inner_text()
        )
        who.misses("lend me money for the meter" if who is peter else "They asked me")


def test_cedar_pauses_alder_and_resumes(walking: Walking) -> None:
    maureen, niamh = walking.one("maureen", "niamh")
    find(maureen, topics="stroke")
    to_listing(maureen, "Cedar Sands").press("Ask this person").tick(topics="stroke").fill(message=MESSAGE)
    maureen.press("Read what would be sent")
    niamh.open("/neighbours").press("Alder Neighbours").press("Pause").shot("pause")
    niamh.tick(why="people").fill(words="Back on Monday", reason="A holiday").press("Pause them").sees("Paused")
    maureen.press("Send it to Cedar")
    ask = maureen.path
    walking.settle()
    maureen.open(ask).sees("Cedar Sands Together has paused its link with us. Your message waits.").shot("paused")
    _a_concern_still_passes(walking)
    niamh.open("/neighbours").press("Alder Neighbours").press("Resume").press("Resume")
    walking.served.later(2 * 3600)
    walking.again()
    sheila = walking.alone("sheila")
    sheila.open("/introductions").press("Somebody asks you").sees(MESSAGE)
    maureen.open(ask).sees("Reached Cedar Sands Together")


def _a_concern_still_passes(walking: Walking) -> None:
    maureen, dot = walking.everybody[0], walking.alone("dot")
    peter = walking.alone("peter")
    maureen.open("/worry").fill(words="Somebody at Cedar may be in danger.").press("Tell the people")
    peter.open("/concerns")
    with peter.page.expect_navigation(wait_until="load"):
        peter.page.locator("main .card__title a").first.click()
    peter.press("Open it").press("Tell another co-op").tick(to="cedar.example")
    peter.page.locator("main [name=urgency]").first.check()
    peter.fill(words="Please look in on her.", reason="Risk").press("Check what would leave").press("Send it to Cedar")
    walking.settle()
    dot.open("/concerns").misses("look in on her")
    with dot.page.expect_navigation(wait_until="load"):
        dot.page.locator("main .card__title a").first.click()
    dot.press("Open it").sees("Please look in on her.")
