# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page of the pages' router, in light and dark, as it is and with every fault in its forms: axe finds nothing, nothing is
too wide, every control is seen in forced colours, nothing to press is on paper. A route without a visit fails."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route

from tests.browser.looking import Looked, look_at, look_at_faults, send
from tests.browser.scenes import SCENES, SENT_BY_SCRIPT, WITHOUT
from tests.browser.visits import At, every_route, pattern_of

PHONE = {"width": 320, "height": 800}


def test_every_route_has_a_visit() -> None:
    visited = {route for scene in SCENES.values() for page in scene.pages for route in page.routes()}
    assert sorted(every_route() - visited - SENT_BY_SCRIPT - WITHOUT) == []
    assert sorted(SENT_BY_SCRIPT - every_route()) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SCENES)
def test_every_page_of(name: str, served: Any, context_of: Any) -> None:
    scene = SCENES[name]
    given = served.do(scene.prepare)
    pages: dict[tuple[str, bool], Page] = {}
    titles: dict[tuple[str, str], str] = {}
    faults: list[str] = []
    for at in scene.pages:
        who = (at.who, at.proved)
        if who not in pages:
            people = [] if at.who[:1] in ("", "@") else [at.who]
            context = context_of(
                *people, proved=at.proved, viewport=PHONE, color_scheme="light", reduced_motion="reduce"
            )
            context.route("**/*.js", _none)
            pages[who] = context.new_page()
        for path, looked in _looks(at, given, pages[who], served):
            pattern = pattern_of("GET", at.path)
            first = titles.setdefault((at.who, looked.title), pattern)
            if first != pattern and looked.title and not looked.title.startswith("Error: ") and path == at.path:
                looked.faults.append(f"has the title of {first}: {looked.title}")
            faults += [f"{at.who or 'nobody'} {path}: {each}" for each in [*looked.faults, *_nowhere(looked)]]
    assert faults == [], "\n".join(("", *faults))


def _looks(at: At, given: Any, page: Page, served: Any) -> Any:
    """The page, then each of its forms with faults, then what its forms show."""
    if at.file:
        yield at.path, _file(page, served.url(at.who, at.path.format_map(_Given(given))))
        return
    home = served.urls[at.who[1:] or "alder"] if at.who[:1] in ("", "@") else served.url(at.who, "")
    where = home + at.path.format_map(_Given(given))
    if at.via:
        before, action, button, values = at.via
        page.goto(home + before.format_map(_Given(given)))
        response, why = send(page, action.format_map(_Given(given)), _filled(values, given), button)
        looked = Looked(faults=[why]) if why else look_at(page, response)
    else:
        looked = look_at(page, page.goto(where), status=at.status)
    if urlsplit(page.url).path != urlsplit(where).path:
        looked.faults.append(f"came to {urlsplit(page.url).path}")
    shown = at.shown[:1] if at.at_once else at.shown
    declared = {pattern_of("POST", each) for each in (*at.wrong, *at.plain, *(each[0] for each in shown))}
    stand = {pattern_of("POST", form) for form in looked.forms}
    looked.faults += [f"no form to {each}" for each in declared - stand]
    yield at.path, looked
    for action, values in at.wrong.items():
        page.goto(where)
        yield (
            f"{at.path} wrong",
            look_at_faults(page, action.format_map(_Given(given)), values, at.button.get(action, "")),
        )
    for number, (action, button, values) in enumerate(at.shown):
        if not (at.at_once and number):
            page.goto(where)
        response, why = send(page, action.format_map(_Given(given)), _filled(values, given), button)
        status = 422 if at.at_once and number else 200
        looked = Looked(faults=[why]) if why else look_at(page, response, status=status)
        if number == len(at.shown) - 1:
            stand = {pattern_of("POST", form) for form in looked.forms}
            looked.faults += [f"no form to {each}" for each in at.there if pattern_of("POST", each) not in stand]
        yield f"{at.path} then {button}", looked


def _file(page: Page, where: str) -> Looked:
    answer = page.context.request.get(where)
    kept = (
        answer.headers.get("content-disposition", "").startswith("attachment")
        and answer.headers["cache-control"] == "no-store"
    )
    return Looked(title=where, faults=[] if answer.status == 200 and kept else [f"{answer.status}, {answer.headers}"])


def _nowhere(looked: Looked) -> list[str]:
    """Links that lead to no page of ours."""
    found = []
    for link in looked.links:
        if re.match(r"/(static|api)/|/look\.css", link):
            continue
        try:
            pattern_of("GET", link)
        except LookupError:
            found.append(f"leads nowhere: {link}")
    return found


def _filled(values: dict[str, Any], given: Any) -> dict[str, Any]:
    return {name: each.format_map(_Given(given)) if isinstance(each, str) else each for name, each in values.items()}


class _Given(dict[str, str]):
    """What the scene prepared; an action's id that nobody needs to know stays a name."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def _none(route: Route) -> None:
    route.fulfill(body="", content_type="text/javascript")
