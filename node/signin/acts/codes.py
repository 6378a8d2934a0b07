# SPDX-License-Identifier: AGPL-3.0-or-later
"""Authenticator apps (TOTP, RFC 6238: SHA-1, six figures, thirty seconds) and the codes for when a phone is lost.

A code counts one step early or late and never twice; wrong ones are counted before they are judged. A recovery code is used
once. The app's secret is sealed under its person's key.
"""

from __future__ import annotations

import base64
import hmac

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from node import database, vault
from node.actor import Actor
from node.errors import Invalid, NotFound, NotProved
from node.here import Here
from node.members.rights import act
from node.signin import keeping, rules, secrets, tables, tries
from node.signin.shapes import Session, SignedIn
from node.words import N_, _

STEP = 30
WRONG = N_("That code isn't right. Wait for the next one in your app, then type its six figures.")


@act("signin.begin-totp", by={"member"}, scope="people", alone=True)
async def begin_totp(*, actor: Actor, session: Session, here: Here) -> str:
    """A secret for an authenticator app; it counts once a code of it was typed. Raises NotProved, Conflict."""
    await keeping.may_set_up(actor, session, here=here)
    id = here.token()
    async with database.transaction():
        await database.execute("DELETE FROM totp WHERE person = {} AND confirmed_at IS NULL", actor.person)
        ring = await vault.ring([actor.person], here=here)
        secret = base64.b32encode(here.random.bytes(20)).decode()
        await tables.Totp.insert(
            tables.Totp(
                id=id,
                person=actor.person,
                secret=ring.seal(actor.person, "totp", id, "secret", secret),
                created=here.now,
            )
        )
    return id


@act("signin.confirm-totp", by={"member"}, scope="people", alone=True)
async def confirm_totp(*, actor: Actor, session: Session, code: str, sending: str = "", here: Here) -> SignedIn:
    """The app works: from now on it counts, in place of an older one. Raises Invalid, NotFound, NotProved, Conflict, TooMany."""
    await keeping.may_set_up(actor, session, here=here)
    await tries.count("totp-person", actor.person, here=here)
    async with database.transaction():
        row = await database.row_for_update(
            "SELECT id, secret FROM totp WHERE person = {} AND confirmed_at IS NULL AND created > {}",
            actor.person,
            here.now - rules.FRESH,
        )
        if row is None:
            raise NotFound(cause="no app that waits to be confirmed")
        step = await _step(actor.person, row["id"], row["secret"], 0, code, here=here)
        if step is None:
            raise Invalid({"code": _(WRONG)})
        await database.execute(
            "UPDATE totp SET ended_at = {} WHERE person = {} AND confirmed_at IS NOT NULL AND ended_at IS NULL",
            here.now,
            actor.person,
        )
        await database.execute(
            "UPDATE totp SET confirmed_at = {}, last_step = {} WHERE id = {}", here.now, step, row["id"]
        )
        await tries.forget("totp-person", actor.person, here=here)
        return await keeping.factor_added(actor, session, "totp", sending=sending, here=here)


@act("signin.prove-by-code", by={"member"}, scope="", alone=True)
async def prove_by_code(*, actor: Actor, session: Session, code: str, sending: str = "", here: Here) -> SignedIn:
    """ "It's me", by an app's six figures or a recovery code. Raises Invalid, TooMany."""
    await tries.count("totp-person", actor.person, here=here)
    async with database.transaction():
        figures = rules.figures(code)
        right = await _totp(actor.person, code, here=here) if len(figures) == 6 else False
        if not right and not await _recovery_code(actor.person, code, here=here):
            raise Invalid({"code": _(WRONG)})
        await tries.forget("totp-person", actor.person, here=here)
        return await keeping.prove(session.id, sending=sending, here=here)


async def _totp(person: str, code: str, *, here: Here) -> bool:
    row = await database.row_for_update(
        "SELECT id, secret, last_step FROM totp WHERE person = {} AND confirmed_at IS NOT NULL AND ended_at IS NULL",
        person,
    )
    step = await _step(person, row["id"], row["secret"], row["last_step"], code, here=here) if row else None
    if row is None or step is None:
        return False
    await database.execute("UPDATE totp SET last_step = {} WHERE id = {}", step, row["id"])
    return True


async def _step(person: str, id: str, sealed: bytes, last: int, code: str, *, here: Here) -> int | None:
    """The step whose code this is, of the last, this and the next one, if it is later than `last`."""
    ring = await vault.ring([person], here=here)
    secret = base64.b32decode(ring.open(person, "totp", id, "secret", sealed) or "")
    typed = rules.figures(code).encode()
    app = TOTP(secret, 6, SHA1(), STEP)  # noqa: S303 - what RFC 6238 and every app have
    now = here.now // STEP
    steps = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(app.generate(step * STEP), typed)]
    return next((step for step in steps if step > last), None)


async def _recovery_code(person: str, code: str, *, here: Here) -> bool:
    plain = "".join(sign for sign in code.lower() if sign.isalnum())
    tidy = "-".join(plain[start : start + 4] for start in range(0, len(plain), 4))
    used = await database.row(
        "UPDATE recovery_code SET used_at = {} WHERE person = {} AND code_hash = {} AND used_at IS NULL "
        "AND ended_at IS NULL RETURNING id",
        here.now,
        person,
        secrets.found_by("recovery code", tidy, here=here),
    )
    if used is not None:
        await keeping.record(person, "recovery-code-used", person, {}, here=here)
        await keeping.tell(person, here=here)
    return used is not None


@act("signin.new-recovery-codes", by={"member"}, scope="people", alone=True)
async def new_recovery_codes(*, actor: Actor, session: Session, here: Here) -> None:
    """Eight new codes in place of the old. Raises NotProved."""
    if not actor.proved:
        raise NotProved(cause="new recovery codes")
    async with database.transaction():
        await keeping.new_recovery_codes(actor.person, here=here)
        await keeping.record(actor.person, "recovery-codes-made", actor.person, {}, here=here)


@act("signin.end-totp", by={"member"}, scope="people", alone=True)
async def end_totp(*, actor: Actor, session: Session, here: Here) -> None:
    """The authenticator app counts no more. Raises NotProved, NotFound."""
    if not actor.proved:
        raise NotProved(cause="an app taken away")
    async with database.transaction():
        ended = await database.row(
            "UPDATE totp SET ended_at = {} WHERE person = {} AND confirmed_at IS NOT NULL AND ended_at IS NULL "
            "RETURNING id",
            here.now,
            actor.person,
        )
        if ended is None:
            raise NotFound(cause="no app")
        await keeping.factor_removed(actor, "totp", here=here)
