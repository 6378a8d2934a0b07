# SPDX-License-Identifier: AGPL-3.0-or-later
"""How two co-ops meet: an invitation that can be pasted, and a fingerprint read out on a checking call.

The fingerprint is 132 bits of SHA-256 over the node id, the threshold and the root keys, said as 12 words of
the BIP-39 English list (protocol decision 18). Nothing is trusted because it came first: roots are held
against the fingerprint that people compared. A word that is not on the list is refused with its place and
the nearest one.
"""

import difflib
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Self

from mnemonic import Mnemonic

from .errors import Refused
from .identity import Identity
from .keys import PublicKey, Random
from .wire import DOCUMENT_LIMIT, REQUEST_LIMIT, b64, dumps, node_id, parse, unb64

WORDS: Final = 12
TOKEN_BYTES: Final = 16
_BITS: Final = 11 * WORDS
_BYTES: Final = (_BITS + 7) // 8
_PREFIX: Final = "cc1-"
_CHECK: Final = 4


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """132 bits that stand for a node's roots. `value` is the number they make, the first word's bits
    highest."""

    value: int

    def words(self) -> tuple[str, ...]:
        """The 12 words, in the order in which they are read out."""
        english = _english()
        return tuple(english[(self.value >> shift) & 2047] for shift in range(_BITS - 11, -1, -11))

    def __str__(self) -> str:
        return " ".join(self.words())

    def to_bytes(self) -> bytes:
        """17 bytes, the last four bits zero."""
        return (self.value << (_BYTES * 8 - _BITS)).to_bytes(_BYTES, "big")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Refused: malformed."""
        spare = _BYTES * 8 - _BITS
        number = int.from_bytes(data, "big")
        if len(data) != _BYTES or number & ((1 << spare) - 1):
            raise Refused("malformed", "not a fingerprint")
        return cls(number >> spare)

    @classmethod
    def of_roots(cls, node: str, threshold: int, roots: Iterable[PublicKey]) -> Self:
        """The fingerprint of the roots that may speak for a node: their order does not matter."""
        keys = b"".join(sorted(key.raw for key in roots))
        start = b"commoncare/1 root\0" + node_id(node).encode("ascii") + b"\0" + bytes([threshold])
        hashed = int.from_bytes(hashlib.sha256(start + keys).digest(), "big")
        return cls(hashed >> (256 - _BITS))

    @classmethod
    def of(cls, identity: Identity) -> Self:
        return cls.of_roots(identity.node_id, identity.threshold, identity.roots)

    @classmethod
    def from_words(cls, text: str) -> Self:
        """From 12 words as somebody wrote them down: any case, any separators, and four letters of a word
        suffice.

        Refused: malformed, with the public members `word` (its place, from 1) and `nearest` where a word is
        not on the list, or `words` (how many there were).
        """
        given = re.findall(r"[^\W\d_]+", text.lower())
        if len(given) != WORDS:
            raise Refused("malformed", f"{len(given)} words where {WORDS} are due", words=len(given))
        value = 0
        for place, word in enumerate(given, start=1):
            value = value << 11 | _index(word, place)
        return cls(value)


@cache
def _english() -> tuple[str, ...]:
    return tuple(Mnemonic("english").wordlist)


@cache
def _places() -> dict[str, int]:
    """Each word and its first four letters, which belong to it alone (BIP-39), to its place on the list."""
    places = {word[:4]: place for place, word in enumerate(_english())}
    return places | {word: place for place, word in enumerate(_english())}


def _index(word: str, place: int) -> int:
    index = _places().get(word)
    if index is None:
        nearest = difflib.get_close_matches(word, _english(), n=1, cutoff=0.0)[0]
        raise Refused("malformed", f"word {place} is not on the list", word=place, nearest=nearest)
    return index


@dataclass(frozen=True, slots=True)
class Invitation:
    """What one co-op gives another so that it may propose a peering once: whom to ask, whose roots, and a
    token."""

    node_id: str
    fingerprint: Fingerprint
    token: bytes = field(repr=False)

    @classmethod
    def make(cls, identity: Identity, random: Random) -> Self:
        return cls(identity.node_id, Fingerprint.of(identity), random(TOKEN_BYTES))

    def text(self) -> str:
        """One word to copy and paste: `cc1-` and the base64url of fingerprint, token, node id and a check
        sum."""
        body = self.fingerprint.to_bytes() + self.token + self.node_id.encode("ascii")
        return _PREFIX + b64(body + _check(body))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Refused: malformed, also when a part was lost in copying."""
        packed = "".join(text.split())
        if not packed.startswith(_PREFIX) or len(packed) > 600:
            raise Refused("malformed", "not an invitation")
        data = unb64(packed.removeprefix(_PREFIX))
        body, check = data[:-_CHECK], data[-_CHECK:]
        if len(body) <= _BYTES + TOKEN_BYTES or not hmac.compare_digest(_check(body), check):
            raise Refused("malformed", "a part of the invitation is missing or changed")
        name = body[_BYTES + TOKEN_BYTES :].decode("ascii", errors="replace")
        return cls(node_id(name), Fingerprint.from_bytes(body[:_BYTES]), body[_BYTES : _BYTES + TOKEN_BYTES])


def _check(body: bytes) -> bytes:
    """Four bytes against slips in copying; no proof of anything."""
    return hashlib.sha256(b"commoncare/1 invitation\0" + body).digest()[:_CHECK]


@dataclass(frozen=True, slots=True)
class Approach:
    """The body of POST /peerings: who asks, with what token, and the peering that they propose or
    countersigned.

    `identity`, `manifest` and `peering` are envelopes, unverified; `token` is None where both sides know
    each other; `declined` is the SHA-256 (32 bytes) of the payload of a proposal to which its sender says no.
    """

    identity: bytes
    manifest: bytes
    peering: bytes | None = None
    token: bytes | None = field(default=None, repr=False)
    declined: bytes | None = None

    def body(self) -> bytes:
        members: dict[str, Any] = {"identity": parse(self.identity), "manifest": parse(self.manifest)}
        if self.peering is not None:
            members["peering"] = parse(self.peering)
        if self.token is not None:
            members["token"] = b64(self.token)
        if self.declined is not None:
            members["declined"] = b64(self.declined)
        return dumps(members)

    @classmethod
    def parse(cls, body: bytes) -> Self:
        """Refused: malformed, too-large."""
        members = parse(body, limit=REQUEST_LIMIT)
        if not isinstance(members, dict) or not {"identity", "manifest"} <= set(members) <= _APPROACH:
            raise Refused("malformed", "not an approach to a peering")
        envelopes = {name: dumps(members[name]) for name in ("identity", "manifest", "peering") if name in members}
        if any(len(envelope) > DOCUMENT_LIMIT for envelope in envelopes.values()):
            raise Refused("too-large", "a document beyond the limit")
        token = unb64(members["token"], length=TOKEN_BYTES) if "token" in members else None
        declined = unb64(members["declined"], length=32) if "declined" in members else None
        return cls(envelopes["identity"], envelopes["manifest"], envelopes.get("peering"), token, declined)


_APPROACH: Final = frozenset({"identity", "manifest", "peering", "token", "declined"})
