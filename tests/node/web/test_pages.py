# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages, cookies and ways on: where a browser is sent, what it is given, and what every page is guarded by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.web.pages import cookie_name, next_path, to


@pytest.mark.parametrize("path", ["/", "/find/what", "/introductions/abc?said=sent"])
def test_a_way_on_is_a_page_of_ours(path):
    assert next_path(path) == path
    assert to(path).headers["location"] == path


@pytest.mark.parametrize(
    "asked",
    ["", "find", "//evil.example", "/\\evil.example", "https://evil.example", "/\nevil", "/" + "a" * 400, "\\\\evil"],
)
def test_anywhere_else_is_the_first_page(asked):
    assert next_path(asked) == "/"


@pytest.mark.parametrize("path", ["find", "//evil.example", "https://evil.example"])
def test_no_page_of_ours_sends_anybody_elsewhere(path):
    with pytest.raises(ValueError):
        to(path)


def test_each_co_ops_cookies_carry_its_name_and_are_locked_to_its_host(here):
    assert cookie_name(here, "session") == "__Host-commoncare-session-alder-example"
    near = replace(here, address="http://127.0.0.1:8100")
    assert cookie_name(near, "session") == "commoncare-session-alder-example"
