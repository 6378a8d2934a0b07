# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every component, with and without errors: sound HTML, every word translatable, what was typed kept, nothing too heavy."""

from __future__ import annotations

import gzip
import itertools
import re

import pytest

from node.place import CoOpFacts
from node.safeguarding.crisis import numbers
from node.web import marks, rendering, static
from node.web.forms import Form
from node.web.tint import tint_css
from node.words import LANGUAGES, PSEUDO
from tests.node.web.samples import PLAIN, RIGHT, ROOT, SAMPLES, SHEET, WRONG, Page, rendered


@pytest.mark.parametrize("form", [RIGHT, WRONG], ids=["right", "wrong"])
@pytest.mark.parametrize("template", [SAMPLES, SHEET, PLAIN], ids=["samples", "sheet", "plain"])
def test_the_html_is_sound(template: str, form: Form) -> None:
    if template == PLAIN and form is WRONG:
        form = Form([], errors={"main": "It is in the way."})
    page = Page(rendered(template, form=form, numbers=numbers("wales"), acting_for="Sam", said="Saved."))
    ids = page.having("id")
    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for value in page.having(attribute):
            assert set(value.split()) <= set(ids), (attribute, value)
    assert {href[1:] for href in page.having("href") if href.startswith("#")} <= set(ids)
    assert not page.having("style")
    assert all("src" in attrs for tag, attrs in page.all if tag == "script")
    assert not [name for _, attrs in page.all for name in attrs if name.startswith("on")]
    assert [tag for tag, _ in page.all if tag in ("h1", "main")].count("h1") == 1
    posts = [attrs for tag, attrs in page.all if tag == "form"]
    assert all(attrs["method"] == "post" for attrs in posts)
    tokens = [attrs["value"] for tag, attrs in page.all if tag == "input" and attrs.get("name") == "form"]
    assert len(tokens) == len(posts) == len(set(tokens))


def test_errors_are_all_told_at_once_and_lead_to_their_fields() -> None:
    text = rendered(form=WRONG)
    page = Page(text)
    assert re.search(r"<title>Error: Samples · Alder</title>", text)
    assert re.search(r"<title>Samples · Alder</title>", rendered(form=RIGHT))
    fields = {attrs["id"]: attrs for tag, attrs in page.all if tag in ("input", "textarea") and "id" in attrs}
    for name, words in WRONG.errors.items():
        target = name.removesuffix("-day")
        assert f'<a href="#{target}">{words}</a>' in text
        assert target in fields
    assert fields["have"]["aria-invalid"] == "true" and "have-error" in fields["have"]["aria-describedby"]
    assert "govuk-error-summary" not in rendered(form=RIGHT)


def test_what_was_typed_is_kept_to_the_letter_and_never_becomes_markup() -> None:
    text = rendered(form=WRONG)
    page = Page(text)
    assert "<script>alert" not in text and "<b>x</b>" not in text
    assert text.count("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</textarea>") == 1
    assert ">\nline one\n   line two\n&lt;" in text
    have = next(attrs for _, attrs in page.all if attrs.get("id") == "have")
    assert have["value"] == '"><b>x</b>'
    ticked = {(attrs["name"], attrs["value"]) for tag, attrs in page.all if tag == "input" and "checked" in attrs}
    assert ticked == {("how", "phone"), ("topics", "pain")}
    assert next(attrs for _, attrs in page.all if attrs.get("name") == "until-day")["value"] == "40"


def test_every_word_of_layout_and_components_goes_round_no_catalogue() -> None:
    own = {
        "Alder",
        "0161 496 0000",
        "Ewa",
        "Sam",
        "Birch",
        "Kestrel",
        "12",
        "11",
        "3",
        "0",
        "482 913",
        "·",
        *LANGUAGES.values(),
    }
    form = Form([], errors={"have": "⟦x⟧"}, error="⟦y⟧")
    for template in (SAMPLES, SHEET, PLAIN):
        for word in Page(rendered(template, form=form, spoken_in=PSEUDO, acting_for="Sam")).words:
            bare = word.strip(" :.,·")
            dated = re.fullmatch(r"([A-Z][a-z]+ )?\d+ [A-Z][a-z]+( \d{4})?", bare)  # the calendar's, not a catalogue's
            assert not bare or dated or bare in own or "⟦" in word or "⟧" in word or bare in {"A", "B"}, word
    text = rendered(spoken_in=PSEUDO)
    for attribute in ("aria-label", "data-i18n.activated", "data-i18n.characters-at-limit"):
        assert all("⟦" in value for value in Page(text).having(attribute)), attribute


def test_numbers_to_ring_stand_once_on_a_page_wherever_it_shows_them() -> None:
    shown = PLAIN.replace("<h1>", "{{ ui.help_now(numbers) }}<h1>")
    for template in (PLAIN, shown):
        text = rendered(template, numbers=numbers("england"))
        assert text.count('id="help-now"') == 1
        assert 'href="tel:999"' in text and 'href="tel:116123"' in text
    assert "help-now" not in rendered(PLAIN)


def test_the_foot_is_the_same_everywhere_and_the_way_out_needs_a_form() -> None:
    for template, signed_in in itertools.product((SAMPLES, PLAIN), (True, False)):
        text = rendered(template, signed_in=signed_in)
        for wanted in ('href="tel:01614960000"', 'href="/ask"', 'href="/worry"', 'href="/me/look"'):
            assert wanted in text
        assert ('action="/sign-out" method="post"' in text) == signed_in


def test_what_is_round_a_page_is_that_co_ops_own_however_often_and_in_whatever_order_it_is_asked_for() -> None:
    birch = CoOpFacts(name="Birch", phone="0161 496 0111", leaf="oak", tint="#336699")
    alder, other = rendered(PLAIN), rendered(PLAIN, co_op=birch)
    assert rendered(PLAIN) == alder and rendered(PLAIN, co_op=birch) == other
    assert "Birch" not in alder and "0161 496 0000" in alder and "/look.css" not in alder
    assert "Alder" not in other and "0161 496 0111" in other and "/look.css" in other
    with_words = rendered(PLAIN, spoken_in=PSEUDO, co_op=birch)
    assert "⟦" in with_words and "⟦" not in rendered(PLAIN, co_op=birch)


def test_a_sheet_of_paper_has_no_navigation() -> None:
    for large in (False, True):
        page = Page(rendered(SHEET, large=large))
        tags = [tag for tag, _ in page.all]
        assert "nav" not in tags and "footer" not in tags and "form" not in tags
        assert dict(page.all)["html"].get("class", "") == ("large" if large else "")
        assert "Alder" in page.words and any("May" in word for word in page.words)


@pytest.mark.parametrize("spoken_in", sorted(LANGUAGES))
def test_a_page_says_its_language_and_its_direction(spoken_in: str) -> None:
    text = rendered(spoken_in=spoken_in)
    right = spoken_in == "ur"
    assert f'<html lang="{spoken_in}" dir="{"rtl" if right else "ltr"}">' in text
    assert (static.manifest()["app.rtl.css"] in text) == right
    Page(text)


def test_no_template_of_the_house_has_script_or_style_inside_it() -> None:
    # What is written into files that people open from a disk has no server to bring its styles, and no rule against them.
    on_paper = ROOT / "node" / "leaving" / "templates"
    templates = [path for path in (ROOT / "node").rglob("templates/**/*.html") if path.is_file()]
    templates = [path for path in templates if on_paper not in path.parents]
    assert len(templates) > 5
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"", text), path


def test_every_leaf_is_drawn() -> None:
    drawn = '{% from "web/marks.html" import leaf %}{{ leaf(name) }}'
    pictures = {name: rendering.environment().from_string(drawn).render(name=name) for name in marks.LEAVES}
    assert len(set(pictures.values())) == len(marks.LEAVES) == 8
    assert rendering.environment().from_string(drawn).render(name="") == pictures["birch"]


def test_the_first_page_of_a_cold_phone_is_small() -> None:
    names = static.manifest()
    sent = [
        rendered(PLAIN).encode(),
        *((static.BUILT / names[name]).read_bytes() for name in ("app.css", "app.js", "favicon.svg")),
    ]
    fonts = sum(
        (static.BUILT / names[name]).stat().st_size for name in ("atkinson-latin.woff2", "atkinson-latin-ext.woff2")
    )
    assert sum(len(gzip.compress(each)) for each in sent) + fonts + len(tint_css("")) < 90_000


def test_the_manifest_names_what_the_layout_asks_for() -> None:
    asked = set(re.findall(r'asset\("([^"]+)"', (ROOT / "node/web/templates/frame.html").read_text(encoding="utf-8")))
    assert {"app.js", "atkinson-latin.woff2", "favicon.svg", "app.rtl.css"} <= asked <= set(static.manifest())
