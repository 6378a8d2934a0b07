# SPDX-License-Identifier: AGPL-3.0-or-later
"""The house stands: arrows point one way, every file says what it promises, nothing that may not be here is here."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def tracked(*endings: str) -> list[Path]:
    """Files that git keeps or would keep."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (not endings or name.endswith(endings)) and (ROOT / name).is_file()]


def test_the_floors_hold() -> None:
    run(str(BIN / "lint-imports"), "--no-cache")


def test_ruff_finds_nothing() -> None:
    run(str(BIN / "ruff"), "check", "--no-cache", ".")


def test_the_form_is_ruffs() -> None:
    run(str(BIN / "ruff"), "format", "--no-cache", "--check", ".")


@pytest.mark.slow
def test_mypy_finds_nothing() -> None:
    run(sys.executable, "-m", "mypy")


SOURCES = tracked(".py")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_opens_with_its_licence_and_its_promise(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if not text.strip():
        return
    assert text.startswith("# SPDX-License-Identifier: AGPL-3.0-or-later\n")
    assert ast.get_docstring(ast.parse(text)), "say what this file promises"


def test_rooms_keep_their_hands_off_each_others_tables() -> None:
    """A foreign room's Table is named only as a ForeignKey's target."""
    wrong: list[str] = []
    for path in (ROOT / "node").glob("*/**/*.py"):
        room = path.relative_to(ROOT / "node").parts[0]
        if room in {"schema", "village"}:
            continue
        for line in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(line, ast.ImportFrom) or not line.module:
                continue
            named = re.fullmatch(r"node\.(\w+)\.tables", line.module)
            if named and named.group(1) != room and path.name != "tables.py":
                wrong.append(f"{path.relative_to(ROOT)}: {line.module}")
    assert wrong == []


FORBIDDEN = {
    "a download address or a registry's host": re.compile(
        r"files\.pythonhosted|pypi\.org|registry\.npmjs|deb\.debian|github\.com/[^/\s]+/[^/\s]+/releases|ghcr\.io|docker\.io"
    ),
    "a path of one machine": re.compile(r"(?<![\w.])/(?:root|home/\w+|work)/\w"),
    "a secret": re.compile(r"-----BEGIN (?:ENCRYPTED |EC |RSA |OPENSSH )?PRIVATE KEY-----\n[A-Za-z0-9+/]"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_nothing_is_kept_that_may_not_be(what: str) -> None:
    pattern = FORBIDDEN[what]
    found = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path != Path(__file__).resolve()
        and path.suffix not in {".png", ".woff2"}
        and pattern.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_the_top_level_is_the_agreed_one() -> None:
    allowed = {
        "node", "federation", "deploy", "helm", "docs", "tests", "pyproject.toml", "README.md", "Makefile", ".ci",
        ".containerignore", "requirements.lock", "requirements-dev.lock", "CHANGELOG.md", "CONTRIBUTING.md", ".gitignore",
        ".editorconfig",
    }  # fmt: skip
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} <= allowed
