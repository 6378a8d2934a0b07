# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real browser, and a village served on loopback for it. Without a browser these tests are skipped with the remedy, or fail
where COMMONCARE_STRICT=1. What a page asks of anything but the village is refused, and fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from node.village import found_village
from tests.browser.served import Served, serving
from tests.browsers import browsing
from tests.support import run_apart


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Gone before a worker takes up a test of another folder."""
    with browsing() as started:
        yield started


@pytest.fixture(scope="session")
def mould(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three co-ops with the cast in them, founded once by each worker."""
    folder = tmp_path_factory.mktemp("browser-mould")
    run_apart(found_village(folder, nodes=3))
    return folder


@pytest.fixture
def served(mould: Path, tmp_path: Path) -> Iterator[Served]:
    """A fresh copy of the three, served."""
    shutil.copytree(mould, tmp_path / "village")
    with serving(tmp_path / "village") as answering:
        yield answering


@pytest.fixture
def context_of(browser: Browser, served: Served) -> Iterator[Callable[..., BrowserContext]]:
    """`context_of("maureen", "samuel")`: one browser in which these people are signed in, each at their own co-op.

    Further arguments are Playwright's for a context. Traffic to anything but the village, and a breach of the content
    security policy, fail the test at its end.
    """
    made: list[BrowserContext] = []
    wrong: list[str] = []

    def begin(*people: str, proved: bool = True, **how: Any) -> BrowserContext:
        context = browser.new_context(**how)
        context.set_default_timeout(30_000)
        context.route("**/*", lambda route: _only_here(route, served, wrong))
        context.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        context.on("weberror", lambda error: wrong.append(str(error.error)))
        if people:
            context.add_cookies([served.cookie(person, proved=proved) for person in people])
        made.append(context)
        return context

    yield begin
    for context in made:
        context.close()
    assert wrong == []


def _only_here(route: Route, served: Served, wrong: list[str]) -> None:
    if route.request.url.startswith((*served.urls.values(), "data:", "about:")):
        route.continue_()
    else:
        wrong.append(f"asked for {route.request.url}")
        route.abort()


@pytest.fixture
def page(context_of: Callable[..., BrowserContext]) -> Page:
    """A page of a browser in which nobody is signed in."""
    return context_of().new_page()
