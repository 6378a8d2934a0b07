# SPDX-License-Identifier: AGPL-3.0-or-later
"""A pause as heads tell it, and the receipt of an end: what crosses, what is refused, what wakes who waits."""

from __future__ import annotations

import msgspec
import pytest

from federation.errors import Refused
from federation.feed import PAUSES, Heads, Paused, decode_heads, encode_heads, etag
from federation.letters import Receipt, read_data

PLAIN = Heads((), 1, 2, 0)


def test_a_pause_stands_in_heads_only_while_there_is_one() -> None:
    assert b"paused" not in encode_heads(PLAIN)
    told = msgspec.structs.replace(PLAIN, paused=Paused("repair", "Back on Monday"))
    assert decode_heads(encode_heads(told)) == told
    assert decode_heads(encode_heads(PLAIN)).paused is None


def test_its_beginning_its_end_and_another_reason_wake_who_waits_and_nothing_else_changes_the_tag() -> None:
    tags = [
        etag(msgspec.structs.replace(PLAIN, paused=paused))
        for paused in (None, Paused("repair"), Paused("talk"), Paused("talk", "Soon"))
    ]
    assert len(set(tags)) == 4
    assert etag(PLAIN) == tags[0]


@pytest.mark.parametrize(
    "paused",
    [
        {"why": "x" * 41},
        {"why": "Repair"},
        {"why": "repair", "words": "x" * 201},
        {"why": "repair", "words": "two\nlines"},
        {"why": "repair", "words": "\u202egnorw"},
        {"why": "repair", "more": 1},
        {"words": "no reason"},
    ],
)
def test_what_could_mislead_a_reader_is_refused(paused: object) -> None:
    body = msgspec.json.encode({**msgspec.to_builtins(PLAIN), "paused": paused})
    with pytest.raises(Refused) as no:
        decode_heads(body)
    assert no.value.code == "malformed"


def test_a_reason_of_a_later_version_is_read() -> None:
    assert "later" not in PAUSES
    body = msgspec.json.encode({**msgspec.to_builtins(PLAIN), "paused": {"why": "later"}})
    found = decode_heads(body).paused
    assert found is not None
    assert found.why == "later"


ENTRY = {"topic": "peer-support", "epoch": 1, "index": 2}
PEERING = {"peering": "3o0AtQQPYFXosqpEd2YaYg"}


def test_a_receipt_names_an_entry_or_a_peering() -> None:
    said = read_data("receipt", {"what": "ended", "at": 5, **PEERING}, iat=5)
    assert isinstance(said, Receipt)
    assert (said.what, said.peering) == ("ended", PEERING["peering"])
    assert read_data("receipt", {"what": "erased", "at": 5, **ENTRY}, iat=5)


@pytest.mark.parametrize(
    "data",
    [
        {"what": "ended"},
        {"what": "ended", **ENTRY},
        {"what": "ended", **PEERING, "index": 2},
        {"what": "erased", **PEERING},
        {"what": "erased", **ENTRY, **PEERING},
        {"what": "dead", "topic": "peer-support", "epoch": 1},
        {"what": "ended", "peering": "short"},
    ],
)
def test_a_receipt_that_names_both_or_half_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(Refused) as no:
        read_data("receipt", {**data, "at": 5}, iat=5)
    assert no.value.code == "malformed"
