# SPDX-License-Identifier: AGPL-3.0-or-later
"""A letter reaches the node it was sealed for, whole, from whom it says, once; every other way it is refused."""

import dataclasses
import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation import envelope, letters, wire
from federation.errors import Refused
from federation.keys import LetterKey, SigningKey
from federation.letters import Accept, Ask, Concern, Decline, End, Message, Plan, Receipt, Share

NOW = 1_790_000_000
DAY = 86_400
ALDER, BIRCH, CEDAR = "alder.example", "birch.example", "cedar.example"
DOC = SigningKey.from_seed(b"\x11" * 32)
OTHER_DOC = SigningKey.from_seed(b"\x12" * 32)
BOX = LetterKey.from_seed(b"\x21" * 32)
OTHER_BOX = LetterKey.from_seed(b"\x22" * 32)
JTI = wire.b64(b"\x31" * 16)
THREAD = wire.b64(b"\x32" * 16)
ASK = Ask(
    offer=wire.b64(b"\x33" * 16),
    revision=4,
    topics=("stroke",),
    needs="Large print, please.",
    message="I would like to talk with somebody who knows.",
    asker_ref=wire.b64(b"\x34" * 32),
    answer_by=NOW + 21 * DAY,
)
EVERY = {
    "introduction.ask": ASK,
    "introduction.accept": Accept(quick="yes-ring-me", words="Mornings are best."),
    "introduction.decline": Decline(quick="not-today"),
    "introduction.message": Message(no=3, words="See you there.", quick="thank-you"),
    "introduction.share": Share(step="values", fields=("phone",), values={"phone": "01632 960201"}),
    "introduction.plan": Plan(place_kind="public_place", where="Library cafe", at=NOW + DAY, who_knows="Ruth"),
    "introduction.end": End(how="left", words="We are sorry."),
    "concern": Concern(words="A message frightened somebody.", urgency="today", about=THREAD, reach="Ring Peter"),
    "receipt": Receipt(what="erased", topic="peer-support", epoch=NOW - 100, index=7, at=NOW),
}


def seal(kind: str = "introduction.ask", data=ASK, **other) -> letters.Sealed:
    given_ = {"me": ALDER, "to": BIRCH, "jti": JTI, "now": NOW, "exp": NOW + 7 * DAY}
    keys = {"doc_key": DOC, "letter_key": BOX.public}
    return letters.seal(kind, other.pop("thread", THREAD), data, **(given_ | keys | other))


def unseal(
    outer: bytes, *, key: LetterKey = BOX, docs=(DOC.public,), me: str = BIRCH, now: int = NOW
) -> letters.Letter:
    return letters.unseal(letters.open_outer(outer), key, docs, me, now)


def refused(code: str, act, *args, **kwargs) -> None:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    assert caught.value.code == code


def crafted(claims: dict, *, payload: bytes | None = None, doc: SigningKey = DOC, kind: str = envelope.LETTER) -> bytes:
    """An outer letter around claims that `seal` would not write."""
    whole = {"iss": ALDER, "aud": BIRCH, "jti": JTI, "iat": NOW, "exp": NOW + DAY} | claims
    inner = envelope.sign(kind, wire.dumps(whole) if payload is None else payload, [doc])
    return letters.reseal(inner, me=ALDER, to=BIRCH, jti=JTI, letter_key=BOX.public)


GOOD = {"kind": "introduction.decline", "thread": THREAD, "data": {"quick": ""}}


@pytest.mark.parametrize("kind", list(letters.KINDS))
def test_a_letter_of_every_kind_arrives_whole(kind):
    sealed = seal(kind, EVERY[kind])
    payload = envelope.open_envelope(sealed.inner).payload
    assert sealed.digest == hashlib.sha256(payload).digest()
    assert unseal(sealed.outer) == letters.Letter(
        sender=ALDER,
        kind=kind,
        thread=THREAD,
        data=EVERY[kind],
        jti=JTI,
        iat=NOW,
        exp=NOW + 7 * DAY,
        digest=sealed.digest,
    )


def test_nothing_of_the_words_is_seen_from_outside():
    sealed = seal()
    assert set(json.loads(sealed.outer)) == {"v", "from", "to", "jti", "enc_kid", "ct"}
    ct = wire.unb64(json.loads(sealed.outer)["ct"])
    for secret in (b"stroke", b"introduction", THREAD.encode(), ASK.message.encode()):
        assert secret in envelope.open_envelope(sealed.inner).payload
        assert secret not in sealed.outer
        assert secret not in ct


def test_the_same_inner_bytes_go_to_a_new_key():
    sealed = seal()
    again = letters.reseal(sealed.inner, me=ALDER, to=BIRCH, jti=JTI, letter_key=OTHER_BOX.public)
    refused("unknown-enc-key", unseal, again)
    assert unseal(again, key=OTHER_BOX) == unseal(sealed.outer)


def test_a_letter_forwarded_or_resealed_is_refused():
    sealed = seal()
    refused("wrong-destination", unseal, sealed.outer, me=CEDAR)
    # Birch opens it and seals the inner bytes to Cedar, in Alder's name.
    onward = letters.reseal(sealed.inner, me=ALDER, to=CEDAR, jti=JTI, letter_key=OTHER_BOX.public)
    refused("wrong-destination", unseal, onward, key=OTHER_BOX, me=CEDAR)
    # Or in its own: Alder's signature is not one of Birch's keys, and Alder is not the issuer expected.
    own = letters.reseal(sealed.inner, me=CEDAR, to=BIRCH, jti=JTI, letter_key=BOX.public)
    refused("untrusted", unseal, own, docs=[OTHER_DOC.public])
    refused("untrusted", unseal, own)
    # Or under another id, to have it take effect twice.
    twice = letters.reseal(sealed.inner, me=ALDER, to=BIRCH, jti=THREAD, letter_key=BOX.public)
    refused("untrusted", unseal, twice)


def test_anybody_can_seal_and_nobody_is_believed_for_it():
    refused("untrusted", unseal, crafted(GOOD, doc=OTHER_DOC))
    refused("untrusted", unseal, crafted(GOOD, kind=envelope.NOTICE))
    refused("untrusted", unseal, seal().outer, docs=[])
    box = letters.reseal(b"not an envelope", me=ALDER, to=BIRCH, jti=JTI, letter_key=BOX.public)
    refused("malformed", unseal, box)


def test_a_cover_that_was_changed_does_not_open():
    outer = letters.open_outer(seal().outer)
    for change in ({"sender": CEDAR}, {"jti": THREAD}):
        refused(
            "untrusted",
            letters.unseal,
            msgspec.structs.replace(outer, **change),
            BOX,
            [DOC.public],
            BIRCH,
            NOW,
        )
    moved = msgspec.structs.replace(outer, to=CEDAR)
    refused("untrusted", letters.unseal, moved, BOX, [DOC.public], CEDAR, NOW)


@given(st.integers(0, 2**31))
def test_no_bit_of_a_letter_may_change(seed):
    outer = bytearray(SEALED.outer)
    bit = seed % (len(outer) * 8)
    outer[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Refused):
        unseal(bytes(outer))


SEALED = seal()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": CEDAR}, "untrusted"),
        ({"aud": CEDAR}, "wrong-destination"),
        ({"aud": [BIRCH]}, "wrong-destination"),
        ({"jti": THREAD}, "untrusted"),
        ({"jti": None}, "untrusted"),
        ({"exp": NOW + 7 * DAY + 1}, "malformed"),
        ({"exp": NOW}, "malformed"),
        ({"exp": None}, "malformed"),
        ({"iat": NOW + 301, "exp": NOW + DAY}, "clock-skew"),
        ({"iat": 0}, "malformed"),
        ({"iat": "now"}, "malformed"),
        ({"kind": "introduction.gossip"}, "malformed"),
        ({"kind": "cover.ask"}, "malformed"),
        ({"kind": ["concern"]}, "malformed"),
        ({"thread": None}, "malformed"),
        ({"thread": "short"}, "malformed"),
        ({"data": None}, "malformed"),
        ({"data": {"quick": "because I say so"}}, "malformed"),
    ],
)
def test_claims_are_judged(change, code):
    assert unseal(crafted(GOOD)).data == Decline()
    assert unseal(crafted(GOOD | {"more": 1})).data == Decline()
    refused(code, unseal, crafted(GOOD | change))


def test_the_inner_payload_is_strict_json():
    payload = wire.dumps({"iss": ALDER, "aud": BIRCH, "jti": JTI, "iat": NOW, "exp": NOW + DAY} | GOOD)
    assert unseal(crafted({}, payload=payload)).data == Decline()
    refused("malformed", unseal, crafted({}, payload=payload[:-1] + b',"aud":"birch.example"}'))


def test_a_letter_arrives_once_and_is_acknowledged_after_its_end():
    letter = unseal(SEALED.outer, now=letters_end())
    assert letters.judge_arrival(letter, None, letters_end()) is True
    assert letters.judge_arrival(letter, letter.digest, letters_end() + 29 * DAY) is False
    refused("expired", letters.judge_arrival, letter, None, letters_end() + 301)
    refused("letter-conflict", letters.judge_arrival, letter, b"\0" * 32, NOW)
    other = dataclasses.replace(letter, digest=b"\1" * 32)
    refused("letter-conflict", letters.judge_arrival, other, letter.digest, NOW)


def letters_end() -> int:
    return NOW + 7 * DAY


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2},
        {"v": "1"},
        {"more": 1},
        {"from": "Alder.example"},
        {"to": "127.0.0.1"},
        {"jti": JTI + "A"},
        {"jti": JTI[:-1] + "B"},
        {"enc_kid": "short"},
        {"ct": None},
    ],
)
def test_the_cover_is_read_strictly(change):
    outer = json.loads(SEALED.outer)
    refused("malformed", letters.open_outer, json.dumps(outer | change).encode())
    refused("malformed", letters.open_outer, SEALED.outer[:-1] + b',"to":"birch.example"}')


@pytest.mark.parametrize("ct", ["", "AAAA", "A" * 63, "A" * 64, "A" * 200, "=", "ä"])
def test_a_ct_that_is_none_is_refused(ct):
    outer = msgspec.structs.replace(letters.open_outer(SEALED.outer), ct=ct)
    with pytest.raises(Refused):
        letters.unseal(outer, BOX, [DOC.public], BIRCH, NOW)


def test_64_kib_are_the_end():
    refused("too-large", letters.open_outer, SEALED.outer + b" " * wire.LETTER_LIMIT)
    inner = b"x" * 50_000
    refused("too-large", letters.reseal, inner, me=ALDER, to=BIRCH, jti=JTI, letter_key=BOX.public)
    longest = Concern(words="語" * 4000, urgency="soon")
    assert unseal(seal("concern", longest).outer).data == longest


def test_nothing_is_sealed_that_the_receiver_would_refuse():
    refused("malformed", seal, exp=NOW + 7 * DAY + 1)
    refused("malformed", seal, exp=NOW)
    refused("malformed", seal, thread="short")
    refused("malformed", seal, jti="short")
    refused("malformed", seal, to="Birch")
    refused("malformed", seal, "introduction.message", Message(no=1, words="x" * 2001))
    for kind in ("introduction.accept", "introduction.gossip"):
        with pytest.raises(ValueError):
            seal(kind, Decline())


@pytest.mark.parametrize(
    ("kind", "path", "change"),
    [
        ("introduction.ask", "$.answer_by", {"answer_by": NOW + 21 * DAY + 1}),
        ("introduction.ask", "$.topics", {"topics": ["stroke", "stroke"]}),
        ("introduction.ask", "$.asker_ref", {"asker_ref": "short"}),
        ("introduction.ask", "$.message", {"message": "x" * 1001}),
        ("introduction.ask", "$.message", {"message": "turned \u202e round"}),
        ("introduction.ask", "$.offer", {"offer": "the one"}),
        ("introduction.accept", "$.quick", {"quick": "perhaps"}),
        ("introduction.message", "$.words", {"words": " ", "quick": ""}),
        ("introduction.message", "$.no", {"no": 0}),
        ("introduction.share", "$.values", {"values": {}}),
        ("introduction.share", "$.values", {"step": "ready"}),
        ("introduction.share", "$.values", {"values": {"phone": "1", "email": "2"}}),
        ("introduction.share", "$.values", {"values": {"email": "1"}}),
        ("introduction.share", "$.values[...]", {"values": {"phone": "1\n2"}}),
        ("introduction.share", "$.values", {"values": {"phone": "\u202e1"}}),
        ("introduction.share", "$.fields", {"fields": [], "values": {}}),
        ("introduction.share", "$.fields", {"fields": ["phone", "phone"]}),
        ("introduction.share", "$.fields[0]", {"fields": ["diagnosis"]}),
        ("introduction.plan", "$.place_kind", {"place_kind": "at_home"}),
        ("introduction.end", "$.how", {"how": "died"}),
        ("concern", "$.words", {"words": ""}),
        ("concern", "$.about", {"about": "thread"}),
        ("concern", "$.urgency", {"urgency": "whenever"}),
    ],
)
def test_data_keeps_its_limits(kind, path, change):
    data = wire.parse(msgspec.json.encode(EVERY[kind]))
    assert letters.read_data(kind, data, iat=NOW) == EVERY[kind]
    with pytest.raises(Refused) as caught:
        letters.read_data(kind, data | change, iat=NOW)
    assert (caught.value.code, caught.value.cause.split(":")[0]) == ("malformed", path)


def test_readiness_names_fields_and_gives_no_value():
    for fields in ((), ("first_name", "phone")):
        ready = Share(step="ready", fields=fields)
        assert unseal(seal("introduction.share", ready).outer).data == ready


def test_a_decline_has_no_place_for_a_reason():
    assert Decline.__struct_fields__ == ("quick",)
    told = letters.read_data("introduction.decline", {"quick": "", "reason": "tired of it"}, iat=NOW)
    assert b"tired" not in msgspec.json.encode(told)
