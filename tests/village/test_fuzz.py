# SPDX-License-Identifier: AGPL-3.0-or-later
"""Some thousand mutations of `make fuzz`, in every run: nothing forged is taken, nothing but a refusal is raised.

And the mill itself is asked whether it would notice: a judge that believes anything, or stumbles, has to show.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from federation.errors import CODES, Refused
from federation.identity import read_identity
from node.village import found_village
from tests.fuzz.door import open_door
from tests.fuzz.trying import ELSEWHERE, Mill, Tally

TRIES = 3000


@pytest.fixture(scope="module")
def mill() -> Mill:
    return Mill(seed=11)


@pytest.mark.slow
def test_nothing_forged_is_taken(mill: Mill) -> None:
    tally = mill.run(range(TRIES))
    assert tally.findings == []
    assert tally.accepted == tally.unhandled == 0
    assert tally.tried == TRIES == tally.refused + tally.same + tally.anew
    assert len(tally.kinds) == len(mill.kinds), "every kind was tried"
    assert tally.refused > TRIES / 2 and len(tally.codes) > 12


@pytest.mark.slow
async def test_the_door_takes_nothing_forged(tmp_path: Path) -> None:
    tally = Tally()
    await found_village(tmp_path, nodes=4, seed=11)
    async with open_door(11, mould=tmp_path) as door:
        await door.ask_originals(tally)
        for number in range(400):
            await door.try_one(number, number, tally)
        await door.ask_originals(tally)
    assert tally.findings == []
    assert tally.originals == 2
    assert tally.same > 20, "what is true still passes"
    assert {"replayed", "signature-invalid", "peer-paused", "peer-ended", "not-found"} <= set(tally.codes)


def test_a_number_is_one_mutation(mill: Mill) -> None:
    """A letter's seal apart, whose randomness is the system's own."""

    def first(of: Mill) -> list[str]:
        made = [of.case(number) for number in range(200)]
        return [f"{kind.name} {case}" for kind, case in made if kind.name != "letter"]

    assert first(mill) == first(Mill(seed=11))
    assert first(mill) != first(Mill(seed=12))


def test_a_judge_that_believes_anything_shows() -> None:
    credulous = Mill(seed=11)
    kind = next(kind for kind in credulous.kinds if kind.name == "identity")

    def lax(case: dict[str, Any]) -> Any:
        return read_identity(case["envelope"], node_id=case["node"])  # neither the roots held nor version nor time

    kind.judge = lax
    tally = Tally()
    for number in range(800):
        if credulous.case(number)[0] is kind:
            credulous.try_one(number, tally)
    assert tally.accepted > 0


def test_a_judge_that_stumbles_shows() -> None:
    clumsy = Mill(seed=11)
    kind = next(kind for kind in clumsy.kinds if kind.name == "letter")
    judge = kind.judge

    def stumbling(case: dict[str, Any]) -> Any:
        try:
            return judge(case)
        except Refused as refusal:
            raise KeyError(refusal.code) from None

    kind.judge = stumbling
    tally = Tally()
    clumsy.ask_originals(tally)
    for number in range(200):
        clumsy.try_one(number, tally)
    assert tally.unhandled > 0 and "KeyError" in tally.findings[0]


def test_the_table_of_reasons_names_codes_of_the_protocol() -> None:
    assert set(ELSEWHERE) < set(CODES)
    assert all(len(why) > 30 for why in ELSEWHERE.values())
