# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the metrics room. Times are Unix seconds, money is pence for an hour."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

About = Literal["services", "size", "rates", "rating", "total"]
State = Literal["waiting", "declared", "replaced", "withdrawn", "over"]


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of care: paid to who gives it, charged to who gets it; one of them may be left out."""

    care: str
    paid: int | None = None
    charged: int | None = None


class FactDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fact as it is typed in, with the agreement behind it. Of the fact itself only what belongs to `about` is given:

    services: `services` · size: `people` · rates: `rates` · rating: `theme`, `grade`, `published_on` (of our nation's regulator)
    · total: `name`, `number`, `start`, `end`, `counted`. `words`: the agreement's own; `replaces`: a declared fact of ours.
    """

    about: str = ""
    services: list[str] = []
    people: str = ""
    rates: list[Rate] = []
    theme: str = ""
    grade: str = ""
    published_on: int | None = None
    name: str = ""
    number: int | None = None
    start: int | None = None
    end: int | None = None
    counted: str = ""
    circle: str = ""
    agreed_on: int | None = None
    review_on: int | None = None
    words: str = ""
    replaces: str | None = None


class Said(Struct, frozen=True, kw_only=True):
    """What a fact says. What does not belong to `about` is empty."""

    about: About
    services: list[str] = []
    people: str | None = None
    rates: list[Rate] = []
    regulator: str | None = None
    theme: str | None = None
    grade: str | None = None
    published_on: int | None = None
    name: str | None = None
    number: int | None = None
    start: int | None = None
    end: int | None = None
    counted: str | None = None


FIELDS: dict[About, tuple[str, ...]] = {
    "services": ("services",),
    "size": ("people",),
    "rates": ("rates",),
    "rating": ("regulator", "theme", "grade", "published_on"),
    "total": ("name", "number", "start", "end", "counted"),
}
"""What belongs to each kind of fact, in `Said` and on the wire alike."""


class FactView(Struct, frozen=True, kw_only=True):
    """A fact that is declared now, as every member reads it. `node_id`, `co_op`: whose; `declared_at`: since when it is ours, or
    when a neighbour's node last said so; it is said until `review_on`."""

    id: str
    node_id: str
    co_op: str
    ours: bool
    said: Said
    circle: str
    agreed_on: int
    review_on: int
    declared_at: int


class FactList(Struct, frozen=True, kw_only=True):
    """Ours first, then the neighbours' by their names."""

    items: list[FactView]


class FactRecord(Struct, frozen=True, kw_only=True):
    """A fact of ours with all that stands behind it, for those who keep facts. `own`: whether the reader wrote it; `to`: names of
    the co-ops that get what is declared."""

    id: str
    state: State
    said: Said
    circle: str
    agreed_on: int
    review_on: int
    words: str
    written_by: str
    written_at: int
    own: bool
    confirmed_by: str = ""
    confirmed_at: int | None = None
    withdrawn_at: int | None = None
    replaces: str | None = None
    to: list[str] = []


class RecordList(Struct, frozen=True, kw_only=True):
    """The newest first."""

    items: list[FactRecord]
