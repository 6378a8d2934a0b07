# SPDX-License-Identifier: AGPL-3.0-or-later
"""The specification is of this code: vectors and examples come out again byte for byte, and the tests that it names exist.

Whoever changes the protocol makes both anew, `python -m tests.federation.making`, and sees in the difference what others will
have to change. What is named as a test is looked for in the source, so that nothing has to be imported for it.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from federation import wire
from federation.errors import CODES
from federation.trust import Route

from .making import blocks, trusting
from .making.everything import DOCS, FOLDER, MADE, ROOT, read_held, vectors, written_docs

PAGES = sorted(DOCS.glob("*.md"))
MAKE = "stale: run python -m tests.federation.making"


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return vectors(read_held())


def test_the_vectors_are_made_again_byte_for_byte(made: dict[str, bytes]) -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(made)
    stale = [name for name, data in made.items() if (FOLDER / name).read_bytes() != data]
    assert stale == [], MAKE


def test_a_letter_sealed_anew_differs_in_its_seal_alone(made: dict[str, bytes]) -> None:
    fresh, held = (json.loads(each["letters.json"])["cases"] for each in (vectors({}), made))
    assert [case["input"].pop("outer") for case in fresh] != [case["input"].pop("outer") for case in held]
    assert fresh == held


def test_the_examples_are_made_again_byte_for_byte() -> None:
    stale = [path.name for path, text in written_docs().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], MAKE


def test_every_block_stands_in_a_page_and_every_marker_has_its_end() -> None:
    used = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found = [match[2] for match in MADE.finditer(text)]
        assert len(found) == text.count("<!-- made:") == text.count("<!-- end -->"), page.name
        used += found
    assert sorted(used) == sorted(blocks.MADE)


def test_every_route_and_code_is_in_the_text() -> None:
    assert set(trusting.ROUTES) == {route.value for route in Route}
    whole = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    paths = [value for name, value in vars(wire).items() if name.isupper() and str(value).startswith(wire.PREFIX + "/")]
    assert len(paths) >= 4
    for path in paths:
        assert path in whole or path.removeprefix(wire.PREFIX) in whole, path
    judged = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page.name != "errors.md")
    ours = {"internal", "unreachable", "timeout", "busy", "unavailable"}
    assert {code for code in CODES if f"`{code}`" not in judged} <= ours


def test_no_page_is_too_long() -> None:
    assert [page.name for page in PAGES if len(page.read_text(encoding="utf-8").splitlines()) > 400] == []


def anchors(page: Path) -> set[str]:
    """As code hosts make them from headings."""
    heads = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([a-z-]+\.md)#([^)]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if link[1] not in anchors(page.parent / link[0])] == []


def threats() -> Iterator[list[str]]:
    for line in (DOCS / "security.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 4 and cells[0] not in ("threat", "---"):
            yield cells


def names_in(path: Path) -> set[str]:
    found: Any = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.name for node in found if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("row", list(threats()), ids=lambda row: row[0])
def test_every_threat_has_an_answer_a_place_and_a_test_that_exists(row: list[str]) -> None:
    _, must, where, tried = row
    assert must
    assert re.fullmatch(r"\[[a-z]+\]\([a-z]+\.md#[a-z-]+\)", where)
    if tried == "none yet":
        return
    names = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", tried)
    assert ", ".join(f"`{path}::{name}`" for path, name in names) == tried
    for path, name in names:
        assert name in names_in(ROOT / path), f"{path} has no {name}"


def test_the_table_of_threats_is_whole() -> None:
    rows = list(threats())
    assert len(rows) >= 50
    assert len({row[0] for row in rows}) == len(rows)
