# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the pages of the front room share: choices as a page shows them, a code that leads back, a copy read in one's language."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup
from msgspec import Struct

from node.copies import Fact, Section
from node.dates import clock, date_long
from node.front import rules
from node.here import Here
from node.web import codes
from node.words import _


def options(choices: Mapping[str, str]) -> list[tuple[str, str]]:
    """(value, words) for radios."""
    return [(value, _(words)) for value, words in choices.items()]


def qr(here: Here, path: str) -> Markup:
    """A code that leads back to a page of this co-op."""
    return codes.qr(here.home + path)


class Shown(Struct, frozen=True, kw_only=True):
    """An entry of a copy as a page shows it. `place`: by which it is left out."""

    place: str
    title: str
    rows: list[tuple[str, str]]


class Part(Struct, frozen=True, kw_only=True):
    """A section of a copy as a page shows it."""

    title: str
    note: str
    entries: list[Shown]


def parts(sections: list[Section]) -> list[Part]:
    """A copy in the language now spoken; empty sections stay, since "nothing" is an answer too."""
    return [
        Part(
            title=_(section.title),
            note=_(section.note),
            entries=[
                Shown(
                    place=rules.place(section, entry),
                    title=_(entry.title),
                    rows=[(_(fact.label), _value(fact)) for fact in entry.facts],
                )
                for entry in section.entries
            ],
        )
        for section in sections
    ]


def _value(fact: Fact) -> str:
    if fact.kind == "when":
        at = int(fact.value)
        return _("{day} at {time}", day=date_long(at), time=clock(at))
    return _(fact.value) if fact.kind == "ours" else fact.value
