# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare key …` as an operator says it: how keys stand, turning them, paper and sheets, recovery and its drill."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node import database, journal
from node.clock import HandClock, MachineClock
from node.coop import Coop
from node.doctor import look_over
from node.peers import founding, keyring, own
from node.peers import status as standing
from node.settings import load
from tests.node.cli.conftest import PASSPHRASE, Run, _as_it_was, database_address, folder, run

__all__ = ["_as_it_was", "database_address", "folder", "run"]

DAY = 86_400
NEW = "another few plain words"


def later(days: int) -> int:
    return MachineClock().now() + (days * DAY + 3600 if days else 0)


def at(folder: Path, deed: Callable[[Any], Any], *, days: int = 0) -> Any:
    """`deed(here)` in the co-op's database, so many days (and an hour, clear of any full day) from now."""

    async def go() -> Any:
        clock = HandClock(later(days))
        async with Coop.open(load(folder), clock=clock) as coop:
            with database.bound(coop.engine):
                return await deed(coop.here())

    return asyncio.run(go())


def status(run: Run, folder: Path) -> dict[str, Any]:
    said = run("key", "status", "--dir", str(folder), "--json")
    assert said.code == 0, said.err
    return dict(said.json)


def states(found: dict[str, Any], use: str) -> list[str]:
    return [key["state"] for key in found["keys"] if key["use"] == use]


def phrase(folder: Path) -> str:
    file = folder / "phrase.txt"
    file.write_text(f"{PASSPHRASE}\n")
    return str(file)


def root_words(folder: Path) -> str:
    """What stands on the paper of the file-kept root, without printing it."""
    return founding.root_words(founding.root_from_file(folder / "keys/root.pem", PASSPHRASE))


def test_how_the_keys_of_a_new_co_op_stand(run: Run, folder: Path) -> None:
    found = status(run, folder)
    assert {key["use"]: key["state"] for key in found["keys"]} == dict.fromkeys(
        ("doc", "http", "log", "letter"), "signs now"
    )
    assert (found["threshold"], len(found["roots"]), found["root_file"], found["tried"]) == (1, 2, True, None)
    assert found["warnings"] == []
    assert 399 < (found["identity_ends"] - MachineClock().now()) / DAY <= 400
    said = run("key", "status", "--dir", str(folder))
    assert "1 of 2 roots sign" in said.out and "lies on this machine" in said.out and "never tried yet" in said.out
    (folder / "keys/root.pem").rename(folder / "stick.pem")
    assert "is not on this machine" in run("key", "status", "--dir", str(folder)).out


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (309, ""),
        (311, "Choose a day"),
        (371, "Renew it this week"),
        (394, "Renew it today"),
        (401, "has run out"),
    ],
)
def test_the_end_of_the_identity_is_told_in_time_and_doctor_says_the_same(folder: Path, days: int, words: str) -> None:
    warnings = at(folder, lambda here: standing.status(here=here), days=days).warnings
    told = [each for each in warnings if "identity" in each]
    assert bool(told) is bool(words)
    clock = HandClock(later(days))
    found = {each.what: each for each in asyncio.run(look_over(load(folder), clock=clock))}
    assert found["our name"].well is not bool(words)
    if words:
        assert words in told[0]
        assert found["our name"].words == told[0]
    assert found["our papers"].words in warnings  # nobody renewed it in all that time
    assert found["root key's backup"].well is (days <= 400)
    assert any("Nobody has tried" in each for each in warnings) is (days > 400)


@pytest.mark.parametrize("use", ["http", "log"])
def test_a_signing_key_is_turned_with_an_overlap(run: Run, folder: Path, use: str) -> None:
    said = run("key", "rotate", "--use", use, "--dir", str(folder), "--json")
    assert said.code == 0, said.err
    found = status(run, folder)
    assert states(found, use) == ["signs now", "announced"]
    old, new = (key for key in found["keys"] if key["use"] == use)
    assert new["kid"] == said.json["kid"]
    assert new["begins"] == said.json["begins"]
    assert (old["ends"] - new["begins"], new["begins"] - MachineClock().now() > 6 * DAY) == (7 * DAY, True)
    again = run("key", "rotate", "--use", use, "--dir", str(folder), "--json")
    assert "announced already" in again.problem["detail"]

    async def said_of(here: Any) -> list[str]:
        return [key.state for key in (await standing.status(here=here)).keys if key.use == use]

    assert at(folder, said_of, days=8) == ["overlapping", "signs now"]
    assert at(folder, said_of, days=15) == ["over", "signs now"]

    async def turned(here: Any) -> list[str]:
        await keyring.turn(here=here)
        return await said_of(here)

    assert at(folder, turned, days=15) == ["destroyed", "signs now"]


def test_a_letter_key_is_turned_at_once_and_the_old_one_opens_for_8_days(run: Run, folder: Path) -> None:
    old = next(key["kid"] for key in status(run, folder)["keys"] if key["use"] == "letter")
    assert run("key", "rotate", "--use", "letter", "--dir", str(folder)).code == 0
    found = status(run, folder)
    assert states(found, "letter") == ["overlapping", "signs now"]

    async def opens(here: Any) -> bool:
        return await keyring.letter_key(old, here=here) is not None

    assert at(folder, opens, days=7) is True
    assert at(folder, opens, days=9) is False
    assert "in use" in run("key", "status", "--dir", str(folder)).out


@pytest.mark.parametrize("use", ["http", "log", "letter"])
def test_a_stolen_key_goes_at_once(run: Run, folder: Path, use: str) -> None:
    run("key", "rotate", "--use", use, "--dir", str(folder))
    before = [key["kid"] for key in status(run, folder)["keys"] if key["use"] == use]
    assert len(before) == 2
    missing = run("key", "rotate", "--use", use, "--now", "--dir", str(folder), "--json")
    assert [each["field"] for each in missing.problem["errors"]] == ["reason"]
    said = run("key", "rotate", "--use", use, "--now", "--reason", "stolen", "--dir", str(folder), "--json")
    assert said.code == 0, said.err
    assert sorted(said.json["revoked"]) == sorted(before)
    found = status(run, folder)
    lines = {key["kid"]: (key["state"], key["reason"]) for key in found["keys"] if key["use"] == use}
    assert {lines[kid] for kid in before} == {("revoked", "stolen")}
    assert lines[said.json["kid"]] == ("signs now", "")
    assert len(lines) == 3

    async def secrets(here: Any) -> list[Any]:
        rows = await database.rows("SELECT secret FROM own_key WHERE revoked_at IS NOT NULL")
        return [row["secret"] for row in rows]

    assert at(folder, secrets) == [None, None]


def test_wrong_calls_are_told_in_words(run: Run, folder: Path) -> None:
    assert "use" in run("key", "rotate", "--use", "root", "--dir", str(folder)).err
    assert "goes with --now" in run("key", "rotate", "--use", "http", "--reason", "x", "--dir", str(folder)).err
    long = run("key", "rotate", "--use", "http", "--now", "--reason", "x" * 201, "--dir", str(folder))
    assert (long.code, "up to 200" in long.err) == (1, True)
    neither = run("key", "backup", "--dir", str(folder))
    assert (neither.code, "Choose one" in neither.err) == (1, True)
    no_file = run("key", "backup", "--paper", "--dir", str(folder), "--passphrase-file", str(folder / "none"))
    assert (no_file.code, "can't be read" in no_file.err) == (2, True)


def test_a_new_key_for_documents_is_signed_for_by_the_root(run: Run, folder: Path) -> None:
    given = ("--dir", str(folder), "--passphrase-file", phrase(folder))
    wrong = folder / "wrong.txt"
    wrong.write_text("not the passphrase\n")
    refused = run("key", "rotate", "--use", "doc", "--dir", str(folder), "--passphrase-file", str(wrong))
    assert (refused.code, "can't be opened" in refused.err) == (1, True)
    assert states(status(run, folder), "doc") == ["signs now"]
    assert run("key", "rotate", "--use", "doc", *given).code == 0
    found = status(run, folder)
    assert (states(found, "doc"), found["identity_version"]) == (["signs now", "announced"], 2)
    said = run("key", "rotate", "--use", "doc", "--now", "--reason", "laptop lost", *given)
    assert "count no more" in said.out
    found = status(run, folder)
    assert (states(found, "doc"), found["identity_version"]) == (["revoked", "signs now", "revoked"], 3) or (
        sorted(states(found, "doc")) == ["revoked", "revoked", "signs now"]
    )
    assert run("key", "renew", *given).code == 0
    assert status(run, folder)["identity_version"] == 4


def test_paper_brings_the_root_back_and_is_tried(run: Run, folder: Path) -> None:
    given = ("--dir", str(folder), "--passphrase-file", phrase(folder))
    sheet = run("key", "backup", "--paper", *given)
    assert sheet.code == 0, sheet.err
    paper = folder / "paper.txt"
    paper.write_text(sheet.out)
    tried = run("key", "recover", "--drill", "--words-file", str(paper), "--dir", str(folder), "--json")
    assert tried.json["kept"] is False
    assert abs(status(run, folder)["tried"] - MachineClock().now()) < 60
    assert (folder / "keys/root-drill").stat().st_mode & 0o777 == 0o600

    again = ("key", "recover", "--words-file", str(paper), "--dir", str(folder), "--passphrase-file", _new(folder))
    assert "Move it away first" in run(*again).err
    (folder / "keys/root.pem").unlink()
    assert run(*again).code == 0
    back = founding.root_from_file(folder / "keys/root.pem", NEW)
    assert founding.root_words(back) in " ".join(re.findall(r"\d\d ([a-z]+)", sheet.out))
    assert (folder / "keys/root.pem").stat().st_mode & 0o777 == 0o600

    async def written(here: Any) -> list[str]:
        return [entry.act for entry in await journal.entries(0, 100)]

    assert at(folder, written)[-3:] == ["peers.root-written", "peers.root-tried", "peers.root-recovered"]


def _new(folder: Path) -> str:
    file = folder / "new.txt"
    file.write_text(f"{NEW}\n")
    return str(file)


def test_words_come_on_standard_input_too_and_slips_are_told(run: Run, folder: Path) -> None:
    words = root_words(folder)
    drill = ("key", "recover", "--drill", "--dir", str(folder))
    assert run(*drill, stdin=words.upper()).code == 0
    first, rest = words.split(maxsplit=1)
    assert run(*drill, stdin=f"{rest} {first}").code == 1
    assert "no words there" in run(*drill, stdin="").err
    stranger = "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title"  # noqa: E501 - the BIP-39 vector
    refused = run(*drill, stdin=stranger)
    assert "not one of this co-op's roots" in refused.err
    assert "key roots lost" in refused.err and "compared the words" in refused.err
    assert not (folder / "keys/root-drill").exists() or status(run, folder)["tried"]


def test_sheets_go_to_neighbours_and_enough_of_them_bring_the_root_back(run: Run, folder: Path) -> None:
    keepers = ["birch.example", "cedar.example", "elm.example"]
    stick = folder / "stick"
    said = run(
        "key", "backup", "--shares", "3", "--need", "2", *(f"--for={each}" for each in keepers), "--to", str(stick),
        "--dir", str(folder), "--passphrase-file", phrase(folder),
    )  # fmt: skip
    assert said.code == 0, said.err
    sheets = [stick / f"sheet-for-{each}.txt" for each in keepers]
    assert {each.name for each in stick.iterdir()} == {each.name for each in sheets} | {"our-list.txt"}
    ours = (stick / "our-list.txt").read_text()
    for keeper, sheet in zip(keepers, sheets, strict=True):
        text = sheet.read_text()
        assert f"Kept by {keeper} for Alder (alder.example)" in text and "01632 960201" in text
        call = re.search(rf"{keeper}:  ([a-z ]+)", ours)
        assert call is not None and call[1] in re.sub(r"\s+", " ", text)
        assert sheet.stat().st_mode & 0o777 == 0o600
    drill = ("key", "recover", "--drill", "--dir", str(folder))
    assert "2 different sheets are needed; there is 1" in run(*drill, "--words-file", str(sheets[0])).err
    twice = run(*drill, "--words-file", str(sheets[0]), "--words-file", str(sheets[0]))
    assert "there is 1" in twice.err
    assert run(*drill, "--words-file", str(sheets[2]), "--words-file", str(sheets[0])).code == 0
    words = root_words(folder)
    (folder / "keys/root.pem").unlink()
    back = ("key", "recover", "--dir", str(folder), "--passphrase-file", _new(folder))
    assert run(*back, *(f"--words-file={each}" for each in sheets)).code == 0
    assert founding.root_words(founding.root_from_file(folder / "keys/root.pem", NEW)) == words
    assert run("key", "backup", "--shares", "3", "--need", "2", "--for=a", "--dir", str(folder)).code == 1


def test_no_word_of_a_root_is_in_the_database_or_the_journal(run: Run, folder: Path, dialect: str) -> None:
    given = ("--dir", str(folder), "--passphrase-file", phrase(folder))
    shown = run("key", "backup", "--shares", "2", "--need", "2", "--for=birch.example", "--for=elm.example", *given).out
    calls = re.findall(r"example:  ([a-z ]+)", shown)
    assert len(calls) == 2
    if dialect == "sqlite":
        held = b"".join(file.read_bytes() for file in folder.glob("commoncare.db*"))
    else:

        async def everything(here: Any) -> bytes:
            rows = await database.rows("SELECT * FROM journal_entry") + await database.rows("SELECT * FROM own_key")
            return repr(rows).encode()

        held = at(folder, everything)
    for text in (*calls, root_words(folder), *(" ".join(root_words(folder).split()[:3]),)):
        assert text.encode() not in held
    assert founding.root_from_file(folder / "keys/root.pem", PASSPHRASE).seed() not in held


def test_a_node_put_back_from_a_copy_starts_before_its_feeds_begin_anew(run: Run, folder: Path) -> None:
    async def started(here: Any) -> None:
        await own.mark_started()

    at(folder, started)
    (folder / "keys/instance").write_text("another\n")
    stolen = ("key", "rotate", "--use", "log", "--now", "--reason", "stolen", "--dir", str(folder))
    said = run(*stolen)
    assert (said.code, "Start it once" in said.err) == (1, True)
    assert states(status(run, folder), "log") == ["signs now"]
    assert run("key", "rotate", "--use", "http", *stolen[4:]).code == 0
