# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one thing to do now, and an introduction in words: pure, from a view and the time."""

from __future__ import annotations

from typing import Any

import pytest

from node.introductions.pages import showing
from node.introductions.pages.steps import next_step
from node.introductions.shapes import (
    Conversations,
    HelpNow,
    IntroductionView,
    MessageView,
    Moment,
    PlanView,
    SharedValue,
    SharingView,
    WayOn,
)

NOW = 1_800_000_000


def view(**more: Any) -> IntroductionView:
    given: dict[str, Any] = {
        "id": "x" * 22,
        "side": "asker",
        "status": "accepted",
        "status_words": "",
        "co_op": "Birch",
        "node_id": "birch.example",
        "group": False,
        "asked_at": NOW,
        "answer_by": NOW + 1,
        "timeline": [],
        "can": ["messages"],
        "quick_replies": [],
        "help": HelpNow(words="", numbers=[], replies_take_days=""),
    }
    return IntroductionView(**{**given, **more})


def plan(at: int) -> PlanView:
    return PlanView(
        no=1,
        mine=False,
        place_kind="phone",
        place_label="By phone",
        where="",
        at=at,
        ends_at=at + 60,
        who_knows="",
        agreed_at=None,
        checked_out_at=None,
        they_checked_out_at=None,
    )


def sharing(**more: Any) -> SharingView:
    given: dict[str, Any] = {"mine": [], "confirmed_at": None, "left": False, "theirs_confirmed": True, "theirs": []}
    return SharingView(**{**given, **more}, note="")


REVIEW = Conversations(had=6, of=6, review_due=True)


@pytest.mark.parametrize(
    ("given", "to"),
    [
        ({"status": "waiting"}, ""),
        ({"status": "waiting", "side": "supporter"}, ""),
        ({}, "#write"),
        ({"conversations": REVIEW}, "review"),
        ({"conversations": REVIEW, "sharing": sharing()}, "sharing"),
        ({"sharing": sharing(confirmed_at=NOW)}, "#write"),
        ({"can": ["plan/agreement"], "plan": plan(NOW + 1), "sharing": sharing()}, "plan"),
        ({"can": ["plan/agreement"], "plan": plan(NOW)}, "#write"),
        ({"can": ["plan/check-out"], "plan": plan(NOW), "conversations": REVIEW}, "plan/check-out"),
        ({"can": ["plan/check-out"], "plan": plan(NOW + 1)}, "#write"),
        ({"can": ["plan/check-out"], "plan": plan(NOW), "status": "ended"}, "plan/check-out"),
        ({"status": "ended"}, ""),
        ({"status": "declined", "ways_on": [WayOn(kind="lead", words="")]}, ""),
    ],
)
def test_the_most_pressing_thing_comes_first(given: dict[str, Any], to: str) -> None:
    step = next_step(view(**given), NOW)
    assert step.to == to and step.words
    assert bool(step.label) is bool(to)
    assert step.post is (to == "plan/check-out")


def test_they_have_no_name_before_they_shared_one() -> None:
    assert showing.heading(view()) == "You and somebody at Birch"
    shared = [SharedValue(field="first_name", label="First name", value="Samuel")]
    assert showing.heading(view(sharing=sharing(theirs=shared))) == "You and Samuel"
    assert showing.heading(view(status="ended", side="supporter")) == "Somebody at Birch asked you"


def test_each_message_says_whether_it_arrived() -> None:
    def message(**more: Any) -> MessageView:
        given: dict[str, Any] = {"no": 1, "mine": True, "at": NOW, "words": "Hello.", "quick": "", "quick_label": ""}
        return MessageView(**{**given, **more})

    every = [message(), message(reached_at=NOW + 60), message(not_delivered=True), message(mine=False)]
    said = [each["when"].partition(". ")[2] for each in showing.thread(view(messages=every))]
    assert said == ["On its way", "It reached Birch 08:01", "It was not delivered", ""]


def test_the_timeline_marks_what_waits_and_what_went_wrong() -> None:
    names = ("asked", "delayed", "message_reached", "reached")
    told = showing.told(view(status="waiting", timeline=[Moment(at=NOW, event=name, text=name) for name in names]))
    assert [(each["title"], each["state"]) for each in told] == [
        ("asked", "done"),
        ("delayed", "stopped"),
        ("reached", "waiting"),
    ]
