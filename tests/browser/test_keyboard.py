# SPDX-License-Identifier: AGPL-3.0-or-later
"""The main story by the keyboard alone: Tab, Enter, Space and the arrows; where the keyboard is can be seen at every step, and
the way past the head works."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.walking import DESK, PHONE
from tests.node.introductions.two import MESSAGE, listing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
FOCUSED = """() => { const on = document.activeElement;
    if (!on || on === document.body) return {words: '', name: '', value: '', seen: true};
    const lit = e => { if (!e) return false; const s = getComputedStyle(e);
        return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== 'none'; };
    const item = on.closest('.govuk-radios__item, .govuk-checkboxes__item');
    return {words: (on.labels?.length ? on.labels[0].innerText : on.innerText || on.value || '').trim(), tag: on.tagName,
        name: on.name || '', value: on.value || '', checked: !!on.checked,
        seen: lit(on) || lit(item) || lit(on.nextElementSibling) || on.id === 'main', html: on.outerHTML.slice(0, 120)}; }"""
MOST = 150


class Keys:
    """Hands that use no mouse. `unseen`: where the keyboard was without anybody seeing it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.unseen: list[str] = []

    def to(self, words: str = "", *, name: str = "") -> dict[str, Any]:
        """Tab by Tab to what says this, or to a field of this name."""
        for _ in range(MOST):
            self.page.keyboard.press("Tab")
            found: dict[str, Any] = self.page.evaluate(FOCUSED)
            if not found["seen"]:
                self.unseen.append(f"{self.page.url}: {found['html']}")
            if (name and found["name"] == name) or (words and found["words"].startswith(words)):
                return found
        raise AssertionError(f"the keyboard does not come to {words or name} on {self.page.url}")

    def go(self, words: str) -> None:
        self.to(words)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")

    def tick(self, words: str) -> None:
        self.to(words)
        self.page.keyboard.press("Space")
        assert self.page.evaluate(FOCUSED)["checked"]

    def choose(self, name: str, value: str) -> None:
        """One of several, by the arrows."""
        found = self.to(name=name)
        for _ in range(30):
            if found["value"] == value:
                if not found["checked"]:
                    self.page.keyboard.press("Space")
                return
            self.page.keyboard.press("ArrowDown")
            found = self.page.evaluate(FOCUSED)
        raise AssertionError(f"{name} has no {value}")

    def write(self, name: str, words: str) -> None:
        self.to(name=name)
        self.page.keyboard.type(words)


@pytest.mark.parametrize("how", [PHONE, DESK], ids=["phone", "desk"])
def test_the_main_story_by_keyboard_alone(how: dict[str, Any], served: Any, context_of: Any) -> None:
    context = context_of("maureen", "samuel", **how)
    page = context.new_page()
    keys = Keys(page)
    page.goto(served.url("maureen"))
    keys.go("Find support")
    keys.go("Start")
    summaries = page.locator("main details summary")
    for number in range(summaries.count()):
        if page.locator("main details").nth(number).locator("[value=stroke]").count():
            keys.to(summaries.nth(number).inner_text().strip().splitlines()[0])
            page.keyboard.press("Enter")
            break
    keys.tick("Life after a stroke")
    keys.go("Continue")
    keys.go("Continue")
    keys.tick("On the phone")
    keys.go("Continue")
    keys.choose("near", "mill-hollow")
    keys.choose("within_km", "10")
    keys.go("Continue")
    keys.go("Continue")
    keys.go("Show me who is there")
    assert "Birch Row Care Co-op" in page.locator("main").inner_text()
    offer = served.do(lambda village: listing(village, "alder", "samuel"))
    keys.to(page.locator(f"main a[href='/listings/{offer}']").first.inner_text().strip())
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")
    keys.go("Ask this person")
    keys.tick("Life after a stroke")
    keys.write("message", MESSAGE)
    keys.go("Read what would be sent")
    keys.go("Send it to Birch")
    hers = page.url.partition("?")[0]
    served.settle()

    page.goto(served.url("samuel", "/introductions"))
    keys.go("Somebody asks you")
    assert MESSAGE in page.locator("main").inner_text()
    keys.go("Yes, ring me")
    served.settle()
    page.goto(hers)
    keys.write("words", "I have all afternoon.")
    keys.go("Send it to them")
    keys.go("Choose what to share") if page.get_by_role("link", name="Choose what to share").count() else page.goto(
        hers + "/sharing"
    )
    keys.tick("First name")
    keys.go("Share what I ticked")
    page.goto(hers + "/ending")
    keys.write("words", "Thank you.")
    keys.go("End it now")
    assert "It is nobody's fault." in page.locator("main").inner_text()
    assert keys.unseen == []


def test_the_way_past_the_head(served: Any, context_of: Any) -> None:
    page = context_of("maureen", **PHONE).new_page()
    for path in ("/", "/find/what", "/introductions", "/me"):
        page.goto(served.url("maureen", path))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0, (
            "it is seen once the keyboard is there"
        )
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("!!document.activeElement.closest('main')"), path


def test_faults_take_the_keyboard_first(served: Any, context_of: Any) -> None:
    page = context_of("maureen", **PHONE).new_page()
    keys = Keys(page)
    page.goto(served.url("maureen", "/me/details"))
    keys.to(name="full_name")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    keys.go("Change my details")
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "full_name", "a fault leads to its field"
