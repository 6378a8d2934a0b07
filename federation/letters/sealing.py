# SPDX-License-Identifier: AGPL-3.0-or-later
"""Letters: signed by the sender's node, then sealed to the receiver's with HPKE (RFC 9180, base mode; decision 15).

Anybody can seal to a public key, so the seal proves nobody: the signature inside does, and the audience inside stops a
re-seal to a third node. Order of opening: size and form, destination, key id, seal, signature, issuer, audience, jti,
times of making, kind, thread, data. Expiry is judged last and apart (`judge_arrival`), after the look-up of
(from, jti), so that a letter that was taken before its end is acknowledged again after it. The one thing here that is
not handed in is the seal's own randomness, which the library takes from the system.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from .. import envelope, wire
from ..errors import Refused
from ..keys import LetterKey, LetterPublicKey, PublicKey, SigningKey
from ..statements import common
from .kinds import KINDS, Data, read_data

LETTER_DAYS: Final = 7
"""A letter is tried for at most this many days."""
REMEMBER_DAYS: Final = 30
"""(from, jti) and digest of an accepted letter are kept this long beyond its exp."""

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_LEAST_CT: Final = 32 + 16
_ID: Final = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]")


class Outer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a letter shows before it is opened, and what whoever carries it could see.

    v 1; from and to, node ids (`sender` and `to` here); jti, 128 bits in base64url; enc_kid, the RFC 7638 thumbprint
    of the receiver's `letter` key; ct, base64url(enc[32] || ciphertext).
    """

    v: Literal[1]
    sender: str = msgspec.field(name="from")
    to: str
    jti: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{21}[AQgw]\Z")]
    enc_kid: Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{43}\Z")]
    ct: str


class Sealed(NamedTuple):
    """A letter ready to go: SHA-256 of the inner payload (32 bytes), the signed inner envelope, the outer letter."""

    digest: bytes
    inner: bytes
    outer: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that verified. `digest` is SHA-256 of the inner payload; iat and exp are Unix seconds; `signed` is the envelope
    that its sender signed, for what has to be shown to others later."""

    sender: str
    kind: str
    thread: str
    data: Data
    jti: str
    iat: int
    exp: int
    digest: bytes
    signed: bytes = field(default=b"", compare=False, repr=False)


def seal(
    kind: str,
    thread: str,
    data: Data,
    *,
    me: str,
    to: str,
    jti: str,
    now: int,
    exp: int,
    doc_key: SigningKey,
    letter_key: LetterPublicKey,
) -> Sealed:
    """Signs and seals a letter from `me` to `to`; `thread` and `jti` are 128 random bits in base64url, 22 characters.

    Keep the inner envelope until `exp`: `reseal` takes it when the receiver's key has changed.
    Refused: malformed, too-large, for what the receiver would refuse.
    """
    if type(data) is not KINDS.get(kind):
        raise ValueError("the data belongs to another kind of letter")
    said = wire.parse(common.write(data), limit=wire.LETTER_LIMIT)
    _times(now, exp)
    _id(thread)
    read_data(kind, said, iat=now)
    claims = {
        "iss": me,
        "aud": to,
        "jti": jti,
        "iat": now,
        "exp": exp,
        "kind": kind,
        "thread": thread,
        "data": said,
    }
    payload = wire.dumps(claims)
    inner = envelope.sign(envelope.LETTER, payload, [doc_key])
    return Sealed(sha256(payload).digest(), inner, reseal(inner, me=me, to=to, jti=jti, letter_key=letter_key))


def renew_signature(inner: bytes, doc_key: SigningKey) -> bytes:
    """The same letter, to the byte of its payload and so with the same digest, signed by this key alone: for one of our own that
    is under way when the key that signed it is taken out of use. Refused: malformed, too-large."""
    opened = envelope.open_envelope(inner, limit=wire.LETTER_LIMIT)
    return envelope.sign(opened.payload_type, opened.payload, [doc_key])


def reseal(inner: bytes, *, me: str, to: str, jti: str, letter_key: LetterPublicKey) -> bytes:
    """The outer letter around the same inner bytes, sealed to this key. Refused: malformed, too-large."""
    sealed = _SUITE.encrypt(inner, letter_key.key, info=_info(wire.node_id(me), wire.node_id(to), _id(jti)))
    outer = msgspec.json.encode(Outer(1, me, to, jti, letter_key.kid, wire.b64(sealed)))
    if len(outer) > wire.LETTER_LIMIT:
        raise Refused("too-large", "a letter of more than 64 KiB")
    return outer


def open_outer(letter: bytes) -> Outer:
    """The outer letter, strictly: nothing in it is proven yet. Refused: too-large, malformed."""
    try:
        outer = msgspec.convert(wire.parse(letter, limit=wire.LETTER_LIMIT), Outer)
    except msgspec.ValidationError:
        raise Refused("malformed", "not an outer letter") from None
    wire.node_id(outer.sender)
    wire.node_id(outer.to)
    return outer


def unseal(outer: Outer, letter_key: LetterKey, doc_keys: Iterable[PublicKey], me: str, now: int) -> Letter:
    """Opens a letter to `me` with the key that `outer.enc_kid` names; `doc_keys` are those of `outer.sender`.

    Whether it is past its time stays open: see `judge_arrival`. Refused: wrong-destination, unknown-enc-key, malformed,
    untrusted (it does not open, or is not signed by the sender), clock-skew (made in the future).
    """
    if outer.to != me:
        raise Refused("wrong-destination", "a letter to another node")
    if outer.enc_kid != letter_key.kid:
        raise Refused("unknown-enc-key", "a letter to another key")
    inner = _open(outer, letter_key)
    limit = wire.LETTER_LIMIT
    verified = envelope.verify(inner, envelope.LETTER, outer.sender, doc_keys, None, audience=me, limit=limit)
    claims = verified.claims
    if claims.get("jti") != outer.jti:
        raise Refused("untrusted", "a letter in the cover of another")
    envelope.judge_times(claims, now, ended=False)
    iat, exp = claims["iat"], claims["exp"]
    _times(iat, exp)
    kind, thread = claims.get("kind"), claims.get("thread")
    if not isinstance(kind, str) or not isinstance(thread, str):
        raise Refused("malformed", "a letter without kind or thread")
    data = read_data(kind, claims.get("data"), iat=iat)
    digest = sha256(verified.payload).digest()
    return Letter(outer.sender, kind, _id(thread), data, outer.jti, iat, exp, digest, inner)


def judge_arrival(letter: Letter, known: bytes | None, now: int) -> bool:
    """Whether a letter has yet to take effect: True for a new one, False for one that did before (answer 202 or 200).

    `known` is the digest stored under (sender, jti), None when there is none. Refused: letter-conflict when another
    letter came under that id, expired when a new one is more than 300 s past its end.
    """
    if known is not None:
        if known != letter.digest:
            raise Refused("letter-conflict", "another letter came under this id")
        return False
    if now > letter.exp + wire.SKEW:
        raise Refused("expired", "the letter is past its time")
    return True


def _open(outer: Outer, letter_key: LetterKey) -> bytes:
    sealed = wire.unb64(outer.ct)
    if len(sealed) < _LEAST_CT:
        raise Refused("malformed", "too short for a sealed letter")
    try:
        return _SUITE.decrypt(sealed, letter_key.key, info=_info(outer.sender, outer.to, outer.jti))
    except (InvalidTag, ValueError) as error:
        raise Refused("untrusted", "the letter does not open") from error


def _info(sender: str, to: str, jti: str) -> bytes:
    """Binds the seal to its cover: from, to and jti as they stand outside (RFC 9180 section 8.1)."""
    return f"commoncare/1 letter\0{sender}\0{to}\0{jti}".encode()


def _times(iat: int, exp: int) -> None:
    if not 0 < iat < exp <= iat + LETTER_DAYS * wire.DAY:
        raise Refused("malformed", "a letter ends after it was made, and within 7 days")


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise Refused("malformed", "an id of a letter or thread is 128 bits in base64url")
    return text
