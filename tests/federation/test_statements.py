# SPDX-License-Identifier: AGPL-3.0-or-later
"""Statements come back as they were, and whatever lies beyond their limits is refused by the name of its field."""

from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import wire
from federation.errors import Refused
from federation.statements import (
    Area,
    Availability,
    Fact,
    PeerSupport,
    clean,
    common,
    decode,
    encode,
    metrics,
    round_place,
)

from .making import declaring

OFFER = PeerSupport(
    kind="one_to_one",
    topics=("stroke", "birch.example:allotment"),
    have="I had a stroke in 2021. Words were slow to come back.",
    how="We talk about getting out again.\nSilence is fine with me.",
    limits="No forms or money. Not evenings.",
    ways=("phone", "message", "public_place"),
    languages=("en", "ur", "zh-Hant", "bfi"),
    area=Area(name="Ferry Row", lat=54.52, lon=2.26),
    times="mornings",
    places=2,
    open=1,
    replies=3,
    checked_on=1_790_000_000,
    revision=4,
)
GROUP = msgspec.structs.replace(OFFER, kind="group", ways=("phone_group",), places=40, away_until=1_790_500_000)
WORKER = Availability(
    worker="AAECAwQFBgcICQoLDA0ODw",
    area=Area(name="Ferry Row", lat=54.52, lon=2.26),
    skills=("moving-and-handling", "bsl"),
    languages=("en",),
    windows=("2026-11-23/am", "2026-11-23/pm", "2026-11-30/am"),
    revision=1,
)


@pytest.mark.parametrize("said", [OFFER, GROUP, WORKER])
def test_a_statement_comes_back(said):
    topic = "availability" if said is WORKER else "peer-support"
    data = encode(said)
    assert decode(topic, data) == said
    assert decode(topic, wire.parse(data) | {"later": {"member": 1}}) == said
    assert ("away_until" in wire.parse(data)) is (said is GROUP)


def refuses(topic: str, said, path: str, **changes) -> None:
    data = wire.parse(encode(said)) | changes
    data = {name: value for name, value in data.items() if value is not None}
    with pytest.raises(Refused) as caught:
        decode(topic, data)
    assert caught.value.code == "malformed"
    assert caught.value.cause.split(":")[0] == path
    for value in changes.values():
        if isinstance(value, str) and len(value) > 3:
            assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("$.kind", {"kind": "a pair"}),
        ("$", {"kind": None}),
        ("$.topics", {"topics": []}),
        ("$.topics", {"topics": ["stroke", "stroke"]}),
        ("$.topics", {"topics": [f"t{at}" for at in range(9)]}),
        ("$.topics[1]", {"topics": ["stroke", "Stroke"]}),
        ("$.topics[0]", {"topics": ["stroke\n"]}),
        ("$.topics[0]", {"topics": ["-stroke"]}),
        ("$.topics[0]", {"topics": ["s" * 41]}),
        ("$.topics", {"topics": ["127.0.0.1:stroke"]}),
        ("$.topics", {"topics": ["birch:stroke"]}),
        ("$.have", {"have": "x" * 601}),
        ("$.have", {"have": "\U0001f642" * 451}),
        ("$.have", {"have": 7}),
        ("$.have", {"have": "evil \u202e live"}),
        ("$.how", {"how": "beep \x07"}),
        ("$.how", {"how": "tab\there"}),
        ("$.limits", {"limits": "zero\u200bwidth"}),
        ("$.limits", {"limits": "\ufeffmark"}),
        ("$.times", {"times": "two\nlines"}),
        ("$.times", {"times": "x" * 201}),
        ("$.ways", {"ways": []}),
        ("$.ways[0]", {"ways": ["at_home"]}),
        ("$.ways", {"ways": ["phone", "phone"]}),
        ("$.ways", {"ways": ["phone", "phone_group"]}),
        ("$.languages[0]", {"languages": ["english"]}),
        ("$.languages[0]", {"languages": ["EN"]}),
        ("$.languages", {"languages": []}),
        ("$.area.lat", {"area": {"name": "Ferry Row", "lat": 91, "lon": 2.26}}),
        ("$.area", {"area": {"name": "Ferry Row", "lat": 54.51, "lon": 2.26}}),
        ("$.area", {"area": {"name": "Ferry Row", "lat": 54.5200001, "lon": 2.26}}),
        ("$.area.name", {"area": {"name": "", "lat": 54.52, "lon": 2.26}}),
        ("$.area.name", {"area": {"name": "Ferry\nRow", "lat": 54.52, "lon": 2.26}}),
        ("$.area.name", {"area": {"name": "Ferry \u2066Row", "lat": 54.52, "lon": 2.26}}),
        ("$.places", {"places": 21}),
        ("$.places", {"places": -1}),
        ("$.places", {"places": True}),
        ("$.open", {"open": 3}),
        ("$.replies", {"replies": 0}),
        ("$.replies", {"replies": "within 3 days"}),
        ("$.away_until", {"away_until": 0}),
        ("$.checked_on", {"checked_on": 1_790_000_000.5}),
        ("$.revision", {"revision": 0}),
        ("$", {"revision": None}),
    ],
)
def test_an_offer_keeps_its_limits(path, changes):
    refuses("peer-support", OFFER, path, **changes)


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("$.worker", {"worker": "tomasz"}),
        ("$.windows", {"windows": []}),
        ("$.windows[0]", {"windows": ["2026-11-23/night"]}),
        ("$.windows", {"windows": ["2026-02-30/am"]}),
        ("$.windows", {"windows": ["2026-11-23/pm", "2026-11-23/am"]}),
        ("$.windows", {"windows": ["2026-11-23/pm", "2026-11-23/pm"]}),
        ("$.windows", {"windows": ["2026-11-23/am", "2026-12-07/am"]}),
        ("$.skills[0]", {"skills": ["Moving"]}),
        ("$.skills", {"skills": ["bsl", "bsl"]}),
        ("$.area", {"area": {"name": "Ferry Row", "lat": 54.53, "lon": 2.26}}),
    ],
)
def test_availability_keeps_its_limits(path, changes):
    refuses("availability", WORKER, path, **changes)


@pytest.mark.parametrize("form", declaring.FORMS)
def test_a_declared_fact_comes_back(form):
    data = declaring.fact(form)
    said = decode("metrics", data)
    assert wire.parse(encode(said)) == data
    assert decode("metrics", encode(said) if form == "size" else said) == said


@pytest.mark.parametrize("case", declaring.facts(), ids=lambda case: case["name"])
def test_a_declared_fact_keeps_its_limits(case):
    data = case["input"]["data"]
    if "value" in case["expected"]:
        assert wire.parse(encode(decode("metrics", data))) == case["expected"]["value"]
        return
    with pytest.raises(Refused) as caught:
        decode("metrics", data)
    assert caught.value.code == "malformed"
    # Neither by the quick way, on which it was read as the topic's own type.
    with pytest.raises((Refused, msgspec.ValidationError)):
        decode("metrics", msgspec.convert(data, Fact))


def test_the_longest_fact_fits_into_an_entry():
    rates = [{"care": f"{'c' * 38}{n:02}", "paid": 100_000, "charged": 100_000} for n in range(20)]
    assert len(encode(decode("metrics", declaring.fact("rates", rates=rates)))) < wire.ENTRY_LIMIT
    assert set(metrics.THEMES) == set(metrics.GRADES) == set(get_args(metrics.Regulator))


def test_a_group_may_have_what_two_may_not():
    assert decode("peer-support", encode(GROUP)) == GROUP


def test_every_script_fits_in_full():
    for letter in ("é", "ش", "語"):
        said = msgspec.structs.replace(OFFER, have=letter * 600)
        assert decode("peer-support", encode(said)) == said
    joined = msgspec.structs.replace(OFFER, have="می\u200cخواهم \U0001f469\u200d\U0001f9bd")
    assert decode("peer-support", encode(joined)) == joined


def test_nothing_is_encoded_that_no_reader_takes():
    with pytest.raises(Refused) as caught:
        encode(msgspec.structs.replace(OFFER, have="x" * 601))
    assert caught.value.cause.startswith("$.have")


@pytest.mark.parametrize(
    ("topic", "data"), [("trust", b"{}"), ("letters", b"{}"), ("peer-support", b"[]"), ("peer-support", b"{")]
)
def test_what_is_no_statement_is_refused(topic, data):
    with pytest.raises(Refused) as caught:
        decode(topic, data)
    assert caught.value.code == "malformed"


@given(st.text())
def test_what_was_cleaned_may_be_said(text):
    words = clean(text)[:600]
    said = msgspec.structs.replace(OFFER, have=words, times=clean(text, line=True)[:200])
    if len(words.encode()) <= 1800 and len(said.times.encode()) <= 600:
        assert decode("peer-support", encode(said)) == said
    assert clean(clean(text)) == clean(text)


def test_cleaning_keeps_the_words():
    assert clean("  a\r\nb\tc\u202e\u200bd\x00 ") == "a\nb cd"
    assert clean("a\nb", line=True) == "a b"


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_place_is_rounded_to_its_neighbourhood_once(lat, lon):
    near = round_place(lat, lon)
    assert abs(near[0] - lat) <= 0.0100001
    assert abs(near[1] - lon) <= 0.0100001
    assert round_place(*near) == near
    area = Area(name="Ferry Row", lat=near[0], lon=near[1])
    said = msgspec.structs.replace(OFFER, area=area)
    assert decode("peer-support", encode(said)) == said


@pytest.mark.parametrize("place", [(91, 0), (0, 181), (float("nan"), 0), (0, float("inf"))])
def test_what_is_no_place_is_an_error(place):
    with pytest.raises(ValueError):
        round_place(*place)


def test_no_printable_character_is_forbidden() -> None:
    """The check of texts looks at unprintable ones alone; this is why it may."""
    wrong = [code for code in range(0x110000) if chr(code).isprintable() and common._forbidden.search(chr(code))]
    assert wrong == []
