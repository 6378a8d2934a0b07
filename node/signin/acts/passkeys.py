# SPDX-License-Identifier: AGPL-3.0-or-later
"""Passkeys (W3C Web Authentication, level 3): kept on somebody's own device, made for this co-op's pages alone.

Each challenge is given to one browser, for ten minutes, and used up by the first answer to it, right or wrong. The device has
to check who holds it (user verification), so that a passkey alone signs in and confirms at once. A count that does not grow is
a copy, and refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from node import database, vault
from node.actor import Actor
from node.errors import Conflict, Invalid, NotFound, NotProved
from node.here import Here
from node.members import reads as members
from node.members import rules as people
from node.members.rights import act, open_to_anyone
from node.signin import ceremonies, keeping, rules, secrets, tables, tries
from node.signin.shapes import Session, SignedIn
from node.words import N_, _

T = TypeVar("T")
MOST = 20
WRONG = N_("That passkey didn't work here. Please try again, or use another way.")


@act("signin.challenge-to-add", by={"member"}, scope="people", alone=True)
async def challenge_to_add(*, actor: Actor, session: Session, here: Here) -> str:
    """What a browser needs to make a passkey: PublicKeyCredentialCreationOptions as JSON. Raises NotProved, Conflict."""
    await keeping.may_set_up(actor, session, here=here)
    held = await _held(actor.person, here=here)
    if len(held) >= MOST:
        raise Conflict(_("You have many passkeys already. Please take one away first."), cause="passkeys are full")
    name = (await members.names([actor.person], here=here))[actor.person]
    challenge = await _give("register", session.id, here=here)
    return ceremonies.to_add(
        host=_host(here),
        co_op=here.co_op.name,
        person=actor.person,
        name=name,
        challenge=challenge,
        held=held,
        seconds=rules.CHALLENGE_FOR,
    )


@act("signin.add-passkey", by={"member"}, scope="people", alone=True)
async def add_passkey(
    *, actor: Actor, session: Session, answer: str, label: str = "", sending: str = "", here: Here
) -> SignedIn:
    """A passkey that this browser has just made. `answer`: its RegistrationResponse as JSON.

    Raises Invalid, NotProved, Conflict.
    """
    await keeping.may_set_up(actor, session, here=here)
    given = _or_refused(ceremonies.read_added, answer)
    await _take("register", session.id, given.challenge, here=here)
    made = _or_refused(ceremonies.check_added, given, host=_host(here), origin=here.home)
    async with database.transaction():
        id = here.token()
        ring = await vault.ring([actor.person], here=here)

        def seal(column: str, text: str) -> bytes:
            return ring.seal(actor.person, "passkey", id, column, text)

        credential = secrets.encoded(made.credential)
        if await _by_credential(credential, here=here) is not None:
            raise _refusal("known already")
        await tables.Passkey.insert(
            tables.Passkey(
                id=id,
                person=actor.person,
                credential_hash=secrets.found_by("passkey", credential, here=here),
                credential=seal("credential", credential),
                public_key=seal("public_key", secrets.encoded(made.public_key)),
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
    return ceremonies.to_show(host=_host(here), challenge=challenge, held=held, seconds=rules.CHALLENGE_FOR)


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


async def _take(purpose: str, bound: str, challenge: bytes, *, here: Here) -> None:
    """Uses the challenge up that an answer names. Raises Invalid for one that was not given out for this."""
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


async def _verified(purpose: str, bound: str, answer: str, *, here: Here) -> tuple[dict[str, Any], int]:
    """The passkey's row and its new count, for an answer that is right. Raises Invalid."""
    given = _or_refused(ceremonies.read_shown, answer)
    await _take(purpose, bound, given.challenge, here=here)
    row = await _by_credential(given.credential, here=here)
    if row is None or row["revoked_at"] is not None:
        raise _refusal("unknown")
    if given.user_handle not in (None, row["person"].encode()):
        raise _refusal("user handle")
    ring = await vault.ring([row["person"]], here=here)
    key = ring.open(row["person"], "passkey", row["id"], "public_key", row["public_key"]) or ""
    count = _or_refused(
        ceremonies.check_shown,
        given,
        host=_host(here),
        origin=here.home,
        public_key=secrets.decoded(key),
        sign_count=row["sign_count"],
    )
    return row, count


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
        secrets.decoded(ring.open(person, "passkey", row["id"], "credential", row["credential"]) or "")
        for row in await database.rows(
            "SELECT id, credential FROM passkey WHERE person = {} AND revoked_at IS NULL ORDER BY created, id", person
        )
    ]


def _or_refused(step: Callable[..., T], *args: Any, **how: Any) -> T:
    """A step of the ceremony; what does not hold is refused alike for every reason."""
    try:
        return step(*args, **how)
    except ceremonies.Wrong as wrong:
        raise _refusal(str(wrong)) from None


def _refusal(cause: str) -> Invalid:
    refused = Invalid({"passkey": _(WRONG)})
    refused.cause = f"passkey: {cause}"
    return refused
