# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signed requests: RFC 9421 with Ed25519, in exactly one shape (protocol decision 22).

Order of checks: `read` judges caps and headers, then the caller looks the key up by (node, "http", kid) in
its own ring; `Claimed.verify` judges destination, time, coverage, signature, digest; then the caller judges
peer state, quota, nonce and scope, and parses the body. A key that is not known ends as the same
signature-invalid as a bad signature. Responses are not signed.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import http_sf

from . import signatures
from .errors import Refused
from .keys import PublicKey, SigningKey
from .wire import (
    HEADER_COUNT,
    HEADER_LIMIT,
    REQUEST_LIMIT,
    SIGNATURE_LIFETIME,
    SKEW,
    TARGET_LIMIT,
    b64,
    node_id,
    unb64,
)

LABEL: Final = "cc"
TAG: Final = "commoncare/1"
BARE: Final = ("@method", "@authority", "@path", "@query")
WITH_BODY: Final = (*BARE, "content-digest", "content-type")
PARAMETERS: Final = frozenset({"created", "expires", "nonce", "keyid", "tag"})
NONCE_BYTES: Final = 16

_ONCE: Final = ("host", "content-type", "content-length", "content-digest", "signature-input", "signature")
_PATH: Final = re.compile(r"/[^?#\s]*")  # what stands behind our own authority must not be able to change it
_QUERY: Final = re.compile(r"[^#\s]*")
_FIELD: Final = re.compile(r"[\x20-\x7e\t]*")


@dataclass(frozen=True, slots=True)
class Authentic:
    """A request that its node's key signed, whole and for us. Whether that node may do this is not judged
    yet."""

    node_id: str
    kid: str
    nonce: str
    created: int
    expires: int

    @property
    def replay_key(self) -> tuple[str, str, str]:
        """What may be used only once, until `keep_until`."""
        return self.node_id, self.kid, self.nonce

    @property
    def keep_until(self) -> int:
        """Unix seconds until which the nonce has to be remembered."""
        return self.expires + SKEW


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a request says of its signer, with nothing proved: enough to look the key up."""

    node_id: str
    kid: str
    nonce: str
    created: int
    expires: int
    components: tuple[object, ...] = field(repr=False)
    parameters: dict[str, Any] = field(repr=False)
    message: signatures.Message = field(repr=False)

    def verify(self, key: PublicKey | None, *, now: int, authority: str, body: bytes, not_before: int = 0) -> Authentic:
        """Proves the request with the key that was found for (node_id, "http", kid), None where there was
        none.

        `authority` is our own node id from the settings. `not_before` is when this process, or the restored
        database, began (Unix seconds): what was created earlier is refused, as its nonce may be forgotten.
        Refused, in this order: too-large, wrong-destination, clock-skew (with server_time), replayed,
        coverage, signature-invalid (the signature, then the digest).
        """
        if len(body) > REQUEST_LIMIT:
            raise Refused("too-large", "a body beyond the limit")
        if self.message.host != authority:
            raise Refused("wrong-destination", "the request names another host")
        self._judge_time(now, not_before)
        self._judge_coverage(body)
        if key is None or key.kid != self.kid:
            raise Refused("signature-invalid", "no such key of this node")
        signatures.verify(
            self.message, authority=authority, key=key, keyid=self.parameters["keyid"], label=LABEL, tag=TAG
        )
        self._judge_digest(body)
        return Authentic(self.node_id, self.kid, self.nonce, self.created, self.expires)

    def _judge_time(self, now: int, not_before: int) -> None:
        if not 1 <= self.expires - self.created <= SIGNATURE_LIFETIME:
            raise Refused("malformed", "a signature lives from 1 to 120 seconds")
        if self.created > now + SKEW or now > self.expires + SKEW:
            raise Refused("clock-skew", "signed too far from our time", server_time=now)
        if self.created < not_before:
            raise Refused("replayed", "created before this node began")

    def _judge_coverage(self, body: bytes) -> None:
        due = WITH_BODY if body or self.message.digest is not None else BARE
        if self.components != due:
            raise Refused("coverage", "the covered components are not the ones that are due")
        if set(self.parameters) != PARAMETERS or self.parameters["tag"] != TAG:
            raise Refused("coverage", "the signature's parameters are not the ones that are due")

    def _judge_digest(self, body: bytes) -> None:
        if self.message.digest is not None and not hmac.compare_digest(self.message.digest, digest(body)):
            raise Refused("signature-invalid", "the body is not the one that was signed")


def digest(body: bytes) -> str:
    """The Content-Digest of a body, sha-256 alone (RFC 9530)."""
    return http_sf.ser({"sha-256": hashlib.sha256(body).digest()})


def sign_request(
    method: str,
    authority: str,
    path: str,
    query: str,
    body: bytes | None,
    content_type: str | None,
    *,
    key: SigningKey,
    node_id: str,
    now: int,
    nonce: bytes,
    lifetime: int = 60,
) -> dict[str, str]:
    """The headers to add to a request: Signature-Input, Signature and, with a body, Content-Digest,
    Content-Type.

    `authority` is the peer's node id, `node_id` our own; `query` is without its question mark and empty when
    there is none; path and query are percent-encoded as they will be sent; `nonce` is 16 fresh random bytes.
    A retry is signed anew, with another nonce. The sender adds `Host: <authority>`.
    """
    if len(nonce) != NONCE_BYTES or not 1 <= lifetime <= SIGNATURE_LIFETIME:
        raise ValueError("a nonce of 16 bytes and a lifetime of 1 to 120 s")
    if (body is None) != (content_type is None):
        raise ValueError("a content type with a body, and only then")
    headers = {}
    if body is not None and content_type is not None:
        headers = {"Content-Digest": digest(body), "Content-Type": content_type}
    message = signatures.Message(method, f"https://{authority}{path}" + (f"?{query}" if query else ""), headers)
    signatures.sign(
        message,
        key=key,
        keyid=f"{node_id}#{key.kid}",
        created=now,
        expires=now + lifetime,
        nonce=b64(nonce),
        label=LABEL,
        tag=TAG,
        components=BARE if body is None else WITH_BODY,
    )
    return message.headers


def read(method: str, path: str, query: str, headers: Iterable[tuple[str, str]]) -> Claimed:
    """Judges a request's head and says who signed it, as it claims.

    `path` and `query` (empty when there is none) are as received, not decoded; `headers` hold every line,
    names in any case. Refused: too-large; encoding; malformed (a header twice, a wrong label, a bad keyid or
    nonce); signature-invalid (no signature at all).
    """
    lines = list(headers)
    if len(lines) > HEADER_COUNT or sum(len(name) + len(value) for name, value in lines) > HEADER_LIMIT:
        raise Refused("too-large", "headers beyond the limit")
    if len(path) + len(query) > TARGET_LIMIT:
        raise Refused("too-large", "a request target beyond the limit")
    if not _PATH.fullmatch(path) or not _QUERY.fullmatch(query):
        raise Refused("malformed", "not the path and query of a request")
    fields = _single(lines)
    if "content-encoding" in fields:
        raise Refused("encoding", "a request with Content-Encoding")
    length = fields.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise Refused("malformed", "Content-Length is not a number")
    if len(length) > 9 or int(length) > REQUEST_LIMIT:
        raise Refused("too-large", "a body beyond the limit")
    if "signature" not in fields or "signature-input" not in fields:
        raise Refused("signature-invalid", "the request is not signed")
    components, parameters = _signature_input(fields["signature-input"])
    if list(_dictionary(fields["signature"])) != [LABEL]:
        raise Refused("malformed", "exactly one signature, labelled cc, is due")
    name, _, kid = _text(parameters, "keyid").partition("#")
    unb64(kid, length=32)
    nonce = _text(parameters, "nonce")
    unb64(nonce, length=NONCE_BYTES)
    # The authority of the URL is put in when it is known what it has to be: our own, never the received one.
    message = signatures.Message(method, path + (f"?{query}" if query else ""), fields)
    return Claimed(
        node_id(name),
        kid,
        nonce,
        _number(parameters, "created"),
        _number(parameters, "expires"),
        components,
        parameters,
        message,
    )


def _single(lines: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The fields by lower-case name; those that we read stand once, and hold nothing but visible ASCII."""
    fields: dict[str, str] = {}
    for name, value in lines:
        lower = name.lower()
        if lower in _ONCE and (lower in fields or not _FIELD.fullmatch(value)):
            raise Refused("malformed", f"{lower} stands twice or holds what it may not")
        fields[lower] = value.strip(" \t")
    if not fields.get("host"):
        raise Refused("malformed", "no Host")
    return fields


def _dictionary(value: str) -> dict[str, Any]:
    def twice(name: str, _context: str) -> None:
        raise Refused("malformed", f"{name} stands twice in a signature field")

    try:
        members = http_sf.parse(value.encode("ascii"), tltype="dictionary", on_duplicate_key=twice)
    except (ValueError, TypeError) as error:
        raise Refused("malformed", "a signature field is not a dictionary") from error
    return members if isinstance(members, dict) else {}


def _signature_input(value: str) -> tuple[tuple[object, ...], dict[str, Any]]:
    members = _dictionary(value)
    if list(members) != [LABEL]:
        raise Refused("malformed", "exactly one signature, labelled cc, is due")
    components, parameters = members[LABEL]
    if not isinstance(components, list):
        raise Refused("malformed", "a signature's components are a list")
    # A component with parameters of its own equals none that is due, and so fails on coverage, in its turn.
    return tuple(name if not own else (name, str(own)) for name, own in components), dict(parameters)


def _text(parameters: dict[str, Any], name: str) -> str:
    value = parameters.get(name)
    if type(value) is not str:
        raise Refused("malformed", f"the signature has no {name}")
    return value


def _number(parameters: dict[str, Any], name: str) -> int:
    value = parameters.get(name)
    if type(value) is not int or value < 0:
        raise Refused("malformed", f"the signature has no {name}")
    return value
