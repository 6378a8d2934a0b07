# SPDX-License-Identifier: AGPL-3.0-or-later
"""`doctor`: each fault is found, with a next step; several do not hide each other; nobody is named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from node import database, post
from node.actor import at_the_command_line
from node.backing import folder as backing
from node.backing import locking
from node.clock import HandClock, MachineClock
from node.coop import Coop
from node.doctor import Finding, files, look_over
from node.doctor.records import NUMBERS
from node.here import Here
from node.members import acts
from node.members.shapes import Admission
from node.safeguarding import pages, setup
from node.safeguarding.shapes import SetupDraft
from node.settings import load
from tests.node.cli.conftest import Run, change

DAY = 86_400
OPERATOR = at_the_command_line()
AREAS = "areas: {quay: {name: Quay Side, lat: 53.9, lon: 0.4}}\n"


def inside(folder: Path, deed: Callable[[Here], Awaitable[Any]]) -> Any:
    """Does something in the co-op's database."""

    async def go() -> Any:
        async with Coop.open(load(folder)) as coop:
            with database.bound(coop.engine):
                return await deed(coop.here())

    return asyncio.run(go())


def look(folder: Path, *, days: int = 0) -> dict[str, Finding]:
    """What is found, so many days from now."""
    clock = HandClock(MachineClock().now() + days * DAY)
    return {each.what: each for each in asyncio.run(look_over(load(folder), clock=clock))}


async def _staff(here: Here) -> None:
    for role in ("safeguarding_lead", "safeguarding_deputy"):
        admission = Admission(full_name=f"Nadia {role}", roles=[role], adult=True)
        await acts.admit(actor=OPERATOR, admission=admission, here=here)
    await setup.set_up(actor=OPERATOR, draft=SetupDraft(out_of_hours="01632 960999"), here=here)


@pytest.fixture
def well(folder: Path) -> Path:
    """A co-op in which everything is set."""
    (folder / "areas.yaml").write_text(AREAS)
    change(folder, areas_file="areas.yaml", patch=["quay"], mail={"host": "127.0.0.1", "sender": "post@alder.example"})
    change(folder, backup={"recipients": [locking.new_key()[1]]})
    _backed_up(folder)
    inside(folder, _staff)
    return folder


def _backed_up(folder: Path, *, days_ago: int = 0) -> None:
    """As a backup and a drill so many days ago leave the folder: `doctor` goes by names and the note alone."""
    at = MachineClock().now() - days_ago * DAY
    with backing.new_file(folder / "backups", "alder.example", at) as (path, _):
        backing.note_check(folder / "backups", backing.LastCheck(checked_at=at, file=path.name, made_at=at))


def _older(folder: Path, days: int) -> None:
    """The folder as it is when nobody did anything for so long."""
    for path in (folder / "backups").iterdir():
        path.unlink()
    _backed_up(folder, days_ago=days)


def test_a_new_co_op_has_things_to_do(run: Run, folder: Path) -> None:
    said = run("doctor", "--offline", "--dir", str(folder), "--json")
    assert said.code == 1
    to_do = {each["what"]: each["next_step"] for each in said.json["findings"] if not each["well"]}
    assert set(to_do) == {"areas", "mail", "safeguarding", "backup"}
    assert all(to_do.values())


def test_all_is_well(run: Run, well: Path) -> None:
    said = run("doctor", "--offline", "--dir", str(well))
    assert (said.code, said.err) == (0, "")
    assert "LOOK" not in said.out
    assert run("doctor", "--offline", "--dir", str(well), "--json").json["well"] is True
    assert "Nadia" not in said.out


async def _tamper(here: Here) -> None:
    if database.dialect() == "sqlite":
        for row in await database.rows("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            await database.execute(f"DROP TRIGGER {row['name']}")
    else:
        await database.execute("ALTER TABLE journal_entry DISABLE TRIGGER USER")
    await database.execute("UPDATE journal_entry SET subject = 'offer:x' WHERE number = 1")


async def _mail_waits(here: Here) -> None:
    async with database.transaction():
        await post.put_out(kind="mail", ref="somebody:message", due=here.now - 3 * DAY, here=here)


async def _letter_fails(here: Here) -> None:
    past = here.at(here.now - 2 * DAY)
    async with database.transaction():
        await post.put_out(kind="letter", ref="concern:x", to="birch.example", due=past.now, here=past)
    for _ in range(3):
        (item,) = await post.claim(["letter"], limit=1, lease=60, worker="one", here=here)
        await post.later(item, due=here.now, why="unreachable", here=here)
    await database.execute("UPDATE outbox SET due = {} WHERE kind = 'letter'", here.now + DAY)


def _neighbour(change: str) -> Callable[[Here], Awaitable[None]]:
    async def make(here: Here) -> None:
        await database.execute("INSERT INTO peer (node_id, created) VALUES ({}, {})", "birch.example", here.now)
        await database.execute(f"UPDATE peer SET {change}", here.now - DAY)

    return make


def _older_gone(folder: Path) -> None:
    for path in (folder / "backups").glob("*.age"):
        path.unlink()


def _drill_long_ago(folder: Path) -> None:
    at = MachineClock().now() - 150 * DAY
    backing.note_check(folder / "backups", backing.LastCheck(checked_at=at, file="x.age", made_at=at))


FAULTS: dict[str, tuple[str, Callable[[Path], Any], int, str, str]] = {
    # name: (finding, what is done, days from now, its words, its next step)
    "key gone": ("node key", lambda f: (f / "keys/node.key").unlink(), 0, "missing", "Put the key's copy back"),
    "key open": ("node key", lambda f: (f / "keys/node.key").chmod(0o644), 0, "Others on this machine", "chmod 600"),
    "root open": ("root key", lambda f: (f / "keys/root.pem").chmod(0o640), 0, "Others on this machine", "chmod 600"),
    "other key": ("our name", lambda f: (f / "keys/node.key").write_bytes(bytes(32)), 0, "does not fit", "Do what"),
    "other name": ("our name", lambda f: change(f, node_id="birch.example"), 0, "not birch.example's", "Do what"),
    "identity": ("our name", lambda f: None, 350, "identity runs out in", "commoncare key renew"),
    "identity over": ("our name", lambda f: None, 401, "has run out", "commoncare key renew"),
    "manifest": ("our papers", lambda f: None, 20, "was not renewed", "commoncare serve"),
    "journal": ("journal", lambda f: inside(f, _tamper), 0, "changed by hand at entry 1", "Keep a copy"),
    "areas": ("areas", lambda f: (f / "areas.yaml").unlink(), 0, "there is no", "Mend"),
    "password": ("mail", lambda f: change(f, mail={"host": "m", "password_file": "no"}), 0, "password", "Look at no"),
    "no backup key": ("backup", lambda f: change(f, backup=None), 0, "no key yet", "commoncare backup key"),
    "no backup": ("backup", lambda f: _older_gone(f), 0, "No backup was made", "commoncare backup --dir"),
    "old backup": ("backup", lambda f: _older(f, 5), 0, "newest backup is 5 days old", "each night"),
    "no drill": ("backup", lambda f: (f / "backups/last-check.json").unlink(), 0, "never tried", "restore --check"),
    "old drill": ("backup", lambda f: _drill_long_ago(f), 0, "last tried 150 days ago", "restore --check"),
    "mail waits": ("what leaves", lambda f: inside(f, _mail_waits), 0, "1 wait (mail); the oldest for 3 days", "serve"),
    "letter": ("what leaves", lambda f: inside(f, _letter_fails), 0, "for 2 days (unreachable)", "peer show"),
    "silent": ("neighbour birch.example", lambda f: inside(f, _neighbour("failing_since = {}")), 0, "since 1 day", "Ring"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found(run: Run, well: Path, name: str) -> None:
    what, spoil, days, words, next_step = FAULTS[name]
    spoil(well)
    found = look(well, days=days)
    assert not found[what].well
    assert words in found[what].words
    assert next_step in found[what].next_step
    if not days:
        assert run("doctor", "--offline", "--dir", str(well)).code == 1


def test_faults_do_not_hide_each_other(run: Run, well: Path) -> None:
    for name in ("journal", "mail waits", "silent", "areas", "root open", "key gone"):
        FAULTS[name][1](well)
    change(well, mail=None)
    found = {each for each, finding in look(well, days=350).items() if not finding.well}
    assert found == {
        "node key", "root key", "our name", "journal", "our papers", "areas", "mail", "what leaves", "neighbour birch.example",
        "backup", "signing keys",
    }  # fmt: skip


def test_a_database_that_is_gone_or_behind(
    run: Run, well: Path, dialect: str, new_database: Callable[..., str]
) -> None:
    change(well, database=new_database(empty=True))
    if dialect == "sqlite":
        assert "missing" in look(well)["database"].words
        (well / "empty.db").write_bytes(b"")
        change(well, database=f"sqlite:///{well / 'empty.db'}")
    behind = look(well)["database"]
    assert "behind this version" in behind.words
    assert behind.next_step == f"commoncare migrate --dir {well}"
    assert run("migrate", "--dir", str(well)).code == 0
    assert "isn't set up yet" in look(well)["our name"].words
    change(well, database="postgresql://ada:s3cret@127.0.0.1:1/none")
    said = run("doctor", "--offline", "--dir", str(well))
    assert (said.code, "can't be reached" in said.out, "s3cret" in said.out + said.err) == (1, True, False)


def test_a_key_that_kubernetes_laid_into_a_pod_is_not_open_to_others() -> None:
    """It is root's and our group's there, whatever mode was asked for, since the pod has a group for its volumes."""
    assert not files.open_to_others(0o440, theirs=True)
    assert files.open_to_others(0o444, theirs=True)
    assert files.open_to_others(0o440, theirs=False) and not files.open_to_others(0o600, theirs=False)


def test_the_page_that_it_sends_an_operator_to_is_there() -> None:
    assert NUMBERS in {path for route in pages.routes for path in route.paths}
