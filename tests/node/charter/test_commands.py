# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare charter …`, as three operators say it at three machines: seats, a file that goes round, marks, a change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.node.cli.conftest import Run, _as_it_was, init, run

__all__ = ["_as_it_was", "run"]

NAMES = ("alder", "birch", "cedar")


@pytest.fixture
def houses(run: Run, tmp_path: Path, dialect: str, new_database: Callable[..., str]) -> dict[str, str]:
    """Name -> the folder of a co-op that was founded there."""
    made = {}
    for name in NAMES:
        address = "" if dialect == "sqlite" else new_database(empty=True)
        assert init(run, tmp_path / name, address, node_id=f"{name}.example").code == 0
        made[name] = str(tmp_path / name)
    return made


def seat(run: Run, folder: str) -> str:
    return str(run("charter", "seat", "--dir", folder, "--json").json["line"])


def drawn(run: Run, houses: dict[str, str], file: Path) -> None:
    terms = file.with_name("terms.txt")
    terms.write_text("We help each other.\n")
    added = [f"--add={seat(run, houses[name])}" for name in NAMES[1:]]
    seat(run, houses["alder"])
    said = run(
        "charter", "propose", str(file), "--name", "The Calder co-ops", "--terms-file", str(terms), *added,
        "--dir", houses["alder"],
    )  # fmt: skip
    assert (said.code, "nothing has changed yet" in said.out) == (0, True), said.err


def test_three_co_ops_agree_and_change_it(run: Run, houses: dict[str, str], tmp_path: Path) -> None:
    assert "has no charter, and needs none" in run("charter", "show", "--dir", houses["alder"]).out
    file = tmp_path / "first.json"
    drawn(run, houses, file)
    read = run("charter", "read", str(file))
    assert all(f"{name}.example belongs" in read.out for name in NAMES)
    assert read.out.count("its words: ") == 3
    assert "Still missing: 2 signatures of its members." in read.out
    for name in NAMES[:2]:
        said = run("charter", "sign", str(file), "--dir", houses[name])
        assert (said.code, "2 of 3 have to sign" in said.err) == (0, True)
    mark = run("charter", "read", str(file), "--json").json["mark"]
    assert f"charter join {file} --mark {mark}" in said.out
    early = run("charter", "join", str(file), "--dir", houses["cedar"])
    assert (early.code, "not the mark of this charter" in early.err) == (1, True)
    for name in NAMES:
        done = run("charter", "join", str(file), "--mark", mark, "--dir", houses[name])
        assert (done.code, "It stands until" in done.out) == (0, True)
        assert "Belonging shares nothing by itself" in done.out
    found = run("charter", "show", "--dir", houses["birch"], "--json").json
    assert (found["state"], found["held"]["version"], found["held"]["mark"]) == ("in-force", 1, mark)

    change = tmp_path / "change.json"
    said = run("charter", "propose", str(change), "--drop", "cedar.example", "--dir", houses["alder"])
    assert "cedar.example goes" in said.out
    over = run("charter", "propose", str(change), "--dir", houses["alder"])
    assert (over.code, "Choose another name" in over.err) == (1, True)
    run("charter", "sign", str(change), "--dir", houses["alder"])
    early = run("charter", "publish", str(change), "--dir", houses["alder"], "--json")
    assert "Still missing: 1 signature of the members as they are now" in early.problem["detail"]
    assert "charter publish" in run("charter", "sign", str(change), "--dir", houses["birch"]).out
    done = run("charter", "publish", str(change), "--dir", houses["alder"])
    assert (done.code, "version 2" in done.out) == (0, True)
    left = run("charter", "leave", "--dir", houses["alder"], "--json").json
    assert (left["state"], left["held"]) == ("none", None)


def test_what_is_no_file_of_a_charter_is_told_so(run: Run, houses: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "first.json"
    drawn(run, houses, file)
    text = file.read_text()
    for wrong in ("tea, milk", text.replace("We help", "We hinder"), text.replace('"payload":"ey', '"payload":"eX')):
        assert wrong != text
        file.write_text(wrong)
        said = run("charter", "sign", str(file), "--dir", houses["alder"], "--json")
        assert [each["field"] for each in said.problem["errors"]] == ["file"]
    assert "can't be used" in run("charter", "read", str(tmp_path / "none.json")).err
    nothing = run("charter", "choose", "AAAAAAAA", "--dir", houses["alder"])
    assert (nothing.code, "Nothing has to be chosen" in nothing.err) == (1, True)
