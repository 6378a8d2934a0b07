# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passkeys (W3C Web Authentication, level 3): kept on somebody's own device, made for this co-op's pages alone.

Each challenge is given to one browser, for ten minutes, and used up by the first answer to it, right or wrong. The device has
to check who holds it (user verification), so that a passkey alone signs in and confirms at once. A count that does not grow is
a copy, and refused.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    options_to_json,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from node import database, vault
from node.errors import Conflict, Invalid, NotFound, NotProved
from node.here import Here
from node.members import reads as members
from node.members import rules as people
from node.members.rights import act, open_to_anyone
from node.members.shapes import Actor
from node.signin import keeping, rules, secrets, tables, tries
from node.signin.shapes import Session, SignedIn
from node.words import N_, _

T = TypeVar("T")
MOST = 20
LONGEST = 16 * 1024
WRONG = N_("That passkey didn't work here. Please try again, or use another way.")
_VERIFIED = UserVerificationRequirement.REQUIRED


@act("signin.challenge-to-add", by={"member"}, scope="people", alone=True)
async def challenge_to_add(*, actor: Actor, session: Session, here: Here) -> str:
    """What a browser needs to make a passkey: PublicKeyCredentialCreationOptions as JSON. Raises NotProved, Conflict."""
    await keeping.may_set_up(actor, session, here=here)
    held = await _held(actor.person, here=here)
    if len(held) >= MOST:
        raise Conflict(_("You have many passkeys already. Please take one away first."), cause="passkeys are full")
    name = (await members.names([actor.person], here=here))[actor.person]
    challenge = await _give("register", session.id, here=here)
    return options_to_json(
        webauthn.generate_registration_options(
            rp_id=_host(here),
            rp_name=here.co_op.name,
            user_id=actor.person.encode(),
            user_name=name,
            challenge=challenge,
            timeout=rules.CHALLENGE_FOR * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in held],
        )
    )


@act("signin.add-passkey", by={"member"}, scope="people", alone=True)
async def add_passkey(
    *, actor: Actor, session: Session, answer: str, label: str = "", sending: str = "", here: Here
) -> SignedIn:
    """A passkey that this browser has just made. `answer`: its RegistrationResponse as JSON.

    Raises Invalid, NotProved, Conflict.
    """
    await keeping.may_set_up(actor, session, here=here)
    given = _read(parse_registration_credential_json, answer)
    challenge = await _take("register", session.id, given.response.client_data_json, here=here)
    try:
        made = webauthn.verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=_host(here),
            expected_origin=here.home,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a hostile answer makes the parsers raise
        raise _refusal(type(error).__name__) from None
    async with database.transaction():
        id = here.token()
        ring = await vault.ring([actor.person], here=here)

        def seal(column: str, text: str) -> bytes:
            return ring.seal(actor.person, "passkey", id, column, text)

        credential = secrets.encoded(made.credential_id)
        if await _by_credential(credential, here=here) is not None:
            raise _refusal("known already")
        await tables.Passkey.insert(
            tables.Passkey(
                id=id,
                person=actor.person,
                credential_hash=secrets.found_by("passkey", credential, here=here),
                credential=seal("credential", credential),
                public_key=seal("public_key", secrets.encoded(made.credential_public_key)),
                label=seal("label", people.tidy(label)[: rules.LABEL_LONGEST]),
                sign_count=made.sign_count,
                created=here.now,
            )
        )
        return await keeping.factor_added(actor, session, "passkey", sending=sending, here=here)


@act("signin.challenge-to-prove", by={"member"}, scope="", alone=True)
async def challenge_to_prove(*, actor: Actor, session: Session, here: Here) -> str:
    """What a browser needs to confirm by a passkey of the actor's: PublicKeyCredentialRequestOptions as JSON."""
    held = await _held(actor.person, here=here)
    return _request(await _give("prove", session.id, here=here), held, here=here)


@act("signin.prove-by-passkey", by={"member"}, scope="", alone=True)
async def prove_by_passkey(*, actor: Actor, session: Session, answer: str, sending: str = "", here: Here) -> SignedIn:
    """ "It's me", by one of the actor's own passkeys. Raises Invalid."""
    row, count = await _verified("prove", session.id, answer, here=here)
    if row["person"] != actor.person:
        raise _refusal("somebody else's")
    async with database.transaction():
        await _counted(row, count, here=here)
        return await keeping.prove(session.id, sending=sending, here=here)


@open_to_anyone("signin.ask-passkey")
async def ask_passkey(*, browser: str | None, origin: str, here: Here) -> tuple[str, str]:
    """For signing in by a passkey alone: the pending cookie's value, and the options as JSON. Raises TooMany."""
    await tries.count("passkey-origin", rules.origin(origin), here=here)
    cookie = browser or here.token(32)
    challenge = await _give("sign-in", secrets.hashed(cookie), here=here)
    return cookie, _request(challenge, [], here=here)


@open_to_anyone("signin.by-passkey")
async def by_passkey(
    *, browser: str | None, answer: str, origin: str, before: str | None = None, device: str = "", here: Here
) -> SignedIn:
    """Signs in and confirms by a passkey alone. Raises Invalid, alike for every reason; TooMany."""
    await tries.count("passkey-origin", rules.origin(origin), here=here)
    row, count = await _verified("sign-in", secrets.hashed(browser or ""), answer, here=here)
    async with database.transaction():
        if not await members.active(row["person"], here=here):
            raise _refusal("gone")
        await _counted(row, count, here=here)
        return await keeping.open_session(
            row["person"], how="passkey", before=before, device=device, proved=True, here=here
        )


@act("signin.remove-passkey", by={"member"}, scope="people", alone=True)
async def remove_passkey(*, actor: Actor, passkey_id: str, here: Here) -> None:
    """A passkey of the actor's counts no more. Raises NotProved, NotFound."""
    if not actor.proved:
        raise NotProved(cause="a passkey taken away")
    async with database.transaction():
        ended = await database.row(
            "UPDATE passkey SET revoked_at = {}, revoked_by = {} WHERE id = {} AND person = {} AND revoked_at IS NULL "
            "RETURNING id",
            here.now,
            actor.person,
            passkey_id,
            actor.person,
        )
        if ended is None:
            raise NotFound(cause="no passkey of theirs")
        await keeping.factor_removed(actor, "passkey", here=here)


# Challenges and answers ------------------------------------------------------------------------------------------------


def _host(here: Here) -> str:
    """The relying party's id: the host under which people open our pages."""
    return urlsplit(here.home).hostname or here.node_id


def _request(challenge: bytes, held: list[bytes], *, here: Here) -> str:
    return options_to_json(
        webauthn.generate_authentication_options(
            rp_id=_host(here),
            challenge=challenge,
            timeout=rules.CHALLENGE_FOR * 1000,
            allow_credentials=[PublicKeyCredentialDescriptor(id=credential) for credential in held],
            user_verification=_VERIFIED,
        )
    )


async def _give(purpose: str, bound: str, *, here: Here) -> bytes:
    challenge = here.random.bytes(32)
    await tables.Challenge.insert(
        tables.Challenge(
            id=here.token(),
            challenge_hash=secrets.hashed(secrets.encoded(challenge)),
            purpose=purpose,
            bound=bound,
            created=here.now,
            expires=here.now + rules.CHALLENGE_FOR,
        )
    )
    await keeping.sweep_daily(here=here)
    return challenge


async def _take(purpose: str, bound: str, client_data: bytes, *, here: Here) -> bytes:
    """The challenge that an answer names, used up now. Raises Invalid for one that was not given out for this."""
    try:
        challenge = parse_client_data_json(client_data).challenge
    except Exception as error:
        raise _refusal(type(error).__name__) from None
    taken = await database.row(
        "DELETE FROM signin_challenge WHERE challenge_hash = {} AND purpose = {} AND bound = {} AND expires > {} "
        "RETURNING id",
        secrets.hashed(secrets.encoded(challenge)),
        purpose,
        bound,
        here.now,
    )
    if taken is None:
        raise _refusal("challenge")
    return challenge


async def _verified(purpose: str, bound: str, answer: str, *, here: Here) -> tuple[dict[str, Any], int]:
    """The passkey's row and its new count, for an answer that is right. Raises Invalid."""
    given = _read(parse_authentication_credential_json, answer)
    challenge = await _take(purpose, bound, given.response.client_data_json, here=here)
    row = await _by_credential(given.id, here=here)
    if row is None or row["revoked_at"] is not None:
        raise _refusal("unknown")
    if given.response.user_handle not in (None, row["person"].encode()):
        raise _refusal("user handle")
    ring = await vault.ring([row["person"]], here=here)
    key = ring.open(row["person"], "passkey", row["id"], "public_key", row["public_key"]) or ""
    try:
        found = webauthn.verify_authentication_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=_host(here),
            expected_origin=here.home,
            credential_public_key=_decoded(key),
            credential_current_sign_count=row["sign_count"],
            require_user_verification=True,
        )
    except Exception as error:
        raise _refusal(type(error).__name__) from None
    return row, found.new_sign_count


async def _by_credential(credential: str, *, here: Here) -> dict[str, Any] | None:
    return await database.row(
        "SELECT * FROM passkey WHERE credential_hash = {}", secrets.found_by("passkey", credential, here=here)
    )


async def _counted(row: dict[str, Any], count: int, *, here: Here) -> None:
    """The new count stands, unless another answer was quicker or the passkey has ended meanwhile."""
    kept = await database.row(
        "UPDATE passkey SET sign_count = {}, last_used = {} WHERE id = {} AND sign_count = {} AND revoked_at IS NULL "
        "RETURNING id",
        count,
        here.now - here.now % rules.HOUR,
        row["id"],
        row["sign_count"],
    )
    if kept is None:
        raise _refusal("count")


async def _held(person: str, *, here: Here) -> list[bytes]:
    ring = await vault.ring([person], here=here)
    return [
        _decoded(ring.open(person, "passkey", row["id"], "credential", row["credential"]) or "")
        for row in await database.rows(
            "SELECT id, credential FROM passkey WHERE person = {} AND revoked_at IS NULL ORDER BY created, id", person
        )
    ]


def _read(parse: Callable[[str], T], answer: str) -> T:
    if len(answer) > LONGEST:
        raise _refusal("too long")
    try:
        return parse(answer)
    except Exception as error:
        raise _refusal(type(error).__name__) from None


def _refusal(cause: str) -> Invalid:
    refused = Invalid({"passkey": _(WRONG)})
    refused.cause = f"passkey: {cause}"
    return refused


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
