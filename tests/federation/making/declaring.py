# SPDX-License-Identifier: AGPL-3.0-or-later
"""Vectors of declared facts: the five forms as they may be said, and what lies beyond each one's limits."""

from typing import Any

from federation.wire import DAY

from .world import NOW, case

AGREED: dict[str, Any] = {"circle": "Money circle", "agreed_on": NOW - 10 * DAY, "review_on": NOW + 355 * DAY}
FORMS: dict[str, dict[str, Any]] = {
    "services": {"of": "services", "services": ["personal-care", "companionship"]},
    "size": {"of": "size", "people": "26-50"},
    "rates": {
        "of": "rates",
        "rates": [{"care": "personal-care", "paid": 1450, "charged": 2175}, {"care": "companionship", "charged": 1900}],
    },
    "rating": {
        "of": "rating",
        "regulator": "CQC",
        "theme": "overall",
        "grade": "good",
        "published_on": NOW - 200 * DAY,
    },
    "total": {
        "of": "total",
        "name": "Hours of support given",
        "number": 12480,
        "start": NOW - 375 * DAY,
        "end": NOW - 10 * DAY,
        "counted": "Visits that both sides confirmed, rounded to ten hours.",
    },
}


def fact(form: str, /, **change: Any) -> dict[str, Any]:
    said = {name: value for name, value in (FORMS[form] | change).items() if value is not None}
    return {"kind": "fact", "fact": said} | AGREED


def facts() -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = []

    def add(name: str, what: str, data: dict[str, Any], **expected: Any) -> None:
        cases.append(case(name, "statement", what, {"topic": "metrics", "data": data}, **expected))

    def bad(name: str, what: str, form: str, /, **change: Any) -> None:
        add(name, what, fact(form, **change), refused="malformed")

    for form in FORMS:
        add(f"a fact: {form}", "as it may be said", fact(form), value=fact(form))
    add("a fact with further members", "ignored", fact("size", cares=9) | {"colour": 1}, value=fact("size"))
    for regulator, theme, grade in (
        ("CIW", "care-and-support", "needs-improvement"),
        ("CI", "care-planning", "very-good"),
        ("RQIA", "overall", "areas-to-improve"),
    ):
        said = fact("rating", regulator=regulator, theme=theme, grade=grade)
        add(f"a rating by {regulator}", "its own themes and grades", said, value=said)
    add("no statement", "every member is due", {}, refused="malformed")
    add("another kind on metrics", "a reader sets it aside", fact("size") | {"kind": "release"}, refused="malformed")
    bad("another form of fact", "one of five", "size", of="mood")
    bad("a service twice", "each once", "services", services=["advice", "advice"])
    bad("no service", "1 to 30", "services", services=[])
    bad("a band of one's own", "four bands", "size", people="1-9")
    bad("a number in place of a band", "never the number itself", "size", people=31)
    bad("a rate that says nothing", "paid or charged", "rates", rates=[{"care": "personal-care"}])
    bad("a rate of nothing", "1 to 100,000 pence", "rates", rates=[{"care": "personal-care", "paid": 0}])
    bad("a rate in pounds", "whole pence", "rates", rates=[{"care": "personal-care", "paid": 14.5}])
    twice = [{"care": "personal-care", "paid": 1400}, {"care": "personal-care", "paid": 1500}]
    bad("a kind of care twice", "each once", "rates", rates=twice)
    bad("another regulator's grade", "its own grades", "rating", grade="excellent")
    bad("another regulator's theme", "its own themes", "rating", theme="care-planning")
    bad("a total below nothing", "a count", "total", number=-1)
    bad("a time that ends before it begins", "start before end", "total", start=NOW, end=NOW)
    bad("a total that nobody counted", "how it was counted", "total", counted=None)
    bad("a total's name of two lines", "one line", "total", name="Hours\nof support")
    bad("a character that is not seen, in a fact", "no characters that mislead", "total", counted="visits\u200b")
    add("agreed on by nobody", "a circle is due", fact("size") | {"circle": ""}, refused="malformed")
    late = NOW - 10 * DAY + 367 * DAY + 1
    add("a review after more than a year", "367 days at most", fact("size") | {"review_on": late}, refused="malformed")
    early = {"review_on": NOW - 10 * DAY}
    add("a review at once", "after the agreement", fact("size") | early, refused="malformed")
    return cases
