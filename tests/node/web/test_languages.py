# SPDX-License-Identifier: AGPL-3.0-or-later
"""The language that a request asks for: the most wanted that we have; never one that was refused; English where in doubt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.languages import LONGEST, chosen
from node.words import LANGUAGES


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "en"),
        ("cy", "cy"),
        ("CY-gb", "cy"),
        ("ur-PK, en;q=0.5", "ur"),
        ("de, pl;q=0.3, cy;q=0.7", "cy"),
        ("pl, cy", "pl"),
        ("en;q=0.8,pl", "pl"),
        ("pl;q=0.1, *;q=0.9", "en"),
        ("*", "en"),
        ("en;q=0, *;q=0.5", "cy"),
        ("pl;q=0, pl-PL;q=1", "en"),
        ("pl ; q=0.001", "pl"),
        ("zh-Hant-TW, fr", "en"),
        ("pl;q=2, cy;q=0.1", "cy"),
        ("pl;q=high", "en"),
        ("en-XA", "en"),
        ("plx", "en"),
        (",;=,,", "en"),
        ("de," * LONGEST + "cy", "en"),
    ],
)
def test_what_is_asked_for(header: str, expected: str) -> None:
    assert chosen(header) == expected


@given(st.text(max_size=200))
def test_any_header_gives_one_of_ours(header: str) -> None:
    assert chosen(header) in LANGUAGES
