# SPDX-License-Identifier: AGPL-3.0-or-later
"""Taking defences out, one at a time, in a copy of the tree, and seeing that their tests fail.

The tree itself is only read. Of each defence: its text has to stand in its file, once; with its replacement, the file has to be
Python still; then its test is run alone, on SQLite mostly, up to its first failure. `missed` means that the test itself failed,
not that it could not be found or begun, and that it passes with the defence in place: all are run once before any is taken out.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from msgspec import Struct

from tests.defences.shape import Defence

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("federation", "node", "tests", "docs")
FILES = ("pyproject.toml", "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md")
LIMIT = 900.0


class Outcome(Struct, frozen=True):
    """What came of one: `missed` (good: its test fails without it), `not-missed`, `no-text` (not there, or not once), `no-test`
    (the test could not be run), `fails-anyway` or `late`. `seconds`: how long its test took."""

    threat: str
    file: str
    test: str
    outcome: str
    seconds: float


def copy_to(folder: Path) -> Path:
    """The tree without what is made from it, in a new folder."""
    tree = folder / "tree"
    leave = shutil.ignore_patterns("node_modules", ".git", ".venv", ".hypothesis")
    for part in PARTS:
        shutil.copytree(ROOT / part, tree / part, ignore=leave)
    for name in FILES:
        if (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, tree / name)
    return tree


def faults(defence: Defence, root: Path = ROOT) -> list[str]:
    """What is wrong with an entry, as far as can be seen without running anything."""
    path, found = root / defence.file, list[str]()
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if text.count(defence.before) != 1:
        found.append(f"its text stands {text.count(defence.before)} times in {defence.file}")
    if defence.before == defence.after:
        found.append("nothing is taken out")
    file, _, name = defence.test.partition("::")
    tests = root / file
    if not tests.is_file() or f"def {name}(" not in tests.read_text(encoding="utf-8"):
        found.append(f"there is no test {defence.test}")
    return found


def run(defences: Sequence[Defence], tree: Path) -> Iterator[Outcome]:
    """Each defence in turn. `tree`: a copy that is ours to write in."""
    sound = [each for each in defences if not faults(each, tree)]
    broken = {
        test
        for postgres in (False, True)
        for test in _failing({each.test for each in sound if each.postgres is postgres}, tree, postgres)
    }
    for defence in defences:
        if defence.test in broken:
            yield _outcome(defence, "fails-anyway", 0.0)
            continue
        path = tree / defence.file
        whole = path.read_text(encoding="utf-8") if path.is_file() else ""
        if whole.count(defence.before) != 1:
            yield _outcome(defence, "no-text", 0.0)
            continue
        without = whole.replace(defence.before, defence.after)
        ast.parse(without)
        began = time.monotonic()
        try:
            _write(path, without)
            code = _test(defence, tree)
        finally:
            _write(path, whole)
        outcome = {1: "missed", 0: "not-missed", -1: "late"}.get(code, "no-test")
        yield _outcome(defence, outcome, time.monotonic() - began)


def _outcome(defence: Defence, outcome: str, seconds: float) -> Outcome:
    return Outcome(defence.threat, defence.file, defence.test, outcome, round(seconds, 1))


def _write(path: Path, text: str) -> None:
    """Another text and no compiled form of the one before: two changes within a second may be of one length."""
    path.write_text(text, encoding="utf-8")
    for old in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        old.unlink()


def _failing(tests: Set[str], tree: Path, postgres: bool) -> set[str]:
    """Which of these tests fail as the tree stands."""
    if not tests:
        return set()
    done = _pytest(tree, "--tb=no", "-rfE", *sorted(tests), postgres=postgres, limit=4 * LIMIT)
    lines = re.findall(r"^(?:FAILED|ERROR) (\S+?)(?:\[| |$)", done.stdout, re.MULTILINE)
    return {test for test in tests if test in lines or test.partition("::")[0] in lines}


def _test(defence: Defence, tree: Path) -> int:
    """The exit code of pytest: 0 all passed, 1 some failed; -1 where it did not end, 2 where nothing was tried."""
    try:
        done = _pytest(tree, "-x", defence.test, postgres=defence.postgres)
    except subprocess.TimeoutExpired:
        return -1
    if done.returncode in (0, 1) and (" failed" if done.returncode else " passed") not in done.stdout:
        return 2  # nothing but errors on the way to the test, or all of it skipped
    return done.returncode


def _pytest(tree: Path, *given: str, postgres: bool, limit: float = LIMIT) -> subprocess.CompletedProcess[str]:
    # Compiled forms that are there are read and none is written, so that none of a changed file is left behind. Most of the time
    # went into plugins that these tests don't use.
    around = os.environ | {
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    engine = "postgres" if postgres else "not postgres"
    plugins = ("-p", "pytest_asyncio.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider")
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "-m", engine, "--no-header", *given]
    return subprocess.run(command, cwd=tree, env=around, capture_output=True, text=True, timeout=limit, check=False)
