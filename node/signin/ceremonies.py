# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ceremonies of W3C Web Authentication, level 3, for passkeys: what a browser is asked, and whether its answer holds.

Nothing is stored here and nothing decided. The library behind it is imported at the first ceremony: with the formats of every
make of key it costs a tenth of a node's start, and most hours see none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST = 16 * 1024
"""Characters of an answer."""


class Wrong(Exception):
    """An answer that does not hold. Its text names the cause, for the log, and nothing of the answer."""


@dataclass(frozen=True)
class Answer:
    """An answer as the browser put it, not yet believed. `credential`: its id; `user_handle`: the person it says it is of."""

    credential: str
    challenge: bytes
    user_handle: bytes | None
    parsed: Any = field(repr=False)


@dataclass(frozen=True)
class Made:
    """A new passkey that holds. `credential` and `public_key`: bytes as the device gave them."""

    credential: bytes
    public_key: bytes = field(repr=False)
    sign_count: int


def to_add(
    *, host: str, co_op: str, person: str, name: str, challenge: bytes, held: Sequence[bytes], seconds: int
) -> str:
    """PublicKeyCredentialCreationOptions as JSON. `held`: ids of passkeys that the device is not to make again."""
    import webauthn
    from webauthn.helpers import options_to_json, structs

    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=host,
            rp_name=co_op,
            user_id=person.encode(),
            user_name=name,
            challenge=challenge,
            timeout=seconds * 1000,
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in held],
        )
    )


def to_show(*, host: str, challenge: bytes, held: Sequence[bytes], seconds: int) -> str:
    """PublicKeyCredentialRequestOptions as JSON. `held`: whose passkeys will do; empty for any that the device knows."""
    import webauthn
    from webauthn.helpers import options_to_json, structs

    return options_to_json(
        webauthn.generate_authentication_options(
            rp_id=host,
            challenge=challenge,
            timeout=seconds * 1000,
            allow_credentials=[structs.PublicKeyCredentialDescriptor(id=each) for each in held],
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        )
    )


def read_added(answer: str) -> Answer:
    """A RegistrationResponse, from JSON. Raises Wrong."""
    from webauthn.helpers import parse_registration_credential_json

    return _read(parse_registration_credential_json, answer)


def read_shown(answer: str) -> Answer:
    """An AuthenticationResponse, from JSON. Raises Wrong."""
    from webauthn.helpers import parse_authentication_credential_json

    return _read(parse_authentication_credential_json, answer)


def check_added(given: Answer, *, host: str, origin: str) -> Made:
    """The passkey that was made, for this host, from our own pages, by a device that checked who holds it. Raises Wrong."""
    import webauthn

    made = _tried(
        webauthn.verify_registration_response,
        credential=given.parsed,
        expected_challenge=given.challenge,
        expected_rp_id=host,
        expected_origin=origin,
        require_user_verification=True,
    )
    return Made(made.credential_id, made.credential_public_key, made.sign_count)


def check_shown(given: Answer, *, host: str, origin: str, public_key: bytes, sign_count: int) -> int:
    """The passkey's new count. Raises Wrong, for a count that did not grow too."""
    import webauthn

    found = _tried(
        webauthn.verify_authentication_response,
        credential=given.parsed,
        expected_challenge=given.challenge,
        expected_rp_id=host,
        expected_origin=origin,
        credential_public_key=public_key,
        credential_current_sign_count=sign_count,
        require_user_verification=True,
    )
    return int(found.new_sign_count)


def _read(parse: Callable[[str], Any], answer: str) -> Answer:
    from webauthn.helpers import parse_client_data_json

    if len(answer) > LONGEST:
        raise Wrong("too long")
    parsed = _tried(parse, answer)
    return Answer(
        credential=parsed.id,
        challenge=_tried(parse_client_data_json, parsed.response.client_data_json).challenge,
        user_handle=getattr(parsed.response, "user_handle", None),
        parsed=parsed,
    )


def _tried(does: Callable[..., Any], *args: Any, **how: Any) -> Any:
    """Whatever a hostile answer makes the library raise becomes Wrong."""
    try:
        return does(*args, **how)
    except Exception as error:
        raise Wrong(type(error).__name__) from None
