# SPDX-License-Identifier: AGPL-3.0-or-later
"""The seal on letters, held against RFC 9180: the published vectors, and a second opening written here from the RFC."""

import json

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from federation import letters, wire
from federation.keys import LetterKey, SigningKey

KEM_ID = b"KEM\x00\x20"
HPKE_ID = b"HPKE\x00\x20\x00\x01\x00\x03"


def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return HKDF.extract(SHA256(), salt or None, b"HPKE-v1" + suite + label + ikm)


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labelled).derive(prk)


def schedule(enc: bytes, private: X25519PrivateKey, info: bytes) -> tuple[bytes, bytes]:
    """(key, base_nonce) of base mode: RFC 9180 sections 4.1 and 5.1, receiver's side."""
    dh = private.exchange(X25519PublicKey.from_public_bytes(enc))
    prk = extract(KEM_ID, b"", b"eae_prk", dh)
    shared = expand(KEM_ID, prk, b"shared_secret", enc + private.public_key().public_bytes_raw(), 32)
    hashes = extract(HPKE_ID, b"", b"psk_id_hash", b"") + extract(HPKE_ID, b"", b"info_hash", info)
    context = b"\x00" + hashes
    secret = extract(HPKE_ID, shared, b"secret", b"")
    return expand(HPKE_ID, secret, b"key", context, 32), expand(HPKE_ID, secret, b"base_nonce", context, 12)


def base_case(vectors) -> dict:
    every = json.loads((vectors("rfc9180-hpke") / "test-vectors.json").read_text())
    (case,) = [
        case for case in every if (case["mode"], case["kem_id"], case["kdf_id"], case["aead_id"]) == (0, 0x20, 1, 3)
    ]
    return case


def test_the_library_opens_the_vector_of_our_suite(vectors):
    case = base_case(vectors)
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["skRm"]))
    first = case["encryptions"][0]
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    sealed = bytes.fromhex(case["enc"] + first["ct"])
    info, aad = bytes.fromhex(case["info"]), bytes.fromhex(first["aad"])
    # The public call has no aad, nor has our protocol; the vectors have one, hence the way below it.
    opened = openssl.hpke._decrypt_with_aad(suite, sealed, private, info, aad)
    assert opened.hex() == first["pt"]
    with pytest.raises(InvalidTag):
        suite.decrypt(sealed, private, info)


def test_the_schedule_written_here_is_the_rfcs(vectors):
    case = base_case(vectors)
    private = X25519PrivateKey.from_private_bytes(bytes.fromhex(case["skRm"]))
    key, nonce = schedule(bytes.fromhex(case["enc"]), private, bytes.fromhex(case["info"]))
    assert (key.hex(), nonce.hex()) == (case["key"], case["base_nonce"])


def test_our_letter_opens_by_the_rfc_alone():
    """Suite, info, empty aad and the order enc || ciphertext: what another language has to do, done by hand."""
    box, doc = LetterKey.from_seed(b"\x21" * 32), SigningKey.from_seed(b"\x11" * 32)
    jti, thread = wire.b64(b"\x31" * 16), wire.b64(b"\x32" * 16)
    sealed = letters.seal(
        "introduction.end",
        thread,
        letters.End(how="ended"),
        me="alder.example",
        to="birch.example",
        jti=jti,
        now=1_790_000_000,
        exp=1_790_000_600,
        doc_key=doc,
        letter_key=box.public,
    )
    outer = json.loads(sealed.outer)
    ct = wire.unb64(outer["ct"])
    info = b"commoncare/1 letter\0alder.example\0birch.example\0" + jti.encode()
    key, nonce = schedule(ct[:32], X25519PrivateKey.from_private_bytes(b"\x21" * 32), info)
    assert ChaCha20Poly1305(key).decrypt(nonce, ct[32:], None) == sealed.inner
    assert (outer["v"], outer["from"], outer["to"]) == (1, "alder.example", "birch.example")
    assert (outer["jti"], outer["enc_kid"]) == (jti, box.kid)


def groups(vectors, name: str) -> list[dict]:
    return json.loads((vectors("wycheproof") / name).read_text())["testGroups"]


def test_chacha20_poly1305_beneath_it(vectors):
    tried = 0
    for group in groups(vectors, "chacha20_poly1305_test.json"):
        for case in group["tests"]:
            key, iv, aad, msg = (bytes.fromhex(case[name]) for name in ("key", "iv", "aad", "msg"))
            sealed = bytes.fromhex(case["ct"] + case["tag"])
            tried += 1
            if case["result"] == "valid":
                assert ChaCha20Poly1305(key).decrypt(iv, sealed, aad) == msg, case["tcId"]
                assert ChaCha20Poly1305(key).encrypt(iv, msg, aad) == sealed, case["tcId"]
            else:
                with pytest.raises((InvalidTag, ValueError)):
                    ChaCha20Poly1305(key).decrypt(iv, sealed, aad)
    assert tried > 300


def test_hkdf_sha256_beneath_it(vectors):
    tried = 0
    for group in groups(vectors, "hkdf_sha256_test.json"):
        for case in group["tests"]:
            ikm, salt, info = (bytes.fromhex(case[name]) for name in ("ikm", "salt", "info"))
            tried += 1
            if case["result"] == "valid":
                okm = HKDF(SHA256(), case["size"], salt, info).derive(ikm)
                assert okm.hex() == case["okm"], case["tcId"]
            else:
                with pytest.raises(ValueError):
                    HKDF(SHA256(), case["size"], salt, info).derive(ikm)
    assert tried > 80
