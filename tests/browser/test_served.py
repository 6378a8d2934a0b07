# SPDX-License-Identifier: AGPL-3.0-or-later
"""One browser, three co-ops: cookies know no ports, and still nobody is signed out by signing in next door."""


def test_one_browser_is_signed_in_at_three_co_ops(served, context_of):
    context = context_of("maureen", "samuel", "farah")
    page = context.new_page()
    for name in ("maureen", "samuel", "farah", "maureen"):
        page.goto(served.url(name, "/me/details"))
        assert page.locator("[name=full_name]").input_value() == served.village.cast.people[name].name
    names = {each["name"] for each in context.cookies()}
    assert {"commoncare-session-alder-example", "commoncare-session-birch-example"} <= names
