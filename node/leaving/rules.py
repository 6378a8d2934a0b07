# SPDX-License-Identifier: AGPL-3.0-or-later
"""When a co-op may leave, and how long afterwards somebody still answers the telephone. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from node.dates import UK, date_long
from node.errors import Invalid

DAY: Final = 86_400
LEAST_DAYS: Final = 14
"""Between the day on which members are told and the day on which it leaves: time to read it, to ask, and to keep a copy."""
MOST_DAYS: Final = 366
ANSWERED: Final = (30, 3660)
"""Days after it left on which somebody answers the telephone, at least and at most."""


def day_of(text: str) -> int:
    """The first moment (Unix seconds) of a day in the United Kingdom, given as 2027-03-31. Raises Invalid."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({"on": "Give the day as year, month and day, such as 2027-03-31."}) from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UK).timestamp())


def leaves(on_at: int, *, answered: int, now: int) -> int:
    """Until when (Unix seconds) somebody answers the telephone. Raises Invalid for a day too near or too far."""
    faults = {}
    if not now + LEAST_DAYS * DAY <= on_at <= now + MOST_DAYS * DAY:
        first = date_long(now + (LEAST_DAYS + 1) * DAY)
        faults["on"] = f"People need time: choose {first} or a later day, within a year."
    if not ANSWERED[0] <= answered <= ANSWERED[1]:
        faults["answered"] = f"Say {ANSWERED[0]} days at least, and {ANSWERED[1]} at most."
    if faults:
        raise Invalid(faults)
    return on_at + answered * DAY
