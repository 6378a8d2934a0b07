# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words come in the language of who reads them, wherever they are made; days and times too; nothing leaks from one to another."""

from __future__ import annotations

import asyncio
import io
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from node import dates, words
from node.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from node.here import Here
from node.introductions import texts
from node.members import notices
from node.members.rules import days_fault
from node.safeguarding import crisis
from node.support.shapes import RECOGNISED, SHUFFLED, SearchPage
from node.support.taxonomy import common
from node.words import N_, PSEUDO, _, n_, spoken, stretched

SUMMER = 1777972440  # 2026-05-05 09:14 UTC
WINTER = 1767604440  # 2026-01-05 09:14 UTC


POLISH = {
    "Reached {co_op} {time}.": "Dotarło do {co_op} o {time}.",
    ("{count} offer", "{count} offers"): ("{count} oferta", "{count} oferty", "{count} ofert"),
    "We can't find that.": "Nie możemy tego znaleźć.",
}
URDU = {
    "Ring {phone}.": "{phone} پر کال کریں۔",
    ("Ring {phone} once.", "Ring {phone} {count} times."): ("{phone} پر ایک بار۔", "{phone} پر {count} بار۔"),
    "Samaritans, 116 123, free": "سمیریٹنز، 116 123، مفت",
}


@pytest.fixture
def polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A catalogue of a few sentences, where the node's own would be."""
    yield from _speaking("pl", POLISH, tmp_path, monkeypatch)


@pytest.fixture
def urdu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As `polish`, in a language written from the right."""
    yield from _speaking("ur", URDU, tmp_path, monkeypatch)


def _speaking(language: str, said: dict[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    found = Catalog(locale=language, domain=words.DOMAIN)
    for message, translated in said.items():
        found.add(message, translated)
    folder = tmp_path / language / "LC_MESSAGES"
    folder.mkdir(parents=True)
    made = io.BytesIO()
    write_mo(made, found)
    (folder / f"{words.DOMAIN}.mo").write_bytes(made.getvalue())
    monkeypatch.setattr(words, "FOLDER", tmp_path)
    words._catalogue.cache_clear()
    yield
    words._catalogue.cache_clear()


def test_english_is_what_was_written(polish) -> None:
    assert _("Reached {co_op} {time}.", co_op="Birch", time="10:14") == "Reached Birch 10:14."
    assert N_("Reached {co_op} {time}.") == "Reached {co_op} {time}."
    assert _("") == "" and _("{braces} without values stay") == "{braces} without values stay"


def test_a_catalogue_speaks_and_english_stands_where_it_is_silent(polish) -> None:
    with spoken("pl"):
        assert _("Reached {co_op} {time}.", co_op="Birch", time="10:14") == "Dotarło do Birch o 10:14."
        assert _("Not translated {yet}.", yet="yet") == "Not translated yet."
        assert _("") == "", "and never the catalogue's header"


def test_what_somebody_wrote_is_never_a_pattern(polish) -> None:
    assert _("Reached {co_op} {time}.", co_op="{time}{0}", time="%s") == "Reached {time}{0} %s."


@pytest.mark.parametrize(("count", "expected"), [(0, "0 ofert"), (1, "1 oferta"), (3, "3 oferty"), (5, "5 ofert")])
def test_counting(polish, count: int, expected: str) -> None:
    with spoken("pl"):
        assert n_("{count} offer", "{count} offers", count) == expected
    assert n_("{count} offer", "{count} offers", count) == f"{count} offer{'s' * (count != 1)}"


def test_languages_nest_and_come_back(polish) -> None:
    with spoken("pl"):
        with spoken("ur"):
            assert (words.language(), words.direction()) == ("ur", "rtl")
        assert (words.language(), words.direction()) == ("pl", "ltr")
        with pytest.raises(ZeroDivisionError), spoken("cy"):
            raise ZeroDivisionError
        assert words.language() == "pl"
    assert words.language() == "en"


@pytest.mark.parametrize("unknown", ["", "de", "PL", "pl-PL", "../../etc", "*"])
def test_an_unknown_language_is_english(unknown: str) -> None:
    with spoken(unknown):
        assert words.language() == "en"


async def test_each_task_speaks_for_itself() -> None:
    inside, meanwhile = asyncio.Event(), asyncio.Event()

    async def one() -> str:
        with spoken("ur"):
            inside.set()
            await meanwhile.wait()
            return words.language()

    async def other() -> str:
        await inside.wait()
        found = words.language()
        meanwhile.set()
        return found

    assert await asyncio.gather(one(), other()) == ["ur", "en"]


def test_pseudo_keeps_places_and_shows() -> None:
    assert stretched("Reached {co_op} {time}.") == "⟦Réáçhéd {co_op} {time}.·······⟧"
    with spoken(PSEUDO):
        assert _("Reached {co_op}.", co_op="Birch").startswith("⟦Réáçhéd Birch.")
        assert n_("{count} offer", "{count} offers", 2).startswith("⟦2 óffé")


def test_refusals_are_said_when_they_are_raised(polish) -> None:
    with spoken("pl"):
        assert NotFound().words == "Nie możemy tego znaleźć."
        assert NotFound("As it is.").words == "As it is."
    assert [kind().words for kind in (NotFound, NotSignedIn, NotAllowed)] == [
        "We can't find that.",
        "Please sign in first.",
        "You can't do this here.",
    ]
    assert Invalid({"a": "b"}).words == "Some answers need another look."
    assert Conflict("No.", cause="why").words == "No."


def test_everything_of_an_introduction_is_said_at_reading() -> None:
    with spoken(PSEUDO):
        made = [
            texts.event(name, {"until": 0, "on": 0, "by": 0, "when": 0, "had": 1, "of": 6}, at=0, side=side, co_op="B")
            for side, own in (("asker", texts._ASKER), ("supporter", texts._SUPPORTER))
            for name in {*texts._BOTH, *own}
        ]
        made += [texts.status(name, "asker") for name in texts._STATUS]
        made += [reply.label for reply in texts.quick_replies(tuple(texts.QUICK_LABELS))]
        made += [texts.field_label(field) for field in texts.FIELD_LABELS]
        made += [texts.place_label(kind) for kind in texts.PLACE_LABELS]
        made += [texts.confidentiality().means, texts.confidentiality().ends, texts.goodbye(texts.DEFAULT_GOODBYE)]
        made += [line.label for line in crisis.numbers("wales", out_of_hours="01632 960 999").lines]
        made += [common().label(slug) for slug in common().all] + [
            common().group_label(group) for group in common().groups
        ]
        page = SearchPage(items=[], next=None, matched="all", help=None)
        made += [page.order, days_fault(400, (1, 366)) or ""]
    assert [text for text in made if not text.startswith("⟦")] == []
    assert texts.goodbye("Goodbye then") == "Goodbye then"
    assert (texts.quick_label("other"), texts.field_label("other")) == ("", "other")
    assert SearchPage(items=[], next=None, matched="all", help=None).order == SHUFFLED
    assert RECOGNISED == "People who know you may recognise you."


def test_every_group_of_topics_has_a_name() -> None:
    assert {topic.group for topic in common().all.values()} == common().groups.keys()
    assert common().group_label("of-our-own") == "Of our own"


def test_a_mail_comes_in_the_language_of_who_reads_it(here: Here) -> None:
    assert notices.letter("message", here=here) == notices.letter("message", language="en", here=here)
    subject, text = notices.letter("message", language=PSEUDO, here=here)
    assert subject.startswith(f"{here.co_op.name}: ⟦") and text.endswith(f"\n{here.co_op.name}\n")
    lines = [line for line in text.splitlines() if line and line != here.co_op.name]
    assert all(line.startswith("⟦") for line in lines) and f"https://{here.node_id}" in text
    assert words.language() == "en"


def test_days_as_each_language_writes_them() -> None:
    assert (dates.day(SUMMER), dates.clock(SUMMER)) == ("Tuesday 5 May", "10:14")
    assert (dates.day(WINTER), dates.clock(WINTER)) == ("Monday 5 January", "09:14")
    assert dates.moment(SUMMER) == "Tuesday 5 May at 10:14"
    assert dates.date_long(SUMMER) == "5 May 2026"
    with spoken("cy"):
        assert (dates.day(SUMMER), dates.date_long(SUMMER)) == ("Dydd Mawrth, 5 Mai", "5 Mai 2026")
    with spoken("pl"):
        assert (dates.day(SUMMER), dates.date_long(SUMMER)) == ("wtorek, 5 maja", "5 maja 2026")
    with spoken("ur"):
        assert (dates.day(SUMMER), dates.clock(SUMMER)) == ("منگل، 5 مئی", "10:14")
    with spoken(PSEUDO):
        assert dates.day(SUMMER) == "Tuesday 5 May"


def test_english_days_are_those_of_the_calendar() -> None:
    for month in range(1, 13):
        there = datetime(2026, month, month + 3, 12, tzinfo=ZoneInfo("Europe/London"))
        assert dates.day(int(there.timestamp())) == f"{there:%A} {there.day} {there:%B}"


def test_where_one_writes_from_the_right_a_number_keeps_its_order(urdu) -> None:
    with spoken("ur"):
        assert _("Ring {phone}.", phone="01632 960201") == "\u2068\u206601632 960201\u2069\u2069 پر کال کریں۔"
        assert _("Samaritans, 116 123, free") == "سمیریٹنز، \u2066116 123\u2069، مفت"
        many = n_("Ring {phone} once.", "Ring {phone} {count} times.", 2, phone="01632 960201")
        assert many == "\u2068\u206601632 960201\u2069\u2069 پر 2 بار۔"
    assert _("Ring {phone}.", phone="01632 960201") == "Ring 01632 960201."


@pytest.mark.parametrize("said", [_, lambda text, **given: n_(text, text, 2, **given)])
def test_where_one_writes_from_the_right_a_sentence_still_in_english_is_set_apart(said: Any, urdu) -> None:
    with spoken("ur"):
        assert (
            said("Ask {name}, on 0800 111 222.", name="Maureen")
            == "\u2066Ask \u2068Maureen\u2069, on 0800 111 222.\u2069"
        )
        assert _("") == ""
    with spoken("pl"):
        assert said("Ask {name}.", name="Maureen") == "Ask Maureen."
