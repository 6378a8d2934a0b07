# SPDX-License-Identifier: AGPL-3.0-or-later
"""DSSE envelopes: the one way in which documents are signed (DSSE v1.0.2, protocol decision 4).

The exact payload bytes are verified first and parsed once, after they verified. Keys come from the caller,
who knows whose document it expects; the envelope's keyid decides nothing. A threshold counts distinct keys.
Order: size and form, payload type, signatures, strict JSON, issuer, audience, times.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from .errors import Refused
from .keys import PublicKey, SigningKey
from .wire import DOCUMENT_LIMIT, SKEW, dumps, parse

KINDS: Final = ("identity", "manifest", "peering", "charter", "notice", "letter", "fork")
MAX_SIGNATURES: Final = 16
MAX_CHARTER_SIGNATURES: Final = 64
"""A charter bears the signatures of the members before and after it."""
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


def payload_type(kind: str) -> str:
    """The payloadType of a kind of document, e.g. application/vnd.commoncare.identity.v1+json."""
    if kind not in KINDS:
        raise ValueError(f"no such kind of document: {kind}")
    return f"application/vnd.commoncare.{kind}.v1+json"


IDENTITY: Final = payload_type("identity")
MANIFEST: Final = payload_type("manifest")
PEERING: Final = payload_type("peering")
CHARTER: Final = payload_type("charter")
NOTICE: Final = payload_type("notice")
LETTER: Final = payload_type("letter")
FORK: Final = payload_type("fork")


@dataclass(frozen=True, slots=True)
class Opened:
    """An envelope taken apart, with nothing verified: its payload is only good for finding out which keys to
    ask."""

    payload_type: str
    payload: bytes
    signatures: tuple[bytes, ...]

    def signers(self, keys: Iterable[PublicKey]) -> frozenset[str]:
        """The kids of those of the keys that signed this payload. Each key counts once, however often it
        signed."""
        message = pae(self.payload_type, self.payload)
        return frozenset(
            key.kid for key in set(keys) if any(key.verify(signature, message) for signature in self.signatures)
        )


@dataclass(frozen=True, slots=True)
class Verified:
    """A document whose signatures, issuer and times are right: its claims, its exact bytes, and who signed
    it."""

    claims: dict[str, Any]
    payload: bytes
    signers: frozenset[str]


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes that are signed."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, keys: Iterable[SigningKey]) -> bytes:
    """The envelope's JSON, signed by each of the keys."""
    message = pae(payload_type, payload)
    return _write(payload_type, payload, [(key.kid, key.sign(message)) for key in keys])


def add_signature(envelope: bytes, key: SigningKey, *, limit: int = DOCUMENT_LIMIT) -> bytes:
    """The envelope with one more signature over the same bytes; those it bore stay, whatever they are
    worth."""
    opened = open_envelope(envelope, limit=limit)
    signature = key.sign(pae(opened.payload_type, opened.payload))
    if signature in opened.signatures:
        return envelope
    members = parse(envelope, limit=limit)
    held = [(str(item.get("keyid", "")), _unbase64(item["sig"])) for item in members["signatures"]]
    return _write(opened.payload_type, opened.payload, [*held, (key.kid, signature)])


def open_envelope(envelope: bytes, *, limit: int = DOCUMENT_LIMIT) -> Opened:
    """Takes an envelope apart without verifying it. Refused: too-large, malformed.

    Members that DSSE does not name are ignored, as it asks; `limit` is in bytes.
    """
    members = parse(envelope, limit=limit)
    if not isinstance(members, dict):
        raise Refused("malformed", "an envelope is an object")
    kind, payload, signatures = members.get("payloadType"), members.get("payload"), members.get("signatures")
    if not isinstance(kind, str) or not isinstance(signatures, list):
        raise Refused("malformed", "not a DSSE envelope")
    if len(signatures) > (MAX_CHARTER_SIGNATURES if kind == CHARTER else MAX_SIGNATURES):
        raise Refused("malformed", "more signatures than such a document bears")
    if not all(isinstance(item, dict) for item in signatures):
        raise Refused("malformed", "not a DSSE envelope")
    return Opened(kind, _unbase64(payload), tuple(_unbase64(item.get("sig")) for item in signatures))


def verify(
    envelope: bytes,
    payload_type: str,
    expected_issuer: str,
    keys: Iterable[PublicKey],
    now: int | None,
    threshold: int = 1,
    *,
    audience: str | None = None,
    limit: int = DOCUMENT_LIMIT,
) -> Verified:
    """The document in the envelope, once `threshold` of the keys have signed it and its claims are right.

    `now` is in Unix seconds; None leaves the times unjudged, for what we accepted before and read back.
    Refused: malformed, too-large, untrusted (keys, type or issuer), wrong-destination (audience), expired,
    clock-skew.
    """
    opened = open_envelope(envelope, limit=limit)
    if opened.payload_type != payload_type:
        raise Refused("untrusted", "the envelope holds another kind of document")
    signers = opened.signers(keys)
    if threshold < 1 or len(signers) < threshold:
        raise Refused("untrusted", f"{len(signers)} of the keys asked for signed, {threshold} are needed")
    claims = parse(opened.payload, limit=limit)
    if not isinstance(claims, dict):
        raise Refused("malformed", "a document is an object")
    if claims.get("iss") != expected_issuer:
        raise Refused("untrusted", "the issuer is not the one whose keys signed")
    if audience is not None and claims.get("aud") != audience:
        raise Refused("wrong-destination", "the document is meant for another node")
    if now is not None:
        judge_times(claims, now)
    return Verified(claims, opened.payload, signers)


def judge_times(claims: dict[str, Any], now: int, *, ended: bool = True) -> None:
    """Judges iat, nbf (where present) and exp, each with 300 s for honest clocks; `ended` False leaves exp
    alone.

    Refused: malformed, clock-skew (made or beginning in the future; with server_time), expired.
    """
    iat, exp = _time(claims.get("iat")), _time(claims.get("exp"))
    nbf = _time(claims.get("nbf", iat))
    if exp <= nbf or exp <= iat:
        raise Refused("malformed", "the document ends before it begins")
    if iat > now + SKEW or nbf > now + SKEW:
        raise Refused("clock-skew", "the document begins in the future", server_time=now)
    if ended and now > exp + SKEW:
        raise Refused("expired", "the document is past its time")


def _time(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused("malformed", "iat, nbf and exp are times")
    return value


def _write(payload_type: str, payload: bytes, signatures: list[tuple[str, bytes]]) -> bytes:
    return dumps(
        {
            "payload": _base64(payload),
            "payloadType": payload_type,
            "signatures": [{"keyid": kid, "sig": _base64(signature)} for kid, signature in signatures],
        }
    )


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: object) -> bytes:
    """DSSE's base64, padded, in the standard or the URL-safe alphabet, and in its one canonical spelling."""
    if not isinstance(text, str):
        raise Refused("malformed", "not base64")
    standard = text.replace("-", "+").replace("_", "/")
    if not _BASE64.fullmatch(standard):
        raise Refused("malformed", "not base64")
    try:
        data = base64.b64decode(standard, validate=True)
    except binascii.Error as error:
        raise Refused("malformed", "not base64") from error
    if _base64(data) != standard:
        raise Refused("malformed", "stray bits after the last base64 digit")
    return data
