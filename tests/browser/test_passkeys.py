# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passkeys in a real browser, with a device of its own making: set up, signed in with alone, and confirmed with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.served import Served

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def home(served: Served) -> str:
    """Alder under a name: browsers make passkeys for names, not for numbers."""

    async def rename(coop) -> str:
        coop.settings = replace(coop.settings, address=coop.settings.address.replace("127.0.0.1", "localhost"))
        return coop.here().home

    return served.at("alder", rename)


@pytest.fixture
def held(browser: Browser) -> Iterator[Page]:
    """A page of a browser with such a device."""
    context = browser.new_context()
    context.set_default_timeout(30_000)
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    yield page
    context.close()


def arrive(page: Page, served: Served, home: str, person: str) -> None:
    """Signed in, without a second factor."""
    page.context.clear_cookies()
    page.context.add_cookies([{**served.cookie(person, proved=False), "url": home}])


def test_set_up_signed_in_and_confirmed(served: Served, home: str, held: Page) -> None:
    arrive(held, served, home, "yasmin")
    held.goto(f"{home}/people")
    assert held.url.startswith(f"{home}/confirm")
    held.get_by_role("link", name="Set it up").click()
    held.get_by_role("link", name="Set up a passkey").click()
    held.get_by_label("What do you call this device?").fill("my tablet")
    held.get_by_role("button", name="Set it up on this device").click()
    held.wait_for_url(f"{home}/me/sign-in/codes")
    assert held.locator("li.code").count() == 8
    held.goto(f"{home}/people")
    assert held.url == f"{home}/people", "setting it up has confirmed"

    held.context.clear_cookies()
    held.goto(f"{home}/sign-in")
    held.get_by_role("button", name="Sign in with a passkey").click()
    held.wait_for_url(f"{home}/sign-in/device")
    held.goto(f"{home}/people")
    assert held.url == f"{home}/people", "a passkey alone confirms too"

    arrive(held, served, home, "yasmin")
    held.goto(f"{home}/people")
    held.get_by_role("button", name="Use my passkey").click()
    held.wait_for_url(f"{home}/people")
    held.goto(f"{home}/me/sign-in")
    assert held.get_by_text("A passkey: my tablet").is_visible()


def test_a_device_without_a_passkey_is_told_so_and_has_another_way(served: Served, home: str, held: Page) -> None:
    held.goto(f"{home}/sign-in")
    trouble = held.locator("[data-passkey-trouble]")
    assert not trouble.is_visible()
    held.get_by_role("button", name="Sign in with a passkey").click()
    trouble.wait_for()
    assert held.url == f"{home}/sign-in" and held.get_by_role("button", name="Send me the link").is_visible()
