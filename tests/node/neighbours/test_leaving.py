# SPDX-License-Identifier: AGPL-3.0-or-later
"""What leaves this co-op, field by field: every field that a statement or letter has is there, in words."""

from __future__ import annotations

from msgspec import inspect

from federation.letters import KINDS as LETTERS
from federation.statements import KINDS as STATEMENTS
from node import app
from node.peers import leaving, leaving_words
from node.village import Village
from tests.pages import Visitor


def test_every_field_has_words_and_no_words_are_left_over() -> None:
    shown = [*leaving.feeds(), *leaving.letters()]
    assert {each.name for each in shown} == {*STATEMENTS, *LETTERS}
    used: set[str] = set()
    for kinds in (*STATEMENTS.values(), *LETTERS.values()):
        for kind in getattr(kinds, "__args__", (kinds,)):
            used |= {key for _, key in leaving._walk(inspect.type_info(kind), "")}
    assert used == leaving_words.FIELDS.keys()
    assert all(leaf.words for each in shown for leaf in each.fields)


def test_what_is_said_to_be_published_is_what_has_a_room() -> None:
    assert app.feeds().keys() == leaving.PUBLISHED


def test_nobody_is_named_but_in_the_letter_that_shares() -> None:
    naming = [
        each.name for each in [*leaving.feeds(), *leaving.letters()] for leaf in each.fields if leaf.field == "values"
    ]
    assert naming == ["introduction.share"]


async def test_the_page_says_who_gets_it(three: Village) -> None:
    callum = await Visitor.of(three, "callum")
    page = await callum.open("/neighbours/leaving")
    for words in ("In clear, to the neighbours", "Sealed, to one co-op alone", "To nobody, for now", "To nobody, ever"):
        assert words in page.words
    assert "Their limits, in their own words" in page.words
    assert len(page.soup.select("main details")) == len([*leaving.feeds(), *leaving.letters()])
