# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people write, as the tokens that the text index holds and a search asks for, the same on every database.

People's words become stems of letters and digits only. What the machine adds (topics, ways, kind, languages, map cells)
begins with an underscore, which no stem can hold: nobody can type or publish a word that passes for a topic or a place.
Distances are compared by chords between points on the unit sphere: multiplication only, so both databases agree.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from math import asin, ceil, cos, degrees, floor, pi, radians, sin
from typing import cast

from node.place import EARTH_KM
from node.support.stem import stem

LONGEST = 40
"""Letters of one indexed word; the rest of a longer one is cut off, in offers and searches alike."""

# Only words that say nothing of what somebody looks for. "no" and "not" are among them: an index can't read a denial.
_SMALL = (
    "a about after all also am an and any anybody anyone are as at be because been before being but by can could did do does "
    "doing for from get getting got had has have having he her here hers him his how i id if ill im in into is it its ive "
    "just like looking me mine more most my no nor not of off on once one or other our ours out over own please s same she "
    "so some somebody someone something such t than that the their theirs them then there these they this those through to "
    "too under until up us very want was we were what when where which while who whom whose why will with would you your "
    "yours"
)
STOP = frozenset(_SMALL.split())
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_PARTING = bytes(code if chr(code).isalnum() and code < 128 else ord(" ") for code in range(256))

CELL_SIZES = (0.1, 0.4, 2.0)
"""Sides of the map cells in degrees, from fine to coarse. An offer is indexed under one cell of each size."""
MOST_CELLS = 80
EDGE = 1e-9
HALF_ROUND_KM = pi * EARTH_KM


class _Tokens(dict[str, str]):
    """Words as they were written -> their tokens, "" for a stop word. Emptied when full, since neighbours' words fill it."""

    def __missing__(self, word: str) -> str:
        if len(self) >= 100_000:
            self.clear()
        small = word.lower()
        token = stem(small[:LONGEST])
        if small in STOP:  # in capitals amid other words ("living with ME") it is somebody's short form
            token = small if 2 <= len(word) <= 5 and word.isupper() else ""
        self[word] = token
        return token


_tokens = _Tokens()


def stems(text: str, *, short: bool = False) -> list[str]:
    """The stems of a text in their order, stop words left out.

    A stop word in capitals amid other words stays; in a text that is all capitals only with `short`, since there capitals
    tell nothing.
    """
    if not short and text.isupper():
        text = text.lower()
    return [token for word in _words(text) if (token := _tokens[word])]


def stem_set(text: str) -> set[str]:
    """As `stems`, each once and in no order: what the index takes, at a third of the time. May hold "", never None."""
    words = _words(text.lower() if text.isupper() else text)
    found = set(map(_tokens.get, words))  # a plain look-up is twice as fast as one that fills in what is missing
    return {_tokens[word] for word in words} if None in found else cast("set[str]", found)


def _words(text: str) -> list[str]:
    # ASCII goes by a table of bytes, far quicker than by a pattern; other letters are what the pattern is for.
    if text.isascii():
        return text.encode().translate(_PARTING, b"'").decode().split()
    text = unicodedata.normalize("NFKC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text)))
    return _WORD.findall(_APOSTROPHES.sub("", text))


# What the machine adds.


def topic_token(slug: str) -> str:
    return f"_t:{slug}"


def kind_token(kind: str) -> str:
    return f"_k:{kind}"


def way_token(way: str) -> str:
    return f"_w:{way}"


def language_tokens(tag: str) -> list[str]:
    """A language under its whole tag and its first part: who looks for `pt` finds `pt-BR`, not the other way round."""
    whole = tag.lower()
    first = whole.partition("-")[0]
    return [f"_l:{whole}"] if whole == first else [f"_l:{whole}", f"_l:{first}"]


def language_token(tag: str) -> str:
    return f"_l:{tag.lower()}"


@lru_cache(maxsize=16_384)
def cell_tokens(lat: float, lon: float) -> tuple[str, ...]:
    """The cells in which a point lies, one of each size."""
    return tuple(
        f"_c{level}:{floor((lat + EDGE) / size)}:{floor((lon + EDGE) / size)}" for level, size in enumerate(CELL_SIZES)
    )


def cells_within(lat: float, lon: float, km: float) -> list[str] | None:
    """Cells that cover the circle, of the finest size of which few are enough. None: no cells, the circle is too wide or
    reaches a pole or the date line; then only the exact distance decides."""
    angle = km / EARTH_KM
    high = radians(abs(lat)) + angle
    if high >= pi / 2:
        return None
    dlat = degrees(angle)
    dlon = degrees(asin(sin(angle) / cos(radians(lat))))
    south, north, west, east = lat - dlat, lat + dlat, lon - dlon, lon + dlon
    if west < -180 or east > 180:
        return None
    for level, size in enumerate(CELL_SIZES):
        if (ceil((north - south) / size) + 1) * (ceil((east - west) / size) + 1) <= MOST_CELLS:
            rows = range(floor((south - EDGE) / size), floor((north + 2 * EDGE) / size) + 1)
            columns = range(floor((west - EDGE) / size), floor((east + 2 * EDGE) / size) + 1)
            return [f"_c{level}:{row}:{column}" for row in rows for column in columns]
    return None


@lru_cache(maxsize=16_384)
def on_sphere(lat: float, lon: float) -> tuple[float, float, float]:
    """The point on the unit sphere, rounded to a millionth of a millionth so that every machine stores the same."""
    p, q = radians(lat), radians(lon)
    return round(cos(p) * cos(q), 12), round(cos(p) * sin(q), 12), round(sin(p), 12)


def chord_squared(km: float) -> float:
    """The square of the straight line between two points on the unit sphere that are `km` apart on the ground."""
    return (2 * sin(min(km, HALF_ROUND_KM) / EARTH_KM / 2)) ** 2
