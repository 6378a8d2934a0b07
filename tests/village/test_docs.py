# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the docs show is true: code blocks run as they stand, links lead somewhere, rooms and commands are the real ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import readability

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


async def test_the_villages_example_runs() -> None:
    page = (ROOT / "docs" / "developers" / "village.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert block is not None
    names: dict[str, object] = {}
    exec(compile(block.group(1), "village.md", "exec"), names)
    example = names["test_an_offer_crosses"]
    assert callable(example)
    await example()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = [
        link
        for link in re.findall(r"(?:\]\(|src=\")([^)\"#]+)(?:#[^)]*)?[)\"]", page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_tour_names_every_room_and_no_other() -> None:
    tour = (ROOT / "docs" / "developers" / "tour.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z]+)`", "\n".join(line for line in tour.splitlines() if re.match(r"\| \d \|", line))))
    there = {path.stem for path in (ROOT / "node").iterdir() if not path.name.startswith(("_", "."))}
    assert named == there


def test_the_tour_and_the_protocol_name_files_that_exist() -> None:
    for page in ("developers/tour.md", "protocol/index.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for name in re.findall(r"`((?:node|federation)/[\w/]+(?:\.py|/)?)`", text):
            assert (ROOT / name).exists(), f"{page} names {name}"


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(re.findall(r"\(([0-9]{4}-[a-z-]+\.md)\)", (folder / "index.md").read_text(encoding="utf-8")))
    assert listed == {path.name for path in folder.glob("0*.md")}


PLAIN = sorted(page for folder in ("members", "leads") for page in (ROOT / "docs" / folder).glob("*.md"))


@pytest.mark.parametrize("page", PLAIN, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_for_people_are_as_easy_to_read_as_they_say(page: Path) -> None:
    stated = re.search(r"a reading age of (\d+) at most", (page.parent / "index.md").read_text(encoding="utf-8"))
    assert stated is not None
    grades = readability.getmeasures(_sentences(page.read_text(encoding="utf-8")), lang="en")["readability grades"]
    assert grades["Kincaid"] + 5 <= int(stated[1]), f"grade {grades['Kincaid']:.1f}: shorter sentences, plainer words"


def _sentences(markdown: str) -> str:
    """One sentence a line, its words parted by blanks: what the measure takes."""
    text = re.sub(r"<img [^>]*>|!\[[^\]]*\]\([^)]*\)", "", markdown)
    text = re.sub(r"[*_`#>]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text))
    items = [
        re.sub(r"^\s*(?:-|\d+\.) ", "", item.replace("\n", " ")).strip()
        for paragraph in re.split(r"\n\s*\n", text)
        for item in re.split(r"\n(?=\s*(?:-|\d+\.) )", paragraph)
    ]
    found = [each for item in items for each in re.split(r"(?<=[.!?:;])\s+", item) if each]
    return "\n".join(" ".join(re.findall(r"[\w'’]+|[.!?;:,]", each)) for each in found)
