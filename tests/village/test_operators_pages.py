# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every block of the operators' pages is followed as it stands, page by page, in fresh folders with real co-ops.

What a reader puts in for themselves stands in the tables below, line by line, and so does what can't be done on a machine for
tests, with where it is tried instead. A line in neither table is typed as it is, and has to go well; a block that is neither
followed nor named fails.
"""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from node.backing import locking
from tests.helm import rendering
from tests.node.cli.conftest import PASSPHRASE, Run, Said, _as_it_was, change, run
from tests.node.cli.street import befriend
from tests.village.pages import PAGES, ROOT, Block, Line, Reader, blocks, follow
from tests.village.test_processes import free_port

__all__ = ["_as_it_was", "run"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
BACKUP: Final = "alder.example.org.20270115T080000Z.age"
"""A backup of an example: each reader has one of another moment."""

NOT_A_NODE: Final = "the system's own work, not the node's"
WHEEL: Final = "tests/village/test_wheel.py installs a wheel and runs it"
HOMES: Final = "tests/image/test_homes.py holds compose.yaml, the Caddyfile and the units against what reads them"
IMAGE: Final = "tests/image/test_image.py builds the image and runs these commands in it, where an engine is"
ELSEWHERE: Final[dict[str, dict[str, str]]] = {
    "charter.md": {
        "commoncare charter choose k3tq-aw6d-7mzc-x2hn-p4vb": "tests/node/charter/test_two_of_one_version.py does it",
    },
    "compose.md": {
        "podman build --format docker --file deploy/Containerfile --tag commoncare .": IMAGE,
        "docker compose up --detach database": HOMES,
        "docker compose --profile tools run --rm -T init < phrase.txt": HOMES,
        "docker compose up --detach": HOMES,
        "docker compose run --rm --entrypoint commoncare web member invite --role operator": HOMES,
    },
    "laptop.md": {
        "pipx run --spec ./commoncare-VERSION.whl commoncare demo": WHEEL,
        "uvx --from ./commoncare-VERSION.whl commoncare demo": WHEEL,
    },
    "server.md": {
        "apt-get install --yes python3-venv caddy": NOT_A_NODE,
        "useradd --system --home-dir /var/lib/commoncare --create-home --shell /usr/sbin/nologin commoncare": NOT_A_NODE,
        "python3 -m venv /opt/commoncare": WHEEL,
        "/opt/commoncare/bin/pip install ./commoncare-VERSION.whl": WHEEL,
        "systemctl edit caddy": NOT_A_NODE,
        "systemctl daemon-reload": NOT_A_NODE,
        "systemctl enable --now commoncare commoncare-backup.timer": HOMES,
        "systemctl restart caddy": HOMES,
    },
}  # fmt: skip
"""Page -> line -> why it is not typed here, and what tries it instead."""
WHOLE_PAGES: Final = {
    "trust.md": "tests/village/test_trust_page.py",
    "leaving.md": "tests/node/leaving/test_commands.py",
}
"""Page -> the test that follows it from its first block to its last."""


@pytest.fixture
def reader(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reader:
    """In a folder of their own, with a passphrase in a file as the pages have it, and a port that nobody else has."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COMMONCARE_PORT", str(free_port()))
    (tmp_path / "phrase.txt").write_text(f"{PASSPHRASE}\n")
    return Reader(run, tmp_path, heard={"phrase": PASSPHRASE})


def founded(reader: Reader, folder: Path, name: str = "alder") -> None:
    """What `running.md` makes, for a page that goes on from there."""
    said = reader.run(
        "init", "--dir", str(folder), "--node-id", f"{name}.example.org", "--name", name.title(), "--json",
        "--passphrase-file", "phrase.txt",
    )  # fmt: skip
    assert said.code == 0, said.err
    reader.heard[f"paper of {name}"] = said.json["paper_key"]
    _at_home(folder, name)


def _at_home(folder: Path, name: str = "alder") -> None:
    """No look at this co-op leaves the machine: its own address is one on it, at which nobody answers."""
    change(folder, resolver={f"{name}.example.org": f"http://127.0.0.1:{free_port()}"})


def followed(reader: Reader, page: str, lines: dict[str, Line]) -> None:
    """The whole page. A line of the tables that is not in it (any more) fails too."""
    there = {line for block in blocks(page) if not block.kind for line in block.lines}
    assert set(lines) | set(ELSEWHERE.get(page, {})) <= there
    done = sum(follow(reader, block, lines, ELSEWHERE.get(page, {})) for block in blocks(page) if not block.kind)
    assert done >= len(there) - len(ELSEWHERE.get(page, {}))


def _keep(name: str, pattern: str) -> Callable[[Reader, Said], None]:
    """Takes something out of an answer, as a reader copies it."""

    def after(reader: Reader, said: Said) -> None:
        found = re.search(pattern, said.out)
        assert found, said.out
        reader.heard[name] = found[1]

    return after


def _words_of_the_sheet(reader: Reader, said: Said) -> None:
    """The 24 words stand on the sheet with their numbers; who types them types the words."""
    words = re.findall(r"\b\d\d ([a-z]+)", said.out)
    assert len(words) == 24
    reader.heard["paper of the file"] = " ".join(words)


def test_running(reader: Reader) -> None:
    table = (PAGES / "running.md").read_text(encoding="utf-8").split("| file | what it is |")[1].split("\n\n")[0]
    named = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    assert len(named) >= 6

    def missing(r: Reader) -> list[str]:
        """Of the files that the page names, those that are not there yet. Nothing has ended in this co-op."""
        return [each for each in named if each != "keys/erasures" and not (r.at / "coop" / each).exists()]

    followed(
        reader,
        "running.md",
        {
            'commoncare init --dir coop --node-id alder.example.org --name "Alder Neighbours" --phone "01632 960201" '
            "--passphrase-file phrase.txt": Line(
                says=("Print these words", "What is left to do", "commoncare member invite"),
                after=lambda r, _: _at_home(r.at / "coop"),
            ),
            "commoncare member invite --dir coop --role operator": Line(says=("https://alder.example.org/",)),
            "commoncare serve --dir coop": Line(until=lambda r: missing(r) == []),
            "commoncare doctor --dir coop": Line(code=1, says=("LOOK  mail:", "→ ")),
            "commoncare migrate --dir coop": Line(says=("The database is up to date.",)),
            "commoncare key renew --dir coop": Line(stdin="<phrase>\n", says=("version 2",)),
            "commoncare audit verify --dir coop": Line(says=("none",)),
        },
    )


def test_backup(reader: Reader) -> None:
    coop = reader.at / "coop"
    founded(reader, coop)

    def newest(r: Reader, _: Said) -> None:
        (made,) = (coop / "backups").glob("*.age")
        r.heard["file"] = made.name

    def broken(r: Reader) -> None:
        """Step 1 of a restore: what is left of the old database is moved away, and the backup fetched from elsewhere."""
        for path in coop.glob("commoncare.db*"):
            path.rename(r.at / path.name)
        shutil.copy(coop / "backups" / r.heard["file"], r.at)

    followed(
        reader,
        "backup.md",
        {
            "commoncare backup key --dir coop": Line(after=_keep("key", r"(AGE-SECRET-KEY-\S+)")),
            "commoncare backup --dir coop --keep 30": Line(after=newest),
            f"commoncare restore --check coop/backups/{BACKUP} --dir coop": Line(
                puts={BACKUP: "<file>"}, stdin="<key>\n", says=("can be restored", "Tried on")
            ),
            f"commoncare restore {BACKUP} --dir coop": Line(
                puts={BACKUP: "<file>"}, stdin="<key>\n", before=broken, says=("Everybody has to sign in anew",)
            ),
            "commoncare doctor --dir coop": Line(code=1, says=("well  journal: Whole", "a restore was tried")),
        },
    )


def test_keys(reader: Reader) -> None:
    coop, at = reader.at / "coop", ("alder",)
    founded(reader, coop)
    reader.folders["alder"] = coop
    key_file, aside = coop / "keys" / "root.pem", reader.at / "old-root.pem"

    def put_away(_: Reader) -> None:
        """It is never put over another file: so the one that is there goes first."""
        key_file.replace(aside)

    def sheets(_: Reader, said: Said) -> None:
        texts = re.split(r"\n-{70}\n", said.out)
        assert len(texts) == 4, "three sheets and our own list"
        for number, text in enumerate(texts[:3], 1):
            (reader.at / f"sheet-{number}.txt").write_text(text)

    def people(r: Reader) -> None:
        """Two people make a root each: the page shows the command once."""
        for name in ("first", "second"):
            made = r.run("key", "roots", "new", "--json").json
            r.heard |= {f"words of {name}": made["words"], f"line of {name}": made["line"]}
        held = r.run("key", "status", "--dir", str(coop), "--json").json["roots"]
        shown = r.run("key", "roots", "mine", "--json", stdin=r.heard["paper of alder"]).json
        r.heard["kept"] = next(each["kid"] for each in held if each["kid"] != shown["root"])[:8]
        shutil.copy(key_file, r.at / "root.pem")

    followed(
        reader,
        "keys.md",
        {
            "commoncare key renew": Line(by=at, stdin="<phrase>\n", says=("version 2",)),
            "commoncare key recover --drill": Line(by=at, stdin="<paper of alder>\n", says=("which is one of ours",)),
            "commoncare key rotate --use http": Line(by=at, says=("is announced and begins",)),
            'commoncare key rotate --use log --now --reason "A laptop was stolen"': Line(
                by=at, says=("revoked and destroyed", "The feeds begin anew")
            ),
            "commoncare key backup --paper": Line(by=at, stdin="<phrase>\n", after=_words_of_the_sheet),
            "commoncare key backup --shares 3 --need 2 --for birch.example.org --for cedar.example.org "
            "--for elm.example.org": Line(by=at, stdin="<phrase>\n", after=sheets),
            "commoncare key recover": Line(
                by=at,
                before=put_away,
                terminal=(
                    ("two end it all", "<paper of the file>\n\n"),
                    ("new passphrase", "<phrase>"),
                    ("confirmation", "<phrase>"),
                ),
                says=("which is one of ours",),
            ),
            "commoncare key recover --words-file sheet-1.txt --words-file sheet-2.txt": Line(
                by=at, before=put_away, stdin="<phrase>\n", says=("It is in",)
            ),
            "commoncare key roots new": Line(says=("Write these words down", "ccroot1-")),
            "commoncare key roots propose change.json --threshold 2 --keep as8UdUkT --add ccroot1-first "
            "--add ccroot1-second": Line(
                by=at,
                before=people,
                puts={
                    "--keep as8UdUkT": "--keep=<kept>",
                    "--add ccroot1-first": "--add=<line of first>",
                    "--add ccroot1-second": "--add=<line of second>",
                },
                says=("nothing has changed yet",),
            ),
            "commoncare key roots read change.json": Line(by=at, says=("have to sign",)),
            "commoncare key roots sign change.json": Line(by=at, stdin="<words of first>\n", says=("Signed.",)),
            "commoncare key roots sign change.json --root-file root.pem": Line(
                by=at, stdin="<phrase>\n", says=("Enough have signed",)
            ),
            "commoncare key roots publish change.json": Line(by=at, says=("in force", "twelve words")),
            "commoncare key roots lost --sure": Line(
                by=at, before=put_away, stdin="<phrase>\n", says=("There are new roots", "ring them")
            ),
        },
    )


def test_charter(reader: Reader) -> None:
    names = ("alder", "birch", "cedar", "dogwood")
    for name in names:
        founded(reader, reader.at / name, name)
        reader.folders[name] = reader.at / name
    (reader.at / "terms.txt").write_text("We help each other.\n")

    def seat(reader: Reader, said: Said) -> None:
        for name in names:
            if name not in reader.heard:
                reader.heard[name] = re.search(r"(ccseat1-\S+)", said.out)[1]  # type: ignore[index]
                return

    def signed(reader: Reader) -> None:
        """As before: a change is signed by enough of the members before and after."""
        for name in ("alder", "birch", "dogwood"):
            at = {"COMMONCARE_DIR": str(reader.folders[name])}
            assert reader.run("charter", "sign", "change.json", env=at).code == 0, name

    followed(
        reader,
        "charter.md",
        {
            "commoncare charter seat": Line(by=names, after=seat, says=("ccseat1-",)),
            'commoncare charter propose first.json --name "The Calder co-ops" --terms-file terms.txt --add ccseat1-birch '
            "--add ccseat1-cedar": Line(
                by=("alder",),
                puts={"--add ccseat1-birch": "--add=<birch>", "--add ccseat1-cedar": "--add=<cedar>"},
                says=("nothing has changed yet",),
            ),
            "commoncare charter read first.json": Line(
                by=("alder",), after=_keep("mark", r"([a-z2-7]{4}(?:-[a-z2-7]{4}){4})")
            ),
            "commoncare charter sign first.json": Line(by=("alder", "birch"), says=("Signed.",)),
            "commoncare charter join first.json --mark k3tq-aw6d-7mzc-x2hn-p4vb": Line(
                by=names[:3], puts={"k3tq-aw6d-7mzc-x2hn-p4vb": "<mark>"}, says=("The Calder co-ops, version 1",)
            ),
            "commoncare charter propose renewal.json": Line(by=("alder",)),
            "commoncare charter propose change.json --add ccseat1-dogwood --drop cedar.example.org": Line(
                by=("alder",), puts={"--add ccseat1-dogwood": "--add=<dogwood>"}
            ),
            "commoncare charter publish change.json": Line(by=("alder",), before=signed, says=("version 2",)),
        },
    )


def test_server(reader: Reader) -> None:
    """The service's home is a folder of this test's. What goes to /etc is put below it, from the release's own folder."""
    home, etc = reader.at / "home", reader.at / "etc"
    home.mkdir()
    (etc / "systemd" / "system").mkdir(parents=True)
    (etc / "caddy").mkdir()
    installed = 0
    lines: dict[str, Line] = {}
    for block in blocks("server.md"):
        for line in block.lines if not block.kind else ():
            if line.startswith("install "):
                subprocess.run(
                    line.replace("/etc/", f"{etc}/"), shell=True, check=True, cwd=ROOT / "deploy", timeout=20
                )
                ELSEWHERE["server.md"][line] = "done here, below another folder"
                installed += 1
            elif line.startswith("runuser "):
                lines[line] = Line(puts={"/var/lib/commoncare": str(home)})
    assert installed == 2
    assert {path.name for path in etc.rglob("*") if path.is_file()} == {
        "Caddyfile", "commoncare.service", "commoncare-backup.service", "commoncare-backup.timer",
    }  # fmt: skip
    assert len(lines) == 3
    followed(reader, "server.md", lines)
    assert yaml.safe_load((home / "commoncare.yaml").read_text())["backup"]["recipients"]


def test_upgrading(reader: Reader) -> None:
    """Both versions are this one: what is tried is that the commands do what the page says, in its order."""
    coop = reader.at / "coop"
    founded(reader, coop)
    key = reader.run("backup", "key", "--dir", str(coop)).out
    reader.heard["key"] = re.search(r"AGE-SECRET-KEY-\S+", key)[0]  # type: ignore[index]

    def gone_back(r: Reader) -> None:
        (made,) = (coop / "backups").glob("*.age")
        r.heard["file"] = shutil.copy(made, r.at / made.name).name
        for path in coop.glob("commoncare.db*"):
            path.rename(r.at / path.name)

    followed(
        reader,
        "upgrading.md",
        {
            "commoncare doctor --dir coop": Line(code=1, says=("well  database: Up to date",)),
            f"commoncare restore {BACKUP} --dir coop": Line(
                puts={BACKUP: "<file>"}, stdin="<key>\n", before=gone_back, says=("Restored",)
            ),
        },
    )


def test_papers(reader: Reader) -> None:
    for name in ("alder", "birch"):
        founded(reader, reader.at / name, name)
        reader.folders[name] = reader.at / name
    befriend(reader.at / "alder", reader.at / "birch")
    at = ("alder",)
    followed(
        reader,
        "papers.md",
        {
            "commoncare papers --out papers": Line(by=at),
            "commoncare peer agreement birch.example.org": Line(by=at, says=("birch.example.org",)),
        },
    )
    assert list((reader.at / "papers").iterdir())


def _settings(block: Block) -> dict[str, Any]:
    return dict(yaml.safe_load("\n".join(block.lines)))


def test_what_stands_in_files_is_read_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that are no commands: each is handed to what reads it."""
    files = {page: [b for b in blocks(page) if b.kind] for page in pages()}
    assert {page: [b.kind for b in found] for page, found in files.items() if found} == {
        "compose.md": ["ini"], "kubernetes.md": ["yaml"], "server.md": ["ini"],
    }  # fmt: skip
    given = {line.partition("=")[0] for line in files["compose.md"][0].lines}
    compose = (ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8")
    assert given and all(f"${{{name}" in compose for name in given)

    override = configparser.ConfigParser(strict=False, interpolation=None)
    override.optionxform = str  # type: ignore[assignment,method-assign]
    override.read_string(re.sub(r"Environment=(\w+)=", r"\1=", "\n".join(files["server.md"][0].lines)))
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    assert all(f"{{${name}:" in caddyfile for name in override["Service"])

    values = _settings(files["kubernetes.md"][0])
    assert values["backup"]["recipients"] == ["age1…"]
    values["backup"]["recipients"] = [locking.new_key()[1]]
    made = rendering.render(values)
    settings = next(each for each in made if each["kind"] == "ConfigMap")["data"]["commoncare.yaml"]
    assert yaml.safe_load(settings)["node_id"] == values["nodeId"]


def test_what_is_typed_into_containers_is_there() -> None:
    """The services and commands of the compose page: an engine is needed to run them, not to know that they exist."""
    services = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for line in ELSEWHERE["compose.md"]:
        for service in re.findall(r"docker compose (?:--profile \w+ )?(?:up|run) (?:--\S+ |commoncare )*(\w+)", line):
            assert service in services, line


def pages() -> list[str]:
    return sorted(path.name for path in PAGES.glob("*.md"))


FOLLOWED: Final = {"running.md", "backup.md", "keys.md", "charter.md", "server.md", "upgrading.md", "papers.md"}


@pytest.mark.parametrize("page", pages())
def test_no_block_is_left_out(page: str) -> None:
    """Of a page that is not followed above, every line is named, with what tries it; of one that another test follows, that test
    is there and names it."""
    if page in WHOLE_PAGES:
        assert page in (ROOT / WHOLE_PAGES[page]).read_text(encoding="utf-8")
    elif page not in FOLLOWED:
        lines = [line for block in blocks(page) if not block.kind for line in block.lines]
        assert [line for line in lines if line not in ELSEWHERE.get(page, {})] == []
    for why in ELSEWHERE.get(page, {}).values():
        named = re.match(r"tests/\S+\.py", why)
        assert named is None or (ROOT / named[0]).exists(), why
