# SPDX-License-Identifier: AGPL-3.0-or-later
"""Origins, leaves, bodies, control entries and pages: what is written comes back, what was touched is noticed."""

import hashlib
import hmac
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import merkle, statements, wire
from federation.errors import Refused
from federation.feed import (
    Absent,
    Close,
    Control,
    Open,
    Origin,
    Put,
    Withdraw,
    absent,
    decode_control,
    decode_page,
    encode_control,
    encode_page,
    leaf,
    leaf_hashes,
    make_put,
    read_put,
    renew_put,
)
from tests.support_offers import offers

EPOCH = 1_790_000_000
ORIGIN = Origin("alder.example", "peer-support", EPOCH)
SALT = bytes(range(32))
ID = bytes(range(16))
DAY = 86_400


def a_put(*, data: bytes = b'{"have":"a stroke"}', iat: int = EPOCH, days: float = 60, salt: bytes = SALT) -> Put:
    expires = iat + int(days * DAY)
    return make_put("peer-support", id=ID, iat=iat, data=data, expires=expires, salt=salt)


def refused(code: str, act, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code
    return caught.value


def test_an_origin_is_its_text():
    assert str(ORIGIN) == "alder.example/commoncare/peer-support/1790000000"
    assert Origin.parse(str(ORIGIN)) == ORIGIN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alder.example/commoncare/peer-support",
        "alder.example/commoncare/peer-support/01790000000",
        "alder.example/commoncare/peer-support/0",
        "alder.example/commoncare/peer-support/-1",
        "alder.example/commoncare/peer-support/1790000000/",
        "alder.example/commoncare/peer-support/9007199254740992",
        "alder.example/commoncare/letters/1790000000",
        "alder.example/elsewhere/peer-support/1790000000",
        "Alder.example/commoncare/peer-support/1790000000",
        "127.0.0.1/commoncare/peer-support/1790000000",
        "alder/commoncare/peer-support/1790000000",
        "alder.example/commoncare/peer-support/1790000000\n",
        "alder.example/commoncare/peer-support/١٧٩",
    ],
)
def test_other_origins_are_refused(text):
    refused("malformed", Origin.parse, text)


def test_the_leaf_is_what_the_protocol_says():
    put = a_put()
    mac = hmac.new(SALT, b"commoncare/1 entry\0" + str(ORIGIN).encode() + b"\0" + put.body, hashlib.sha256).digest()
    assert leaf(ORIGIN, put) == b"\x00" + put.expires.to_bytes(8, "big") + mac
    assert absent(ORIGIN, put) == Absent(put.expires, mac)
    control = encode_control(Close("leaving"))
    assert leaf(ORIGIN, control) == b"\x01" + control.body


def test_a_body_taken_away_leaves_the_leaf_as_it_was():
    entries = [a_put(), encode_control(Close("age")), a_put(salt=b"\7" * 32)]
    hashes = leaf_hashes(ORIGIN, entries)
    assert hashes == [merkle.leaf_hash(leaf(ORIGIN, entry)) for entry in entries]
    assert leaf_hashes(ORIGIN, [absent(ORIGIN, entries[0]), *entries[1:]]) == hashes
    assert len(set(hashes)) == 3


@given(st.integers(0, 2**63 - 1))
def test_every_bit_of_a_put_is_in_its_leaf(seed):
    put = a_put()
    whole = bytearray(put.expires.to_bytes(8, "big") + put.salt + put.body)
    bit = seed % (len(whole) * 8)
    whole[bit // 8] ^= 1 << bit % 8
    changed = Put(int.from_bytes(whole[:8], "big"), bytes(whole[8:40]), bytes(whole[40:]))
    assert leaf_hashes(ORIGIN, [changed]) != leaf_hashes(ORIGIN, [put])
    elsewhere = Origin("birch.example", "peer-support", EPOCH)
    later = Origin("alder.example", "peer-support", EPOCH + 1)
    assert leaf_hashes(elsewhere, [put]) != leaf_hashes(ORIGIN, [put]) != leaf_hashes(later, [put])


def test_a_put_is_read_back():
    record = read_put("peer-support", a_put(), now=EPOCH)
    assert (record.id, record.iat, record.data) == (wire.b64(ID), EPOCH, {"have": "a stroke"})
    renewed = read_put("peer-support", renew_put("peer-support", record, iat=EPOCH + 9, expires=EPOCH + 99, salt=SALT))
    assert (renewed.id, renewed.iat, renewed.data) == (record.id, EPOCH + 9, record.data)


@pytest.mark.parametrize(
    ("topic", "days"), [("availability", 7), ("peer-support", 90), ("metrics", 400), ("trust", 400)]
)
def test_an_expiry_has_a_cap_for_each_topic(topic, days):
    cap = {"id": ID, "iat": EPOCH, "data": b"{}", "salt": SALT}
    put = make_put(topic, expires=EPOCH + days * DAY, **cap)
    assert read_put(topic, put).iat == EPOCH
    refused("malformed", make_put, topic, expires=EPOCH + days * DAY + 1, **cap)
    refused("malformed", make_put, topic, expires=EPOCH, **cap)


HEAD = b'{"id":"AAECAwQFBgcICQoLDA0ODw","iat":1790000000,"data":'


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        (HEAD + b"{}}", True),
        (b'{"iat":1790000000, "id":"AAECAwQFBgcICQoLDA0ODw", "data":{}}', True),
        (HEAD + b'{},"other":[1,2]}', True),
        (HEAD + b'{"lat":54.52}}', True),
        (HEAD + b'{"a":[[[[[[[[[[1]]]]]]]]]]}}', True),
        (HEAD + b'{"a":1,"a":2}}', False),
        (HEAD + b'{},"data":{}}', False),
        (HEAD + b'{"a":9007199254740992}}', False),
        (HEAD + b'{"a":1e300}}', False),
        (HEAD + b'{"a":NaN}}', False),
        (HEAD + b'{"a":"\\ud800"}}', False),
        (HEAD + b'{"a":"\xff"}}', False),
        (HEAD + b'{"a":' + b"[" * 20 + b"]" * 20 + b"}}", False),
        (HEAD + b"[]}", False),
        (HEAD + b"{}", False),
        (HEAD + b'{"a":"' + b"x" * 16_384 + b'"}}', False),
        (b'{"id":"AAECAwQFBgcICQoLDA0ODx","iat":1790000000,"data":{}}', False),  # stray bits
        (b'{"id":"AAECAwQFBgcICQoLDA0OD","iat":1790000000,"data":{}}', False),
        (b'{"id":"AAECAwQFBgcICQoLDA0ODw","iat":true,"data":{}}', False),
        (b'{"id":"AAECAwQFBgcICQoLDA0ODw","iat":1790000000.0,"data":{}}', False),
        (b'{"iat":1790000000,"data":{}}', False),
        (b"[]", False),
        (b"", False),
    ],
)
def test_bodies_are_read_strictly(body, taken):
    put = Put(EPOCH + DAY, SALT, body)
    if taken:
        assert read_put("peer-support", put).data == json.loads(body)["data"]
    else:
        with pytest.raises(Refused) as caught:
            read_put("peer-support", put)
        assert caught.value.code in ("malformed", "too-large")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8"), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from("abc"), values, max_size=3), st.sampled_from([None, 1]), st.booleans())
def test_the_quick_reading_of_bodies_says_what_the_strict_one_says(data, indent, ascii_only):
    separators = None if indent else (",", ":")
    text = json.dumps(data, indent=indent, ensure_ascii=ascii_only, separators=separators)
    body = HEAD + text.encode("utf-8", "surrogatepass") + b"}"
    try:
        strict = repr(wire.parse(body, limit=wire.ENTRY_LIMIT)["data"])
    except Refused as refusal:
        strict = refusal.code
    try:
        quick = repr(read_put("peer-support", Put(EPOCH + DAY, SALT, body)).data)
    except Refused as refusal:
        quick = refusal.code
    assert quick == strict


@pytest.mark.parametrize(
    "touch",
    [
        lambda data: data,
        lambda data: data.replace(b'"kind":', b'"kind" :', 1),
        lambda data: b'{"more":1,' + data[1:],
        lambda data: data[:-1] + b',"kind":"group"}',
        lambda data: data.replace(b'"open":', b'"open":1e0,"was":', 1),
        lambda data: data.replace(b'"open":', b'"open":-', 1),
        lambda data: data.replace(b"Salt", b"\\u0053alt"),
        lambda data: data.replace(b'"places":', b'"places":99999999999999999999,"was":', 1),
        lambda data: data.replace(b'"have":"', b'"have":"\\ud800', 1),
    ],
)
def test_an_offer_is_read_as_its_type_only_where_the_strict_reading_says_the_same(touch):
    for made in offers(3, 20, now=EPOCH, nodes=1):
        ours = statements.encode(msgspec.convert(made.statement, statements.PeerSupport))
        body = b'{"id":"AAECAwQFBgcICQoLDA0ODw","iat":1790000000,"data":' + touch(ours) + b"}"
        try:
            strict = wire.parse(body, limit=wire.ENTRY_LIMIT)["data"]
        except Refused as refusal:
            refused(refusal.code, read_put, "peer-support", Put(EPOCH + DAY, SALT, body))
            continue
        data = read_put("peer-support", Put(EPOCH + DAY, SALT, body)).data
        typed = isinstance(data, statements.PeerSupport)
        assert typed == (touch(ours) == ours)
        assert (json.loads(statements.write(data)) if typed else data) == strict


def test_an_entry_from_the_future_is_refused():
    read_put("peer-support", a_put(iat=EPOCH + 300), now=EPOCH)
    refused("clock-skew", read_put, "peer-support", a_put(iat=EPOCH + 301), now=EPOCH)


EMPTY = wire.b64(merkle.EMPTY_ROOT)


@pytest.mark.parametrize(
    "body",
    [
        Open(0, 0, EMPTY, "first", 3),
        Open(EPOCH - 5, 17, wire.b64(SALT), "restore", 0),
        Withdraw(((EPOCH, 1), (EPOCH - 5, 0)), True),
        Close("age"),
    ],
)
def test_control_entries_come_back(body):
    assert decode_control(encode_control(body)) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"type":"renew"}',
        b'{"type":7}',
        b'{"type":["open"]}',
        b'{"type":"close"}',
        b'{"type":"close","reason":"whim"}',
        b'{"type":"close","reason":"age","reason":"key"}',
        b'{"type":"withdraw","at":[],"receipt":false}',
        b'{"type":"withdraw","at":[[1]],"receipt":false}',
        b'{"type":"withdraw","at":[[1,-1]],"receipt":false}',
        b'{"type":"withdraw","at":[[0,1]],"receipt":false}',
        b'{"type":"withdraw","at":[[1,2],[1,2]],"receipt":false}',
        b'{"type":"withdraw","at":[[1,2]],"receipt":1}',
        b'{"type":"withdraw","at":[[1,2]]}',
        b'{"type":"withdraw","at":[' + b",".join(b"[1,%d]" % at for at in range(501)) + b'],"receipt":false}',
        b'{"type":"open","prev_epoch":0,"prev_size":0,"prev_root":"AA","reason":"first","live":0}',
        b'{"type":"open","prev_epoch":5,"prev_size":0,"prev_root":"%b","reason":"first","live":0}' % EMPTY.encode(),
        b'{"type":"open","prev_epoch":0,"prev_size":0,"prev_root":"%b","reason":"age","live":0}' % EMPTY.encode(),
        b'{"type":"open","prev_epoch":0,"prev_size":0,"prev_root":"%b","reason":"first","live":-1}' % EMPTY.encode(),
    ],
)
def test_other_control_entries_are_refused(body):
    refused("malformed", decode_control, Control(body))


def test_members_that_are_not_named_are_ignored_in_a_control_entry():
    assert decode_control(Control(b'{"type":"close","reason":"age","note":1}')) == Close("age")


times = st.integers(0, 2**53 - 1)
bodies = st.text(st.characters(codec="utf-8"), max_size=60).map(str.encode)
entries = st.one_of(
    st.builds(Put, times, st.binary(min_size=32, max_size=32), bodies),
    st.builds(Absent, times, st.binary(min_size=32, max_size=32)),
    st.builds(Control, bodies),
)


@given(st.lists(entries, min_size=1, max_size=20))
def test_a_page_comes_back(run):
    page, taken = encode_page(run)
    assert (decode_page(page), taken) == (run, len(run))
    # Another node may write the same page differently.
    assert decode_page(json.dumps(json.loads(page), indent=1, sort_keys=True).encode()) == run


def test_a_page_stops_at_a_thousand_entries():
    page, taken = encode_page([a_put()] * 1001)
    assert taken == len(decode_page(page)) == 1000


def test_a_page_stops_at_a_mebibyte_and_is_never_empty():
    worst = Control(b'"' * wire.ENTRY_LIMIT)  # every byte needs an escape
    page, taken = encode_page([worst] * 1000)
    assert taken == len(decode_page(page))
    assert wire.PAGE_LIMIT - 40_000 < len(page) <= wire.PAGE_LIMIT
    assert encode_page([worst])[1] == 1
    with pytest.raises(ValueError):
        encode_page([])


C32 = wire.b64(SALT)


@pytest.mark.parametrize(
    "page",
    [
        "",
        "[]",
        "{}",
        '{"entries":[]}',
        '{"entries":{}}',
        '{"entries":[{}]}',
        '{"entries":[{"body":"x"}],"more":1}',
        '{"entries":[{"body":"x","extra":1}]}',
        '{"entries":[{"body":"x","body":"y"}]}',
        '{"entries":[{"body":"x"}],"entries":[{"body":"x"}]}',
        '{"entries":[{"body":null}]}',
        '{"entries":[{"expires":1,"body":"x"}]}',
        f'{{"entries":[{{"salt":"{C32}","body":"x"}}]}}',
        f'{{"entries":[{{"expires":1,"salt":"{C32}"}}]}}',
        f'{{"entries":[{{"c":"{C32}"}}]}}',
        f'{{"entries":[{{"expires":1,"c":"{C32}","body":"x"}}]}}',
        f'{{"entries":[{{"expires":1,"c":"{C32}","salt":"{C32}"}}]}}',
        f'{{"entries":[{{"expires":-1,"c":"{C32}"}}]}}',
        f'{{"entries":[{{"expires":1.0,"c":"{C32}"}}]}}',
        f'{{"entries":[{{"expires":true,"c":"{C32}"}}]}}',
        f'{{"entries":[{{"expires":9007199254740992,"c":"{C32}"}}]}}',
        f'{{"entries":[{{"expires":1,"c":"{C32}="}}]}}',
        f'{{"entries":[{{"expires":1,"c":"{C32[:-1]}"}}]}}',
        f'{{"entries":[{{"expires":1,"c":"{C32[:-1]}9"}}]}}',  # stray bits
        '{"entries":[{"body":"\\ud800"}]}',
        '{"entries":[' + ",".join(['{"body":"x"}'] * 1001) + "]}",
        '{"entries":' + "[" * 100_000,
    ],
)
def test_other_pages_are_refused(page):
    refused("malformed", decode_page, page.encode())


def test_a_long_page_is_refused_unread():
    refused("too-large", decode_page, b"x" * (wire.PAGE_LIMIT + 1))
