# SPDX-License-Identifier: AGPL-3.0-or-later
"""The numbers to ring, by nation, and the words and topics after which a page shows them."""

from __future__ import annotations

import re

import pytest

from node.safeguarding.crisis import NOT_FAST, numbers, struck

TOPICS = frozenset({"suicidal-thoughts", "domestic-abuse"})


@pytest.mark.parametrize(
    ("nation", "expected"),
    [
        ("england", ["999", "111", "116 123", "0808 2000 247"]),
        ("Wales", ["999", "111", "116 123", "0808 80 10 800"]),
        ("scotland", ["999", "111", "116 123", "0800 027 1234"]),
        ("Northern Ireland", ["999", "0808 808 8000", "116 123", "0808 802 1414"]),
        ("elsewhere", ["999", "116 123"]),
    ],
)
def test_each_nation_has_its_own_lines_and_no_other_nations(nation: str, expected: list[str]) -> None:
    shown = numbers(nation)
    assert [line.number for line in shown.lines] == expected
    assert shown.note == NOT_FAST and "replies take days" in shown.note
    for line in shown.lines:
        assert re.sub(r"\D", "", line.number) in re.sub(r"\D", "", line.label)


def test_england_names_option_2_and_the_co_ops_own_number_comes_last() -> None:
    shown = numbers("england", out_of_hours="01632 960 999", co_op="Alder")
    assert "option 2" in shown.lines[1].label
    assert shown.lines[-1].label == "To speak to Alder out of hours: 01632 960 999"


@pytest.mark.parametrize(
    "text",
    [
        "I want to die",
        "sometimes I WISH I WAS DEAD.",
        "thinking of  killing\nmyself",
        "I don’t want to be here any more",
        "suicidal", "Suicide", "self-harming", "self harm", "(overdosed)", "he hit me", "not safe at home",
    ],
)  # fmt: skip
def test_words_that_show_the_numbers(text: str) -> None:
    assert struck(text)


@pytest.mark.parametrize(
    "text",
    ["", "dying to meet you", "the film hit melbourne", "I harmonise", "self-hardening clay", "the end of my lifeboat"],
)
def test_words_that_do_not(text: str) -> None:
    assert not struck(text)


def test_a_crisis_topic_is_enough() -> None:
    assert struck("hello", ["stroke", "domestic-abuse"], crisis_topics=TOPICS)
    assert not struck("hello", ["stroke"], crisis_topics=TOPICS)
    assert not struck("hello", ["domestic-abuse"])
