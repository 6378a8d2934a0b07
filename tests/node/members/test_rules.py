# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be written about a person: names as people have them, addresses and numbers that could work."""

from __future__ import annotations

import pytest

from node.members import rules


@pytest.mark.parametrize(
    ("entered", "kept"),
    [
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("Nguye\u0302\u0303n", "Nguy\u1ec5n"),
        ("evil\u202etxt\u200b", "eviltxt"),
        ("two\nlines\t", "twolines"),
        ("O'Brien-Ó Súilleabháin", "O'Brien-Ó Súilleabháin"),
    ],
)
def test_a_name_is_one_tidy_line(entered: str, kept: str) -> None:
    assert rules.tidy(entered) == kept


@pytest.mark.parametrize("good", ["", "a@b.org", " Ada.L+x@Sub.Example.org ", "o'brien@example.co.uk", "ü@example.org"])
def test_addresses_that_are_taken(good: str) -> None:
    assert rules.email_fault(good) is None


@pytest.mark.parametrize(
    "bad",
    [
        "a",
        "a@b",
        "@b.org",
        "a@",
        "a b@c.org",
        "a@b..org",
        "a@b.org, c@d.org",
        "a@-b.org",
        "a@" + "b" * 250 + ".org",
        "<a@b.org>",
    ],
)
def test_addresses_that_are_not(bad: str) -> None:
    assert rules.email_fault(bad) == rules.EMAIL


@pytest.mark.parametrize("good", ["", "01632 960 123", "+44 (0)1632 960123", "07700-900123"])
def test_numbers_that_are_taken(good: str) -> None:
    assert rules.phone_fault(good) is None


@pytest.mark.parametrize("bad", ["12", "call me", "0" * 16, "01632 960 123 ext 4", "++4412345678"])
def test_numbers_that_are_not(bad: str) -> None:
    assert rules.phone_fault(bad) == rules.PHONE


def test_a_token_is_kept_as_a_hash_and_nothing_else_is_hashed() -> None:
    text = "cc_pat_" + "A" * 43
    digest = rules.hashed(text)
    assert digest is not None
    assert len(digest) == 43 and digest != rules.hashed("cc_pat_" + "A" * 42 + "B")
    for other in ("", "A" * 43, text + "A", text[:-1], text + "\n", " " + text, text.upper()):
        assert rules.hashed(other) is None


def test_a_token_stands_until_the_second_it_expires() -> None:
    assert rules.stands(expires=10, revoked_at=None, now=9)
    assert not rules.stands(expires=10, revoked_at=None, now=10)
    assert not rules.stands(expires=10, revoked_at=5, now=6)


def test_days_and_scopes() -> None:
    assert rules.days_fault(1, (1, 60)) is None and rules.days_fault(60, (1, 60)) is None
    assert rules.days_fault(0, (1, 60)) and rules.days_fault(61, (1, 60))
    assert rules.scopes_fault(["*"]) is None and rules.scopes_fault(["support", "people"]) is None
    assert rules.scopes_fault([]) and rules.scopes_fault(["everything"])
