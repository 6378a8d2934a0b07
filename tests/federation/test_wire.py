# SPDX-License-Identifier: AGPL-3.0-or-later
"""Strict JSON, base64url and node ids: what has two readings is refused, whatever way it is spelled."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import wire
from federation.errors import Refused
from federation.wire import b64, dumps, node_id, parse, unb64

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2.0**52), 2.0**52, allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_we_write_we_read(value: Any) -> None:
    assert parse(dumps(value), depth=40) == value
    assert parse(json.dumps(value, indent=1), depth=40) == value


@settings(max_examples=300)
@given(VALUES, st.data())
def test_the_quick_reading_agrees_with_the_careful_one(value: Any, data: st.DataObject) -> None:
    """Over right texts and ones with a byte put in, taken out or changed."""
    raw = bytearray(dumps(value))
    if raw and data.draw(st.booleans()):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 2))] = data.draw(
            st.sampled_from([b"", b'"', b"\\", b"9" * 9, b"e9", b" "])
        )

    def outcome(read: Any) -> Any:
        try:
            return repr(read(bytes(raw)))
        except (Refused, ValueError, RecursionError):
            return "refused"

    quick = outcome(lambda text: parse(text, depth=40))
    assert quick == outcome(lambda text: wire._careful(text))


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a":1,"\\u0061":2}',
        '{"x":[{"a":1 , "a":1}]}',
        "NaN",
        "[Infinity]",
        "[-Infinity]",
        "1e999",
        "-1e300",
        "9007199254740992",
        "-9007199254740992",
        "9" * 5000,
        '"\\ud800"',
        '{"\\udc00":1}',
        '"\\ud83dx\\ude00"',
        "01",
        "1.",
        ".5",
        "+1",
        "1 2",
        "",
        " ",
        "[1,]",
        "{'a':1}",
        '"\x01"',
        "\ufeff1",
        "\u00a01",
        "nul",
        "/**/1",
    ],
)
def test_json_with_two_readings_is_refused(text: str) -> None:
    for given_as in (text, text.encode("utf-8")):
        with pytest.raises(Refused) as refused:
            parse(given_as)
        assert refused.value.code == "malformed"


@pytest.mark.parametrize("raw", [b"\xff", b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\xaf"', '"a"'.encode("utf-16")])
def test_only_utf_8_is_read(raw: bytes) -> None:
    with pytest.raises(Refused, match="malformed"):
        parse(raw)


def test_a_str_with_half_a_pair_in_it_is_refused() -> None:
    with pytest.raises(Refused, match="malformed"):
        parse('"\ud800"')


def test_numbers_up_to_the_limit_and_pairs_of_surrogates_are_read() -> None:
    assert parse("[9007199254740991,-9007199254740991,-0,1e2,53.72,-2.1]") == [
        2**53 - 1,
        1 - 2**53,
        0,
        100,
        53.72,
        -2.1,
    ]
    assert parse('"\\ud83d\\ude00\\u0000"') == "😀\0"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_sixteen_levels_are_the_limit(opening: str, closing: str) -> None:
    inner = "[]" if opening == "[" else "{}"
    assert parse(opening * 15 + inner + closing * 15)
    for depth in (16, 17, 500, 100_000):
        text = opening * depth + inner + closing * depth
        with pytest.raises(Refused, match="malformed: nested deeper"):
            parse(text, limit=10**6)
    assert parse(dumps([[]] * 500)) == [[]] * 500
    assert parse(dumps(["[[[[[[[[[[[[[[[[[[[["]))


def test_size_is_counted_in_bytes() -> None:
    assert parse('"éé"', limit=6) == "éé"
    for text in ('"éé"', '"éé"'.encode()):
        with pytest.raises(Refused, match="too-large"):
            parse(text, limit=5)


def test_we_write_compact_utf_8_and_nothing_that_we_would_refuse() -> None:
    assert dumps({"a": [1, "é"], "b": None}) == '{"a":[1,"é"],"b":null}'.encode()
    for value in (float("nan"), float("inf"), "\ud800"):
        with pytest.raises(ValueError):
            dumps(value)


@given(st.binary(max_size=70))
def test_bytes_have_one_text(data: bytes) -> None:
    text = b64(data)
    assert "=" not in text
    assert unb64(text) == data == unb64(text, length=len(data))
    with pytest.raises(Refused, match="malformed"):
        unb64(text, length=len(data) + 1)


@given(st.text(alphabet="ABab01-_=+/ \n", max_size=9))
def test_only_the_one_text_is_read(text: str) -> None:
    try:
        data = unb64(text)
    except Refused:
        return
    assert b64(data) == text


@pytest.mark.parametrize("text", ["A", "AA==", "AB", "AAB", "AA A", "A+/A", "AA\n", "ÀA"])
def test_other_spellings_of_base64_are_refused(text: str) -> None:
    with pytest.raises(Refused, match="malformed"):
        unb64(text)


@pytest.mark.parametrize(
    "text",
    [
        "alder.example",
        "a.b",
        "care.alder-co-op.example",
        "xn--bcher-kva.example",
        "1.example",
        "a" * 63 + ".example",
    ],
)
def test_host_names_are_node_ids(text: str) -> None:
    assert node_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "Alder.example",
        "alder.example.",
        "alder.example:443",
        "alder..example",
        ".example",
        "-a.example",
        "a-.example",
        "a_b.example",
        "192.0.2.1",
        "1.2",
        "10.0.0.0x7f",
        "example.0x",
        "[2001:db8::1]",
        "аlder.example",
        "bücher.example",
        "alder.example\n",
        "a@b.example",
        "a/b.example",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
        None,
    ],
)
def test_what_is_not_plainly_a_host_name_is_no_node_id(text: Any) -> None:
    with pytest.raises(Refused, match="malformed"):
        node_id(text)
