# SPDX-License-Identifier: AGPL-3.0-or-later
"""`init` asks for what it was not told, one question at a time, or takes it all from a file; and ends with what is left to do."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.node.cli.conftest import PASSPHRASE, Run

ROOT = Path(__file__).resolve().parents[3]
SAID = (
    ("host name?", "Alder & Co"),
    ("host name?", "alder.example.org"),
    ("call itself?", ""),
    ("call itself?", "Alder Neighbours"),
    ("telephone number", "01632 960201"),
    ("helplines", "france"),
    ("helplines", ""),
    ("data lie?", "mysql://here"),
    ("data lie?", ""),
    ("takes your mail?", "mail.example.org"),
    ("mail sent?", "post@alder.example.org"),
    ("several words", PASSPHRASE),
    ("confirmation", PASSPHRASE),
)


def at_a_terminal(folder: Path, *more: str, said: tuple[tuple[str, str], ...] = SAID) -> tuple[int, str]:
    """What `init` says at a terminal at which each question is answered when it comes. Exit code and all that was shown."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "node", "init", "--dir", str(folder), *more],
        cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env={"PATH": "/usr/bin:/bin", "TERM": "dumb"},
    )  # fmt: skip
    os.close(theirs)
    shown, seen = "", 0
    try:
        for question, answer in said:
            while question.lower() not in shown[seen:].lower() or not shown.endswith(" "):
                shown += _more(ours)
            seen = len(shown)
            os.write(ours, f"{answer}\n".encode())
        while True:
            try:
                shown += _more(ours)
            except EOFError:
                break
    finally:
        os.close(ours)
        process.wait(30)
    return process.returncode, shown


def _more(terminal: int) -> str:
    try:
        read = os.read(terminal, 4096)
    except OSError:  # Linux: the other side was closed
        read = b""
    if not read:
        raise EOFError
    return read.decode(errors="replace")


@pytest.mark.timeout(120)
def test_at_a_terminal_it_asks_one_thing_at_a_time_and_a_wrong_answer_again(tmp_path: Path) -> None:
    code, shown = at_a_terminal(tmp_path / "coop")
    assert code == 0, shown
    assert "Give a host name in small letters" in shown
    assert "This can't be left empty." in shown
    assert "co_op.nation: say england, scotland, wales or northern-ireland" in shown
    assert "database: give sqlite:///a/file.db" in shown
    assert PASSPHRASE not in shown
    written = yaml.safe_load((tmp_path / "coop" / "commoncare.yaml").read_text())
    assert written["node_id"] == "alder.example.org"
    assert written["co_op"] == {"name": "Alder Neighbours", "phone": "01632 960201", "nation": "england"}
    assert written["mail"] == {"host": "mail.example.org", "sender": "post@alder.example.org"}
    left = shown[shown.index("What is left to do") :]
    assert "[x] node key, root key, database" in left
    assert "[ ] the 24 words are on paper" in left and "[ ] areas:" in left and "[ ] backup:" in left
    assert "[ ] mail" not in left


@pytest.mark.timeout(120)
def test_what_was_said_is_not_asked(tmp_path: Path) -> None:
    said = (
        ("call itself?", "Alder"),
        ("data lie?", ""),
        ("takes your mail?", ""),
        ("several words", PASSPHRASE),
        ("confirmation", PASSPHRASE),
    )
    code, shown = at_a_terminal(
        tmp_path / "coop", "--node-id", "alder.example.org", "--phone", "01632 960201", "--nation", "wales", said=said
    )
    assert code == 0, shown
    assert "host name?" not in shown and "From which address" not in shown


def test_a_file_of_answers_says_it_all_and_an_option_wins(run: Run, tmp_path: Path, database_address: str) -> None:
    file = tmp_path / "answers.yaml"
    given = {
        "node_id": "alder.example.org",
        "co_op": {"name": "Alder", "nation": "scotland"},
        "mail": {"host": "mail.example.org", "sender": "post@alder.example.org"},
        "log_level": "warning",
    } | ({"database": database_address} if database_address else {})
    file.write_text(yaml.safe_dump(given))
    said = run(
        "init", "--dir", str(tmp_path / "coop"), "--answers", str(file), "--name", "Alder Row", stdin=f"{PASSPHRASE}\n"
    )
    assert said.code == 0, said.err
    assert "Alder Row has a node in" in said.out
    written = yaml.safe_load((tmp_path / "coop" / "commoncare.yaml").read_text())
    assert (written["co_op"], written["log_level"]) == ({"name": "Alder Row", "nation": "scotland"}, "warning")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a list", "holds no named settings"),
        ("a: [", "is not YAML near line 1"),
        ("node_id: 5\nco_op: {name: 7}", "node-id: Give this co-op's host name"),
        ("node_id: alder.example.org\nco_op: {name: 7}", "co_op.name"),
        ("node_id: alder.example.org\nco_op: {name: A, fone: '1'}", "co_op.fone: we don't know this setting"),
        ("node_id: alder.example.org\nco_op: {name: A}\nmail: {security: maybe}", "mail.security: say none"),
    ],
)
def test_a_file_that_says_something_wrong_is_refused_and_nothing_is_left(
    run: Run, tmp_path: Path, text: str, words: str
) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text(text)
    said = run("init", "--dir", str(tmp_path / "coop"), "--answers", str(file), stdin=f"{PASSPHRASE}\n")
    assert said.code == 1 and words in said.err
    assert not (tmp_path / "coop").exists()


def test_what_is_missing_is_named_where_nobody_can_be_asked(run: Run, tmp_path: Path) -> None:
    said = run("init", "--dir", str(tmp_path / "coop"), "--phone", "01632 960201")
    assert said.code == 2
    assert "give --node-id and --name" in " ".join(said.err.split())
