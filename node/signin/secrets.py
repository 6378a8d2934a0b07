# SPDX-License-Identifier: AGPL-3.0-or-later
"""Links, codes and card words, derived under keys that stand outside the database; and the hashes by which they are found.

Each begins with random bytes or a random id that a row holds; what signs in is HMAC-SHA256 of it (RFC 2104). So nothing that
signs anybody in is in the database or the outbox, a mail can be written again at its departure, and a card printed again by
whoever made it. Pure but for the key that is handed in.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cache

from mnemonic import Mnemonic

from node import vault
from node.here import Here

CARD_BYTES = 11  # 88 bits: eight words of 2048
CARD_WORDS = 8
_CODE_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"


def encoded(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """What `encoded` wrote."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def hashed(secret: str) -> str:
    """SHA-256 of 256 random bits, 43 characters: for what nobody can guess."""
    return encoded(hashlib.sha256(secret.encode()).digest())


def derived(purpose: str, seed: str, *, here: Here) -> bytes:
    """32 bytes for one purpose and one seed."""
    return hmac.digest(here.node_key.derive(f"sign-in {purpose}"), seed.encode(), "sha256")


def link(salt: str, *, here: Here) -> str:
    """The secret part of a sign-in link."""
    return encoded(derived("link", salt, here=here))


def code(purpose: str, seed: str, *, here: Here) -> str:
    """Six figures. A bias of 2^-44 or less comes of the remainder."""
    return f"{int.from_bytes(derived(purpose, seed, here=here)[:8]) % 1_000_000:06d}"


def card(card_id: str, *, here: Here) -> bytes:
    """The 88 bits of a card."""
    return derived("card", card_id, here=here)[:CARD_BYTES]


def words(secret: bytes) -> list[str]:
    """The 88 bits of a card as eight words of BIP-39's English list, eleven bits each, the first bits first."""
    number = int.from_bytes(secret)
    return [_english()[number >> 11 * place & 2047] for place in reversed(range(CARD_WORDS))]


def from_words(said: list[str]) -> bytes | None:
    """The bits that eight words stand for; None for other words. The first four letters of a word are enough (BIP-39)."""
    if len(said) != CARD_WORDS:
        return None
    number = 0
    for word in said:
        place = _places().get(word[:4])
        if place is None or not _english()[place].startswith(word):
            return None
        number = number << 11 | place
    return number.to_bytes(CARD_BYTES)


def from_text(token: str) -> bytes | None:
    """The bits of a card's link; None for other text."""
    try:
        found = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        return None
    return found if len(found) == CARD_BYTES and encoded(found) == token else None


def recovery_code(row_id: str, *, here: Here) -> str:
    """A recovery code: twelve signs that can't be taken for others, in groups of four; 59 bits."""
    number = int.from_bytes(derived("recovery code", row_id, here=here))
    signs = []
    for _ in range(12):
        number, sign = divmod(number, len(_CODE_SIGNS))
        signs.append(_CODE_SIGNS[sign])
    return "-".join("".join(signs[start : start + 4]) for start in (0, 4, 8))


def found_by(purpose: str, secret: str | bytes, *, here: Here) -> str:
    """The keyed hash by which a short secret is found."""
    return vault.blind(f"sign-in {purpose}", secret if isinstance(secret, str) else encoded(secret), here=here)


@cache
def _english() -> list[str]:
    return list(Mnemonic("english").wordlist)


@cache
def _places() -> dict[str, int]:
    return {word[:4]: place for place, word in enumerate(_english())}
