# SPDX-License-Identifier: AGPL-3.0-or-later
"""RFC 9421 message signatures with our own keys, rules and times, over `http-message-signatures`.

The library builds the signature base and the fields; it judges no time, picks no key, and covers nothing by
default here: whoever calls says what is covered and has judged the times. What the rest of the protocol may
use of this is in requests.py.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureAlgorithm,
    HTTPSignatureKeyResolver,
)

from .errors import Refused
from .keys import PublicKey, SigningKey


@dataclass(slots=True)
class Message:
    """A request as the library wants it; `url` is whole when signing, and only path and query once
    received."""

    method: str
    url: str
    headers: dict[str, str]

    @property
    def host(self) -> str:
        return self.headers["host"].lower().removesuffix(":443")

    @property
    def digest(self) -> str | None:
        return self.headers.get("content-digest")


class Ed25519(HTTPSignatureAlgorithm):
    """Our own keys, and so our own rules of verification, behind the library's interface."""

    algorithm_id = "ed25519"

    def __init__(self, public_key: PublicKey | None = None, private_key: SigningKey | None = None) -> None:
        self.public_key, self.private_key = public_key, private_key

    def verify(self, signature: bytes, message: bytes) -> None:
        if self.public_key is None or not self.public_key.verify(signature, message):
            raise Refused("signature-invalid", "the signature does not verify")


class OneKey(HTTPSignatureKeyResolver):
    def __init__(self, keyid: str, *, public: PublicKey | None = None, private: SigningKey | None = None) -> None:
        self.keyid, self.public, self.private = keyid, public, private

    def resolve_public_key(self, key_id: str) -> PublicKey | None:
        return self.public if key_id == self.keyid else None

    def resolve_private_key(self, key_id: str) -> SigningKey | None:
        return self.private


class Verifier(HTTPMessageVerifier):
    """The library's verifier without its own clock: times were judged before, by the time that was handed
    in."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        return None


def sign(
    message: Message,
    *,
    key: SigningKey,
    keyid: str,
    created: int,
    expires: int | None,
    nonce: str | None,
    label: str,
    tag: str | None,
    components: Sequence[str],
) -> None:
    signer = HTTPMessageSigner(signature_algorithm=Ed25519, key_resolver=OneKey(keyid, private=key))
    prepared = signer.prepare(
        message,
        key_id=keyid,
        created=datetime.fromtimestamp(created, UTC),
        expires=None if expires is None else datetime.fromtimestamp(expires, UTC),
        nonce=nonce,
        label=label,
        tag=tag,
        include_alg=False,
        covered_component_ids=components,
        use_existing_digest=any(name.lower() == "content-digest" for name in message.headers),
    )
    # `signer.sign` would build the base a second time, to see whether the message changed while somebody else signed it.
    # RFC 9421, 4.1 and 4.2: both fields are dictionaries, here of one member.
    message.headers["Signature-Input"] = f"{prepared.label}={prepared.signature_params}"
    message.headers["Signature"] = f"{prepared.label}=:{b64encode(key.sign(prepared.signature_base)).decode()}:"


def verify(message: Message, *, authority: str, key: PublicKey, keyid: str, label: str | None, tag: str | None) -> None:
    """Refused signature-invalid unless the key signed the message, seen as sent to this authority."""
    whole = Message(message.method, f"https://{authority}{message.url}", message.headers)
    try:
        Verifier(signature_algorithm=Ed25519, key_resolver=OneKey(keyid, public=key)).verify(
            whole, expect_tag=tag, expect_label=label, max_age=None
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError) as error:
        raise Refused("signature-invalid", "the signature does not verify") from error
