# SPDX-License-Identifier: AGPL-3.0-or-later
"""The papers of a co-op: filled in with what its node knows, blank where only people know, and nothing about a person."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import readability

from node import database, papers
from node.actor import Actor, at_the_command_line
from node.errors import Conflict, NotAllowed
from node.members import reads as members
from node.papers import knowing
from node.papers.hazards import GRAVE, HAZARDS, LIKELY
from node.papers.writing import BLANK, NAMES, plain
from node.peers import views
from node.settings import Settings
from node.village import Village
from tests.node.cli.conftest import Run, change, database_address, folder, run
from tests.village.test_docs import _sentences

__all__ = ["database_address", "folder", "run"]
ROOT = Path(__file__).resolve().parents[3]


async def gathered(village: Village, name: str = "alder") -> dict[str, str]:
    with village.at(name) as coop:
        known = await papers.known(at_the_command_line(), coop.settings, here=coop.here())
    return papers.papers(known)


async def test_what_the_node_knows_is_filled_in(three: Village) -> None:
    made = await gathered(three)
    assert {name for name in made if name.endswith(".md")} == {f"{name}.md" for name in NAMES}
    assert {name for name in made if name.endswith(".html")} == {f"{name}.html" for name in NAMES}
    sharing = made["03-data-sharing.md"]
    for node_id in ("birch.example", "cedar.example"):
        text = made[f"agreement-{node_id}.txt"]
        sum_ = hashlib.sha256(text.encode()).hexdigest()
        assert f"| SHA-256 of the text | `{sum_}` |" in sharing
        with three.at("alder") as coop:
            view = await views.load(node_id, here=coop.here())
        assert view is not None and view.peering is not None
        assert view.peering.agreement_sha256.hex() == sum_, "the very text that the peering carries"
    assert "the Care Act 2014" in made["02-impact-assessment.md"]
    assert (
        "PostgreSQL at" in made["01-record-of-processing.md"] or "SQLite, a file" in made["01-record-of-processing.md"]
    )
    assert "are set: yes" in made["02-impact-assessment.md"]


async def test_what_only_people_know_is_blank(three: Village) -> None:
    made = await gathered(three)
    least = {"00": 6, "01": 30, "02": 30, "03": 10, "04": 30}
    assert {name[:2]: made[f"{name}.md"].count(BLANK) >= least[name[:2]] for name in NAMES} == dict.fromkeys(
        least, True
    )
    assert "Who decided that these papers are good enough to begin, and on which day: ____" in made["00-start-here.md"]


async def test_no_person_is_in_them(three: Village) -> None:
    """Names, numbers and addresses of everybody in the village, their ids, and every word of the offers."""
    everything = "\n".join((await gathered(three)).values())
    private: set[str] = set()
    for name in ("alder", "birch", "cedar"):
        with three.at(name) as coop:
            here = coop.here()
            for row in await database.rows("SELECT id FROM person"):
                private.add(row["id"])
                found = await members.contact(row["id"], here=here)
                private |= {value for value in vars_of(found) if len(value) > 3}
    private |= {each.name for each in three.cast.people.values()}
    private |= {
        str(offer[part]) for offer in three.cast.offers for part in ("have", "how", "limits") if offer.get(part)
    }
    assert len(private) > 30
    assert [each for each in private if each in everything] == []


def vars_of(found: Any) -> list[str]:
    """Every text in a struct."""
    return [] if found is None else [v for n in found.__struct_fields__ if isinstance(v := getattr(found, n), str)]


async def test_only_an_operator_may(three: Village) -> None:
    lead = Actor(person="p", roles=frozenset({"peer_support_lead", "safeguarding_lead"}))
    with three.at("alder") as coop, pytest.raises(NotAllowed):
        await papers.known(lead, coop.settings, here=coop.here())


async def test_html_is_whole_by_itself_and_a_name_is_no_markup(three: Village) -> None:
    with three.at("alder") as coop:
        known = await papers.known(at_the_command_line(), coop.settings, here=coop.here())
    name = "A *<b>bold</b>* [x](javascript:y) | `co_op` & ~co~"
    (first, *rest) = known.neighbours
    known = replace(known, name=name, neighbours=(replace(first, name=name), *rest))
    made = papers.papers(known)
    shown = "A *&lt;b&gt;bold&lt;/b&gt;* [x](javascript:y) | `co_op` &amp; ~co~"
    for each in NAMES:
        page = made[f"{each}.html"]
        assert f"{shown}" in page
        assert not re.search(r"<(b|a|script|img|link|iframe)\b|(src|href)=|url\(|@import|https?://(?!alder)", page)
        assert page.count("<h1>") == 1 and '<html lang="en-GB">' in page
    assert f"<h2>{shown}</h2>" in made["03-data-sharing.html"]
    assert plain("a\nb  c") == "a b c"


async def test_what_people_filled_in_is_never_written_over(three: Village, tmp_path: Path) -> None:
    with three.at("alder") as coop:
        known = await papers.known(at_the_command_line(), coop.settings, here=coop.here())
    out = tmp_path / "papers"
    made = papers.write(known, out)
    assert {path.stat().st_mode & 0o777 for path in made} == {0o600} and out.stat().st_mode & 0o777 == 0o700
    (out / "02-impact-assessment.md").write_text("Filled in.")
    for path in made:
        if path.name != "02-impact-assessment.md":
            path.unlink()
    with pytest.raises(Conflict, match="papers there"):
        papers.write(known, out)
    assert [path.name for path in out.iterdir()] == ["02-impact-assessment.md"]
    assert (out / "02-impact-assessment.md").read_text() == "Filled in."


def test_a_database_is_told_without_its_secrets(tmp_path: Path) -> None:
    settings = Settings(tmp_path, "alder.example", database="postgresql://anna:s3cret@db.example:5432/care")
    assert knowing._database(settings) == "PostgreSQL at db.example"
    assert knowing._database(Settings(tmp_path, "alder.example")) == "SQLite, a file on the node's own disk"


def test_the_command(run: Run, folder: Path, tmp_path: Path) -> None:
    change(folder, co_op={"name": "Alder", "phone": "01632 960201", "nation": "scotland"})
    out = tmp_path / "papers"
    made = run("papers", "--dir", str(folder), "--out", str(out), "--json").json
    assert made == {"folder": str(out), "files": [f"{name}.{end}" for name in NAMES for end in ("md", "html")]}
    assert "Adult Support and Protection (Scotland) Act 2007" in (out / "02-impact-assessment.md").read_text()
    assert "No other co-op gets anything now." in (out / "01-record-of-processing.md").read_text()
    again = run("papers", "--dir", str(folder), "--out", str(out), "--json").problem
    assert "is there already, and somebody may have written in it" in again["detail"]
    a_file = tmp_path / "file"
    a_file.write_text("")
    assert run("papers", "--dir", str(folder), "--out", str(a_file)).code == 1
    said = run("papers", "--dir", str(folder), "--out", str(tmp_path / "more")).out
    assert "None of it is legal advice" in said


def test_no_agreement_with_whom_we_did_not_meet(run: Run, folder: Path) -> None:
    stranger = run("peer", "agreement", "birch.example", "--dir", str(folder), "--json").problem
    assert "We don't know a co-op of that name." in stranger["detail"]
    wrong = run("peer", "accept", "cc1-x", "--agreement", str(folder / "nowhere.txt"), "--dir", str(folder))
    assert wrong.code == 2 and "can't be read" in wrong.err


async def test_papers_are_as_easy_to_read_as_the_pages(three: Village) -> None:
    made = await gathered(three)
    for name, text in made.items():
        if name.endswith((".md", ".txt")):
            grades = readability.getmeasures(_sentences(_prose(text)), lang="en")["readability grades"]
            assert grades["Kincaid"] + 5 <= 11, f"{name}: {grades['Kincaid'] + 5:.1f}"


def _prose(text: str) -> str:
    """Without code and blanks; each cell of a table is a sentence."""
    text = re.sub(r"\|[-| ]+\|\n|`[^`]*`|_+", "", text)
    rows = [
        ". ".join(cell.strip() for cell in line.strip("|").split("|") if cell.strip()) if line.startswith("|") else line
        for line in text.split("\n")
    ]
    return "\n\n".join(rows)


# The hazard log -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda each: each.title)
def test_what_is_said_to_be_done_is_shown(hazard: Any) -> None:
    assert hazard.causes and hazard.harm and hazard.must and len(hazard.does) >= 2
    for words, shown in hazard.does:
        file, _, name = shown.partition("::")
        assert (ROOT / file).is_file(), f"{words} {shown}"
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not name or re.search(rf"^(?:async )?def {name}\(", text, re.MULTILINE), f"{words} {shown}"


async def test_the_log_has_each_hazard_with_its_blanks_and_the_five_steps(three: Village) -> None:
    text = (await gathered(three))["04-hazard-log.md"]
    for number, hazard in enumerate(HAZARDS, 1):
        assert f"## {number}. {hazard.title}\n" in text
    assert text.count("| Accepted by, on which day | ____") == len(HAZARDS) >= 11
    assert all(f"| {number} | {name} | {words} |\n" in text for number, name, words in (*LIKELY, *GRAVE))
    assert "| 5 very likely | 5 watch | 10 act | 15 stop | 20 stop | 25 stop |" in text
    assert "| 1 very unlikely | 1 fine | 2 fine | 3 fine | 4 watch | 5 watch |" in text
