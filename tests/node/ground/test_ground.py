# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ground floor: places, clocks, chance, logs that hold nothing private."""

from __future__ import annotations

import json
from types import MappingProxyType

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from node import logs
from node.clock import HandClock, SeededRandomness
from node.here import NodeKey
from node.place import Area, Gazetteer, distance_km

degrees = st.tuples(st.floats(-89, 89), st.floats(-179, 179))


def test_a_known_distance() -> None:
    """One degree of latitude is 111.2 km on a sphere of the mean radius."""
    assert distance_km(54, 2, 55, 2) == pytest.approx(111.195, abs=0.01)


@given(degrees, degrees)
def test_distance_is_symmetric_and_bounded(one: tuple[float, float], other: tuple[float, float]) -> None:
    there, back = distance_km(*one, *other), distance_km(*other, *one)
    assert there == pytest.approx(back)
    assert 0 <= there <= 20_016


def test_a_place_is_found_by_id_and_by_name() -> None:
    quay = Area("quay", "Quay Side", 54.0, 2.0)
    known = Gazetteer(areas=MappingProxyType({"quay": quay}), patch=("quay",))
    assert known.find("quay") == known.find("  quay   SIDE ") == quay
    assert known.find("elsewhere") is None
    patch = known.whole_patch("Our patch")
    assert patch is not None
    assert (patch.lat, patch.lon) == (54.0, 2.0)


def test_one_purpose_one_key() -> None:
    key = NodeKey(bytes(32))
    assert key.derive("one") != key.derive("other")
    assert key.derive("one") == NodeKey(bytes(32)).derive("one")
    assert "0000" not in repr(key)


def test_chance_repeats_by_seed_and_the_clock_stands_still() -> None:
    assert SeededRandomness(7).bytes(16) == SeededRandomness(7).bytes(16) != SeededRandomness(8).bytes(16)
    clock = HandClock(100)
    assert clock.now() == clock.now() == 100
    assert clock.advance(days=1, hours=1) == 100 + 90_000


def test_a_fault_is_logged_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    logs.set_up()
    try:
        try:
            raise ValueError("what somebody typed")
        except ValueError as error:
            structlog.get_logger("test").error("fault", exc_info=error)
    finally:
        structlog.configure(**before)
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert line["error"] == "ValueError"
    assert any("test_ground.py" in place for place in line["at"])
    assert "what somebody typed" not in json.dumps(line)
