# SPDX-License-Identifier: AGPL-3.0-or-later
"""Days and times as people read them: in the language now spoken, by the clock on the wall in the United Kingdom.

Unix seconds in, words out. English is written here, in one way; the other languages are written by Babel as the CLDR has it,
which is fetched when it is first needed. A language that is none of ours is written in English.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

from node.words import ENGLISH, LANGUAGES, _, language

if TYPE_CHECKING:
    from babel.dates import DateTimePattern

UK: Final = ZoneInfo("Europe/London")
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_YEAR_AT_THE_END: Final = re.compile(r"[\s,،]*y+$")


def day(when: int) -> str:
    """ "Tuesday 5 May"."""
    there = _there(when)
    spoken = language()
    if spoken in LANGUAGES and spoken != ENGLISH:
        return _pattern(spoken, "full").apply(there, spoken)
    return f"{WEEKDAYS[there.weekday()]} {there.day} {MONTHS[there.month - 1]}"


def date_long(when: int) -> str:
    """ "5 May 2026"."""
    there = _there(when)
    spoken = language()
    if spoken in LANGUAGES and spoken != ENGLISH:
        return _pattern(spoken, "long").apply(there, spoken)
    return f"{there.day} {MONTHS[there.month - 1]} {there.year}"


def clock(when: int) -> str:
    """ "10:14": alike in all our languages."""
    there = _there(when)
    return f"{there.hour:02}:{there.minute:02}"


def moment(when: int) -> str:
    """ "Tuesday 5 May at 10:14"."""
    return _("{day} at {time}", day=day(when), time=clock(when))


def _there(when: int) -> datetime:
    return datetime.fromtimestamp(when, UK)


@cache
def _pattern(spoken: str, form: Literal["full", "long"]) -> DateTimePattern:
    """The CLDR's form of a date (UTS 35, part 4, section 2.2); the full one, with the weekday, without its year."""
    from babel import Locale
    from babel.dates import parse_pattern

    found = Locale.parse(spoken).date_formats[form]
    return found if form == "long" else parse_pattern(_YEAR_AT_THE_END.sub("", found.pattern))
