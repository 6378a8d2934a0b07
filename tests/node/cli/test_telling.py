# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the command line refuses: whatever is raised becomes a sentence; nothing private and no traceback comes with it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from federation.errors import Refused
from node.cli.telling import run as run_work
from node.cli.telling import then
from node.errors import Conflict, Invalid, Unavailable
from tests.node.cli.conftest import Run, change

HEAVY = {"litestar", "piccolo", "uvicorn", "httpx", "cryptography", "asyncpg", "node.coop"}


def fault() -> BaseException:
    return KeyError("what somebody typed")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Conflict("It is so already.", cause="for the log"), "It is so already."),
        (Invalid({"name": "Give one."}), "Some answers need another look.\n  name: Give one."),
        (Refused("expired", "for the log"), "The document is past its time."),
        (ExceptionGroup("two", [KeyError("x"), ExceptionGroup("in", [Unavailable("Later.")])]), "Later."),
        (PermissionError(13, "Permission denied", "/some/file"), "/some/file can't be used: permission denied."),
    ],
)
def test_a_refusal_is_a_sentence(error: Exception, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    async def go() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        run_work(go)
    said = capsys.readouterr()
    assert (ended.value.exit_code, said.out, said.err) == (1, "", words + "\n")


def test_a_fault_of_ours_names_kind_and_place_only(capsys: pytest.CaptureFixture[str]) -> None:
    async def go() -> None:
        raise fault()

    with pytest.raises(typer.Exit):
        run_work(go, as_json=True)
    problem = json.loads(capsys.readouterr().err)
    assert problem["type"] == "urn:commoncare:problem:fault"
    assert "KeyError" in problem["detail"]
    assert "typed" not in problem["detail"]


def test_the_next_command_names_the_folder() -> None:
    assert then(Path("."), "serve") == "commoncare serve"
    assert then(Path("my coop"), "serve") == "commoncare serve --dir 'my coop'"


@pytest.mark.parametrize("call", [["nonsense"], ["init"], ["serve", "--port", "1"], ["peer", "confirm", "x.example"]])
def test_a_wrong_call_is_exit_code_2(run: Run, call: list[str]) -> None:
    said = run(*call)
    assert (said.code, said.out) == (2, "")
    assert "Error: " in said.err


@pytest.mark.parametrize("call", [["fact", "withdraw"], ["member", "token"], ["member", "copy"]])
def test_an_id_that_begins_with_a_hyphen_is_no_option(run: Run, folder: Path, call: list[str]) -> None:
    said = run(*call, "-2RZ1FVXBmqnn75qAJVjlg", "--dir", str(folder))
    assert said.code == 1 and "No such option" not in said.err, said.err


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom node.cli import main\nsys.argv = ['commoncare', '--help']\n"
        "try: main()\nexcept SystemExit: pass\nprint(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert "Commands:" in done.stdout
    assert HEAVY.isdisjoint(done.stderr.split())


EVERY: list[list[str]] = [
    ["serve"], ["work"], ["migrate"], ["doctor"], ["member", "list"], ["member", "invite"], ["member", "token", "x"],
    ["peer", "show"], ["peer", "invite", "b.example"], ["peer", "accept", "cc1-x"], ["peer", "resume", "b.example"],
]  # fmt: skip


@pytest.mark.parametrize("call", EVERY, ids=" ".join)
def test_where_there_is_no_co_op(run: Run, tmp_path: Path, call: list[str]) -> None:
    said = run(*call, "--dir", str(tmp_path))
    assert (said.code, said.out) == (1, "")
    assert "Make one with: commoncare init" in said.err


def _empty(folder: Path) -> None:
    (folder / "commoncare.db").write_bytes(b"")


def _other_key(folder: Path) -> None:
    (folder / "keys" / "node.key").write_bytes(bytes(32))


SPOILT: dict[str, tuple[Any, str]] = {
    "no database": (lambda folder: (folder / "commoncare.db").unlink(), "The database is missing"),
    "an empty one": (_empty, "commoncare migrate"),
    "no database at all": (lambda folder: (folder / "commoncare.db").write_text("not one" * 99), "can't be opened"),
    "no key": (lambda folder: (folder / "keys" / "node.key").unlink(), "The node key is missing"),
    "half a key": (lambda folder: (folder / "keys" / "node.key").write_bytes(b"x"), "does not hold a node key"),
    "another key": (_other_key, "The node key does not fit this database"),
    "another name": (lambda folder: change(folder, node_id="birch.example"), "is not birch.example's"),
    "a wrong setting": (lambda folder: change(folder, log_level="loud", colour="red"), "log_level: say"),
    "a bare number": (lambda folder: change(folder, co_op={"phone": 171234}), "co_op.phone: give one text"),
    "no text": (lambda folder: (folder / "commoncare.yaml").write_bytes(b"\xff\xfe"), "can't be read"),
    "no areas": (lambda folder: change(folder, areas_file="areas.yaml"), "areas_file: there is no"),
}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
@pytest.mark.parametrize("what", SPOILT)
def test_a_spoilt_co_op_is_refused_in_a_sentence(run: Run, folder: Path, what: str, dialect: str) -> None:
    spoil, words = SPOILT[what]
    spoil(folder)
    for call in (["serve"], ["work"], ["member", "list"]):
        said = run(*call, "--dir", str(folder))
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1), said
        assert words in said.err


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
def test_migrate_makes_no_new_database_for_a_lost_one(run: Run, folder: Path, dialect: str) -> None:
    (folder / "commoncare.db").unlink()
    assert "The database is missing" in run("migrate", "--dir", str(folder)).err
    assert not (folder / "commoncare.db").exists()
