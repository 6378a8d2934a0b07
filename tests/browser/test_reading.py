# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every word of ours can be said in another language: with a made-up one, whatever stands outside its brackets is people's own
words, a name or a number. Urdu is written from the right and fits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from bs4 import BeautifulSoup, NavigableString

from node.village import Village
from node.web import languages
from node.web.pages import cookie_name
from node.words import LANGUAGES, PSEUDO
from tests.browser.looking import TOO_WIDE, axe
from tests.browser.scenes import SCENES
from tests.browser.visits import At
from tests.browser.walking import DESK, PHONE
from tests.node.charter import agreeing
from tests.node.introductions import two
from tests.pages import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
OWN = (
    two.NEEDS, two.MESSAGE, two.PLAN["place"], "Words come slowly to me.", "They asked me for money.", "A break", "A holiday",
    "Maya, 01632 960 777", "Firefox", "Zephyrine Marlowbeck has bruises.", "She says it is nothing.", "bank account",
    agreeing.NAME, *agreeing.TERMS.splitlines(),
)  # fmt: skip
"""What people of the tests have written themselves."""
ANYWHERE = re.compile(
    r"[\W\d_]*|.*@.*|.*\.example\S*|https?://\S+|/\S+|cc1-.*|cc_inv.*|[A-Z]{3}-.*|[A-Za-z0-9_-]{22,43}"
    r"|([a-z]+ ?){8,12}|.*\d{5} \d{6}.*",
    re.DOTALL,
)
"""Signs and figures, addresses, invitations, spoken words of a card, the ids that two computers pass on."""
DATES = re.compile(
    r"\b((Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|November"
    r"|December)\b"
)
"""Babel says these, in each language by its own rules; the made-up one has none."""
READ_OUT = ("code", "spoken", "qr")


def words_of_nobody_else(village: Village) -> list[str]:
    """Names of people, co-ops and places, and what supporters wrote."""
    cast = village.cast
    found = [*LANGUAGES.values(), *OWN]
    found += [each.name for each in cast.co_ops.values()] + [each.name for each in cast.people.values()]
    found += [each.name.split()[0] for each in cast.people.values()]
    found += [
        str(offer[part]) for offer in cast.offers for part in ("have", "how", "limits", "times") if offer.get(part)
    ]
    for coop in village.coops.values():
        found += [area.name for area in coop.place.areas.values()]
    found += [f"{name} (made up)" for name in ("Wrenshire Council", "Kestrel Borough", "Sands Council")]
    return sorted(found, key=len, reverse=True)


def outside(soup: BeautifulSoup) -> Iterator[str]:
    """Words of a page that stand in no brackets, in reading order."""
    depth = 0
    body = soup.body
    assert body is not None
    for node in body.find_all(string=True):
        if not isinstance(node, NavigableString) or type(node) is not NavigableString:
            continue
        if any(
            parent.name in ("script", "style", "svg", "code")
            or parent.has_attr("data-own")
            or set(parent.get("class") or ()) & set(READ_OUT)
            for parent in node.parents
            if parent.name
        ):
            continue
        rest = ""
        for sign in str(node):
            if sign == "⟦":
                depth += 1
            elif sign == "⟧":
                depth -= 1
            elif depth == 0:
                rest += sign
        if rest.strip():
            yield " ".join(rest.split())


def unspoken(text: str, own: list[str]) -> str:
    """What is left of a text once everything is gone that is nobody's to translate."""
    parts = [part.strip(" “”…:") for part in text.split("…")]
    if all(any(part in each for each in own) for part in parts):
        return ""
    text = DATES.sub(" ", text)
    for each in own:
        text = text.replace(" ".join(each.split()), " ")
    return "" if ANYWHERE.fullmatch(text.strip()) else text.strip()


@pytest.mark.parametrize("name", ["calm", "find", "asking", "talking", "offers", "own", "concerns", "running"])
def test_every_word_of_ours_goes_through_the_catalogues(
    name: str, served: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = SCENES[name]
    given = served.do(scene.prepare)
    monkeypatch.setattr("node.visiting.chosen", lambda header: PSEUDO)
    monkeypatch.setattr("node.app.chosen", lambda header: PSEUDO)

    async def reading(village: Village) -> list[str]:
        own = words_of_nobody_else(village)
        found = []
        for at in scene.pages:
            if at.via or at.file:
                continue
            sheet = await (await _visitor(at, village)).open(at.path.format_map(given))
            assert sheet.soup.html is not None
            if sheet.soup.html.get("lang") != PSEUDO:
                found.append(f"{at.path}: in {sheet.soup.html.get('lang')}")
            if "⟦" not in sheet.title:
                found.append(f"{at.path}: title {sheet.title}")
            left = [each for each in (unspoken(text, own) for text in outside(sheet.soup)) if each]
            found += [f"{at.path}: {each}" for each in left]
        return found

    found = served.do(reading)
    assert found == [], "\n".join(("", *found))


async def _visitor(at: At, village: Village) -> Visitor:
    if at.who[:1] in ("", "@"):
        return Visitor.nobody(village.coops[at.who[1:] or "alder"])
    return await Visitor.of(village, at.who, proved=at.proved)


@pytest.mark.parametrize("how", [PHONE, DESK], ids=["phone", "desk"])
def test_urdu_is_written_from_the_right_and_fits(how: dict[str, Any], served: Any, context_of: Any) -> None:
    given = served.do(SCENES["asking"].prepare)
    context = context_of("maureen", "samuel", **how)
    for name in served.urls:
        here = served.village.coops[name].here()
        context.add_cookies([{"name": cookie_name(here, "language"), "value": "ur", "url": served.urls[name]}])
    page = context.new_page()
    for who, path in (
        ("maureen", "/"),
        ("maureen", "/find/what"),
        ("maureen", f"/introductions/{given['hers']}"),
        ("samuel", f"/introductions/{given['his']}"),
        ("samuel", "/me"),
    ):
        page.goto(served.url(who, path))
        assert page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ur", "rtl"], path
        assert page.evaluate(TOO_WIDE) == [], path
        assert axe(page) == [], path
    assert languages.chosen("ur") == "ur"
