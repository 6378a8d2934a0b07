# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ten faults made on purpose, and then some: `doctor` names each in plain words with the next step, exits with 1, and says the
same as JSON. Where nothing is wrong it has nothing to say.

Nodes, web server, certificates, mail server and neighbour are real ones on loopback (`tests.node.cli.street`).
"""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import certifi
import httpx
import pytest
from typer.testing import CliRunner

from node.backing import folder as backing
from node.backing import locking
from node.calling import Called
from node.cli.command import cli
from node.doctor import Ways, address, clocks, files, look_over
from node.exchange.outbound import HttpFetcher
from node.findings import Finding
from node.settings import load
from tests.node.cli.conftest import PASSPHRASE, Run, Said, change
from tests.node.cli.street import ALDER, BIRCH, HERE, Street, befriend, free_port, running
from tests.node.cli.test_doctor import AREAS, _mail_waits, _older, _staff, _tamper, inside

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
MAIL_PASSWORD: Final = "a plain word for mail"
QUICK: Final = 30.0
"""Seconds in which all of it has to be over, whatever hangs."""


def _founded(folder: Path, node_id: str) -> Path:
    given = ["init", "--dir", str(folder), "--node-id", node_id, "--name", node_id.title(), "--phone", "01632 960201"]
    assert CliRunner().invoke(cli, given, input=f"{PASSPHRASE}\n").exit_code == 0
    return folder


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Alder, in which everything is set, and its neighbour. Each test looks at them by settings of its own."""
    made = tmp_path_factory.mktemp("founded")
    alder, birch = _founded(made / "alder", ALDER), _founded(made / "birch", BIRCH)
    befriend(alder, birch)
    (alder / "areas.yaml").write_text(AREAS)
    (alder / "mail.txt").write_text(MAIL_PASSWORD)
    change(alder, areas_file="areas.yaml", patch=["quay"], backup={"recipients": [locking.new_key()[1]]})
    inside(alder, _staff)
    with running(tmp_path_factory.mktemp("street"), alder, birch, change) as found:
        yield found


@pytest.fixture
def alder(street: Street, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Alder's folder, as it is while all is well: its web server shows a good certificate and its mail server lets it in."""
    folder, was = street.alder, (street.alder / "commoncare.yaml").read_text()
    monkeypatch.setattr(certifi, "where", lambda: str(street.authority.file))  # whom this machine trusts
    for path in (folder / "backups").glob("*"):
        path.unlink()
    _older(folder, 0) if (folder / "backups").exists() else _first_backup(folder)
    front = street.lines.to(street.ports["alder"], tls=street.authority.server())
    set_front(folder, street, front)
    set_mail(folder, street.lines.mail(password=MAIL_PASSWORD))
    yield folder
    (folder / "commoncare.yaml").write_text(was)


def _first_backup(folder: Path) -> None:
    (folder / "backups").mkdir()
    _older(folder, 0)


def set_front(folder: Path, street: Street, port: int, scheme: str = "https") -> None:
    """Where people and neighbours find Alder; Birch is always where it is."""
    ways = {ALDER: f"{scheme}://{HERE}:{port}", BIRCH: f"http://{HERE}:{street.ports['birch']}"}
    change(folder, resolver=ways)


def set_mail(folder: Path, port: int, **more: Any) -> None:
    mail = {"host": HERE, "port": port, "username": "alder", "password_file": "mail.txt", "sender": f"post@{ALDER}"}
    change(folder, mail={key: value for key, value in (mail | more).items() if value is not None})


def doctor(run: Run, folder: Path, *more: str) -> Said:
    began = time.monotonic()
    said = run("doctor", "--dir", str(folder), *more)
    assert time.monotonic() - began < QUICK
    return said


def found(run: Run, folder: Path, what: str, *more: str, twice: bool = True) -> tuple[str, str]:
    """Words and next step of the one thing that is amiss. The exit code is 1, and (looked at twice) people read the same."""
    said = doctor(run, folder, "--json", *more)
    told = said.json
    amiss = [each for each in told["findings"] if not each["well"]]
    assert (said.code, told["well"], [each["what"] for each in amiss]) == (1, False, [what]), said.out
    assert set(amiss[0]) == {"what", "well", "words", "next_step"}
    assert MAIL_PASSWORD not in said.out + said.err
    if twice:
        plain = doctor(run, folder, *more)
        assert plain.code == 1 and MAIL_PASSWORD not in plain.out + plain.err
        assert f"LOOK  {what}: {amiss[0]['words']}\n      → {amiss[0]['next_step']}" in plain.out
    return amiss[0]["words"], amiss[0]["next_step"]


def test_where_nothing_is_wrong_it_has_nothing_to_say(run: Run, alder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in os.environ if each.startswith("COMMONCARE_")]:
        monkeypatch.delenv(name)  # what tells these tests where things are is no setting of a node
    said = doctor(run, alder, "--json")
    told = said.json
    assert (said.code, told["well"]) == (0, True), said.out
    assert [each for each in told["findings"] if not each["well"] or each["next_step"]] == [], (
        "nor does it warn of anything"
    )
    words = {each["what"]: each["words"] for each in told["findings"]}
    assert words["our address"] == "It leads to this node, and answers as us."
    assert words["certificate"].startswith("It is valid, and stands for another 60 days")
    assert words["clock"] == f"It agrees with that of {BIRCH}."
    assert "takes our name and password" in words["mail"]
    assert words[f"neighbour {BIRCH}"] == "active; We reach them, and they reach us."
    assert "none ends soon" in words["signing keys"] and "are left at" in words["disk"]


def test_10_a_neighbour_that_cannot_reach_us_while_we_reach_it(run: Run, street: Street, alder: Path) -> None:
    """Early among these: a neighbour calls back three times in a row and then lets some time go by."""
    street.lines.end(street.way)
    try:
        words, step = found(run, alder, f"neighbour {BIRCH}")
    finally:
        street.lines.to(street.ports["alder"], at=street.way)
    assert words == "active; We reach them, but they can't reach us: nothing answers under our name."
    assert f"https://{ALDER}/.well-known/commoncare" in step and "port 443" in step


# What lies in the folder: looked at without asking anybody, so that nothing else is amiss.


def test_1_no_database(run: Run, alder: Path) -> None:
    change(alder, database=f"sqlite:///{alder / 'gone.db'}")
    words, step = found(run, alder, "database", "--offline")
    assert "The database is missing" in words and "gone.db" in words
    assert step == "Look at the setting database, and whether the database runs."


def test_2_the_wrong_node_key(run: Run, alder: Path) -> None:
    (alder / "keys" / "other.key").write_bytes(os.urandom(32))
    (alder / "keys" / "other.key").chmod(0o600)
    change(alder, node_key_file="keys/other.key")
    words, _ = found(run, alder, "our name", "--offline")
    assert words == "The node key does not fit this database. Put back the key file that belongs to it."


@pytest.fixture
def aside(street: Street, alder: Path, tmp_path: Path) -> Path:
    """A copy of Alder's database to spoil; the node goes on with its own."""
    copy = tmp_path / "copy.db"
    with sqlite3.connect(alder / "commoncare.db") as held, sqlite3.connect(copy) as made:
        held.backup(made)
    change(alder, database=f"sqlite:///{copy}")
    return copy


def test_3_a_migration_is_missing(run: Run, alder: Path, aside: Path) -> None:
    with sqlite3.connect(aside) as held:
        held.execute("DELETE FROM migration WHERE id = (SELECT max(id) FROM migration)")
    words, step = found(run, alder, "database", "--offline")
    assert "behind this version" in words and step == f"commoncare migrate --dir {alder}"


def test_4_the_journal_was_edited_by_hand(run: Run, alder: Path, aside: Path) -> None:
    inside(alder, _tamper)
    words, step = found(run, alder, "journal", "--offline")
    assert "changed by hand at entry 1" in words and "Keep a copy of the database" in step


def test_5_something_waits_to_leave(run: Run, alder: Path, aside: Path) -> None:
    inside(alder, _mail_waits)
    words, step = found(run, alder, "what leaves", "--offline")
    assert words == "1 wait (mail); the oldest for 3 days." and "commoncare serve" in step


def test_6_the_backup_is_too_old_and_then_never_tried(run: Run, alder: Path) -> None:
    _older(alder, 5)
    words, step = found(run, alder, "backup", "--offline")
    assert "newest backup is 5 days old" in words and f"commoncare backup --dir {alder}" in step
    _older(alder, 0)
    (alder / "backups" / "last-check.json").unlink()
    words, step = found(run, alder, "backup", "--offline")
    assert "was never tried" in words and "commoncare restore --check" in step


def test_7_the_disk_is_nearly_full(run: Run, alder: Path) -> None:
    (newest,) = (each.path for each in backing.backups(alder / "backups", ALDER))
    os.truncate(newest, files.room(alder)[0] + 10**12)  # a sparse file: as large as nothing here can hold twice
    words, step = found(run, alder, "disk", "--offline")
    assert words.endswith("The next backup does not fit any more.") and "commoncare backup --keep" in step


@pytest.mark.parametrize(
    ("left", "whole", "well", "words"),
    [
        (400, 20_000, False, "400 MB of 20.0 GB are left"),
        (1_500, 20_000, True, "1.5 GB of 20.0 GB are left"),
        (400, 1_000, True, "400 MB of 1.0 GB are left"),
        (9_000, 20_000, True, "9.0 GB of 20.0 GB are left"),
    ],
)
def test_7_how_full_is_full(alder: Path, left: int, whole: int, well: bool, words: str) -> None:
    room = (left * 10**6 + 4 * 10**5, whole * 10**6)
    disk = files.disk(load(alder), lambda _: room)
    assert (disk.well, words in disk.words) == (well, True)
    assert bool(disk.next_step) == (left < 5_000), "what is tight wants a look"


# What lies between us and others.


def test_8_the_clock_is_ten_minutes_off(run: Run, street: Street, alder: Path) -> None:
    (street.birch / "off").write_text("600")
    try:
        said = doctor(run, alder, "--json")
    finally:
        (street.birch / "off").write_text("0")
    amiss = {each["what"]: each for each in said.json["findings"] if not each["well"]}
    assert (said.code, set(amiss)) == (1, {"clock", f"neighbour {BIRCH}"}), said.out
    assert amiss["clock"]["words"].startswith(f"It is 10 minutes behind that of {BIRCH}. Beyond 5 minutes")
    assert "telephone's clock" in amiss["clock"]["next_step"] and "timedatectl" in amiss["clock"]["next_step"]
    assert "10 minutes apart" in amiss[f"neighbour {BIRCH}"]["words"]


@pytest.mark.parametrize(
    ("apart", "well", "words"),
    [
        ({"a": 0, "b": 900}, True, "agrees with 2 neighbours'"),
        ({"a": 900, "b": 901, "c": 0}, False, "15 minutes behind 2 neighbours'"),
        ({"a": -45, "b": -44}, True, "44 seconds ahead of 2 neighbours'. From 5 minutes on neighbours refuse"),
        ({BIRCH: -60}, True, f"60 seconds ahead of that of {BIRCH}"),
        ({}, True, "none to compare it with"),
    ],
)
def test_8_one_wrong_neighbour_does_not_make_our_clock_wrong(
    alder: Path, apart: dict[str, int], well: bool, words: str
) -> None:
    (clock,) = clocks.findings(load(alder), Called(apart=apart))
    assert (clock.well, words.replace("2 neigh", f"{len(apart)} neigh") in clock.words) == (well, True), clock.words
    assert ("timedatectl" in clock.next_step) == (not well or "ahead" in words), "a warning has a next step too"


def test_9_the_certificate(run: Run, street: Street, alder: Path) -> None:
    made = street.authority.server
    faults = {
        "has expired": made(days=(-90, -2)),
        f"is for another name than {ALDER}": made("www.elsewhere.example"),
        "was signed by itself": made(by_itself=True),
    }
    for fault, shown in faults.items():
        set_front(alder, street, street.lines.to(street.ports["alder"], tls=shown))
        words, step = found(run, alder, "certificate", twice="expired" in fault)
        assert fault in words and "ports 80 and 443" in step and "journalctl" in step
    set_front(alder, street, street.lines.to(street.ports["alder"], tls=made(days=(-80, 10))))
    soon = doctor(run, alder)
    assert soon.code == 0 and "note  certificate: It is valid, and stands for another 10 days." in soon.out
    set_front(alder, street, street.lines.to(street.ports["alder"], tls=made(days=(-88, 2))))
    assert "another 2 days" in found(run, alder, "certificate", twice=False)[0]
    set_front(alder, street, street.lines.to(street.ports["alder"]))
    assert "does not speak TLS" in found(run, alder, "certificate", twice=False)[0]


def test_10_another_node_answers_under_our_address(run: Run, street: Street, alder: Path) -> None:
    set_front(alder, street, street.lines.to(street.ports["birch"], tls=street.authority.server()))
    said = doctor(run, alder, "--json")
    amiss = {each["what"]: each for each in said.json["findings"] if not each["well"]}
    assert said.code == 1 and "Another node answers under our address" in amiss["our address"]["words"]
    assert "to which port does it hand on" in amiss["our address"]["next_step"]


PAGES: Final = {
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nHello": ("our address", "no node"),
    "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n": ("our address", "no node (404)"),
    "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n": ("web server", "no node behind it"),
    "HTTP/1.1 301 Moved\r\nlocation: https://www.alder.example/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n": (
        "our address",
        "sends people on to www.alder.example",
    ),
}


@pytest.mark.parametrize("answer", PAGES, ids=["a page", "404", "502", "a redirect"])
def test_10_something_else_answers(run: Run, street: Street, alder: Path, answer: str) -> None:
    what, fault = PAGES[answer]
    set_front(alder, street, street.lines.saying(answer, tls=street.authority.server()))
    words, step = found(run, alder, what, twice=False)
    assert fault in words and step


def test_10_an_older_copy_and_a_second_beginning_are_not_us(street: Street, alder: Path, tmp_path: Path) -> None:
    """Held against an identity as it would be after a renewal, and against another co-op's roots under our name."""
    again = _founded(tmp_path / "again", ALDER)
    document = httpx.get(f"http://{HERE}:{street.ports['alder']}/.well-known/commoncare").content
    mine = inside(alder, lambda here: address.mine(here))
    assert address.held(document, mine, ALDER).well
    theirs = inside(again, lambda here: address.mine(here))
    second = address.held(document, theirs, ALDER)
    assert not second.well and "its root keys are not ours" in second.words and "key status" in second.next_step


# And more of the kind.


def test_nobody_answers_at_our_address(run: Run, street: Street, alder: Path) -> None:
    """What neighbours say counts for more than a silence here; without them it is a fault, in a cluster a warning."""
    nobody = free_port()
    set_front(alder, street, nobody)
    settings = load(alder)

    def ours(reached: bool | None, *, inside: bool = False) -> Finding:
        ways = Ways(HttpFetcher(settings.resolver), _nobody, lambda: httpx.create_ssl_context(trust_env=False), inside)
        tried = asyncio.run(address.try_out(settings, ways, int(time.time())))
        (found,) = address.findings(tried, None, Called(reached=reached), settings, ways)
        return found

    assert ours(True).well and "But a neighbour reaches us, so it holds here only." in ours(True).words
    for reached in (False, None):
        assert not ours(reached).well and f"refuses on port {nobody}" in ours(reached).words
        assert "systemctl status caddy" in ours(reached).next_step
        warned = ours(reached, inside=True)
        assert warned.well and "not counted" in warned.words and warned.next_step
    street.lines.end(street.way)
    try:
        assert doctor(run, alder).code == 1
        assert "note  our address: Nobody answers there" in doctor(run, alder, "--inside").out
    finally:
        street.lines.to(street.ports["alder"], at=street.way)


@pytest.mark.parametrize("settings", [{"proxies": ""}], ids=["nobody is believed"])
def test_a_web_server_that_is_not_believed(run: Run, alder: Path, settings: dict[str, str]) -> None:
    change(alder, **settings)
    words, step = found(run, alder, "web server")
    assert "share one person's limits" in words and "proxies" in step


def test_a_web_server_that_keeps_the_name_to_itself(run: Run, street: Street, alder: Path) -> None:
    front = street.lines.to(
        street.ports["alder"], tls=street.authority.server(), instead=(b"Host: alder.example", b"Host: inner.example")
    )
    set_front(alder, street, front)
    words, step = found(run, alder, "web server")
    assert "does not hand on the name" in words and "Host" in step


async def _nobody(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_NONAME, "not known")


async def _private(host: str, port: int) -> list[str]:
    return ["192.168.1.7"]


async def _no_server(host: str, port: int) -> list[str]:
    raise socket.gaierror(socket.EAI_AGAIN, "try again")


async def _hangs(host: str, port: int) -> list[str]:
    await asyncio.Event().wait()
    return []


@pytest.mark.parametrize(
    ("resolve", "well", "words", "step"),
    [
        (_nobody, False, "the name alder.example has no address", "add an A record"),
        (_no_server, False, "name server (DNS) does not answer", "/etc/resolv.conf"),
        (_hangs, False, "name server (DNS) does not answer", "/etc/resolv.conf"),
        (_private, True, "is 192.168.1.7, which is no public address", ""),
    ],
)
def test_the_name(street: Street, alder: Path, resolve: Any, well: bool, words: str, step: str) -> None:
    change(alder, resolver={BIRCH: f"http://{HERE}:{street.ports['birch']}"})
    settings = load(alder)
    ways = Ways(HttpFetcher(settings.resolver), resolve, lambda: httpx.create_ssl_context(trust_env=False))
    began = time.monotonic()
    found = {each.what: each for each in asyncio.run(look_over(settings, ways=ways))}
    assert time.monotonic() - began < QUICK
    ours = found["our address"]
    assert (ours.well, words in ours.words, step in ours.next_step) == (well, True, True), ours


def test_the_mail_server(run: Run, street: Street, alder: Path) -> None:
    lines = street.lines
    set_mail(alder, lines.mail(password="another"))
    words, step = found(run, alder, "mail")
    assert "does not take our name and password (535)" in words and "mail.password_file" in step
    set_mail(alder, free_port())
    assert "refuses the connection" in found(run, alder, "mail", twice=False)[0]
    set_mail(alder, lines.mail(password=MAIL_PASSWORD), security="starttls")
    words, step = found(run, alder, "mail", twice=False)
    assert "no STARTTLS" in words and "587" in step
    set_mail(alder, lines.mail(password=MAIL_PASSWORD), security="tls")
    assert "does not begin with TLS" in found(run, alder, "mail", twice=False)[0]
    expired = lines.mail(password=MAIL_PASSWORD, tls_context=street.authority.server(HERE, days=(-90, -2)))
    set_mail(alder, expired, security="starttls")
    words, step = found(run, alder, "mail", twice=False)
    assert "The mail server's certificate" in words and "nothing is sent there" in words and "mail.host" in step
    set_mail(alder, lines.mail(password=MAIL_PASSWORD), password_file=None)
    assert "no password for it" in found(run, alder, "mail", twice=False)[0]


def test_a_mail_server_that_says_nothing_holds_up_nobody(run: Run, street: Street, alder: Path) -> None:
    set_mail(alder, street.lines.silent())
    words, step = found(run, alder, "mail", twice=False)
    assert "does not answer" in words and "587" in step


def test_a_test_mail(run: Run, street: Street, alder: Path) -> None:
    said = doctor(run, alder, "--mail-to", "ada@example.org")
    assert said.code == 0 and "well  test mail: The mail server took it." in said.out
    assert "ada@example.org" not in said.out
    set_mail(alder, free_port())
    said = doctor(run, alder, "--mail-to", "ada@example.org")
    assert said.code == 1 and "LOOK  test mail: It did not leave." in said.out


def test_a_misspelt_variable(run: Run, alder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONCARE_PROT", "8101")
    words, step = found(run, alder, "settings", "--offline")
    assert "COMMONCARE_PROT" in words and step == "Did you mean COMMONCARE_PORT?"


def test_all_neighbours_silent_and_the_rest_too_ends_in_time(run: Run, street: Street, alder: Path) -> None:
    silent = street.lines.silent()
    change(alder, resolver={ALDER: f"https://{HERE}:{silent}", BIRCH: f"http://{HERE}:{silent}"})
    set_mail(alder, silent)
    said = doctor(run, alder, "--json")
    amiss = {each["what"] for each in said.json["findings"] if not each["well"]}
    assert amiss == {"our address", "mail", f"neighbour {BIRCH}"}
