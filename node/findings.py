# SPDX-License-Identifier: AGPL-3.0-or-later
"""What whoever looks a node over is told: one thing, whether it is well, and what to do next where it is not. Nobody is named."""

from __future__ import annotations

from msgspec import Struct

from node.running.rules import DAY


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at. `next_step`: what to do where it is not well. A finding that is well and has one all the same is a
    warning: nothing fails by it yet."""

    what: str
    well: bool
    words: str
    next_step: str = ""


def long(seconds: int) -> str:
    """A stretch of time in words, in its largest unit."""
    for unit, size in (("day", DAY), ("hour", 3600), ("minute", 60)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
