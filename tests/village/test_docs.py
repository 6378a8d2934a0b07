# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the docs show is true: code blocks run as they stand, links lead somewhere, rooms and commands are the real ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
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
