# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare export` and `commoncare leave`: every command of the operators' page as it stands there, and what is refused."""

from __future__ import annotations

import re
import shlex
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.node.cli.conftest import Run, Said, _as_it_was, database_address, folder, run

__all__ = ["_as_it_was", "database_address", "folder", "run"]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "operators" / "leaving.md"
DAY = 86_400
CANARY = "Zephaniah Quillfeather"


def on(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


def test_the_page_can_be_typed_from_top_to_bottom(run: Run, folder: Path, stick: Path) -> None:
    blocks = re.findall(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    assert len(lines) == 11
    run("member", "invite", "--dir", str(folder), "--name", CANARY, "--role", "worker")
    publics: list[str] = []
    said: dict[str, Said] = {}
    for line in lines:
        text = (
            line.replace("--dir coop", f"--dir {folder}")
            .replace("/mnt/stick", str(stick))
            .replace("2027-03-31", on(30))
        )
        for public in publics[-3:]:
            text = text.replace("age1…", public, 1)
        answer = run(*shlex.split(text)[1:], stdin="alder.example\n")
        said[" ".join(line.split()[1:4])] = answer
        if line.startswith("commoncare export key"):
            publics.append(answer.out.split()[-1])
        ends = "--receipt" in line or "--check" in line  # nobody has left yet, so there is no last document
        assert (answer.code, answer.err == "" or "On the day" in answer.err) == ((1, False) if ends else (0, True)), (
            line
        )
        assert CANARY not in answer.out + answer.err
        assert "AGE-SECRET-KEY" not in answer.out + answer.err
    assert "no last document before" in said["leave --receipt /mnt/stick/alder-left.json"].err
    assert "The co-op stays" in said["leave --take-back --dir"].out
    assert "none missing" in said["export open /mnt/stick/alder.zip.age"].out
    assert {path.name for path in stick.glob("*.age")} == {
        "alder.zip.age",
        "alder-private-words.zip.age",
        "alder-safeguarding.zip.age",
    }
    with zipfile.ZipFile(stick / "alder-open.zip") as held:
        assert CANARY in held.read("tables/invitation.jsonl").decode()


def test_what_is_not_locked_is_told_with_a_warning(run: Run, folder: Path, stick: Path) -> None:
    answer = run("export", "--dir", str(folder), "--out", str(stick / "a.zip"), "--why", "keep", "--unlocked")
    assert (answer.code, answer.err) == (0, "")
    assert "WARNING" in answer.out
    assert "--safeguarding-key" in answer.out
    with zipfile.ZipFile(stick / "a.zip") as held:
        assert held.testzip() is None
    line = run(
        "export", "--dir", str(folder), "--out", str(stick / "b.zip"), "--why", "keep", "--unlocked", "--json"
    ).json
    assert [each["drawer"] for each in line["files"]] == ["co-op"]
    assert line["left"].keys() == {"private", "safeguarding"}


def test_refusals_of_export_are_sentences(run: Run, folder: Path, stick: Path) -> None:
    at = ("--dir", str(folder))
    key = stick / "a.key"
    public = run("export", "key", "--out", str(key), "--json").json["recipient"]
    out = ("--out", str(stick / "a.zip.age"), "--key", public)
    for words, told in (
        ((*at, "--out", str(stick / "a.zip.age"), "--why", "move"), "commoncare backup key"),
        ((*at, *out), "Say why: move"),
        ((*at, *out, "--why", "move", "--safeguarding-key", public), "a key of its own"),
        ((*at, "--out", str(stick / "a.txt"), "--key", public, "--why", "move"), "ends in .zip.age"),
        ((*at, "--out", str(stick / "a.zip.age"), "--key", "age1x", "--why", "move"), "public half"),
    ):
        answer = run("export", *words)
        assert (answer.code, told in answer.err, answer.out) == (1, True, ""), words
    assert run("export", *at).code == 2
    assert run("export", "key", "--out", str(key)).code == 1
    assert run("export", *at, *out, "--why", "move").code == 0
    again = run("export", *at, *out, "--why", "move")
    assert (again.code, "already" in again.err) == (1, True)
    wrong = stick / "b.key"
    run("export", "key", "--out", str(wrong))
    for secret, told in ((wrong, "does not open"), (folder / "commoncare.yaml", "no backup key")):
        answer = run(
            "export", "open", str(stick / "a.zip.age"), "--out", str(stick / "o.zip"), "--key-file", str(secret)
        )
        assert (answer.code, told in answer.err, answer.err.count("\n")) == (1, True, 1)
    assert not (stick / "o.zip").exists()
    missing = run("export", "open", str(stick / "no.zip.age"), "--out", str(stick / "o.zip"), "--key-file", str(key))
    assert (missing.code, "no.zip.age can't be used" in missing.err) == (1, True)


def test_refusals_of_leave_are_sentences(run: Run, folder: Path, stick: Path) -> None:
    at = ("--dir", str(folder))
    for words, stdin, told in (
        (("--on", on(3)), "alder.example\n", "People need time"),
        (("--on", "31.3.2027"), "alder.example\n", "such as 2027-03-31"),
        (("--on", on(30)), "birch.example\n", "Type the name of this node"),
        (("--on", on(30)), "", "Type the name of this node"),
        (("--take-back",), "", "Nobody has said"),
        (("--receipt", str(stick / "r.json")), "", "before the co-op has left"),
        (("--check", str(folder / "commoncare.yaml")), "", "no last document"),
    ):
        answer = run("leave", *at, *words, stdin=stdin)
        assert (answer.code, told in answer.err, answer.out) == (1, True, ""), words
    assert run("leave", *at).code == 2
    assert run("leave", *at, "--status", "--take-back").code == 2
    assert "Nobody has said" in run("leave", *at, "--status").out
    counted = run("leave", *at, "--dry-run", "--json").json
    assert (counted["offers"], counted["neighbours"], counted["charter"]) == (0, [], False)
    said = run("leave", *at, "--on", on(30), "--json", stdin="alder.example\n").json
    assert 29 * DAY < said["on_at"] - time.time() < 31 * DAY
    shown = run("leave", *at, "--status")
    assert "It can be taken back until then" in shown.out
    other = run("leave", *at, "--on", on(40), stdin="alder.example\n")
    assert (other.code, "--take-back" in other.err) == (1, True)
