# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which of our languages a request asks for, by its Accept-Language header.

The most wanted language that we have is chosen; what is wanted with quality 0 never is. "cy-GB" asks for Welsh. A header that
can't be read, or asks for nothing that we have, means English. Nothing here raises, and a long header costs no more than a short.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from node.words import ENGLISH, LANGUAGES

LONGEST: Final = 1000
"""Characters of a header that are looked at."""

_RANGE: Final = re.compile(
    r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
_OURS: Final = {tag.lower(): tag for tag in LANGUAGES}


@lru_cache(maxsize=256)
def chosen(header: str) -> str:
    """One of LANGUAGES for an Accept-Language header ("" where there is none).

    Quality values are RFC 9110's (section 12.4.2, 12.5.4); of equal ones the first named comes first. A range finds our
    language by its beginning (RFC 4647, section 3.4, lookup); "*" stands for English, unless English is refused.
    """
    wanted: list[tuple[float, str]] = []
    refused: set[str] = set()
    for part in header[:LONGEST].split(","):
        found = _RANGE.fullmatch(part.strip(" \t"))
        if not found:
            continue
        tag, quality = found[1].lower(), float(found[2] or 1)
        if quality > 0:
            wanted.append((quality, tag))
        else:
            refused.add(tag)
    for _quality, tag in sorted(wanted, key=lambda each: -each[0]):
        ours = next(iter(each for each in _OURS if each not in refused), ENGLISH) if tag == "*" else _lookup(tag)
        if ours is not None and ours.lower() not in refused:
            return _OURS[ours]
    return ENGLISH


def _lookup(tag: str) -> str | None:
    """Our language that a range means: the range itself, or its beginning."""
    while tag:
        if tag in _OURS:
            return tag
        tag = tag.rpartition("-")[0]
    return None
