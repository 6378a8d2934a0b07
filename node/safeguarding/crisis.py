# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to show the numbers to ring, and which: 999, the nation's urgent line, Samaritans, and that replies take days.

Pure but for reading this room's own `numbers.yaml` once; its labels are said in the reader's language. A match only ever adds
help to a page: it blocks nothing, is not stored and is told to nobody. A nation we do not know gets the lines that hold
everywhere, never another nation's.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable
from importlib import resources
from typing import Any

import yaml
from msgspec import Struct

from node.words import N_, _

NOT_FAST = N_("People here answer when they can, and replies take days. If it can't wait, please ring.")


class Line(Struct, frozen=True, kw_only=True):
    """A number to ring, and the words beside it."""

    number: str
    label: str


class Numbers(Struct, frozen=True, kw_only=True):
    """What a page shows: lines, most urgent first, and how fast (not) an answer comes here."""

    lines: list[Line]
    note: str


@functools.cache
def _known() -> dict[str, Any]:
    text = resources.files("node.safeguarding").joinpath("numbers.yaml").read_text(encoding="utf-8")
    known: dict[str, Any] = yaml.safe_load(text)
    return known


def numbers(nation: str, *, out_of_hours: str = "", co_op: str = "", abuse: bool = True) -> Numbers:
    """What to show in `nation` ("england", "wales", "scotland", "northern-ireland").

    `out_of_hours`: this co-op's own number, where it is set; `abuse`: also the line for fear at home.
    """
    known = _known()
    there = known["nations"].get(nation.strip().lower().replace(" ", "-").replace("_", "-"), {})
    lines = [known["emergency"]]
    lines += [there["urgent"]] if "urgent" in there else []
    lines.append(known["samaritans"])
    lines += [there["abuse"]] if abuse and "abuse" in there else []
    shown = [
        Line(number=number, label=_(label)) for number, label in ((each["number"], each["label"]) for each in lines)
    ]
    if out_of_hours:
        co_op = co_op or _("our co-op")
        ours = _("To speak to {co_op} out of hours: {number}", co_op=co_op, number=out_of_hours)
        shown.append(Line(number=out_of_hours, label=ours))
    return Numbers(lines=shown, note=_(NOT_FAST))


def struck(text: str, topics: Iterable[str] = (), *, crisis_topics: Collection[str] = frozenset()) -> bool:
    """Whether `text` or one of `topics` calls for the numbers. Case, curly quotes and spacing make no difference."""
    return any(topic in crisis_topics for topic in topics) or _words().search(_plain(text)) is not None


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'").replace("‐", "-")  # noqa: RUF100
    return " ".join(folded.split())


@functools.cache
def _words() -> re.Pattern[str]:
    ways = [re.escape(_plain(word)).replace(r"\*", r"\w*") for word in _known()["crisis_words"]]
    return re.compile(rf"(?<!\w)(?:{'|'.join(ways)})(?!\w)")
