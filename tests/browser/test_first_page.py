# SPDX-License-Identifier: AGPL-3.0-or-later
"""The first page on a phone that has never been here: what goes over the wire for it, styles, script, marks, fonts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.walking import PHONE

MOST = 120_000


@pytest.mark.slow
def test_the_first_page_of_a_cold_phone_weighs_under_120_kb(served: Any, context_of: Any) -> None:
    page = context_of(**PHONE).new_page()
    wire = page.context.new_cdp_session(page)
    asked: dict[str, str] = {}
    weights: dict[str, float] = {}
    wire.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: weights.update({event["requestId"]: event["encodedDataLength"]}))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(served.urls["alder"] + "/")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => 0)")
    by_path = {asked[each].removeprefix(served.urls["alder"]): weight for each, weight in weights.items()}
    assert any(path.endswith(".woff2") for path in by_path) and any(path.endswith(".css") for path in by_path), by_path
    assert sum(by_path.values()) < MOST, by_path
    assert all(weight > 0 for weight in by_path.values()), by_path


MOVING = "() => document.getAnimations().length"
AT_ONCE = "() => getComputedStyle(document.querySelector('main button, main .button')).transitionDuration"


@pytest.mark.slow
@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_nothing_moves_for_whom_motion_makes_ill(motion: str, served: Any, context_of: Any) -> None:
    page = context_of(**PHONE, reduced_motion=motion, color_scheme="light").new_page()
    page.goto(served.urls["alder"] + "/sign-in")
    moves = motion == "no-preference"
    assert (page.evaluate(AT_ONCE) != "0s") == moves
    page.emulate_media(color_scheme="dark", reduced_motion=motion)  # type: ignore[arg-type]
    assert moves or page.evaluate(MOVING) == 0
