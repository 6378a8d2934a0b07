# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pytest plugin that the package installs, as a developer elsewhere would use it: in one process and in many, on both
databases; what a failed test leaves, and where the report says it is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.databases import in_database

PAGE = Path(__file__).resolve().parents[2] / "docs" / "developers" / "village.md"
[STORY] = re.findall(r"```python\n(import pytest\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
FAILS = """
import pytest


@pytest.mark.asyncio
async def test_that_fails(village):
    async with village(2) as v:
        assert v.alder is None
"""


class Ran(NamedTuple):
    code: int
    said: str
    pid: int


def ran(folder: Path, text: str, *options: str) -> Ran:
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--basetemp",
        str(folder / "kept"),
        *options,
    ]
    child = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said, _ = child.communicate(timeout=240)
    return Ran(child.returncode, said, child.pid)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("backend", ["one", "process"])
def test_a_story_is_the_same_whatever_the_nodes_run_in(tmp_path: Path, backend: str) -> None:
    done = ran(tmp_path, STORY, "--village-backend", backend)
    assert done.code == 0, done.said


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_on_postgresql_too_and_its_databases_go(tmp_path: Path, postgres_server) -> None:
    server = in_database(postgres_server.url, "postgres")
    done = ran(tmp_path, STORY, "--village-backend", "process", "--village-postgres", server)
    assert done.code == 0, done.said
    assert [name for name in postgres_server.names() if name.startswith(f"commoncare_{done.pid}_")] == []


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["one", "process"])
def test_a_failed_test_says_where_everything_is_kept(tmp_path: Path, backend: str) -> None:
    done = ran(tmp_path, FAILS, "--village-backend", backend)
    assert done.code == 1
    kept = next((tmp_path / "kept").rglob("village-1"))
    assert f"Its files and logs are in {kept}" in done.said
    assert (kept / "alder" / "commoncare.db").is_file()
    assert ("-- alder" in done.said) is (backend == "process")
