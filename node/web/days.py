# SPDX-License-Identifier: AGPL-3.0-or-later
"""A day as people fill it in, in three fields (`name-day`, `name-month`, `name-year`), and as Unix seconds by the UK's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from node.dates import UK
from node.web.forms import Form
from node.words import _


def day_of(form: Form, name: str, *, end: bool = False) -> tuple[int, str]:
    """The first second of that day, or with `end` its last; and what is wrong with it, or ""."""
    given = [form.text(f"{name}-{part}") for part in ("year", "month", "day")]
    if not any(given):
        return 0, _("Give a day, a month and a year.")
    try:
        year, month, day = (int(each) for each in given)
        start = datetime(year, month, day, tzinfo=UK)
        when = start + timedelta(days=1, seconds=-1) if end else start
        return int(when.timestamp()), ""
    except (ValueError, OverflowError):
        return 0, _("This is not a day we know. Use figures, for example 5 3 2027.")


def fields(name: str, when: int | None) -> dict[str, str]:
    """The three fields as they show this moment's day; nothing for None."""
    if when is None:
        return {}
    there = datetime.fromtimestamp(when, UK)
    return {f"{name}-day": str(there.day), f"{name}-month": str(there.month), f"{name}-year": str(there.year)}
