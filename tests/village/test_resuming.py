# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a long trial found is kept as it comes: cut off anywhere it goes on, and a file of another trial is not taken for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fuzz import running as fuzzing
from tests.fuzz.trying import Mill, Tally
from tests.resuming import AnotherTrial, Results

ABOUT = {"trial": "a try", "seed": 1}


def test_what_was_kept_is_there_again(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    first = Results(file, ABOUT, ["tests/fuzz"])
    assert first.get("one") is None
    first.put("one", {"failed": 1})
    first.put("one", {"failed": 0})
    first.put("two", [2])
    with file.open("ab") as half:
        half.write(b'{"key": "three", "ca')
    again = Results(file, ABOUT, ["tests/fuzz"])
    assert (again.get("one"), again.get("two"), again.get("three")) == ({"failed": 0}, [2], None)
    assert again.sources(["one", "two"]) == 1
    again.put("three", 3)
    assert Results(file, ABOUT, ["tests/simulation"]).get("three") == 3
    other = Results(file, ABOUT, ["tests/simulation"])
    other.put("two", [3])
    assert other.sources(["one", "two", "three"]) == 2
    with pytest.raises(AnotherTrial):
        Results(file, {**ABOUT, "seed": 2}, ["tests/fuzz"])


def test_only_what_is_not_done_yet_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum is that of one run, and a piece in which something was found is tried again."""
    monkeypatch.setattr(fuzzing, "CHUNK", 40)
    monkeypatch.setattr(fuzzing, "DOOR_CHUNK", 10**9)
    file = tmp_path / "fuzz.jsonl"
    pieces = [piece for piece in fuzzing.pieces(160) if piece[0] == "functions"]
    assert [piece[1:] for piece in pieces] == [(0, 40), (40, 80), (80, 120), (120, 160)]
    results = Results(file, ABOUT, fuzzing.SOURCE)
    mill, whole = Mill(1), Tally()
    for piece in pieces:
        came = mill.run(number for number in range(*piece[1:]) if number % fuzzing.DOOR_EVERY)
        whole.add(came)
        if piece[1] == 80:
            came.accepted += 1
            came.finding("made up")
        if piece[1] != 40:
            results.put(fuzzing.key(piece), came.as_json())
    held = Results(file, ABOUT, fuzzing.SOURCE)
    assert [piece[1] for piece in pieces if not fuzzing.whole(held, piece)] == [40, 80]
    for piece in pieces[1:3]:
        held.put(fuzzing.key(piece), fuzzing.one(1, tmp_path, piece).as_json())
    total = fuzzing.so_far(pieces, Results(file, ABOUT, fuzzing.SOURCE))
    assert total.figures() == whole.figures()
    assert total.tried == 144
    assert json.loads(file.read_text().splitlines()[0]) == ABOUT
