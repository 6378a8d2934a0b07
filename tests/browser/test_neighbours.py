# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trust between two co-ops from its beginning to its end, by two operators in a real browser: invited, asked, compared in words,
confirmed, other terms, paused, resumed, ended; on a phone and at a desk, with and without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.walking import FEW, Walker, Walking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
ALDER, BIRCH = "/neighbours/alder.example", "/neighbours/birch.example"


@pytest.fixture(params=FEW)
def walking(request: pytest.FixtureRequest, served: Any, context_of: Any) -> Walking:
    return Walking(served, context_of, FEW[request.param])


def spoken(who: Walker, number: int = 0) -> str:
    """The twelve words of one list on a page, as they are read out."""
    words = who.page.locator("main .spoken").nth(number).locator("li").all_inner_texts()
    assert len(words) == 12, who.text
    return " ".join(words)


def test_trust_from_an_invitation_to_an_end(walking: Walking) -> None:
    bethan, callum = walking.one("bethan", "callum")
    _end_the_first(walking, callum, bethan)
    heard = _invite_and_ask(walking, bethan, callum)
    _compare_and_confirm(walking, bethan, callum, heard)
    _other_terms(walking, bethan, callum)
    _pause_and_resume(walking, bethan, callum)
    _end_it(walking, bethan, callum)


def _end_the_first(walking: Walking, callum: Walker, bethan: Walker) -> None:
    """The village's two are neighbours already: so that there is something to begin, they part."""
    callum.open(BIRCH).press("End it").fill(reason="To begin anew").press("End it")
    walking.settle()
    callum.open(BIRCH).sees("We ended it.", "They say that they deleted what we gave them")
    bethan.open(ALDER).sees("They ended it.")
    callum.open("/find/check").press("Show me who is there").misses("Birch Row")


def _invite_and_ask(walking: Walking, bethan: Walker, callum: Walker) -> str:
    """What Callum hears of Bethan's words."""
    bethan.open("/neighbours").press("Invite a co-op").fill(node_id="alder.example").press("Make the invitation")
    text = bethan.page.locator("main .code").inner_text()
    hers = spoken(bethan)
    bethan.shot("neighbours-invited").press("I have sent it").misses(text)
    callum.open("/neighbours").press("We were invited").fill(invitation=text + "\n").press("Ask them")
    walking.settle()
    callum.open(BIRCH).sees("We took their invitation.").shot("neighbours-checking-call")
    assert spoken(callum) == hers, "what he hears has to be what he sees of theirs"
    assert "alder" not in callum.page.locator(".spoken").first.inner_text().lower()
    return spoken(callum, 1)


def _compare_and_confirm(walking: Walking, bethan: Walker, callum: Walker, heard: str) -> None:
    bethan.open(ALDER).press("Compare the words, and confirm").misses(heard.split()[0] + " " + heard.split()[1])
    wrong = " ".join(reversed(heard.split()))
    with bethan.page.expect_response(lambda answer: answer.status == 422):
        bethan.fill(words=wrong)
        bethan.page.locator("main button").filter(has_text="The words are theirs: confirm").click()
    bethan.sees("Some answers need another look", "These aren't the words")
    bethan.fill(words=heard).shot("neighbours-compare").press("The words are theirs: confirm")
    walking.settle()
    callum.open(BIRCH).sees("Agreed until").misses("Not agreed yet")
    bethan.open(ALDER).sees("Agreed until").misses("Not agreed yet")
    callum.open("/find/check").press("Show me who is there").sees("Birch Row")


def _other_terms(walking: Walking, bethan: Walker, callum: Walker) -> None:
    callum.open(BIRCH).press("Propose other terms").fill(erasure_hours="24").press("Propose it")
    callum.open(BIRCH).sees("72 hours").press("See what we proposed").sees("24 hours").press("Take it back")
    callum.open(f"{BIRCH}/terms").fill(erasure_hours="36").press("Propose it")
    walking.settle()
    bethan.open(ALDER).sees("72 hours").press("Look at the old and the new").sees("72 hours", "36 hours", "Changed")
    bethan.shot("neighbours-old-and-new").press("Say yes")
    walking.settle()
    for who, page in ((callum, BIRCH), (bethan, ALDER)):
        who.open(page).sees("36 hours").misses("72 hours")


def _pause_and_resume(walking: Walking, bethan: Walker, callum: Walker) -> None:
    bethan.open(ALDER).press("Pause it").sees("What follows, at once").tick(why="repair")
    bethan.fill(words="Back on Monday", reason="Their disk failed").press("Pause them")
    walking.settle()
    callum.open(BIRCH).sees("Back on Monday").misses("Their disk failed")
    callum.open("/find/check").press("Show me who is there").misses("Birch Row Care Co-op says")
    bethan.open(ALDER).sees("Their disk failed").press("Resume").press("Resume")
    walking.settle()
    callum.open(BIRCH).misses("Back on Monday")
    callum.open("/find/check").press("Show me who is there").sees("Birch Row")


def _end_it(walking: Walking, bethan: Walker, callum: Walker) -> None:
    bethan.open(ALDER).press("End it").sees("They have agreed to delete what we gave them", "36 hours")
    bethan.fill(reason="We have merged").shot("neighbours-ending").press("End it")
    walking.settle()
    bethan.open(ALDER).sees("We ended it.", "They say that they deleted what we gave them")
    callum.open(BIRCH).sees("They ended it.").misses("We have merged")
    callum.open("/find/check").press("Show me who is there").misses("Birch Row")
    been = " ".join(path for who in walking.everybody for path in who.been)
    assert "cc1-" not in been, "an invitation stands in no address"
