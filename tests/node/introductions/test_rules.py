# SPDX-License-Identifier: AGPL-3.0-or-later
"""The state machine and the limits, without a database."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from node.errors import Conflict
from node.introductions import rules, texts
from node.introductions.halves import Half
from node.introductions.shapes import (
    AskDraft,
    PlanDraft,
    Status,
)

STATUSES = get_args(Status)
EXPECTED = {
    "waiting": {
        "accept": "accepted",
        "decline": "declined",
        "expire": "ended",
        "give_up": "undeliverable",
        "withdraw": "ended",
        "gone": "ended",
    },
    "accepted": {
        "confirm": "sharing",
        "take_back": "accepted",
        "both_arrived": "shared",
        "end": "ended",
        "withdraw": "ended",
        "gone": "ended",
    },
    "sharing": {
        "confirm": "sharing",
        "take_back": "accepted",
        "both_arrived": "shared",
        "end": "ended",
        "withdraw": "ended",
        "gone": "ended",
    },
    "shared": {
        "confirm": "shared",
        "both_arrived": "shared",
        "end": "ended",
        "withdraw": "ended",
        "gone": "ended",
    },
    "declined": {"withdraw": "ended"},
    "ended": {"withdraw": "ended", "late_yes": "accepted"},
    "undeliverable": {"withdraw": "ended", "late_yes": "accepted"},
}
HALF = Half(
    id="i",
    thread="t",
    thread_out="t",
    side="asker",
    other_node="birch.example",
    person="p",
    status="waiting",
    group_offer=False,
    silent=False,
    hidden=False,
    person_gone="",
    asked_at=0,
    answer_by=rules.ASK_LIFE,
    asker_ref="",
    ask_reached_at=None,
    answered_at=None,
    both_shared_at=None,
    ended_at=None,
    ended_how="",
    erase_at=None,
    erased_at=None,
    place_taken=False,
    had=0,
    had_of=6,
    review_due_at=None,
    lead_told_at=None,
    changed_at=0,
)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("event", sorted(rules.EVENTS))
def test_every_event_in_every_status(status: str, event: str) -> None:
    expected = EXPECTED[status].get(event)
    assert rules.step(status, event) == expected
    if expected is None:
        with pytest.raises(Conflict) as refused:
            rules.after(status, event)
        assert refused.value.words.endswith(".")
    else:
        assert rules.after(status, event) == expected


@pytest.mark.parametrize("status", STATUSES)
def test_the_relay_is_open_only_between_a_yes_and_an_ending(status: Status) -> None:
    half = replace(HALF, status=status)
    if status in ("accepted", "sharing", "shared"):
        rules.must_talk(half)
        assert "messages" in rules.can(half, plan="", sealed=False)
    else:
        with pytest.raises(Conflict):
            rules.must_talk(half)
        assert "messages" not in rules.can(half, plan="", sealed=False)


def test_what_each_side_can_do_while_it_waits() -> None:
    given = {"plan": "", "sealed": False}
    assert rules.can(HALF, **given) == ["withdrawal", "concerns"]
    supporter = replace(HALF, side="supporter", asker_ref="r")
    assert rules.can(supporter, **given) == ["acceptance", "declining", "never-again", "concerns"]
    assert rules.can(replace(HALF, status="ended", hidden=True), **given) == ["concerns"]
    assert rules.can(replace(HALF, status="ended", erased_at=1), **given) == []


def test_one_thread_between_two_nodes_and_two_names_for_it_within_one() -> None:
    thread = "AAAAAAAAAAAAAAAAAAAAAA"
    assert rules.way_back(thread, "alder.example", "birch.example") == thread
    back = rules.way_back(thread, "alder.example", "alder.example")
    assert back != thread
    assert len(back) == 22
    assert back[-1] in "AQgw"
    assert back == rules.way_back(thread, "alder.example", "alder.example")


def test_a_reference_is_one_for_each_person_and_co_op() -> None:
    one = rules.asker_ref(b"k" * 32, "maureen", "birch.example")
    assert one == rules.asker_ref(b"k" * 32, "maureen", "birch.example")
    others = {
        rules.asker_ref(b"k" * 32, "maureen", "cedar.example"),
        rules.asker_ref(b"k" * 32, "derek", "birch.example"),
        rules.asker_ref(b"x" * 32, "maureen", "birch.example"),
    }
    assert len({one, *others}) == 4
    assert len(one) == 43


def test_an_automatic_no_comes_after_2_to_20_hours() -> None:
    assert rules.decline_after(bytes(8)) == 2 * 3600
    waits = {rules.decline_after(number.to_bytes(8, "big")) for number in range(70_000)}
    assert min(waits) >= 2 * 3600
    assert max(waits) == 20 * 3600


def test_every_fault_of_an_ask_at_once() -> None:
    draft = AskDraft(offer_id="o", topics=["knitting"], needs="n" * 501, message="m" * 1001)
    faults = rules.ask_faults(draft, offered=("stroke",), group=False, open_asks=3)
    assert set(faults) == {"topics", "needs", "message", "asks"}
    assert "501" in faults["needs"]


def test_a_group_needs_no_words() -> None:
    draft = AskDraft(offer_id="o")
    assert rules.ask_faults(draft, offered=("stroke",), group=True, open_asks=0) == {}
    assert set(rules.ask_faults(draft, offered=("stroke",), group=False, open_asks=0)) == {"topics", "message"}


def test_a_first_meeting_is_never_at_home() -> None:
    fine = PlanDraft(place_kind="public_place", where="Ferry Row library café", at=100, who_knows="Ruth")
    assert rules.plan_faults(fine, now=0) == {}
    faults = rules.plan_faults(PlanDraft(place_kind="home", at=0, minutes=1), now=0)
    assert set(faults) == {"place_kind", "at", "minutes"}
    assert "never at somebody's home" in faults["place_kind"]
    nobody = rules.plan_faults(PlanDraft(place_kind="public_place", at=100), now=0)
    assert set(nobody) == {"where", "who_knows"}


@pytest.mark.parametrize(
    ("held", "held_mine", "came", "side", "stands"),
    [
        (1, True, 2, "asker", True),
        (2, True, 1, "asker", False),
        (1, True, 1, "asker", False),
        (1, True, 1, "supporter", True),
        (1, False, 1, "supporter", False),
    ],
)
def test_of_two_plans_that_cross_the_askers_stands(
    held: int, held_mine: bool, came: int, side: str, stands: bool
) -> None:
    assert rules.which_plan_stands(held=held, held_mine=held_mine, came=came, side=side) is stands


def test_words_that_cannot_be_shown_are_refused() -> None:
    assert rules.text_fault("plain\nwords", 100) is None
    for bad in ("nul \0", "turned \u202e round", "half \ud800"):
        assert rules.text_fault(bad, 100) is not None


def test_times_are_those_on_the_wall() -> None:
    summer = 1_777_972_440  # Tuesday 5 May 2026, 09:14 UTC
    assert texts.day(summer) == "Tuesday 5 May"
    assert texts.clock(summer) == "10:14"
    winter = 1_768_468_440
    assert texts.clock(winter) == "09:14"
    said = texts.event("delayed", {"until": summer}, at=summer, side="asker", co_op="Birch")
    assert said == "Birch's computer is off. Nothing is lost. We'll keep trying until Tuesday 5 May, then tell you."
    assert (
        texts.event("reached", {}, at=summer, side="asker", co_op="Birch") == "Reached Birch 10:14; not answered yet."
    )


@pytest.mark.parametrize("side", ["asker", "supporter"])
def test_every_sentence_can_be_said_and_is_calm(side: str) -> None:
    params = dict.fromkeys(("until", "on", "by", "when", "had", "of"), 1777972440)
    known = texts._ASKER if side == "asker" else texts._SUPPORTER
    for name in {*texts._BOTH, *known}:
        said = texts.event(name, params, at=0, side=side, co_op="Birch")
        assert "{" not in said
        assert "!" not in said
        assert said.endswith(".")
