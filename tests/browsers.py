# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Chromium for tests, without a window and quiet: the lean one where there is one. Where there is none, tests that need it are
skipped with the remedy, or fail where COMMONCARE_STRICT=1."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

KNOWN = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NONE = (
    "There is no browser. On Debian: apt-get install chromium-headless-shell (or chromium); elsewhere set COMMONCARE_CHROMIUM "
    "to a Chromium."
)


def chromium() -> str:
    """Where one is."""
    found = os.environ.get("COMMONCARE_CHROMIUM") or next(filter(None, map(shutil.which, KNOWN)), None)
    if not found:
        if os.environ.get("COMMONCARE_STRICT") == "1":
            pytest.fail(NONE)
        pytest.skip(NONE)
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """One browser, gone with the block. Playwright keeps an event loop running in its thread as long as it lives, and no test
    with a loop of its own can begin beside that."""
    path = chromium()
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield started
        started.close()
