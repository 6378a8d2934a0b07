# SPDX-License-Identifier: AGPL-3.0-or-later
"""People of the cast at their pages in a real browser: they open, press what a page offers, fill in what stands there, read.

Everything goes by the words that people see. `shot` keeps a picture for the docs where COMMONCARE_SCREENSHOTS names a folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page

from tests.browser.served import Served

PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 720}, "device_scale_factor": 2}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
WAYS = {
    "phone, scripts": {**PHONE},
    "phone, no scripts": {**PHONE, "java_script_enabled": False},
    "desk, scripts": {**DESK},
    "desk, no scripts": {**DESK, "java_script_enabled": False},
}
FEW = {name: WAYS[name] for name in ("phone, scripts", "desk, no scripts")}


@dataclass
class Walker:
    """One person, in a tab of their own. Contexts are shared by people of different co-ops: one browser, three sessions."""

    name: str
    served: Served
    page: Page
    pictures: bool = False
    been: list[str] = field(default_factory=list)

    def open(self, path: str) -> Walker:
        self.page.goto(self.served.url(self.name, path))
        return self._here()

    def press(self, words: str, *, within: str = "main") -> Walker:
        """Presses the one button or follows the one link that says this, and waits for the page that comes."""
        found = self._pressable(words, within)
        with self.page.expect_navigation(wait_until="load"):
            found.click()
        return self._here()

    def fill(self, **values: str) -> Walker:
        for name, value in values.items():
            self.page.locator(f"main [name='{name.replace('__', '-')}']").fill(value)
        return self

    def tick(self, **values: str) -> Walker:
        """Ticks boxes and chooses among several, by field and value."""
        for name, value in values.items():
            for each in value.split():
                box = self.page.locator(f"main [name='{name}'][value='{each}']")
                folded = self.page.locator("main details:not([open])").filter(
                    has=self.page.locator(f"[name='{name}'][value='{each}']")
                )
                if folded.count():
                    folded.locator("summary").click()
                box.check()
        return self

    def untick(self, name: str) -> Walker:
        self.page.locator(f"main [name='{name}']").uncheck()
        return self

    def sees(self, *words: str) -> Walker:
        text = self.text
        for each in words:
            assert each in text, f"{self.name} does not read {each!r} on {self.path}:\n{text}"
        return self

    def misses(self, *words: str) -> Walker:
        """Nowhere on the page, not in its title, not in its source."""
        text = self.page.content() + self.page.title()
        for each in words:
            assert each not in text, f"{self.name} reads {each!r} on {self.path}"
        return self

    def shot(self, name: str) -> Walker:
        folder = os.environ.get("COMMONCARE_SCREENSHOTS")
        if folder and self.pictures:
            size = self.page.viewport_size or {"width": 0}
            end = "phone" if size["width"] < 600 else "desk"
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}-{end}.png", full_page=True)
        return self

    @property
    def text(self) -> str:
        """What stands in the main part, as one line, with the straight signs that templates are written with."""
        return re.sub(r"\s+", " ", self.page.locator("main").inner_text())

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    def fits(self) -> Walker:
        """Nothing is wider than the window."""
        wide = self.page.locator("html").bounding_box()
        assert wide is not None
        if self.page.context.pages and self.page.viewport_size:
            over = self.page.evaluate("document.documentElement.scrollWidth") if _scripts(self.page) else wide["width"]
            assert over <= self.page.viewport_size["width"], f"{self.path} is {over} px wide"
        return self

    def _pressable(self, words: str, within: str) -> Locator:
        scope = self.page.locator(within)
        buttons = scope.locator("button, a[href], summary").filter(has_text=words, visible=True)
        if buttons.count() > 1:  # the very words, where others say more
            exact = scope.locator("button, a[href]").filter(
                has_text=re.compile(rf"^\s*{re.escape(words)}\s*$"), visible=True
            )
            buttons = exact if exact.count() else buttons
        assert buttons.count() >= 1, f"{self.name} finds no {words!r} on {self.path}:\n{self.text}"
        assert buttons.count() == 1, f"{self.name} finds {buttons.count()} {words!r} on {self.path}"
        return buttons

    def _here(self) -> Walker:
        self.been.append(
            urlsplit(self.page.url).path
            + ("?" + urlsplit(self.page.url).query if urlsplit(self.page.url).query else "")
        )
        return self.fits()


def _scripts(page: Page) -> bool:
    try:
        return bool(page.evaluate("1"))
    except Exception:
        return False


class Walking:
    """Who walks in which browser. `one("maureen", "samuel")`: tabs of one browser; `again()`: all sign in anew."""

    def __init__(self, served: Served, context_of: Callable[..., BrowserContext], how: dict[str, Any]) -> None:
        self.served, self._context_of, self._how = served, context_of, how
        self._contexts: list[tuple[BrowserContext, tuple[str, ...]]] = []
        self.everybody: list[Walker] = []

    def one(self, *people: str) -> tuple[Walker, ...]:
        context = self._context_of(*people, **self._how)
        self._contexts.append((context, people))
        made = tuple(
            Walker(name, self.served, context.new_page(), self._how.get("java_script_enabled", True)) for name in people
        )
        self.everybody += made
        return made

    def alone(self, name: str) -> Walker:
        """Somebody in a browser of their own."""
        return self.one(name)[0]

    def again(self) -> None:
        """Days have gone by, and everybody signs in anew."""
        for context, people in self._contexts:
            context.add_cookies([self.served.cookie(name) for name in people])  # type: ignore[list-item]

    def settle(self) -> None:
        self.served.settle()


def pressed_twice(who: Walker, words: str) -> None:
    """A hand that trembles: two clicks, as fast as they come; then the page that stands in the end."""
    found = who._pressable(words, "main")
    # Not `expect_navigation`: without scripts the second click's way breaks off the first's, which is no fault of the page.
    with who.page.expect_event("load"):
        found.dblclick(no_wait_after=True)
    who.page.wait_for_load_state("networkidle")
    who._here()


def back_and_again(who: Walker, words: str) -> None:
    """Back to the page before, and the same button once more where it still stands."""
    end = who.page.url
    who.page.go_back(wait_until="load")
    again = who.page.locator("main").locator("button").filter(has_text=words, visible=True)
    if again.count() == 1:
        with who.page.expect_navigation(wait_until="load"):
            again.click()
    who.page.goto(end)
