# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every word for people, in the language of whoever reads it.

The English sentence is the name by which a catalogue knows it; where a catalogue has none, the English stands, set apart from
what is written from the right. Whoever opens a door says in which language (`spoken`), and every sentence made inside, however
deep, comes out in it. A sentence with a value in it has a named place for it, never an f-string: `_("Reached {co_op} {time}.",
co_op=…, time=…)`.
"""

from __future__ import annotations

import gettext as catalogues
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
PSEUDO: Final = "en-XA"
LANGUAGES: Final = {"en": "English", "cy": "Cymraeg", "pl": "Polski", "ur": "اردو"}
"""Tag -> the language's own name, as a page offers it."""
RIGHT_TO_LEFT: Final = frozenset({"ur"})
FOLDER: Final = Path(__file__).parent / "locale"
DOMAIN: Final = "commoncare"

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)
_STRETCH: Final = str.maketrans("aeiouAEIOUcnsy", "áéíóúÁÉÍÓÚçñšý")


_GROUPS = re.compile(r"\d+(?: \d+)+")
"""Figures in groups, as telephone numbers are written."""


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """What is said inside is said in `language`: one of LANGUAGES, or PSEUDO in tests; any other means English."""
    token = _language.set(language if language in LANGUAGES or language == PSEUDO else ENGLISH)
    try:
        yield
    finally:
        _language.reset(token)


def language() -> str:
    """The language now spoken."""
    return _language.get()


def direction() -> str:
    """ "rtl" where the language is written from the right, else "ltr"."""
    return "rtl" if language() in RIGHT_TO_LEFT else "ltr"


def _(message: str, /, **values: object) -> str:
    """The sentence in the language now spoken, its named places filled in."""
    spoken_now = _language.get()
    if spoken_now == ENGLISH or not message:
        return message.format(**values) if values else message
    found = stretched(message) if spoken_now == PSEUDO else _catalogue(spoken_now).gettext(message)
    return _filled(found, values, english=found == message)


def n_(one: str, many: str, count: int, /, **values: object) -> str:
    """As `_`, for one or for many; `{count}` is filled in by itself."""
    spoken_now = _language.get()
    pseudo = spoken_now == PSEUDO
    found = stretched(one if count == 1 else many) if pseudo else _catalogue(spoken_now).ngettext(one, many, count)
    return _filled(found, {"count": count, **values}, english=found in (one, many))


def _filled(sentence: str, values: Mapping[str, object], *, english: bool) -> str:
    """The sentence with its places filled in. Where one writes from the right, each text, each telephone number and a sentence
    still in `english` is set apart (Unicode UAX 9, section 2.4.2): the groups of a number would change places, and it would be
    another's; a full stop would stand before its sentence.
    """
    if not sentence or language() not in RIGHT_TO_LEFT:
        return sentence.format(**values) if values else sentence
    apart = {name: f"\u2068{value}\u2069" if isinstance(value, str) else value for name, value in values.items()}
    filled = sentence.format(**apart) if values else sentence
    return f"\u2066{filled}\u2069" if english else _GROUPS.sub("\u2066\\g<0>\u2069", filled)


def N_(message: str, /) -> str:  # noqa: N802 - the name by which gettext's tools know a marked sentence
    """Marks a constant for the catalogues; `_` says it where it is used."""
    return message


def stretched(message: str) -> str:
    """A sentence as no catalogue would have it, to see which words went round them: ⟦Réáçhéd {co_op} ····⟧.

    A third longer, since translations are; named places stay as they are.
    """
    parts = message.replace("{", "\0{").replace("}", "}\0").split("\0")
    said = "".join(part if part.startswith("{") else part.translate(_STRETCH) for part in parts)
    return f"⟦{said}{'·' * (len(message) // 3)}⟧"


@cache
def _catalogue(language: str) -> catalogues.NullTranslations:
    return catalogues.translation(DOMAIN, FOLDER, languages=[language], fallback=True)
