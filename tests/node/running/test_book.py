# SPDX-License-Identifier: AGPL-3.0-or-later
"""The journal in words: nothing about anybody's support, introductions or worries is in it, and all else is."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import node
from node import database, journal
from node.actor import Actor
from node.errors import NotAllowed, NotProved
from node.here import Here
from node.running.reads import book
from tests.node.members.cast import admit

HIDDEN_WAYS = {"signin.delegate-named", "signin.delegation-accepted", "signin.delegation-ended", "signin.acting-began"}
"""Who helps whom is theirs, though it is written down among the ways to sign in."""
HIDDEN = (
    "offer.",
    "supporter.",
    "search.",
    "introduction.",
    "introductions.",
    "call.",
    "copy.",
    "complaint.",
    "delegate.",
    "reply.",
)
"""What is somebody's support, introductions, data or helpers: for those it is about and those who handle it."""
SHOWN = {act for acts in book.SENTENCES.values() for act in acts}


def acts_written() -> set[str]:
    """Every act that is handed to `journal.write` by name, anywhere in the house."""
    found = set()
    for path in Path(node.__file__).parent.rglob("*.py"):
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(each, ast.Call) and ast.unparse(each.func) == "journal.write" and len(each.args) > 1:
                found |= {
                    part.value
                    for part in ast.walk(each.args[1])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value.strip(".")
                }
    return found


def ways_written() -> set[str]:
    """Every act that the sign-in room writes down by its own `record`."""
    found = set()
    for path in (Path(node.__file__).parent / "signin").rglob("*.py"):
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(each, ast.Call) and ast.unparse(each.func).endswith("record") and len(each.args) > 2:
                found |= {f"signin.{part.value}" for part in ast.walk(each.args[1]) if isinstance(part, ast.Constant)}
    factors = {f"signin.{what}-{how}" for what in ("passkey", "totp") for how in ("added", "removed")}
    assert {"signin.-added", "signin.-removed"} <= found  # written of either factor
    return (found - {"signin.-added", "signin.-removed"}) | factors


def test_every_act_is_said_or_hidden_on_purpose() -> None:
    written = acts_written()
    assert len(written) > 30
    ways = ways_written()
    assert len(ways) > 5
    unsaid = {act for act in (written | ways) - HIDDEN_WAYS if act not in SHOWN and not act.startswith(HIDDEN)}
    assert unsaid == set(), f"give {sorted(unsaid)} a sentence in node/running/reads/book.py, or hide it here"
    assert not {act for act in SHOWN if act.startswith((*HIDDEN, "safeguarding.kept"))}


def test_a_sentence_names_only_what_the_page_fills_in() -> None:
    for acts in book.SENTENCES.values():
        for act, words in acts.items():
            places = {name for _text, name, _spec, _conversion in string.Formatter().parse(words) if name}
            assert places <= {"who", "whom", "node", "role"}, act


@pytest.mark.usefixtures("engine")
async def test_what_is_somebodys_own_is_not_shown_not_even_that_it_happened(here: Here) -> None:
    operator, ada = await admit("Olu Adeyemi", "operator", here=here), await admit("Ada Quill", here=here)
    before = await book.page_of(operator, here=here)
    for act, subject in (
        ("introduction.asked", "introduction:i"),
        ("offer.published", "offer:o"),
        ("safeguarding.kept", "concern:c"),
        ("search.assisted", f"person:{ada.person}"),
        ("delegate.acted", f"person:{ada.person}"),
        ("something.new", f"person:{ada.person}"),
    ):
        await journal.write(ada.person, act, subject, {}, here=here)
    after = await book.page_of(operator, here=here)
    assert after.lines == before.lines
    assert after.whole == before.whole + 6


@pytest.mark.usefixtures("engine")
async def test_entries_are_sentences_with_names_newest_first_a_page_and_a_kind_at_a_time(here: Here) -> None:
    operator, ada = await admit("Olu Adeyemi", "operator", here=here), await admit("Ada Quill", here=here)
    await journal.write(operator.person, "role.given", f"person:{ada.person}", {"role": "volunteer"}, here=here)
    for _ in range(book.AT_ONCE):
        await journal.write(operator.person, "peers.paused", "node:birch.example", {}, here=here)
    await journal.write(None, "peers.proposed", "node:elm.example", {}, here=here)
    first = await book.page_of(operator, here=here)
    assert len(first.lines) == book.AT_ONCE and first.older is not None
    assert first.lines[0].words == "elm.example asked us to agree."
    assert first.lines[1].words == "Olu paused birch.example."
    rest = await book.page_of(operator, before=first.older, here=here)
    assert rest.older is None
    assert [line.words for line in rest.lines] == [
        "Olu paused birch.example.",
        "Olu gave Ada a role: Volunteer.",
        "Command line entered Ada.",
        "Command line entered Olu.",
    ]
    people = await book.page_of(operator, kind="people", here=here)
    assert [line.number for line in people.lines] == [3, 2, 1]
    assert not any(ada.person in line.words for line in (*first.lines, *rest.lines))


@pytest.mark.usefixtures("engine")
async def test_it_is_for_proved_operators_and_a_change_by_hand_shows(here: Here) -> None:
    operator = await admit("Olu", "operator", here=here)
    for role in ("peer_support_lead", "safeguarding_lead"):
        with pytest.raises(NotAllowed):
            await book.page_of(Actor(person="p", roles=frozenset({role})), here=here)
    with pytest.raises(NotProved):
        await book.verify(Actor(person=operator.person, roles=operator.roles, proved=False), here=here)
    assert (await book.verify(operator, here=here)).whole
    await database.execute(
        "INSERT INTO journal_entry (number, at, act, subject, detail, digest) VALUES (99, 1, 'a.b', 'c', {}, {})",
        "{}",
        b"x",
    )
    assert not (await book.verify(operator, here=here)).whole
