# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare backup`, `backup key`, `restore`: as an operator says them, on both databases; the secret half is shown once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from node.errors import Misconfigured
from node.settings import Backup, from_mapping
from tests.node.cli.conftest import Run, change, database_address, folder, run

__all__ = ["database_address", "folder", "run"]
PUBLIC = "age1tzmxj39h3u7qtwxf24ycnqnjg6nletlxyv59h8z6w0n2k55vfums9p8t9p"


def test_a_backup_from_the_first_key_to_the_restore(
    run: Run, folder: Path, tmp_path: Path, dialect: str, new_database: Callable[..., str]
) -> None:
    at = ("--dir", str(folder))
    none = run("backup", *at, "--json").problem
    assert "commoncare backup key" in none["detail"]
    key = tmp_path / "stick.key"
    made = run("backup", "key", *at, "--out", str(key))
    assert (made.code, made.err) == (0, "")
    assert "keys/node.key" in made.out
    assert "AGE-SECRET-KEY" not in made.out
    assert oct(key.stat().st_mode & 0o777) == "0o600"
    (recipient,) = yaml.safe_load((folder / "commoncare.yaml").read_text())["backup"]["recipients"]
    assert "AGE-SECRET-KEY" not in (folder / "commoncare.yaml").read_text()

    shown = run("backup", "key", *at)
    (second,) = [line.strip() for line in shown.out.splitlines() if "AGE-SECRET-KEY" in line]
    recipients = yaml.safe_load((folder / "commoncare.yaml").read_text())["backup"]["recipients"]
    assert len(recipients) == 2
    assert recipient in recipients

    first = run("backup", *at, "--json").json
    assert Path(first["path"]).parent == folder / "backups"
    assert first["rows"] > 0
    tried = run("restore", first["path"], "--check", *at, "--key-file", str(key))
    newest = run("restore", "--check", *at, "--key-file", str(key))
    assert (newest.code, newest.out) == (0, tried.out)
    unsaid = run("restore", *at, "--key-file", str(key))
    assert (unsaid.code, "which backup is to be put back" in unsaid.err) == (1, True)
    assert (tried.code, tried.err) == (0, "")
    assert "can be restored" in tried.out
    assert list(folder.glob(".restore-check-*")) == []
    backup = next(
        each for each in run("doctor", "--offline", *at, "--json").json["findings"] if each["what"] == "backup"
    )
    assert backup["well"] is True

    there = run("restore", first["path"], *at, "--json", stdin=second).problem
    assert there["type"].endswith("conflict")
    if dialect == "sqlite":
        (folder / "commoncare.db").unlink()
    else:
        change(folder, database=new_database(empty=True))
    # Either key opens it; this one comes from paper, on standard input.
    back = run("restore", first["path"], *at, stdin=second.lower() + "\n")
    assert (back.code, back.err) == (0, "")
    assert "Everybody has to sign in anew" in back.out
    assert "All API tokens were ended" in back.out
    found = {each["what"]: each for each in run("doctor", "--offline", *at, "--json").json["findings"]}
    assert all(found[what]["well"] for what in ("database", "journal", "our name", "our papers"))


def test_refusals_are_sentences(run: Run, folder: Path, tmp_path: Path) -> None:
    at = ("--dir", str(folder))
    key = tmp_path / "stick.key"
    run("backup", "key", *at, "--out", str(key))
    settings = (folder / "commoncare.yaml").read_text()
    again = run("backup", "key", *at, "--out", str(key))
    assert (again.code, "already" in again.err) == (1, True)
    assert (folder / "commoncare.yaml").read_text() == settings, "a key that nobody holds is named nowhere"
    missing = run("restore", str(tmp_path / "none.age"), *at, "--key-file", str(key), "--check")
    assert (missing.code, "none.age can't be used" in missing.err) == (1, True)
    (tmp_path / "none.age").write_bytes(b"hello")
    for options, words in (
        (("--key-file", str(key)), "not a backup"),
        (("--key-file", str(folder / "commoncare.yaml")), "no backup key"),
    ):
        said = run("restore", str(tmp_path / "none.age"), *at, *options, "--check")
        assert (said.code, words in said.err, said.err.count("\n")) == (1, True, 1)
    assert run("restore", str(tmp_path / "none.age"), *at, "--key-file", str(tmp_path / "no.key")).code == 2
    assert run("backup", *at, "--keep", "-1").code == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("backup:\n", {"recipients": 1}),
        ("backup:\n  folder: /mnt/stick\n", {"recipients": 1, "folder": "/mnt/stick"}),
        (f"backup:\n    # ours\n    recipients:\n    - {PUBLIC}\n    folder: b\n", {"recipients": 2, "folder": "b"}),
        (
            f"# a note\nbackup:\n  folder: b\n  recipients:\n\n  - {PUBLIC}\nport: 8200\n",
            {"recipients": 2, "folder": "b"},
        ),
        (f"backup: {{recipients: [{PUBLIC}]}}\n", None),
    ],
)
def test_a_key_finds_its_place_in_settings_written_by_hand(
    run: Run, folder: Path, before: str, after: dict[str, object] | None
) -> None:
    path = folder / "commoncare.yaml"
    kept = path.read_text()
    path.write_text(kept + before)
    said = run("backup", "key", "--dir", str(folder))
    text = path.read_text()
    if after is None:
        assert (said.code, "a line of its own" in said.err, text) == (1, True, kept + before)
        return
    assert said.code == 0
    given = yaml.safe_load(text)
    held = given.pop("backup")
    assert len(held.pop("recipients")) == after["recipients"]
    assert held == {name: value for name, value in after.items() if name != "recipients"}
    assert {name: value for name, value in given.items() if name != "port"}.items() <= yaml.safe_load(kept).items()
    assert all(line in text for line in before.splitlines() if line.strip() != "backup:")


def test_the_setting(tmp_path: Path) -> None:
    def backup(given: object) -> Backup:
        return from_mapping(tmp_path, {"node_id": "alder.example", "backup": given}).backup

    assert backup(None) == Backup()
    assert backup({"recipients": [PUBLIC, PUBLIC], "folder": "b"}) == Backup((PUBLIC,), "b")
    secret = "AGE-SECRET-KEY-1PPJ7"
    for given, words in (
        ([], "give recipients and folder"),
        ({"recipients": PUBLIC}, "give a list"),
        ({"recipients": [PUBLIC[:-1]]}, "begins with age1"),
        ({"recipients": [secret]}, "take it out"),
        ({"recipient": [PUBLIC]}, "backup.recipient: we don't know this setting"),
        ({"folder": 5}, "backup.folder"),
    ):
        with pytest.raises(Misconfigured) as caught:
            backup(given)
        assert words in caught.value.words
        assert secret not in caught.value.words
