# SPDX-License-Identifier: AGPL-3.0-or-later
"""A body that does not fit: every field's fault at once, in plain words, without repeating what was sent."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from node.web.reading import MISSING, NOT_AN_OBJECT, UNKNOWN, faults


class Area(Struct, forbid_unknown_fields=True):
    name: str
    lat: float


class Form(Struct, forbid_unknown_fields=True):
    words: str
    number: int
    yes: bool = False
    kind: Literal["one", "other"] = "one"
    topics: list[str] = []
    area: Area | None = None
    areas: list[Area] = []


def test_every_fault_at_once() -> None:
    raw = {"number": "three", "yes": "perhaps", "kind": "third", "topics": ["a", 2], "area": {"lat": 1.0}, "colour": 1}
    assert faults(Form, raw) == {
        "words": MISSING,
        "number": "Give a whole number.",
        "yes": "Say yes or no (true or false).",
        "kind": "Choose one of: one, other.",
        "topics[1]": "Write this in words.",
        "area.name": MISSING,
        "colour": UNKNOWN,
    }


def test_lists_of_forms_name_the_place() -> None:
    raw = {"words": "", "number": 1, "areas": [{"name": "x", "lat": 1}, {"name": 5, "lat": 1.5}]}
    assert faults(Form, raw) == {"areas[1].name": "Write this in words."}


@pytest.mark.parametrize("raw", [[], "words", 3, None])
def test_what_is_no_form(raw: object) -> None:
    assert faults(Form, raw) == {"body": NOT_AN_OBJECT}


plain = (
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
)
names = st.sampled_from(["words", "number", "yes", "kind", "topics", "area", "areas", "other"])
anything = st.dictionaries(
    names, plain | st.lists(plain, max_size=2) | st.dictionaries(st.sampled_from(["name", "lat"]), plain)
)


@given(anything)
def test_it_finds_a_fault_exactly_when_msgspec_does(raw: dict[str, Any]) -> None:
    try:
        msgspec.convert(raw, Form)
    except msgspec.ValidationError:
        assert faults(Form, raw)
    else:
        assert faults(Form, raw) == {}
