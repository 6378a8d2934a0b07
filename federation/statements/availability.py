# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a worker could help out elsewhere: coarse half days under an opaque id, with no attestation and no name.

The id is new in every epoch, so that weeks cannot be strung together into one person's habits.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

import msgspec

from . import common
from .common import Area, Id, Language, Revision, Slug

SPAN_DAYS: Final = 14
"""First and last window lie within this many days."""

Window = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}/[ap]m\Z")]
"""A half day in the worker's own place: `2026-11-23/am` is until noon, `/pm` from noon on."""


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """One worker's open half days, version 1: 1 to 28 windows in rising order, 0 to 30 skills, 1 to 8 languages."""

    worker: Id
    area: Area
    skills: Annotated[tuple[Slug, ...], msgspec.Meta(max_length=30)]
    languages: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1, max_length=8)]
    windows: Annotated[tuple[Window, ...], msgspec.Meta(min_length=1, max_length=28)]
    revision: Revision


def read(data: object) -> Availability:
    """The statement in a put's `data`; members that are not named are ignored. Refused: malformed, with the path."""
    said = common.read(Availability, data)
    common.place(said.area, "$.area")
    common.unique(said.skills, "$.skills")
    common.unique(said.languages, "$.languages")
    common.unique(said.windows, "$.windows")
    try:
        days = [date.fromisoformat(window[:10]) for window in said.windows]
    except ValueError:
        raise common.malformed("$.windows", "a day that is not in the calendar") from None
    if list(said.windows) != sorted(said.windows) or days[-1] - days[0] >= timedelta(days=SPAN_DAYS):
        raise common.malformed("$.windows", "out of order, or too far apart")
    return said
