# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facts that a co-op declares of itself, each one agreed on by a circle: what it does, how big it is, what it pays and charges,
what its regulator found, totals it stands by. About nobody in particular, and typed in by hand.

It says which circle agreed and when, and until when the agreement stands; its words and who recorded it stay at home.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from .. import wire
from . import common
from .common import Slug, Time

REVIEW_DAYS: Final = 367
"""An agreement is reviewed within a year: the day itself and, in a leap year, one more are let pass."""

Band = Literal["10-25", "26-50", "51-100", "101-300"]
Regulator = Literal["CQC", "CIW", "CI", "RQIA"]

THEMES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "CQC": ("overall", "safe", "effective", "caring", "responsive", "well-led"),
        "CIW": ("well-being", "care-and-support", "leadership-and-management", "environment"),
        "CI": ("well-being", "leadership", "staff-team", "setting", "care-planning"),
        "RQIA": ("overall",),
    }
)
"""Regulator -> what it rates: England, Wales, Scotland; Northern Ireland's rates nothing and says what has to be improved."""
GRADES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "CQC": ("outstanding", "good", "requires-improvement", "inadequate"),
        "CIW": ("excellent", "good", "needs-improvement", "poor"),
        "CI": ("excellent", "very-good", "good", "adequate", "weak", "unsatisfactory"),
        "RQIA": ("nothing-to-improve", "areas-to-improve", "failure-to-comply"),
    }
)
"""Regulator -> its own grades, best first."""

_Line = Annotated[str, msgspec.Meta(min_length=1, max_length=80, pattern=common.LINE)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
_Pence = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
_Count = Annotated[int, msgspec.Meta(ge=0, lt=wire.INTEGER_END)]


class Services(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="of", tag="services"):
    """What the co-op offers: 1 to 30 slugs, each once."""

    services: Annotated[tuple[Slug, ...], msgspec.Meta(min_length=1, max_length=30)]


class Size(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="of", tag="size"):
    """How many people are in the co-op, as one of four bands; never the number itself."""

    people: Band


class Rate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Pence for an hour of one kind of care, 1 to 100,000: paid to who gives it, charged to who gets it; at least one of them."""

    care: Slug
    paid: _Pence | UnsetType = UNSET
    charged: _Pence | UnsetType = UNSET


class Rates(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="of", tag="rates"):
    """1 to 20 rates, each kind of care once."""

    rates: Annotated[tuple[Rate, ...], msgspec.Meta(min_length=1, max_length=20)]


class Rating(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="of", tag="rating"):
    """What the regulator found: one theme, in its own grades (THEMES, GRADES), published at that time."""

    regulator: Regulator
    theme: Slug
    grade: Slug
    published_on: Time


class Total(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="of", tag="total"):
    """A number that the co-op stands by: what it is (80 characters, one line), from when to when (start < end, Unix seconds),
    and how it was counted (300 characters)."""

    name: _Line
    number: _Count
    start: Time
    end: Time
    counted: _Text


Said = Services | Size | Rates | Rating | Total


class Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One declared fact, version 1.

    kind       "fact"; other kinds may come, and a reader sets aside what it does not know
    fact       one of five forms, told apart by `of`
    circle     the circle whose recorded agreement it is; 80 characters, one line
    agreed_on  Unix seconds: the day on which it agreed
    review_on  Unix seconds: by when it looks at it again, at most 367 days later; the fact is said no longer
    """

    kind: Literal["fact"]
    fact: Said
    circle: _Line
    agreed_on: Time
    review_on: Time


def read(data: object) -> Fact:
    """The fact in a put's `data`; members that are not named are ignored. Refused: malformed, with the path."""
    said = common.read(Fact, data)
    if not said.agreed_on < said.review_on <= said.agreed_on + REVIEW_DAYS * wire.DAY:
        raise common.malformed("$.review_on", "not within a year of the agreement")
    _judge(said.fact)
    return said


def _judge(fact: Said) -> None:
    """Refuses what the types alone let pass."""
    if isinstance(fact, Services):
        common.unique(fact.services, "$.fact.services")
    elif isinstance(fact, Rates):
        common.unique(tuple(each.care for each in fact.rates), "$.fact.rates")
        if any(each.paid is UNSET and each.charged is UNSET for each in fact.rates):
            raise common.malformed("$.fact.rates", "a rate that says nothing")
    elif isinstance(fact, Rating):
        if fact.theme not in THEMES[fact.regulator]:
            raise common.malformed("$.fact.theme", "no theme of this regulator")
        if fact.grade not in GRADES[fact.regulator]:
            raise common.malformed("$.fact.grade", "no grade of this regulator")
    elif isinstance(fact, Total) and fact.start >= fact.end:
        raise common.malformed("$.fact.end", "a time that ends before it begins")
