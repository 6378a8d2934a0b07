# SPDX-License-Identifier: AGPL-3.0-or-later
"""A passkey in software: real keys, real signatures, real CBOR; what a device and a browser make of our options."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey for one person. `origin`: which page its browser shows; `count` grows with each use."""

    origin: str = "https://alder.example"
    host: str = "alder.example"
    id: bytes = b"a credential of this device"
    flags: int = PRESENT | VERIFIED
    count: int = 0
    user: bytes | None = None
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str) -> str:
        """navigator.credentials.create: the answer as JSON, without attestation."""
        asked = json.loads(options)
        self.user = base64.urlsafe_b64decode(asked["user"]["id"] + "==")
        numbers = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        data = self._data(ATTESTED) + bytes(range(16)) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(key)
        told = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(
            {"attestationObject": b64(told), "clientDataJSON": b64(self._client("webauthn.create", asked))}
        )

    def use(self, options: str) -> str:
        """navigator.credentials.get: the answer as JSON."""
        asked = json.loads(options)
        self.count += 1
        data, client = self._data(), self._client("webauthn.get", asked)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response: dict[str, Any] = {
            "authenticatorData": b64(data),
            "clientDataJSON": b64(client),
            "signature": b64(signature),
        }
        if self.user is not None:
            response["userHandle"] = b64(self.user)
        return self._answer(response)

    def _data(self, more: int = 0) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([self.flags | more]) + self.count.to_bytes(4)

    def _client(self, kind: str, asked: dict[str, Any]) -> bytes:
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        return json.dumps({"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response})
