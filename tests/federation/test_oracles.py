# SPDX-License-Identifier: AGPL-3.0-or-later
"""Other people's implementations judge ours: securesystemslib on envelopes, pyhpke on sealed letters, tuf on root rotation.

Each goes both ways where there are two: what we make they take, and what they make we take. None of them is a package that
a node needs.
"""

import itertools
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Role, Root
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from federation import envelope, letters, wire
from federation.errors import Refused
from federation.identity import accept_identity, make_identity, read_identity
from federation.keys import LetterKey, PublicKey, SigningKey

NOW = 1_795_000_000
DAY = 86_400


def theirs(key: PublicKey) -> SSlibKey:
    return SSlibKey(key.kid, "ed25519", "ed25519", {"public": key.raw.hex()})


def their_signer(key: SigningKey) -> CryptoSigner:
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(key.seed()), theirs(key.public))


# Envelopes ------------------------------------------------------------------------------------------------------------


def test_securesystemslib_verifies_our_envelopes(make_key) -> None:
    one, two, three = (make_key(f"oracle {n}") for n in range(3))
    made = envelope.sign(envelope.NOTICE, '{"iss":"alder.example","wörter":"grüß"}'.encode(), [one, two])
    read = Envelope.from_dict(json.loads(made))
    assert (read.payload_type, read.payload) == (envelope.NOTICE, envelope.open_envelope(made).payload)
    assert read.pae() == envelope.pae(read.payload_type, read.payload)
    assert set(read.verify([theirs(one.public), theirs(two.public)], 2)) == {one.kid, two.kid}
    with pytest.raises(VerificationError):
        read.verify([theirs(one.public), theirs(three.public)], 2)
    changed = Envelope(read.payload + b" ", read.payload_type, read.signatures)
    with pytest.raises(VerificationError):
        changed.verify([theirs(one.public)], 1)


def test_we_verify_envelopes_that_securesystemslib_made(make_key) -> None:
    one, two = make_key("oracle 0"), make_key("oracle 1")
    claims = {"iss": "alder.example", "iat": NOW, "exp": NOW + DAY}
    made = Envelope(wire.dumps(claims), envelope.NOTICE, {})
    for key in (one, two):
        made.sign(their_signer(key))
    text = json.dumps(made.to_dict()).encode()
    verified = envelope.verify(text, envelope.NOTICE, "alder.example", [one.public, two.public], NOW, threshold=2)
    assert (verified.claims, verified.signers) == (claims, {one.kid, two.kid})
    with pytest.raises(Refused, match="untrusted"):
        envelope.verify(text, envelope.MANIFEST, "alder.example", [one.public], NOW)


# Letters --------------------------------------------------------------------------------------------------------------


SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.CHACHA20_POLY1305)
BOX = LetterKey.from_seed(b"\x21" * 32)
JTI, THREAD = wire.b64(b"\x31" * 16), wire.b64(b"\x32" * 16)
INFO = b"commoncare/1 letter\0alder.example\0birch.example\0" + JTI.encode()


def sealed(doc: SigningKey) -> letters.Sealed:
    return letters.seal(
        "introduction.end",
        THREAD,
        letters.End(how="ended"),
        me="alder.example",
        to="birch.example",
        jti=JTI,
        now=NOW,
        exp=NOW + DAY,
        doc_key=doc,
        letter_key=BOX.public,
    )


def test_pyhpke_opens_what_we_sealed(make_key) -> None:
    made = sealed(make_key("oracle doc"))
    ct = wire.unb64(json.loads(made.outer)["ct"])
    private = KEMKey.from_pyca_cryptography_key(BOX.key)
    assert SUITE.create_recipient_context(ct[:32], private, info=INFO).open(ct[32:], aad=b"") == made.inner


def test_we_open_what_pyhpke_sealed(make_key) -> None:
    doc = make_key("oracle doc")
    inner = sealed(doc).inner
    enc, context = SUITE.create_sender_context(KEMKey.from_pyca_cryptography_key(BOX.public.key), info=INFO)
    ct = wire.b64(enc + context.seal(inner, aad=b""))
    cover = {"v": 1, "from": "alder.example", "to": "birch.example", "jti": JTI, "enc_kid": BOX.kid, "ct": ct}
    opened = letters.unseal(letters.open_outer(wire.dumps(cover)), BOX, [doc.public], "birch.example", NOW)
    assert (opened.kind, opened.thread, opened.data) == ("introduction.end", THREAD, letters.End(how="ended"))
    moved = letters.open_outer(wire.dumps(cover | {"from": "cedar.example"}))
    with pytest.raises(Refused, match="untrusted"):
        letters.unseal(moved, BOX, [doc.public], "birch.example", NOW)


# Roots ----------------------------------------------------------------------------------------------------------------


KEYS = {name: SigningKey.from_seed(name.encode() * 32) for name in "abc"}
THRESHOLDS = [("a", 1), ("ab", 1), ("ab", 2), ("abc", 2)]
SIGNERS = [set(names) for size in range(4) for names in itertools.combinations("abc", size)]
VERSIONS = [1, 2, 3]


def tuf_root(version: int, names: str, threshold: int, signers: set[str]) -> bytes:
    root = Root(
        version=version,
        expires=datetime.fromtimestamp(NOW + 100 * DAY, UTC),
        keys={KEYS[name].kid: theirs(KEYS[name].public) for name in names},
        roles={
            "root": Role([KEYS[name].kid for name in names], threshold),
            **{role: Role([], 1) for role in ("timestamp", "snapshot", "targets")},
        },
    )
    made = Metadata(root)
    for name in sorted(signers):
        made.sign(their_signer(KEYS[name]), append=True)
    return made.to_bytes()


def our_identity(version: int, names: str, threshold: int, signers: set[str], doc: SigningKey) -> bytes:
    """As anybody could write it: `make_identity` would refuse to write what nobody takes."""
    claims = {
        "iss": "alder.example",
        "version": version,
        "iat": NOW,
        "exp": NOW + 100 * DAY,
        "root": {"keys": [KEYS[name].public.jwk() for name in names], "threshold": threshold},
        "doc": [doc.public.jwk()],
    }
    return envelope.sign(envelope.IDENTITY, wire.dumps(claims), [KEYS[name] for name in sorted(signers)])


@pytest.mark.parametrize(("old_roots", "old_threshold"), THRESHOLDS)
@pytest.mark.parametrize(("new_roots", "new_threshold"), [*THRESHOLDS, ("c", 1), ("bc", 2)])
def test_tuf_takes_exactly_the_next_roots_that_we_take(
    old_roots: str, old_threshold: int, new_roots: str, new_threshold: int, make_key
) -> None:
    doc = make_key("oracle doc")
    held = read_identity(our_identity(1, old_roots, old_threshold, set(old_roots), doc), node_id="alder.example")
    trusted = tuf_root(1, old_roots, old_threshold, set(old_roots))
    answers = []
    for version, signers in itertools.product(VERSIONS, SIGNERS):
        try:
            TrustedMetadataSet(trusted, EnvelopeType.METADATA).update_root(
                tuf_root(version, new_roots, new_threshold, signers)
            )
            tuf_says = True
        except RepositoryError:
            tuf_says = False
        offered = our_identity(version, new_roots, new_threshold, signers, doc)
        same = envelope.open_envelope(offered).payload == held.payload
        try:
            accept_identity(held, offered, NOW, node_id="alder.example")
            we_say = True
        except Refused:
            we_say = False
        # The very document held is no rotation: we answer it with the one we hold, tuf never asks for it again.
        answers.append((version, sorted(signers), tuf_says, we_say and not same))
    assert [case for case in answers if case[2] != case[3]] == []
    assert {case[2] for case in answers} == {True, False}


def test_what_we_write_ourselves_both_take(make_key) -> None:
    doc, held = make_key("oracle doc"), None
    chain = [("a", 1, {"a"}), ("ab", 2, {"a", "b"}), ("bc", 2, {"a", "b", "c"}), ("c", 1, {"b", "c"})]
    trusted = TrustedMetadataSet(tuf_root(1, *chain[0]), EnvelopeType.METADATA)
    for version, (names, threshold, signers) in enumerate(chain, 1):
        made = make_identity(
            node_id="alder.example",
            version=version,
            now=NOW,
            exp=NOW + 100 * DAY,
            roots=[KEYS[name].public for name in names],
            threshold=threshold,
            docs=[doc.public],
            signers=[KEYS[name] for name in sorted(signers)],
        )
        held = accept_identity(held, made, NOW, node_id="alder.example")
        if version > 1:
            assert trusted.update_root(tuf_root(version, names, threshold, signers)).version == held.version
