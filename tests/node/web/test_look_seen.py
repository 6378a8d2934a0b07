# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every component in a real browser, under the strict policy: no fault that axe knows, nothing too wide, every control seen, the
keyboard always to be found, and paper without anything to press."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from node.safeguarding.crisis import numbers
from node.web import static
from node.web.tint import tint_css
from tests.browser.looking import STILL
from tests.browsers import browsing
from tests.node.web.samples import RIGHT, SAMPLES, SHEET, WRONG, rendered

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } "
    "p { margin-bottom: 2em !important }"
)
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as started:
        yield started


def opened(browser: Any, text: str, *, width: int = 320, **more: Any) -> Any:
    """The page in a browser, served as the node does it, strict policy and all."""
    more = {"reduced_motion": "reduce", **more}
    page = browser.new_context(viewport={"width": width, "height": 800}, **more).new_page()
    page.faults = []
    page.on("console", lambda said: page.faults.append(said.text))
    page.on("pageerror", lambda fault: page.faults.append(str(fault)))

    def answer(route: Any) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith(static.PREFIX):
            file = static.BUILT / path.rpartition("/")[2]
            route.fulfill(body=file.read_bytes(), content_type=static.KINDS[file.suffix])
        elif path == "/look.css":
            route.fulfill(body=tint_css("#2f5d50"), content_type="text/css")
        else:
            route.fulfill(
                body=text, content_type="text/html; charset=utf-8", headers={"content-security-policy": POLICY}
            )

    page.route("**/*", answer)
    page.goto("http://alder.example/")
    page.evaluate("() => document.fonts.ready.then(() => 0)")
    return page


def shown_controls(page: Any) -> int:
    return int(
        page.evaluate(
            "() => [...document.querySelectorAll('a, button, summary, input, textarea')].filter(e => e.checkVisibility()).length"
        )
    )


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["right", "wrong", "urdu", "large", "sheet"])
def test_axe_finds_nothing_and_nothing_is_too_wide(browser: Any, kind: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    ring = numbers("england")
    text = {
        "right": lambda: rendered(said="Saved.", numbers=ring),
        "wrong": lambda: rendered(form=WRONG, acting_for="Sam"),
        "urdu": lambda: rendered(form=WRONG, spoken_in="ur"),
        "large": lambda: rendered(large=True, numbers=ring),
        "sheet": lambda: rendered(SHEET),
    }[kind]()
    page = opened(browser, text, color_scheme=scheme)
    assert page.faults == []
    assert page.evaluate(WIDER) == 0
    assert page.evaluate("() => document.fonts.check('20px \"Atkinson Hyperlegible Next\"')")
    found = opened(browser, text, color_scheme=scheme, bypass_csp=True)
    result = Axe().run(found).response
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in result["violations"]] == []
    assert len(result["passes"]) > 20
    found.add_style_tag(content=SPACED)
    assert found.evaluate(WIDER) == 0
    found.add_style_tag(content="html { font-size: 200% !important }")
    assert found.evaluate(WIDER) == 0


@pytest.mark.slow
def test_controls_stay_seen_in_forced_colours_and_can_be_pressed_with_a_thumb(browser: Any) -> None:
    text = rendered(form=WRONG)
    plain = opened(browser, text, width=1280)
    forced = opened(browser, text, width=1280, forced_colors="active")
    assert shown_controls(forced) == shown_controls(plain) > 40
    bare = forced.evaluate(
        """() => [...document.querySelectorAll('.button:not(.button--words), .govuk-input, .govuk-textarea, .govuk-radios__item')]
        .filter(e => getComputedStyle(e).borderTopStyle === 'none' || parseFloat(getComputedStyle(e).borderTopWidth) < 1)
        .map(e => e.outerHTML)"""
    )
    assert bare == []
    pressed = ".button, .nav a, .foot a, .govuk-input, .govuk-radios__item, .govuk-checkboxes__item"
    small = opened(browser, text).evaluate(
        """which => [...document.querySelectorAll(which)]
        .filter(e => e.getBoundingClientRect().height < 48).map(e => e.outerHTML)""",
        pressed,
    )
    assert small == []


@pytest.mark.slow
def test_the_keyboard_is_seen_wherever_it_is_and_errors_take_it_first(browser: Any) -> None:
    page = opened(browser, rendered(form=WRONG))
    assert page.evaluate("() => document.activeElement.className") == "govuk-error-summary"
    page = opened(browser, rendered(form=RIGHT))
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    unseen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if not page.evaluate(
            """() => { const on = document.activeElement;
            const lit = e => e && getComputedStyle(e).outlineStyle === 'solid' && getComputedStyle(e).outlineWidth === '3px';
            return on === document.body || lit(on) || lit(on.closest('.govuk-radios__item, .govuk-checkboxes__item')); }"""
        ):
            unseen.append(page.evaluate("() => document.activeElement.outerHTML"))
    assert unseen == []


@pytest.mark.slow
def test_on_paper_there_is_nothing_to_press_and_no_dark(browser: Any) -> None:
    for template in (SAMPLES, SHEET):
        page = opened(browser, rendered(template), width=700, color_scheme="dark")
        page.emulate_media(media="print", color_scheme="dark")
        pressed = "nav, footer, button, .button, .skip, .back"
        seen = "which => [...document.querySelectorAll(which)].filter(e => e.checkVisibility()).length"
        page.evaluate(STILL)
        assert page.evaluate(seen, pressed) == 0
        assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


@pytest.mark.slow
def test_shift_three_times_leaves_the_page(browser: Any) -> None:
    page = opened(browser, rendered())
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("**/leave")
