# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare key roots …`, as three people at three machines say it: each brings a root, a file goes round, one publishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.node.cli.conftest import PASSPHRASE, Run, _as_it_was, database_address, folder, run

__all__ = ["_as_it_was", "database_address", "folder", "run"]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Where people keep their papers: no co-op is there."""
    made = tmp_path / "desk"
    made.mkdir()
    (made / "phrase.txt").write_text(f"{PASSPHRASE}\n")
    return made


def a_person(run: Run, desk: Path, name: str) -> str:
    """Somebody's new root: the words on their paper, the line that they give away."""
    made = run("key", "roots", "new", "--json").json
    assert len(made["words"].split()) == 24
    (desk / f"{name}.txt").write_text(made["words"])
    same = run("key", "roots", "mine", "--words-file", str(desk / f"{name}.txt"), "--json").json
    assert (same["line"], same["root"]) == (made["line"], made["root"])
    return str(made["line"])


def status(run: Run, folder: Path) -> dict[str, Any]:
    return dict(run("key", "status", "--dir", str(folder), "--json").json)


def two_of_three(run: Run, folder: Path, desk: Path) -> None:
    """Ada, Ben and Cam take over from the root in the file."""
    added = [f"--add={a_person(run, desk, name)}" for name in ("ada", "ben", "cam")]
    kept = status(run, folder)["roots"][0]["kid"]
    file = str(desk / "change.json")
    said = run("key", "roots", "propose", file, "--threshold", "2", f"--keep={kept}", *added, "--dir", str(folder))
    assert (said.code, "nothing has changed yet" in said.out) == (0, True)
    # The one that stays signs for both sides: one more of the new ones is enough.
    root = ("--root-file", str(folder / "keys/root.pem"), "--passphrase-file", str(desk / "phrase.txt"))
    said = run("key", "roots", "sign", file, *root)
    assert "2 of 4 have to sign (until now 1 of 2)" in said.err
    assert "Still missing: 1 signature of the roots as they will be" in said.out
    early = run("key", "roots", "publish", file, "--dir", str(folder), "--json")
    assert "Still missing: 1 signature" in early.problem["detail"]
    assert "Enough have signed" in run("key", "roots", "sign", file, "--words-file", str(desk / "ben.txt")).out
    assert run("key", "roots", "read", file, "--json").json["missing"] == [0, 0]
    done = run("key", "roots", "publish", file, "--dir", str(folder))
    assert (done.code, "twelve words" in done.out) == (0, True)


def test_a_co_op_goes_over_to_several_roots(run: Run, folder: Path, desk: Path) -> None:
    two_of_three(run, folder, desk)
    found = status(run, folder)
    assert (found["threshold"], len(found["roots"]), found["identity_version"]) == (2, 4, 2)
    alone = run("key", "renew", "--dir", str(folder), "--passphrase-file", str(desk / "phrase.txt"))
    assert (alone.code, "key roots propose" in alone.err) == (1, True)
    file = str(desk / "renewal.json")
    assert run("key", "roots", "propose", file, "--dir", str(folder)).code == 0
    for name in ("cam", "ada"):
        assert run("key", "roots", "sign", file, stdin=(desk / f"{name}.txt").read_text()).code == 0
    assert run("key", "roots", "publish", file, "--dir", str(folder)).code == 0
    assert status(run, folder)["identity_version"] == 3
    assert run("doctor", "--offline", "--dir", str(folder), "--json").json["findings"][0]["well"] is True
    over = run("key", "roots", "propose", file, "--dir", str(folder))
    assert (over.code, "Choose another name" in over.err) == (1, True)


def test_a_document_key_goes_round_as_a_file_too(run: Run, folder: Path, desk: Path) -> None:
    two_of_three(run, folder, desk)
    rotate = ("key", "rotate", "--use", "doc", "--now", "--reason", "stolen", "--dir", str(folder))
    assert "several roots" in run(*rotate).err.lower()
    file = str(desk / "doc.json")
    said = run(*rotate, "--file", file)
    assert (said.code, "nothing has changed yet" in said.out) == (0, True)
    assert [key["state"] for key in status(run, folder)["keys"] if key["use"] == "doc"] == ["signs now", "drawn up"]
    for name in ("ada", "cam"):
        assert run("key", "roots", "sign", file, "--words-file", str(desk / f"{name}.txt")).code == 0
    assert run("key", "roots", "publish", file, "--reason", "stolen", "--dir", str(folder)).code == 0
    found = [(key["state"], key["reason"]) for key in status(run, folder)["keys"] if key["use"] == "doc"]
    assert sorted(found) == [("revoked", "stolen"), ("signs now", "")]


def test_who_holds_no_root_signs_nothing(run: Run, folder: Path, desk: Path) -> None:
    a_person(run, desk, "eve")
    file = desk / "change.json"
    assert run("key", "roots", "propose", str(file), "--dir", str(folder)).code == 0
    before = file.read_bytes()
    said = run("key", "roots", "sign", str(file), "--words-file", str(desk / "eve.txt"))
    assert (said.code, "not a root of this co-op" in said.err) == (1, True)
    assert file.read_bytes() == before
    (desk / "note.txt").write_text("tea, milk")
    assert "not a proposal" in run("key", "roots", "read", str(desk / "note.txt")).err
    assert run("key", "roots", "read", str(desk / "none.json")).code == 1
    unreadable = run("key", "roots", "sign", str(file), "--words-file", str(desk / "none.txt"))
    assert (unreadable.code, "can't be read" in unreadable.err) == (2, True)


def test_lost_roots_are_replaced_only_by_who_is_sure(run: Run, folder: Path, desk: Path) -> None:
    given = ("key", "roots", "lost", "--dir", str(folder), "--passphrase-file", str(desk / "phrase.txt"))
    before = status(run, folder)["roots"]
    unsure = run(*given)
    assert (unsure.code, "compared the words" in unsure.err) == (1, True)
    assert "Move it away first" in run(*given, "--sure").err
    assert status(run, folder)["roots"] == before
    (folder / "keys/root.pem").unlink()
    done = run(*given, "--sure", "--json").json
    found = status(run, folder)
    assert not {root["kid"] for root in found["roots"]} & {root["kid"] for root in before}
    assert found["identity_version"] == 2
    (desk / "paper.txt").write_text(done["paper_key"])
    assert run("key", "recover", "--drill", "--words-file", str(desk / "paper.txt"), "--dir", str(folder)).code == 0
