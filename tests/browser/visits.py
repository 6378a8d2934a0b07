# SPDX-License-Identifier: AGPL-3.0-or-later
"""How each page is come to: (method, path) of the pages' router -> a scene in which it stands, who opens it, and what is wrong in
its forms. Whoever adds a page adds its visit to one of the scenes; a route without one fails `test_every_page.py`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from node.app import page_routes
from node.village import Village

Values = dict[str, Any]
Prepare = Callable[[Village], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True)
class At:
    """One page. `path`: with `{names}` of what its scene prepared; `who`: somebody of the cast, "" for
    nobody (at Alder), "@birch" for nobody at Birch.

    `wrong`: form action -> values that come back with every fault (422); `plain`: actions of forms in which nothing can be
    wrong (a button); `shown`: (action, button, values) that are answered by a page itself, done last, in order.
    """

    path: str
    who: str = ""
    wrong: Mapping[str, Values] = field(default_factory=dict)
    plain: tuple[str, ...] = ()
    shown: tuple[tuple[str, str, Values], ...] = ()
    proved: bool = True
    status: int = 200
    at_once: bool = False
    """`shown` goes on from one page to the next."""
    there: tuple[str, ...] = ()
    """Actions of forms on what is shown last."""
    file: bool = False
    """It is no page, but a file to be kept."""
    via: tuple[str, str, str, Values] | None = None
    """(page, form action, button, values): this page is come to by sending that form."""
    button: Mapping[str, str] = field(default_factory=dict)
    """Form action -> words of its button, where a page has several forms to one place."""

    def routes(self) -> set[tuple[str, str]]:
        actions = {*self.wrong, *self.plain, *self.there, *(action for action, _, _ in self.shown)}
        actions |= {self.via[1]} if self.via else set()
        return {("GET", pattern_of("GET", self.path)), *(("POST", pattern_of("POST", action)) for action in actions)}


@dataclass(frozen=True)
class Scene:
    """A village in which something has happened, and the pages that stand then."""

    prepare: Prepare
    pages: tuple[At, ...]
    title_may_repeat: frozenset[str] = frozenset()


def _patterns() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """Method -> every path of the pages' router with what it matches, fixed words before names."""
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {"GET": [], "POST": []}
    for route in page_routes():
        for method in route.http_methods & found.keys():
            for path in route.paths:
                found[method].append((path, re.compile(re.sub(r"\\?\{[^}]*\\?\}", "[^/]+", path))))
    for each in found.values():
        each.sort(key=lambda pair: pair[0].count("{"))
    return found


PATTERNS = _patterns()


def every_route() -> set[tuple[str, str]]:
    """(method, path) of every route of the pages' router."""
    return {(method, path) for method, each in PATTERNS.items() for path, _ in each}


def pattern_of(method: str, path: str) -> str:
    """The route that answers at a path (its names may stand in braces). Raises LookupError for none."""
    plain = re.sub(r"\{[^}]*\}", "~", path.partition("?")[0])
    for pattern, matches in PATTERNS[method]:
        if matches.fullmatch(plain):
            return pattern
    raise LookupError(f"{method} {path}")
