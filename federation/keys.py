# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ed25519 and X25519 keys as values, named by their RFC 7638 thumbprints.

A public key is judged once, when it is taken in: length, canonical encoding, on the curve, not of small
order. A signature is then judged in this order: length, S < L, R canonical and not of small order, the
cofactorless equation (RFC 8032, section 5.1.7). The library underneath accepts small-order public keys, so
those checks are ours.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from .errors import Refused
from .wire import b64, dumps, unb64

Random = Callable[[int], bytes]
"""Gives that many fresh random bytes."""

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_L: Final = 2**252 + 27742317777372353535851937790883648493
_LOW: Final = (1 << 255) - 1
# The eight points of small order by their y (RFC 7748 and 8032 curve, cofactor 8); the two order-8 values of
# y belong to four points.
_Y8: Final = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL_Y: Final = frozenset({0, 1, _P - 1, _Y8, _P - _Y8})


def _canonical(point: bytes) -> bool:
    """Whether an encoded point is the one encoding of it: y < p, and no sign on x = 0 (RFC 8032, section 5.1.3)."""
    encoded = int.from_bytes(point, "little")
    y = encoded & _LOW
    return y < _P and not (encoded >> 255 and y in (1, _P - 1))


def _small_order(point: bytes) -> bool:
    return (int.from_bytes(point, "little") & _LOW) % _P in _SMALL_Y


def _on_curve(point: bytes) -> bool:
    """Whether x^2 = (y^2 - 1) / (d y^2 + 1) has a solution: by Euler's criterion, on the product of the two."""
    y2 = pow(int.from_bytes(point, "little") & _LOW, 2, _P)
    return pow((y2 - 1) * (_D * y2 + 1), (_P - 1) // 2, _P) in (0, 1)


def _okp(curve: str, raw: bytes) -> dict[str, str]:
    """The RFC 8037 JWK of a public key: exactly the members that RFC 7638 hashes, in its order."""
    return {"crv": curve, "kty": "OKP", "x": b64(raw)}


def _from_okp(curve: str, jwk: Mapping[str, Any]) -> bytes:
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "OKP" or jwk.get("crv") != curve:
        raise Refused("malformed", f"not a JWK of an {curve} key")
    if "d" in jwk:
        raise Refused("malformed", "a JWK with its private half")
    return unb64(jwk.get("x", ""), length=32)


class _Public:
    """What both kinds of public key share: 32 bytes, a curve, a kid; equal by kind and bytes."""

    __slots__ = ("kid", "raw")
    curve: str

    def __init__(self, raw: bytes) -> None:
        self.raw: Final = raw
        self.kid: Final = b64(hashlib.sha256(dumps(_okp(self.curve, raw))).digest())

    def jwk(self) -> dict[str, str]:
        """The public JWK (RFC 8037), without a kid member."""
        return _okp(self.curve, self.raw)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> Self:
        """From a public JWK; other members are ignored, a private half is refused. Refused: malformed."""
        return cls(_from_okp(cls.curve, jwk))

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """From the 32 bytes. Refused: malformed."""
        return cls(raw)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _Public) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash((self.curve, self.raw))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kid})"


class PublicKey(_Public):
    """An Ed25519 public key that has been judged: whoever holds one may verify with it."""

    __slots__ = ("_key",)
    curve = "Ed25519"

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise Refused("malformed", "an Ed25519 key has 32 bytes")
        if not _canonical(raw) or not _on_curve(raw):
            raise Refused("malformed", "not the encoding of a point")
        if _small_order(raw):
            raise Refused("malformed", "a public key of small order")
        super().__init__(raw)
        self._key = Ed25519PublicKey.from_public_bytes(raw)

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether the 64 bytes are this key's signature of the message. Never raises on what it is given."""
        if len(signature) != 64 or int.from_bytes(signature[32:], "little") >= _L:
            return False
        point = signature[:32]
        if not _canonical(point) or _small_order(point):
            return False
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """An Ed25519 private key."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("a seed has 32 bytes")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: Final = PublicKey(self._key.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """From the 32 bytes that `seed` gave."""
        return cls(seed)

    @classmethod
    def generate(cls, random: Random) -> Self:
        return cls(random(32))

    @property
    def kid(self) -> str:
        return self.public.kid

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature (RFC 8032, deterministic)."""
        return self._key.sign(message)

    def seed(self) -> bytes:
        """The 32 private bytes, for storing in a safe place."""
        return self._key.private_bytes_raw()

    def __repr__(self) -> str:
        return f"SigningKey({self.kid})"


class LetterPublicKey(_Public):
    """An X25519 public key, to which letters are sealed."""

    __slots__ = ("key",)
    curve = "X25519"

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise Refused("malformed", "an X25519 key has 32 bytes")
        self.key: Final = X25519PublicKey.from_public_bytes(raw)
        try:
            # Every clamped scalar is a multiple of the cofactor, so any one of them takes a point of small
            # order, on the curve or its twist, to zero, which the library refuses (RFC 7748, section 6.1).
            _PROBE.exchange(self.key)
        except ValueError as error:
            raise Refused("malformed", "a public key of small order") from error
        super().__init__(raw)


_PROBE: Final = X25519PrivateKey.from_private_bytes(bytes(32))


class LetterKey:
    """An X25519 private key, with which letters are opened."""

    __slots__ = ("key", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != 32:
            raise ValueError("a seed has 32 bytes")
        self.key: Final = X25519PrivateKey.from_private_bytes(seed)
        self.public: Final = LetterPublicKey(self.key.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """From the 32 bytes that `raw` gave."""
        return cls(seed)

    @classmethod
    def generate(cls, random: Random) -> Self:
        return cls(random(32))

    @property
    def kid(self) -> str:
        return self.public.kid

    def raw(self) -> bytes:
        """The 32 private bytes, for storing in a safe place until they are destroyed."""
        return self.key.private_bytes_raw()

    def __repr__(self) -> str:
        return f"LetterKey({self.kid})"
