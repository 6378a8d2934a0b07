# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of samples (`tests/browser/samples.html`), a bare page and a sheet of paper, rendered as the node renders them; and a
reader that refuses HTML whose elements do not close, or an attribute that is there twice."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import segno
from markupsafe import Markup

from node.place import CoOpFacts
from node.web import rendering
from node.web.forms import Form
from node.web.navigation import Way
from node.words import _, direction, language, spoken

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = (ROOT / "tests" / "browser" / "samples.html").read_text(encoding="utf-8")
PLAIN = """{% extends "web/layout.html" %}
{% block title %}{{ _("Home") }}{% endblock %}
{% block main %}<h1>{{ _("Home") }}</h1>{% endblock %}"""
SHEET = """{% extends "web/print.html" %}
{% block title %}{{ _("An offer") }}{% endblock %}
{% block main %}<h1>{{ _("An offer") }}</h1>{{ ui.summary([("A", "B")]) }}{% endblock %}
{% block qr %}{{ ui.qr(sample_qr, _("Back to the page")) }}{% endblock %}"""
QR = Markup(segno.make("https://alder.example/o/1").svg_inline(dark="#000", light="#fff"))
TYPED = "line one\n   line two\n</textarea><script>alert(1)</script>"
RIGHT = Form.blank(have="To talk", how="phone", topics=["stroke", "pain"], keep=True, more="Nothing")
WRONG = Form(
    [("have", '"><b>x</b>'), ("more", TYPED), ("how", "phone"), ("topics", "pain"), ("until-day", "40")],
    errors={
        name: f"Look at {name}."
        for name in (
            "have",
            "phone",
            "distance",
            "more",
            "how",
            "sure",
            "topics",
            "keep",
            "until-day",
            "until-month",
            "list",
        )
    },
)


def rendered(template: str = SAMPLES, *, form: Form = RIGHT, spoken_in: str = "en", **known: Any) -> str:
    visit = SimpleNamespace(
        large=known.pop("large", False),
        signed_in=known.pop("signed_in", True),
        acting_for=known.pop("acting_for", ""),
        closing=known.pop("closing", ""),
    )
    with spoken(spoken_in):
        given = {
            "visit": visit,
            "form": form,
            "said": "",
            "co_op": CoOpFacts(name="Alder", phone="0161 496 0000"),
            "language": language(),
            "direction": direction(),
            "nav": [Way("/", _("Home"), False), Way("/find", _("Find support"), True)],
            "now": 1_777_802_400,
            "look": {"leaf": "oak", "css": "/look.css"},
            "sample_qr": QR,
            **known,
        }
        with rendering.rendering(f"token-{number}" for number in itertools.count()):
            return rendering.environment().from_string(template).render(given)


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, and the words between them."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "circle", "rect"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag}: {names}"
        self.all.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip() and not {"script", "style", "textarea"} & set(self.open[-1:]):
            self.words.append(data.strip())

    def having(self, attribute: str) -> list[str]:
        return [attrs[attribute] for _, attrs in self.all if attribute in attrs]
