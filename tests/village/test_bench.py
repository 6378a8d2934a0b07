# SPDX-License-Identifier: AGPL-3.0-or-later
"""The bench runs and tells what it promises: each part of `--quick`, its lines and their keys. No time is judged here.

The parts `crossing`, `idle`, `flooding` and `start` begin processes and wait for quiet seconds; their stories are
told by other tests.
"""

from __future__ import annotations

import json
import sys

import pytest

from tests.bench.__main__ import PARTS, QUICK, main, run

KEYS = {"figure", "value", "unit", "limit", "limit_is", "ratio", "aim", "holds"}
FIGURES = {
    "ingest": ("offers ingested per second per core at the receiver", "catch-up of 300 offers"),
    "search": tuple(
        f"search over 1,000 offers, {what} within 10 km, p99"
        for what in ("a rarer word", "a common word", "topics and ways")
    ),
    "pages": tuple(f"page {name}, p50" for name in ("home", "who is there", "one introduction")),
}


@pytest.mark.slow
@pytest.mark.parametrize("part", FIGURES)
async def test_a_part_tells_its_figures_beside_their_limits(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    await run([part], quick=True)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    databases = ["SQLite"] if any("left_out" in line for line in told) else ["SQLite", "PostgreSQL"]
    assert [line["figure"] for line in told] == [f"{name}, {each}" for each in databases for name in FIGURES[part]]
    for line in told:
        assert line.keys() >= KEYS
        for name in ("value", "limit", "aim"):
            amount = line[name]
            assert isinstance(amount, float | int)
            assert amount > 0
        assert isinstance(line["holds"], bool)


def test_every_part_has_quick_numbers() -> None:
    assert PARTS.keys() == QUICK.keys()


def test_a_part_that_is_not_there_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["bench", "sewing"])
        with pytest.raises(SystemExit):
            main()
    said = capsys.readouterr()
    assert "sewing" in said.err
    assert not said.out
