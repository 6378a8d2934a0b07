# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every row of the table of threats has tests that exist and a defence that can be taken out; a few of them are, in every run.

`make defences` takes out all of them. What is held here is that its list fits the table and the source of today.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from tests.defences import DEFENCES, Defence
from tests.defences.running import ROOT, Outcome, copy_to, faults, run

TABLE = ROOT / "docs" / "protocol" / "security.md"
HANDFUL = (
    "test_an_older_version_cannot_come_back",
    "test_a_threshold_counts_keys_and_not_signatures_or_ids",
    "test_what_is_not_publicly_reachable_is_not_spoken_to",
    "test_nobody_can_say_that_we_withdrew_what_stands",
)


def rows() -> dict[str, list[str]]:
    """Threat -> the tests that its row names."""
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] not in ("threat", "---"):
            found[cells[0]] = re.findall(r"`(tests/[^`]+::test_\w+)`", cells[3])
    return found


ROWS = rows()
BY_THREAT: dict[str, list[Defence]] = defaultdict(list)
for each in DEFENCES:
    BY_THREAT[each.threat].append(each)


@pytest.mark.parametrize("threat", ROWS)
def test_every_threat_has_tests_and_a_defence_that_can_be_taken_out(threat: str) -> None:
    assert ROWS[threat], "a test that tries it"
    for name in ROWS[threat]:
        file, _, test = name.partition("::")
        assert re.search(rf"^(?:async )?def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.M), name
    assert BY_THREAT[threat], "a defence in tests/defences"
    assert {each.test for each in BY_THREAT[threat]} <= set(ROWS[threat]), "the row names who has to notice"


def test_no_defence_is_against_nothing() -> None:
    assert set(BY_THREAT) == set(ROWS)
    assert len({(each.file, each.before, each.after, each.test) for each in DEFENCES}) == len(DEFENCES)


@pytest.mark.parametrize("defence", DEFENCES, ids=lambda each: f"{each.threat}: {each.test.rpartition(':')[2]}")
def test_its_text_stands_in_the_source_once(defence: Defence) -> None:
    assert faults(defence) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_handful_is_missed_and_what_is_not_missed_shows(tmp_path: Path) -> None:
    chosen = [each for each in DEFENCES if each.test.rpartition(":")[2] in HANDFUL]
    assert len(chosen) == len(HANDFUL)
    tree = copy_to(tmp_path)
    assert [each.outcome for each in run(chosen, tree)] == ["missed"] * len(chosen)
    file, before = chosen[0].file, chosen[0].before
    assert (tree / file).read_text(encoding="utf-8") == (ROOT / file).read_text(encoding="utf-8")
    same = Defence("none", file, before, f"{before}  # the same", chosen[0].test)
    gone = Defence("none", file, "no such text", "", chosen[0].test)
    with (tree / "tests/federation/test_identity.py").open("a", encoding="utf-8") as tests:
        tests.write("\n\ndef test_red() -> None:\n    assert False\n")
    red = Defence("none", file, before, "", "tests/federation/test_identity.py::test_red")
    nowhere = Defence("none", file, before, f"{before} ", "tests/federation/test_identity.py::test_nothing")
    outcomes: list[Outcome] = list(run([same, gone, red, nowhere], tree))
    assert [each.outcome for each in outcomes] == ["not-missed", "no-text", "fails-anyway", "no-test"]
    shutil.rmtree(tree)
