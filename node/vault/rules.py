# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sealing and opening: AES-256-GCM (NIST SP 800-38D), a fresh random 96-bit nonce each time, bound to its place.

A sealed text is: version (1 byte, 1), nonce (12), ciphertext with its 16-byte tag. Its associated data are the table, row,
column and key id, each with its length. A data key is wrapped alike under a key derived from the node key, bound to its key
id and owner. What does not open raises Tampered; what belongs to a destroyed key raises Erased; neither says anything of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from node.errors import NotFound
from node.here import Here, NodeKey, Randomness
from node.words import _

VERSION = b"\x01"
NONCE = 12
KEY = 32
_SHORTEST = 1 + NONCE + 16


class Erased(NotFound):
    """The key of this owner was destroyed: what was sealed under it is gone for good."""

    code = "erased"

    def __init__(self) -> None:
        super().__init__(_("This has been erased."), cause="the owner's data key was destroyed")


class NoKey(LookupError):
    """The ring holds no key for this owner: name it in `ring(owners)`, and create it first."""


class Tampered(Exception):
    """A sealed text or a wrapped key does not open in its place: it was altered, moved, or sealed under another key."""


def _joined(*fields: str) -> bytes:
    encoded = [field.encode() for field in fields]
    return b"".join(len(field).to_bytes(4, "big") + field for field in encoded)


def _close(cipher: AESGCM, plain: bytes, place: bytes, chance: Randomness) -> bytes:
    nonce = chance.bytes(NONCE)
    return VERSION + nonce + cipher.encrypt(nonce, plain, place)


def _open(cipher: AESGCM, blob: bytes, place: bytes) -> bytes:
    if len(blob) < _SHORTEST or blob[:1] != VERSION:
        raise Tampered("not a sealed value of a known version")
    try:
        return cipher.decrypt(blob[1 : 1 + NONCE], blob[1 + NONCE :], place)
    except InvalidTag:
        raise Tampered("a sealed value does not open in its place") from None


def wrap(data_key: bytes, key_id: str, owner: str, node_key: NodeKey, chance: Randomness) -> bytes:
    """The data key, closed under the node key for this key id and owner."""
    return _close(_wrapping(node_key), data_key, _joined("commoncare/1 data key", key_id, owner), chance)


def unwrap(wrapped: bytes, key_id: str, owner: str, node_key: NodeKey) -> bytes:
    """The 32 bytes of the data key. Raises Tampered."""
    return _open(_wrapping(node_key), wrapped, _joined("commoncare/1 data key", key_id, owner))


@lru_cache(maxsize=32)
def _wrapping(node_key: NodeKey) -> AESGCM:
    return AESGCM(node_key.derive("data keys"))


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A data key ready for use. Its repr shows its id only."""

    key_id: str
    cipher: AESGCM

    def __repr__(self) -> str:
        return f"HeldKey({self.key_id})"


class Ring:
    """The data keys of some owners, to seal and open with. Made by `vault.ring`; kept no longer than one request or job."""

    __slots__ = ("_chance", "_keys")

    def __init__(self, keys: Mapping[str, HeldKey | None], chance: Randomness) -> None:
        self._keys = dict(keys)
        self._chance = chance

    def holds(self, owner: str) -> bool:
        """Whether texts of this owner can be sealed and opened: False where no key is, or it was destroyed."""
        return self._keys.get(owner) is not None

    def _key(self, owner: str) -> HeldKey:
        if owner not in self._keys:
            raise NoKey("this ring holds no key for this owner")
        key = self._keys[owner]
        if key is None:
            raise Erased
        return key

    def seal(self, owner: str, table: str, row: str, column: str, text: str) -> bytes:
        """`text` closed for this place. Raises Erased, NoKey."""
        key = self._key(owner)
        place = _joined("commoncare/1 sealed", table, row, column, key.key_id)
        return _close(key.cipher, text.encode(), place, self._chance)

    def open(self, owner: str, table: str, row: str, column: str, blob: bytes | None) -> str | None:
        """The text sealed for this place; None for None. Raises Erased, NoKey, Tampered."""
        if blob is None:
            return None
        key = self._key(owner)
        place = _joined("commoncare/1 sealed", table, row, column, key.key_id)
        return _open(key.cipher, bytes(blob), place).decode()

    def __repr__(self) -> str:
        return f"Ring({len(self._keys)} owners)"


def blind(purpose: str, value: str, *, here: Here) -> str:
    """A keyed hash for finding a row by value (HMAC-SHA256, RFC 2104): 43 characters, the same each time for this node.

    `value` is normalised by the caller. Another purpose gives another hash of the same value.
    """
    digest = hmac.new(here.node_key.derive("blind index"), _joined(purpose, value), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
