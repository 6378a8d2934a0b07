# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a node says of itself day by day: the manifest with its working keys, and the ring in which they are
found.

A manifest is signed by a `doc` key of the identity that it names, lives 30 days at most, and replaces only
one with a smaller (identity version, manifest version). A key is found by node, use and kid together, never
by kid alone, a revocation that was seen once is never unseen, and a protocol is taken back by the roots alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, overload

import msgspec
from msgspec import Meta, Struct

from . import envelope as dsse
from .errors import Refused
from .identity import Identity
from .keys import LetterPublicKey, PublicKey, SigningKey
from .profile import Line, Profile, Time, Word, read_profile
from .wire import DAY, SKEW, dumps

MANIFEST_LIFE: Final = 30 * DAY
KEY_LIFE: Final = 400 * DAY
MAX_KEYS: Final = 64
_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}")

SigningUse = Literal["doc", "http", "log", "seat"]
ManifestUse = Literal["http", "log", "seat", "letter"]
Use = Literal["doc", "http", "log", "seat", "letter"]


class _Key(Struct, frozen=True):
    kid: str
    use: ManifestUse
    jwk: dict[str, Any]
    nbf: Time
    exp: Time
    revoked_at: Time | None = None
    reason: Line = ""


class _Claims(Struct, frozen=True):
    iss: str
    identity_version: Annotated[int, Meta(ge=1, lt=2**31)]
    version: Annotated[int, Meta(ge=1, lt=2**31)]
    iat: Time
    exp: Time
    keys: Annotated[list[_Key], Meta(max_length=MAX_KEYS)]
    protocols: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=16)]
    limits: Annotated[dict[Word, Time], Meta(max_length=32)]
    profile: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NodeKey:
    """A working key of a node: from `nbf` until before `exp` (Unix seconds), unless revoked."""

    use: ManifestUse
    key: PublicKey | LetterPublicKey
    nbf: int
    exp: int
    revoked_at: int | None = None
    reason: str = ""

    @property
    def kid(self) -> str:
        return self.key.kid

    def usable(self, now: int) -> bool:
        """Whether what it makes verifies now. Revoked is revoked, whatever time it says (decision 3)."""
        return self.revoked_at is None and self.nbf - SKEW <= now < self.exp + SKEW


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest that was accepted. `revoked` holds every kid that this node ever revoked, as far as we
    know."""

    node_id: str
    identity_version: int
    version: int
    iat: int
    exp: int
    keys: tuple[NodeKey, ...]
    protocols: tuple[str, ...]
    limits: Mapping[str, int]
    profile: Profile
    revoked: frozenset[str]
    payload: bytes = field(repr=False)
    envelope: bytes = field(repr=False, compare=False)

    @property
    def order(self) -> tuple[int, int]:
        """(identity version, manifest version): only a greater one replaces this."""
        return self.identity_version, self.version

    def expired(self, now: int) -> bool:
        return now > self.exp


def make_manifest(
    *,
    identity: Identity,
    version: int,
    now: int,
    exp: int,
    keys: Sequence[NodeKey],
    profile: Profile,
    signer: SigningKey,
    protocols: Sequence[str] = ("commoncare/1",),
    limits: Mapping[str, int] | None = None,
) -> bytes:
    """The signed envelope of a manifest. Raises Refused for one that no peer would take."""
    claims = {
        "iss": identity.node_id,
        "identity_version": identity.version,
        "version": version,
        "iat": now,
        "exp": exp,
        "keys": [
            {"kid": key.kid, "use": key.use, "jwk": key.key.jwk(), "nbf": key.nbf, "exp": key.exp}
            | ({} if key.revoked_at is None else {"revoked_at": key.revoked_at, "reason": key.reason})
            for key in keys
        ],
        "protocols": list(protocols),
        "limits": dict(limits or {}),
        "profile": msgspec.to_builtins(profile),
    }
    made = dsse.sign(dsse.MANIFEST, dumps(claims), [signer])
    read_manifest(identity, made)
    return made


def accept_manifest(identity: Identity, old: Manifest | None, envelope: bytes, now: int) -> Manifest:
    """The manifest in the envelope, judged under the identity accepted and against the manifest held.

    The very document that we hold is accepted again. Refused: malformed, too-large, untrusted, clock-skew,
    expired, version-conflict (rolled back, of another identity version, another document of the version
    held, a revocation taken back, or a protocol taken back without a newer identity).
    """
    revoked = old.revoked if old is not None else frozenset()
    new = read_manifest(identity, envelope, revoked=revoked)
    if old is not None and new.payload == old.payload:
        return old
    dsse.judge_times({"iat": new.iat, "exp": new.exp}, now)
    if old is not None and new.order <= old.order:
        raise Refused("version-conflict", f"manifest {new.order} where more than {old.order} was due")
    # A doc key alone may be stolen, or its node put back: to speak less than before takes the roots.
    held = old.protocols if old is not None and new.identity_version == old.identity_version else ()
    if not all(speaks(new.protocols, protocol) for protocol in held):
        raise Refused("version-conflict", "a protocol is taken back")
    return new


def speaks(protocols: Iterable[str], least: str) -> bool:
    """Whether one of these protocols is `least` or a later version of it: "commoncare/2" for "commoncare/1"."""
    name, _, number = least.rpartition("/")
    if not name or not _VERSION.fullmatch(number):
        return least in protocols
    return any(
        other == name and _VERSION.fullmatch(version) is not None and int(version) >= int(number)
        for other, _, version in (protocol.rpartition("/") for protocol in protocols)
    )


def read_manifest(identity: Identity, envelope: bytes, *, revoked: frozenset[str] = frozenset()) -> Manifest:
    """A manifest that is whole and signed by a `doc` key of this identity: for one that we accepted and
    stored.

    `revoked` are the kids known to be revoked from earlier manifests. Refused: malformed, too-large,
    untrusted, version-conflict. Times and order are not judged.
    """
    verified = dsse.verify(envelope, dsse.MANIFEST, identity.node_id, identity.docs, None)
    try:
        claims = msgspec.convert(verified.claims, _Claims)
    except msgspec.ValidationError as error:  # names the member, never its value
        raise Refused("malformed", f"manifest: {error}") from error
    if claims.identity_version != identity.version:
        raise Refused("version-conflict", f"a manifest of identity {claims.identity_version}")
    if not claims.iat < claims.exp <= claims.iat + MANIFEST_LIFE:
        raise Refused("malformed", "a manifest lives 30 days at most")
    keys = tuple(_node_key(key) for key in claims.keys)
    kids = [key.kid for key in keys]
    if len(set(kids)) != len(kids):
        raise Refused("malformed", "a key stands twice")
    if not {key.kid for key in (*identity.roots, *identity.docs)}.isdisjoint(kids):
        raise Refused("malformed", "a root or doc key is used as a working key")
    if any(key.revoked_at is None and key.kid in revoked for key in keys):
        raise Refused("version-conflict", "a revocation is taken back")
    return Manifest(
        node_id=identity.node_id,
        identity_version=claims.identity_version,
        version=claims.version,
        iat=claims.iat,
        exp=claims.exp,
        keys=keys,
        protocols=claims.protocols,
        limits=claims.limits,
        profile=read_profile(claims.profile),
        revoked=revoked | {key.kid for key in keys if key.revoked_at is not None},
        payload=verified.payload,
        envelope=envelope,
    )


def _node_key(claims: _Key) -> NodeKey:
    key = (LetterPublicKey if claims.use == "letter" else PublicKey).from_jwk(claims.jwk)
    if key.kid != claims.kid:
        raise Refused("malformed", "a kid that is not the key's thumbprint")
    if not claims.nbf < claims.exp <= claims.nbf + KEY_LIFE:
        raise Refused("malformed", "a key's time is not in order")
    return NodeKey(claims.use, key, claims.nbf, claims.exp, claims.revoked_at, claims.reason)


class KeyRing:
    """The keys of the nodes we know, found only by (node, use, kid), never by kid alone."""

    def __init__(self, nodes: Iterable[tuple[Identity, Manifest]]) -> None:
        self._docs: dict[str, dict[str, PublicKey]] = {}
        self._keys: dict[tuple[str, str], dict[str, NodeKey]] = {}
        for identity, manifest in nodes:
            if identity.node_id != manifest.node_id:
                raise ValueError("an identity and a manifest of two nodes")
            self._docs[identity.node_id] = {key.kid: key for key in identity.docs}
            for key in manifest.keys:
                self._keys.setdefault((manifest.node_id, key.use), {})[key.kid] = key

    @overload
    def find(self, node_id: str, use: Literal["letter"], kid: str, now: int) -> LetterPublicKey | None: ...
    @overload
    def find(self, node_id: str, use: SigningUse, kid: str, now: int) -> PublicKey | None: ...
    def find(self, node_id: str, use: Use, kid: str, now: int) -> PublicKey | LetterPublicKey | None:
        """The key, if this node has it for this use and it is usable at `now`; else None."""
        if use == "doc":
            return self._docs.get(node_id, {}).get(kid)
        key = self._keys.get((node_id, use), {}).get(kid)
        return key.key if key is not None and key.usable(now) else None

    @overload
    def usable(self, node_id: str, use: Literal["letter"], now: int) -> tuple[LetterPublicKey, ...]: ...
    @overload
    def usable(self, node_id: str, use: SigningUse, now: int) -> tuple[PublicKey, ...]: ...
    def usable(self, node_id: str, use: Use, now: int) -> tuple[PublicKey | LetterPublicKey, ...]:
        """The keys of this node for this use at `now`, the one that began last first."""
        if use == "doc":
            return tuple(self._docs.get(node_id, {}).values())
        keys = [key for key in self._keys.get((node_id, use), {}).values() if key.usable(now)]
        return tuple(key.key for key in sorted(keys, key=lambda key: key.nbf, reverse=True))
