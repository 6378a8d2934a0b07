# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keys against published vectors: what verifies, what is refused at intake, and how keys are named."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from federation.errors import Refused
from federation.keys import LetterKey, LetterPublicKey, PublicKey, SigningKey

Vectors = Callable[[str], Path]
L = 2**252 + 27742317777372353535851937790883648493

SMALL_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


def verifies(key: str, signature: str, message: bytes) -> bool:
    """The whole way: a key that is refused at intake verifies nothing."""
    try:
        public = PublicKey.from_bytes(bytes.fromhex(key))
    except Refused:
        return False
    return public.verify(bytes.fromhex(signature), message)


def test_every_encoding_of_a_small_order_point_is_refused_at_intake() -> None:
    for point in SMALL_ORDER:
        with pytest.raises(Refused, match="malformed"):
            PublicKey.from_bytes(bytes.fromhex(point))


def test_wycheproof_ed25519(vectors: Vectors) -> None:
    data = json.loads(vectors("wycheproof/ed25519_test.json").read_text())
    wrong, seen = [], set()
    for group in data["testGroups"]:
        for case in group["tests"]:
            outcome = verifies(group["publicKey"]["pk"], case["sig"], bytes.fromhex(case["msg"]))
            seen.add(case["result"])
            if outcome != (case["result"] == "valid"):
                wrong.append(case["tcId"])
    assert not wrong
    assert seen == {"valid", "invalid"}


def test_each_cctv_case_ends_as_our_rule_says(vectors: Vectors) -> None:
    """Cofactorless, canonical A and R, no small order: nothing else about a point is refused."""
    cases = json.loads(vectors("cctv-ed25519/ed25519vectors.json").read_text())
    assert len(cases) == 914
    refusing = {
        "low_order_A",
        "low_order_R",
        "non_canonical_A",
        "non_canonical_R",
        "low_order_residue",
        "reencoded_k",
    }
    outcomes = [verifies(case["key"], case["sig"], case["msg"].encode()) for case in cases]
    due = [refusing.isdisjoint(case["flags"] or []) for case in cases]
    assert outcomes == due
    assert 0 < sum(due) < 914
    for case in cases:
        if "low_order_A" in (case["flags"] or []):
            with pytest.raises(Refused):
                PublicKey.from_bytes(bytes.fromhex(case["key"]))


def test_wycheproof_x25519(vectors: Vectors) -> None:
    data = json.loads(vectors("wycheproof/x25519_test.json").read_text())
    agreed = refused = 0
    for group in data["testGroups"]:
        for case in group["tests"]:
            zero = set(case["shared"]) == {"0"}
            try:
                public = LetterPublicKey.from_bytes(bytes.fromhex(case["public"]))
            except Refused:
                refused += 1
                assert zero or len(case["public"]) != 64, case["tcId"]
                continue
            assert not zero, case["tcId"]
            private = LetterKey.from_seed(bytes.fromhex(case["private"]))
            assert private.key.exchange(public.key).hex() == case["shared"]
            agreed += 1
    assert agreed > 400
    assert refused > 10


def test_thumbprints_are_rfc_7638s(vectors: Vectors) -> None:
    cases = json.loads(vectors("rfc9421-webbotauth/jwk-thumbprint-vectors.json").read_text())
    (case,) = [case for case in cases if case["name"] == "ed25519"]
    public = PublicKey.from_jwk(json.loads(case["jwk"]))
    assert public.kid == case["thumbprint"]
    assert public.jwk() == json.loads(case["jwk"])


def test_an_rfc_8037_key_signs_as_printed_there() -> None:
    """RFC 8037, appendix A.1 to A.4: the key, its thumbprint, a signature."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signing = SigningKey.from_seed(seed)
    assert signing.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    signed = signing.sign(b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")
    assert signed.hex().startswith("860c98d2297f3060a33f42739672d61b")
    assert signing.seed() == seed
    assert signing.public.verify(signed, b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc")


def test_a_signature_stands_for_one_message_and_one_key(make_key: Callable[[str], SigningKey]) -> None:
    one, other = make_key("one"), make_key("other")
    signature = one.sign(b"message")
    assert one.public.verify(signature, b"message")
    assert not other.public.verify(signature, b"message")
    assert not one.public.verify(signature, b"messagf")
    assert not one.public.verify(signature[:-1], b"message")
    assert not one.public.verify(signature + b"\0", b"message")
    beyond = signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    assert not one.public.verify(beyond, b"message")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_keys_of_another_length_are_refused(size: int) -> None:
    for kind in (PublicKey, LetterPublicKey):
        with pytest.raises(Refused, match="malformed"):
            kind.from_bytes(bytes([9]) * size)
    for private in (SigningKey, LetterKey):
        with pytest.raises(ValueError):
            private.from_seed(bytes(size))


def test_what_is_no_point_is_no_key() -> None:
    """y = 2 has no x on the curve; p + 3 is another spelling of y = 3, which has one."""
    with pytest.raises(Refused, match="not the encoding"):
        PublicKey.from_bytes((2).to_bytes(32, "little"))
    assert PublicKey.from_bytes((3).to_bytes(32, "little"))
    with pytest.raises(Refused, match="not the encoding"):
        PublicKey.from_bytes((2**255 - 19 + 3).to_bytes(32, "little"))


def test_jwks_are_taken_only_as_public_keys_of_their_kind(make_key: Callable[[str], SigningKey]) -> None:
    good = make_key("one").public.jwk()
    assert PublicKey.from_jwk({**good, "kid": "anything", "use": "sig"}).jwk() == good
    letter = LetterKey.from_seed(bytes([7]) * 32).public.jwk()
    assert LetterPublicKey.from_jwk(letter).jwk() == letter
    for bad in (
        {**good, "d": "AA"},
        {**good, "crv": "X25519"},
        {**good, "kty": "EC"},
        {**good, "x": good["x"] + "="},
        {**good, "x": 5},
        {"kty": "OKP", "crv": "Ed25519"},
        letter,
        [],
    ):
        with pytest.raises(Refused, match="malformed"):
            PublicKey.from_jwk(bad)


def test_private_halves_do_not_show(make_key: Callable[[str], SigningKey]) -> None:
    signing, letter = make_key("one"), LetterKey.from_seed(bytes([7]) * 32)
    assert repr(signing) == f"SigningKey({signing.kid})"
    assert repr(letter) == f"LetterKey({letter.kid})"
    assert letter.raw() == bytes([7]) * 32
    assert SigningKey.generate(lambda count: bytes([1]) * count).seed() == bytes([1]) * 32
    assert LetterKey.generate(lambda count: bytes([2]) * count).raw() == bytes([2]) * 32


def test_public_keys_are_values(make_key: Callable[[str], SigningKey]) -> None:
    one = make_key("one").public
    assert one == PublicKey.from_bytes(one.raw)
    assert len({one, PublicKey.from_bytes(one.raw), make_key("two").public}) == 2
    assert one != one.raw
