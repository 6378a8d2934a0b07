# SPDX-License-Identifier: AGPL-3.0-or-later
"""`init` and `migrate`: a co-op whole or not at all, on both databases, and never over another."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.node.cli.conftest import PASSPHRASE, Run, init


def everything(folder: Path) -> dict[str, bytes]:
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_a_co_op_is_founded(run: Run, tmp_path: Path, database_address: str) -> None:
    said = init(run, tmp_path / "coop", database_address, "--json")
    assert said.code == 0
    assert len(said.json["paper_key"].split()) == 24
    assert len(said.json["words"].split()) == 12
    made = everything(tmp_path / "coop")
    assert set(made) == {"commoncare.yaml", "keys/node.key", "keys/root.pem"} | (
        set() if database_address else {"commoncare.db"}
    )
    assert b"ENCRYPTED" in made["keys/root.pem"]
    for name in made:
        assert (tmp_path / "coop" / name).stat().st_mode & 0o077 == 0, f"only its owner reads {name}"
    given = yaml.safe_load(made["commoncare.yaml"])
    assert (given["node_id"], given["co_op"]) == ("alder.example", {"name": "Alder", "phone": "01632 960201"})
    assert run("member", "list", "--dir", str(tmp_path / "coop"), "--json").json == []


def test_init_names_what_comes_next(run: Run, tmp_path: Path) -> None:
    said = init(run, tmp_path / "coop")
    assert f"commoncare member invite --role operator --dir {tmp_path / 'coop'}" in said.out
    assert f"commoncare serve --dir {tmp_path / 'coop'}" in said.out


def test_a_second_init_changes_nothing(run: Run, folder: Path, database_address: str) -> None:
    before = everything(folder)
    said = init(run, folder, database_address, "--json")
    assert said.problem["detail"] == f"There is a co-op in {folder} already."
    assert everything(folder) == before


def test_every_fault_is_told_at_once_and_nothing_is_left(run: Run, tmp_path: Path) -> None:
    wrong = ["init", "--dir", str(tmp_path / "coop"), "--node-id", "Alder & Co", "--name", " ", "--json"]
    problem = run(*wrong, stdin="short\n").problem
    assert problem["type"] == "urn:commoncare:problem:invalid"
    assert [each["field"] for each in problem["errors"]] == ["node-id", "name", "passphrase"]
    assert not (tmp_path / "coop").exists()
    assert init(run, tmp_path / "coop").code == 0


def test_a_weak_passphrase_blocks_no_second_try(run: Run, tmp_path: Path, database_address: str) -> None:
    given = ["init", "--dir", str(tmp_path / "coop"), "--node-id", "alder.example", "--name", "Alder"]
    given += ["--database", database_address] if database_address else []
    assert run(*given, stdin="short\n").code == 1
    assert run(*given, stdin=f"{PASSPHRASE}\n").code == 0


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--port", "99999"], "port: a port is a number"),
        (["--database", "mysql://here/it"], "database: give"),
        (["--database", "postgresql://ada:s3cret@127.0.0.1:1/it"], "can't be reached"),
        (["--metrics-port", "8100"], "metrics_port: choose another"),
    ],
)
def test_a_setting_that_can_not_be_used(run: Run, tmp_path: Path, more: list[str], said: str) -> None:
    found = init(run, tmp_path / "coop", "", *more)
    assert found.code == 1
    assert said in found.err
    assert "s3cret" not in found.err
    assert not (tmp_path / "coop").exists()


def test_what_is_there_is_not_written_over(run: Run, tmp_path: Path) -> None:
    key = tmp_path / "coop" / "keys" / "node.key"
    key.parent.mkdir(parents=True)
    key.write_bytes(bytes(32))
    said = init(run, tmp_path / "coop")
    assert said.code == 1
    assert f"There is {key} already" in said.err
    assert everything(tmp_path / "coop") == {"keys/node.key": bytes(32)}


def test_the_passphrase_comes_from_a_file_or_standard_input(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "phrase.txt"
    given = ["--node-id", "alder.example", "--name", "Alder", "--passphrase-file", str(file)]
    for text, code in ((None, 2), ("", 2), ("\nsecond line is not it", 2), (PASSPHRASE + "\r\n", 0)):
        if text is not None:
            file.write_text(text)
        said = run("init", "--dir", str(tmp_path / "coop"), *given)
        assert said.code == code, (text, said)
    assert run("init", "--dir", str(tmp_path / "other"), *given[:4]).code == 2, "standard input is empty"
    renewed = run("key", "renew", "--dir", str(tmp_path / "coop"), "--json", stdin=f"{PASSPHRASE}\n")
    assert renewed.json == {"version": 2}
    refused = run("key", "renew", "--dir", str(tmp_path / "coop"), "--json", stdin="another one\n")
    assert "Check the passphrase" in refused.problem["detail"]


def test_a_folder_that_can_not_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = init(run, tmp_path / "file" / "coop")
    assert said.code == 1
    assert "can't be used: not a directory" in said.err


def test_migrate_twice(run: Run, folder: Path) -> None:
    for _ in range(2):
        assert run("migrate", "--dir", str(folder), "--json").json == {"migrated": []}
    assert "commoncare doctor" in run("migrate", "--dir", str(folder)).out
