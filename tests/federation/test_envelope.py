# SPDX-License-Identifier: AGPL-3.0-or-later
"""DSSE: exact bytes, keys from the context, thresholds by distinct key, then issuer, audience and times."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from federation import envelope as dsse
from federation.errors import Refused
from federation.keys import SigningKey
from federation.wire import dumps

Keys = Callable[[str], SigningKey]


@pytest.fixture
def claims(now: int) -> dict[str, Any]:
    return {"iss": "alder.example", "aud": "birch.example", "iat": now, "exp": now + 600, "x": 1}


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.code


def test_the_encoding_is_the_one_that_dsse_prints() -> None:
    """DSSE v1.0.2, its own example (protocol.md there)."""
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


def test_what_was_signed_comes_back_byte_for_byte(make_key: Keys, claims: dict[str, Any], now: int) -> None:
    payload = b'{ "iss" : "alder.example", "iat": %d, "exp": %d }' % (now, now + 9)
    sealed = dsse.sign(dsse.NOTICE, payload, [make_key("doc")])
    verified = dsse.verify(sealed, dsse.NOTICE, "alder.example", [make_key("doc").public], now)
    assert verified.payload == payload
    assert verified.claims == json.loads(payload)
    assert verified.signers == {make_key("doc").kid}


def test_another_byte_type_issuer_or_key_is_untrusted(make_key: Keys, claims: dict[str, Any], now: int) -> None:
    key = make_key("doc")
    sealed = dsse.sign(dsse.NOTICE, dumps(claims), [key])

    def verify(data: bytes, kind: str = dsse.NOTICE, issuer: str = "alder.example", by: SigningKey = key) -> object:
        return dsse.verify(data, kind, issuer, [by.public], now)

    assert verify(sealed)
    assert code_of(lambda: verify(sealed, kind=dsse.LETTER)) == "untrusted"
    assert code_of(lambda: verify(sealed, issuer="birch.example")) == "untrusted"
    assert code_of(lambda: verify(sealed, by=make_key("other"))) == "untrusted"
    members = json.loads(sealed)
    swapped = {**members, "payload": base64.b64encode(dumps({**claims, "x": 2})).decode()}
    assert code_of(lambda: verify(dumps(swapped))) == "untrusted"
    relabelled = {**members, "payloadType": dsse.LETTER}
    assert code_of(lambda: verify(dumps(relabelled), kind=dsse.LETTER)) == "untrusted"


def test_the_keyid_decides_nothing(make_key: Keys, claims: dict[str, Any], now: int) -> None:
    members = json.loads(dsse.sign(dsse.NOTICE, dumps(claims), [make_key("doc")]))
    for keyid in ({}, {"keyid": make_key("other").kid}, {"keyid": "../../etc"}):
        members["signatures"] = [{"sig": members["signatures"][0]["sig"], **keyid}]
        verified = dsse.verify(dumps(members), dsse.NOTICE, "alder.example", [make_key("doc").public], now)
        assert verified.signers == {make_key("doc").kid}


def test_a_threshold_counts_keys_and_not_signatures_or_ids(make_key: Keys, claims: dict[str, Any], now: int) -> None:
    one, two, three = (make_key(name) for name in ("one", "two", "three"))
    members = json.loads(dsse.sign(dsse.NOTICE, dumps(claims), [one]))
    signature = members["signatures"][0]["sig"]
    members["signatures"] = [{"keyid": kid, "sig": signature} for kid in (one.kid, two.kid, "x")]
    keys = [one.public, one.public, two.public, three.public]
    assert code_of(lambda: dsse.verify(dumps(members), dsse.NOTICE, "alder.example", keys, now, 2)) == "untrusted"
    both = dsse.sign(dsse.NOTICE, dumps(claims), [one, three])
    assert dsse.verify(both, dsse.NOTICE, "alder.example", keys, now, 2).signers == {one.kid, three.kid}
    assert code_of(lambda: dsse.verify(both, dsse.NOTICE, "alder.example", keys, now, 0)) == "untrusted"
    assert code_of(lambda: dsse.verify(both, dsse.NOTICE, "alder.example", [], now, 1)) == "untrusted"


def test_a_second_signature_joins_the_first_over_the_same_bytes(make_key: Keys, claims: dict[str, Any]) -> None:
    one, two = make_key("one"), make_key("two")
    sealed = dsse.sign(dsse.PEERING, dumps(claims), [one])
    both = dsse.add_signature(sealed, two)
    opened = dsse.open_envelope(both)
    assert opened.payload == dumps(claims)
    assert opened.signers([one.public, two.public]) == {one.kid, two.kid}
    assert dsse.add_signature(both, two) == both


@pytest.mark.parametrize(
    ("change", "moment", "code"),
    [
        ({}, 0, None),
        ({}, 899, None),
        ({}, 901, "expired"),
        ({}, -300, None),
        ({}, -301, "clock-skew"),
        ({"nbf": 400}, 0, "clock-skew"),
        ({"nbf": 400}, 100, None),
        ({"nbf": 600}, 400, "malformed"),
        ({"exp": 0}, 0, "malformed"),
        ({"exp": None}, 0, "malformed"),
        ({"iat": None}, 0, "malformed"),
        ({"exp": 1.5}, 0, "malformed"),
        ({"exp": True}, 0, "malformed"),
    ],
)
def test_times_are_judged_with_five_minutes_for_honest_clocks(
    make_key: Keys, claims: dict[str, Any], now: int, change: dict[str, Any], moment: int, code: str | None
) -> None:
    for name, value in change.items():
        claims[name] = now + value if type(value) is int else value
    sealed = dsse.sign(dsse.NOTICE, dumps(claims), [make_key("doc")])

    def verify(at: int | None) -> object:
        return dsse.verify(sealed, dsse.NOTICE, "alder.example", [make_key("doc").public], at)

    if code is None:
        assert verify(now + moment)
    else:
        assert code_of(lambda: verify(now + moment)) == code
    assert verify(None), "what was accepted before is read back without judging its times"


def test_a_document_for_another_is_refused(make_key: Keys, claims: dict[str, Any], now: int) -> None:
    sealed = dsse.sign(dsse.LETTER, dumps(claims), [make_key("doc")])
    keys = [make_key("doc").public]
    assert dsse.verify(sealed, dsse.LETTER, "alder.example", keys, now, audience="birch.example")
    call = lambda: dsse.verify(sealed, dsse.LETTER, "alder.example", keys, now, audience="cedar.example")  # noqa: E731
    assert code_of(call) == "wrong-destination"


@pytest.mark.parametrize(
    "change",
    [
        {"payload": None},
        {"payload": "e30"},
        {"payload": "e31="},
        {"payload": "e3 0="},
        {"payloadType": 5},
        {"signatures": {}},
        {"signatures": ["AAAA"]},
        {"signatures": [{"keyid": "x"}]},
        {"signatures": [{"sig": "####"}]},
        {"signatures": [{"sig": "AAAA"}] * 17},
    ],
)
def test_an_envelope_out_of_form_is_malformed(make_key: Keys, claims: dict[str, Any], change: dict[str, Any]) -> None:
    members = json.loads(dsse.sign(dsse.NOTICE, dumps(claims), [make_key("doc")]))
    assert code_of(lambda: dsse.open_envelope(dumps(members | change))) == "malformed"


def test_a_payload_that_is_no_strict_object_is_malformed_though_signed(make_key: Keys, now: int) -> None:
    key = make_key("doc")
    for payload in (b"[]", b'{"iss":"a","iss":"alder.example"}', b"\xff", b""):
        sealed = dsse.sign(dsse.NOTICE, payload, [key])
        with pytest.raises(Refused, match="malformed"):
            dsse.verify(sealed, dsse.NOTICE, "alder.example", [key.public], now)


def test_both_alphabets_of_dsse_are_read_and_further_members_ignored(make_key: Keys, now: int) -> None:
    payload = dumps({"iss": "alder.example", "iat": now, "exp": now + 9, "x": "???>>>ÿÿÿ"})
    members = json.loads(dsse.sign(dsse.NOTICE, payload, [make_key("doc")]))
    url = str.maketrans("+/", "-_")
    members = {
        "payloadType": members["payloadType"],
        "payload": members["payload"].translate(url),
        "signatures": [{"sig": members["signatures"][0]["sig"].translate(url), "cert": "x"}],
        "extra": True,
    }
    assert dsse.verify(dumps(members), dsse.NOTICE, "alder.example", [make_key("doc").public], now).payload == payload


def test_size_is_limited() -> None:
    assert code_of(lambda: dsse.open_envelope(b'{"x":"' + b"a" * 70_000 + b'"}')) == "too-large"


def test_only_the_kinds_of_the_protocol_have_a_type() -> None:
    assert dsse.payload_type("charter") == "application/vnd.commoncare.charter.v1+json"
    with pytest.raises(ValueError):
        dsse.payload_type("poem")
