# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who a node is: its identity document, signed by its root keys, and the chain of its versions.

A first identity is only as good as the fingerprint that people compared; every later one has to be signed by
the threshold of the roots before it and, where they change, of the new ones too (TUF 1.0, section 5.3).
Versions follow each other by one, so an old identity, or a jump, is refused. Order: form, roots of old and
new, claims, times, version.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from . import envelope as dsse
from .errors import Refused
from .keys import PublicKey, SigningKey
from .wire import DAY, DOCUMENT_LIMIT, dumps, node_id, parse

IDENTITY_LIFE: Final = 400 * DAY
MAX_ROOTS: Final = 16
MAX_DOCS: Final = 8


class _Root(Struct, frozen=True):
    keys: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_ROOTS)]
    threshold: Annotated[int, Meta(ge=1, le=MAX_ROOTS)]


class _Claims(Struct, frozen=True):
    iss: str
    version: Annotated[int, Meta(ge=1, lt=2**31)]
    iat: int
    exp: int
    root: _Root
    doc: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=MAX_DOCS)]


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity that was accepted. Times in Unix seconds; `envelope` is what we hand on, byte for byte."""

    node_id: str
    version: int
    iat: int
    exp: int
    roots: tuple[PublicKey, ...]
    threshold: int
    docs: tuple[PublicKey, ...]
    payload: bytes = field(repr=False)
    envelope: bytes = field(repr=False, compare=False)

    @property
    def root_kids(self) -> tuple[str, ...]:
        """The thumbprints of the roots, sorted."""
        return tuple(sorted(key.kid for key in self.roots))

    def expired(self, now: int) -> bool:
        return now > self.exp


def draft_identity(
    *,
    node_id: str,
    version: int,
    now: int,
    exp: int,
    roots: Sequence[PublicKey],
    threshold: int,
    docs: Sequence[PublicKey],
) -> bytes:
    """The envelope of an identity that nobody signed yet, for roots that are kept by several people
    (envelope.add_signature).

    Raises Refused for claims that no peer would take, whoever signs them.
    """
    drafted = dsse.sign(dsse.IDENTITY, _payload(node_id, version, now, exp, roots, threshold, docs), [])
    read_draft(drafted, node_id=node_id)
    return drafted


def make_identity(
    *,
    node_id: str,
    version: int,
    now: int,
    exp: int,
    roots: Sequence[PublicKey],
    threshold: int,
    docs: Sequence[PublicKey],
    signers: Sequence[SigningKey],
) -> bytes:
    """The signed envelope of an identity; on a change of roots `signers` are the old roots' and the new
    ones'.

    Raises Refused for an identity that no peer would take.
    """
    made = dsse.sign(dsse.IDENTITY, _payload(node_id, version, now, exp, roots, threshold, docs), signers)
    read_identity(made, node_id=node_id)
    return made


def _payload(
    node_id: str,
    version: int,
    now: int,
    exp: int,
    roots: Sequence[PublicKey],
    threshold: int,
    docs: Sequence[PublicKey],
) -> bytes:
    return dumps(
        {
            "iss": node_id,
            "version": version,
            "iat": now,
            "exp": exp,
            "root": {"keys": [key.jwk() for key in roots], "threshold": threshold},
            "doc": [key.jwk() for key in docs],
        }
    )


def accept_identity(old: Identity | None, envelope: bytes, now: int, *, node_id: str, latest: bool = True) -> Identity:
    """The identity in the envelope, judged against the one we hold (None: a first meeting).

    The very document that we hold is accepted again. `latest` False is for the versions in between on the
    way up from an old one: their ends are not judged. Refused: malformed, too-large, untrusted, clock-skew,
    expired, version-conflict (rolled back, a gap, or another document of the version held).
    """
    if old is not None and old.node_id != node_id:
        raise ValueError("the identity held is another node's")
    new = read_identity(envelope, node_id=node_id)
    if old is not None and new.payload == old.payload:
        return old
    if old is not None and len(dsse.open_envelope(envelope).signers(old.roots)) < old.threshold:
        raise Refused("untrusted", "not signed by the threshold of the roots that we hold")
    dsse.judge_times({"iat": new.iat, "exp": new.exp}, now, ended=latest)
    if old is not None and new.version != old.version + 1:
        raise Refused("version-conflict", f"identity {new.version} where {old.version + 1} was due")
    return new


def read_identity(envelope: bytes, *, node_id: str) -> Identity:
    """An identity that is whole in itself and signed by its own roots: for one that we accepted and stored.

    Refused: malformed, too-large, untrusted. Times and versions are not judged.
    """
    opened = dsse.open_envelope(envelope)
    # The roots stand inside what they sign: they are read from the unverified bytes only to verify them, and
    # read again from the verified ones.
    before = _read(opened.payload)
    roots = _keys(before.root.keys)
    verified = dsse.verify(envelope, dsse.IDENTITY, node_id, roots, None, before.root.threshold)
    return _identity(verified.payload, envelope)


def read_draft(envelope: bytes, *, node_id: str) -> Identity:
    """What an identity says whose signatures are still being collected: to be shown to those who sign, never
    to be believed.

    Refused: malformed, too-large, untrusted (another kind of document, or another node's).
    """
    opened = dsse.open_envelope(envelope)
    draft = _identity(opened.payload, envelope)
    if opened.payload_type != dsse.IDENTITY or draft.node_id != node_id:
        raise Refused("untrusted", "not an identity of this node")
    return draft


def _read(payload: bytes) -> _Claims:
    try:
        return msgspec.convert(parse(payload, limit=DOCUMENT_LIMIT), _Claims)
    except msgspec.ValidationError as error:  # names the member, never its value
        raise Refused("malformed", f"identity: {error}") from error


def _identity(payload: bytes, envelope: bytes) -> Identity:
    claims = _read(payload)
    roots, docs = _keys(claims.root.keys), _keys(claims.doc)
    if claims.root.threshold > len(roots):
        raise Refused("malformed", "a threshold above the number of roots")
    if not set(roots).isdisjoint(docs):
        raise Refused("malformed", "a key is both root and doc")
    if not 0 <= claims.iat < claims.exp <= claims.iat + IDENTITY_LIFE:
        raise Refused("malformed", "an identity lives 400 days at most")
    return Identity(
        node_id=node_id(claims.iss),
        version=claims.version,
        iat=claims.iat,
        exp=claims.exp,
        roots=roots,
        threshold=claims.root.threshold,
        docs=docs,
        payload=payload,
        envelope=envelope,
    )


def _keys(jwks: list[dict[str, Any]]) -> tuple[PublicKey, ...]:
    keys = tuple(PublicKey.from_jwk(jwk) for jwk in jwks)
    if len(set(keys)) != len(keys):
        raise Refused("malformed", "a key stands twice")
    return keys


def well_known(identity: bytes, manifest: bytes) -> bytes:
    """The body at /.well-known/commoncare: both envelopes, as JSON members."""
    return dumps({"identity": parse(identity), "manifest": parse(manifest)})


def parse_well_known(body: bytes) -> tuple[bytes, bytes]:
    """The envelopes of identity and manifest, unverified. Refused: malformed, too-large."""
    members = parse(body, limit=2 * DOCUMENT_LIMIT)
    if not isinstance(members, dict) or set(members) != {"identity", "manifest"}:
        raise Refused("malformed", "not an identity and a manifest")
    return dumps(members["identity"]), dumps(members["manifest"])
