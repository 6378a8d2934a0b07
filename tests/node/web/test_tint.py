# SPDX-License-Identifier: AGPL-3.0-or-later
"""Colours can be read: those of the house in both themes, and any tint that a co-op may choose; the rest are refused in words."""

from __future__ import annotations

import itertools
import re

import pytest

from node.errors import Misconfigured
from node.web.tint import DARK, LIGHT, contrast, lighter, luminance, tint_css
from tests.node.web.samples import ROOT


def tokens() -> dict[str, dict[str, str]]:
    text = (ROOT / "node/web/assets/scss/_tokens.scss").read_text(encoding="utf-8")
    light, dark = text.split("prefers-color-scheme: dark")
    named = {"light": dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light))}
    return {**named, "dark": {**named["light"], **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))}}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_pair_of_colours_that_carries_words_can_be_read(theme: str) -> None:
    known = tokens()[theme]
    assert {name: known[name] for name in ("page", "card")} == (LIGHT if theme == "light" else DARK)
    grounds = ("page", "card", "tint-wash", "sand", "chosen")
    for words, ground in [
        *itertools.product(("ink", "soft", "link", "link-hover"), grounds),
        *itertools.product(("tint",), ("page", "card", "tint-wash")),
        ("button-ink", "button"), ("button-ink", "button-hover"), ("settled", "settled-ground"), ("waiting", "waiting-ground"),
        ("error", "error-ground"), ("error", "page"), ("error", "card"), ("ink", "error-ground"), ("card", "error"),
    ]:  # fmt: skip
        assert contrast(known[words], known[ground]) >= 4.5, (words, ground)
    for edge, ground in [
        ("edge", "page"),
        ("edge", "card"),
        ("focus", "ink") if theme == "light" else ("focus", "page"),
    ]:
        assert contrast(known[edge], known[ground]) >= 3, (edge, ground)
    if theme == "light":
        assert contrast(known["ink"], known["page"]) > 13.5 and contrast(known["soft"], known["card"]) > 7
        assert contrast(known["link"], known["page"]) > 9.9


def test_contrast_is_what_wcag_says_it_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the well-known grey that just fails
    assert luminance("#ff0000") == pytest.approx(0.2126)


@pytest.mark.parametrize("tint", ["", "#5c2a52", "#2f5d50", "#7a2b12", "#000000", "#1A4480", "#2f5d50 #a8d5c2"])
def test_a_tint_that_can_be_read_is_set_for_light_and_dark(tint: str) -> None:
    css = tint_css(tint)
    light, light_wash, dark, dark_wash = re.findall(r"--tint(?:-wash)?:(#[0-9a-f]{6})", css)[:4]
    assert light == (tint.lower().split() or ["#5c2a52"])[0]
    for colour, grounds in ((light, (*LIGHT.values(), light_wash)), (dark, (*DARK.values(), dark_wash))):
        assert all(contrast(colour, ground) >= 4.5 for ground in grounds)
    assert css.count("{") == css.count("}") and "<" not in css


@pytest.mark.parametrize(
    ("tint", "words"),
    [
        ("#f0c000", "Choose a darker one"),
        ("#857a82", "Choose a darker one"),
        ("#2f5d50 #2f5d50", "Choose a lighter one"),
        ("red", "give a colour as #"),
        ("#fff", "give a colour as #"),
        ("#2f5d50}body{display:none", "give a colour as #"),
        ("#2f5d50 #a8d5c2 #ffffff", "give a colour as #"),
    ],
)
def test_a_tint_that_can_not_be_read_is_refused_with_what_to_do(tint: str, words: str) -> None:
    with pytest.raises(Misconfigured) as no:
        tint_css(tint)
    assert no.value.words.startswith("tint: ") and words in no.value.words


def test_a_dark_tint_is_found_for_any_colour() -> None:
    for colour in ("#000000", "#ffffff", "#ff0000", "#00ff00", "#0000ff", "#123456"):
        assert all(contrast(lighter(colour), ground) >= 6.5 for ground in DARK.values())
