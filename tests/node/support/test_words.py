# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words, stems, topics and map cells: the same tokens everywhere, and none that a person could forge."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic

from node.errors import Misconfigured
from node.place import distance_km
from node.support.stem import porter, stem
from node.support.taxonomy import common, from_mapping
from node.support.words import (
    LONGEST,
    cell_tokens,
    cells_within,
    chord_squared,
    language_tokens,
    on_sphere,
    stem_set,
    stems,
)

ROOT = Path(__file__).parents[3]


ENDINGS = (
    "", "s", "es", "ed", "ing", "er", "ers", "y", "ies", "ness", "ful", "fulness", "able", "ably", "ation", "ational", "ator",
    "ization", "izer", "ive", "iveness", "ous", "ousness", "al", "ality", "alism", "ement", "ment", "ent", "ence", "ly", "ally",
    "ology", "ogist", "ism", "iti", "icate", "ical", "sses", "eed", "eely", "ll", "lling", "tting", "sion",
)  # fmt: skip


def test_the_stemmer_agrees_with_sqlites() -> None:
    bases = Mnemonic("english").wordlist
    words = sorted({base + ending for base in bases for ending in ENDINGS if len(base + ending) > 3})
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE t USING fts5(x, tokenize='porter ascii')")
    db.executemany("INSERT INTO t (rowid, x) VALUES (?, ?)", enumerate(words))
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')")
    theirs = {words[doc]: term for term, doc in db.execute("SELECT term, doc FROM v")}
    assert {word: porter(word) for word in words} == theirs


# Examples of the paper, and kin that people expect to meet.
@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("caresses", "caress"),
        ("ponies", "poni"),
        ("agreed", "agre"),
        ("plastered", "plaster"),
        ("motoring", "motor"),
        ("hopping", "hop"),
        ("falling", "fall"),
        ("sky", "sky"),
        ("relational", "relat"),
        ("generalization", "gener"),
        ("controlling", "control"),
        ("at", "at"),
        ("\u0645\u06cc\u06ba", "\u0645\u06cc\u06ba"),
    ],
)
def test_examples(word: str, found: str) -> None:
    assert porter(word) == found


def test_kin_meet() -> None:
    assert stem("caring") == stem("care") == stem("cared") == stem("carers")


def test_texts_become_stems() -> None:
    assert stems("I don't like TALKING about Żona\u2019s café_au_lait!") == [
        "dont",
        "talk",
        "zona",
        "cafe",
        "au",
        "lait",
    ]
    assert stems("Żona café") == ["zona", "cafe"]
    assert stems("who has had a stroke") == ["stroke"]
    assert stems("living with ME") == ["live", "me"]
    assert stems("PLEASE TELL ME") == ["tell"]
    assert stems("x" * 500) == ["x" * LONGEST]
    assert stems("") == []


@given(st.text(max_size=200))
def test_no_text_makes_a_token_of_the_machine(text: str) -> None:
    for token in stems(text):
        assert token
        assert not set(token) & set("_ :\"'\\|&!()")
    assert set(stems(text)) == stem_set(text) - {""}


def test_topics_are_those_that_were_agreed() -> None:
    given = yaml.safe_load((ROOT / "node" / "support" / "topics.yaml").read_text())
    known = common()
    assert [*known.all] == [slug for group in given["topics"].values() for slug in group]
    assert known.label("stroke") == "Life after a stroke"
    assert known.reach("domestic-abuse") == "home"
    assert known.widest(["stroke", "cancer"]) == "careful"
    assert known.widest(["stroke", "self-harm", "cancer"]) == "home"
    assert known.reach("nobody-knows-this") == "home"
    assert known.crisis == {"suicidal-thoughts", "self-harm", "suicide-bereaved", "domestic-abuse"}


def test_words_mean_topics() -> None:
    known = common()
    assert known.meant_by("I had a TIA last spring") == ["stroke"]
    assert known.meant_by("living with ME for years") == ["pain-fatigue"]
    assert known.meant_by("give it to me") == []
    assert known.meant_by("tired of caring for my WIFE") == ["caring-partner"]


def test_a_co_ops_own_topics() -> None:
    own = from_mapping({"topics": {"here": {"floods": ["After the flood", ["water"], "open"]}}}, owner="birch.example")
    both = common().with_own(own)
    assert both.reach("birch.example:floods") == "open"
    assert both.meant_by("the flood") == ["birch.example:floods"]
    assert common().label("birch.example:after-the-flood") == "After the flood"
    with pytest.raises(Misconfigured, match="floods"):
        from_mapping({"topics": {"here": {"floods": ["After the flood", [], "everywhere"]}}})


def test_languages_by_whole_and_first_part() -> None:
    assert language_tokens("en") == ["_l:en"]
    assert language_tokens("pt-BR") == ["_l:pt-br", "_l:pt"]


def test_cells_and_chords_agree_with_distance() -> None:
    chance = random.Random(7)
    for _ in range(3000):
        lat, lon = chance.uniform(-70, 70), chance.uniform(-170, 170)
        km = chance.choice((0.5, 3, 10, 30, 120, 600))
        there = round(lat + chance.gauss(0, km / 80), 2), round(lon + chance.gauss(0, km / 50), 2)
        far = distance_km(lat, lon, *there)
        a, b = on_sphere(lat, lon), on_sphere(*there)
        square = sum((p - q) ** 2 for p, q in zip(a, b, strict=True))
        if abs(far - km) > 1e-4:
            assert (square <= chord_squared(km)) == (far <= km)
        cells = cells_within(lat, lon, km)
        if far <= km and cells is not None:
            assert not set(cells).isdisjoint(cell_tokens(*there))


def test_no_cells_at_the_edges_of_the_map() -> None:
    assert cells_within(89.9, 0, 50) is None
    assert cells_within(0, 179.99, 50) is None
    assert cells_within(54.5, 2.2, 10) is not None
