# SPDX-License-Identifier: AGPL-3.0-or-later
"""English words to their stems, so that "caring" finds "care", alike on every database.

The algorithm is M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, with his two later changes (bli, logi),
as SQLite's `porter` tokenizer has it. Doing it here rather than in a database is what makes both databases give the same
answer: PostgreSQL's `english` is another algorithm. Works on lower-case ASCII letters; anything else comes back as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache

OURS = {"carer": "care", "carers": "care"}
"""Words of our field that Porter leaves apart from their kin."""

_PLAIN = re.compile(r"[a-z]{3,40}")
_VOWELS = frozenset("aeiou")
_DOUBLES = frozenset(letter * 2 for letter in "bcdfghjkmnpqrtvwx")  # all but l, s and z, which stay double

_STEP_2 = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("logi", "log"),
)
_STEP_3 = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_STEP_4_LONGEST_FIRST = "ement ance ence able ible ment ant ent ion ism ate iti ous ive ize al er ic ou"
_STEP_4 = tuple(_STEP_4_LONGEST_FIRST.split())


def _shape(word: str) -> str:
    """The word as "c" and "v": y is a vowel after a consonant."""
    found: list[str] = []
    for position, letter in enumerate(word):
        vowel = letter in _VOWELS or (letter == "y" and position > 0 and found[-1] == "c")
        found.append("v" if vowel else "c")
    return "".join(found)


def _measure(stem: str) -> int:
    """Porter's m: how many times a consonant follows a vowel."""
    return _shape(stem).count("vc")


def _has_vowel(stem: str) -> bool:
    return "v" in _shape(stem)


def _short(stem: str) -> bool:
    """Porter's *o: ends consonant, vowel, consonant, the last not w, x or y."""
    return len(stem) >= 3 and _shape(stem)[-3:] == "cvc" and stem[-1] not in "wxy"


def _plurals(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    if word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    for ending in ("ed", "ing"):
        if word.endswith(ending) and _has_vowel(word[: -len(ending)]):
            stem = word[: -len(ending)]
            break
    else:
        return word
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if stem[-2:] in _DOUBLES:
        return stem[:-1]
    return stem + "e" if _measure(stem) == 1 and _short(stem) else stem


def _replaced(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    for ending, other in endings:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            return stem + other if _measure(stem) > 0 else word
    return word


def _stripped(word: str) -> str:
    for ending in _STEP_4:
        if word.endswith(ending):
            stem = word[: -len(ending)]
            if _measure(stem) > 1 and (ending != "ion" or stem.endswith(("s", "t"))):
                return stem
            return word
    return word


def _tidied(word: str) -> str:
    if word.endswith("e"):
        stem = word[:-1]
        m = _measure(stem)
        if m > 1 or (m == 1 and not _short(stem)):
            word = stem
    if word.endswith("ll") and _measure(word[:-1]) > 1:
        word = word[:-1]
    return word


def porter(word: str) -> str:
    """The stem of one lower-case word. Words of one or two letters, and whatever is not ASCII letters, are returned."""
    if not _PLAIN.fullmatch(word):
        return word
    word = _past(_plurals(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    return _tidied(_stripped(_replaced(_replaced(word, _STEP_2), _STEP_3)))


@lru_cache(maxsize=32_768)
def stem(word: str) -> str:
    """As `porter`, with OURS; remembered, since the same words come again and again."""
    return OURS.get(word) or porter(word)
