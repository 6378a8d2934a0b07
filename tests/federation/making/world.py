# SPDX-License-Identifier: AGPL-3.0-or-later
"""What all vectors share: a moment, keys from fixed seeds, two co-ops, and the form of a case.

The seed of a key is SHA-256("commoncare test key: " || its name): whoever reads this has every private key, so none of
them may ever be used for anything but tests.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from federation import envelope as dsse
from federation import identity, manifest
from federation.identity import Identity
from federation.keys import LetterKey, PublicKey, SigningKey
from federation.manifest import Manifest, NodeKey
from federation.profile import Contact, Profile, Safeguarding
from federation.wire import DAY, b64, dumps

NOW = 1_795_000_000
"""Unix seconds; 2026-11-18."""


def seed(name: str) -> bytes:
    return hashlib.sha256(f"commoncare test key: {name}".encode()).digest()


def key(name: str) -> SigningKey:
    return SigningKey.from_seed(seed(name))


def chance(name: str, count: int) -> bytes:
    """Bytes in the place of fresh random ones."""
    return hashlib.shake_256(f"commoncare test bytes: {name}".encode()).digest(count)


def token(name: str) -> str:
    """128 bits in base64url."""
    return b64(chance(name, 16))


def case(name: str, operation: str, what: str, given: dict[str, Any], **expected: Any) -> dict[str, Any]:
    """One vector. `expected` is `value=…`, or `refused="code"` with `finding=` or `public=` where there is more to say."""
    if ("value" in expected) is ("refused" in expected):
        raise ValueError(f"{name}: a value or a refusal")
    return {"name": name, "what": what, "operation": operation, "input": given, "expected": expected}


@dataclass(frozen=True)
class Coop:
    """A co-op with all its keys in one hand, as only a test has them."""

    node_id: str
    roots: tuple[SigningKey, ...]
    doc: SigningKey
    http: SigningKey
    log: SigningKey
    letter: LetterKey
    identity: Identity
    manifest: Manifest

    @property
    def identity_text(self) -> str:
        return self.identity.envelope.decode()

    @property
    def manifest_text(self) -> str:
        return self.manifest.envelope.decode()


def identity_claims(
    node_id: str,
    version: int,
    roots: list[SigningKey],
    threshold: int,
    docs: list[SigningKey],
    *,
    iat: int = NOW,
    exp: int = NOW + 300 * DAY,
) -> dict[str, Any]:
    return {
        "iss": node_id,
        "version": version,
        "iat": iat,
        "exp": exp,
        "root": {"keys": [each.public.jwk() for each in roots], "threshold": threshold},
        "doc": [each.public.jwk() for each in docs],
    }


def signed(kind: str, claims: dict[str, Any], signers: list[SigningKey]) -> str:
    """The envelope of any claims, also of those that no one would take."""
    return dsse.sign(kind, dumps(claims), signers).decode()


def open_coop(node_id: str, *, threshold: int = 1) -> Coop:
    roots = (key(f"{node_id} root 1"), key(f"{node_id} root 2"))
    doc, http, log = (key(f"{node_id} {use}") for use in ("doc", "http", "log"))
    letter = LetterKey.from_seed(seed(f"{node_id} letter"))
    claims = identity_claims(node_id, 1, list(roots), threshold, [doc])
    first = identity.accept_identity(None, signed(dsse.IDENTITY, claims, list(roots)).encode(), NOW, node_id=node_id)
    today = manifest.make_manifest(
        identity=first,
        version=1,
        now=NOW,
        exp=NOW + 20 * DAY,
        keys=[
            NodeKey("http", http.public, NOW, NOW + 90 * DAY),
            NodeKey("log", log.public, NOW, NOW + 90 * DAY),
            NodeKey("letter", letter.public, NOW, NOW + 30 * DAY),
        ],
        profile=Profile(
            name=f"The co-op at {node_id}",
            services=("home care",),
            languages=("en",),
            safeguarding=Safeguarding(lead=Contact(name="Ash Lead", phone="01632 960001")),
        ),
        signer=doc,
    )
    return Coop(node_id, roots, doc, http, log, letter, first, manifest.accept_manifest(first, None, today, NOW))


ALDER = open_coop("alder.example")
BIRCH = open_coop("birch.example", threshold=2)


def jwks(*keys: PublicKey | SigningKey) -> list[dict[str, str]]:
    return [(each.public if isinstance(each, SigningKey) else each).jwk() for each in keys]
