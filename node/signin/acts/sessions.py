# SPDX-License-Identifier: AGPL-3.0-or-later
"""What somebody does with their sessions: says whose device it is, looks after their list, signs out."""

from __future__ import annotations

from node import database
from node.actor import Actor
from node.errors import Conflict, NotFound
from node.here import Here
from node.members.rights import act, open_to_anyone
from node.signin import keeping, rules, secrets
from node.signin.shapes import Session, SignedIn
from node.words import _


@act("signin.say-device", by={"member"}, scope="", alone=True)
async def say_device(*, actor: Actor, session: Session, shared: bool, here: Here) -> int | None:
    """The answer to "Is this a shared device?": how many seconds the browser may keep its cookie; None: until it closes.

    "My own" only within fifteen minutes of signing in (Conflict): a session left open must not be made to last. A second
    answer is as good as the first.
    """
    if not shared and here.now >= session.signed_in + rules.FRESH:
        raise Conflict(_(rules.AGAIN), cause="signed in too long ago")
    async with database.transaction():
        row = await database.row("SELECT how FROM session WHERE id = {} AND revoked_at IS NULL", session.id)
        if row is None:
            raise NotFound(cause="the session has ended")
        expires = rules.expires(how=row["how"], shared=shared, signed_in=session.signed_in)
        await database.execute(
            "UPDATE session SET shared = {}, device_said = {}, expires = {}, idle_until = {} WHERE id = {}",
            shared,
            here.now,
            expires,
            rules.idle_until(shared=shared, now=here.now),
            session.id,
        )
    return None if shared else expires - here.now


@open_to_anyone("signin.step-again")
async def step_again(*, session: Session, sending: str, here: Here) -> SignedIn | None:
    """The same form sent again a moment after it changed this session's cookie: another cookie; None when it did not."""
    if not sending:
        return None
    async with database.transaction():
        row = await database.row(
            "SELECT id FROM session WHERE id = {} AND sending = {} AND rotated_at > {} AND revoked_at IS NULL",
            session.id,
            sending,
            here.now - rules.MOMENT,
        )
        return await keeping.rotate(session.id, sending=sending, here=here) if row else None


@act("signin.end-session", by={"member"}, scope="people", alone=True)
async def end_session(*, actor: Actor, session_id: str, here: Here) -> None:
    """One of the actor's own sessions ends now. Raises NotFound."""
    async with database.transaction():
        found = await database.row(
            "UPDATE session SET revoked_at = {}, revoked_by = {} "
            "WHERE id = {} AND person = {} AND revoked_at IS NULL RETURNING id",
            here.now,
            actor.person,
            session_id,
            actor.person,
        )
        if found is None:
            raise NotFound(cause="no session of theirs")
        await keeping.record(actor.person, "session-ended", actor.person, {"session": session_id}, here=here)


@act("signin.end-other-sessions", by={"member"}, scope="people", alone=True)
async def end_other_sessions(*, actor: Actor, session: Session, here: Here) -> int:
    """Every session of the actor but this one ends now; how many."""
    async with database.transaction():
        many = await keeping.end_sessions(actor.person, by=actor.person, but=session.id, here=here)
        if many:
            await keeping.record(actor.person, "other-sessions-ended", actor.person, {"many": many}, here=here)
    return many


@open_to_anyone("signin.sign-out")
async def sign_out(*, cookie: str, here: Here) -> None:
    """The session of this cookie ends, if there is one."""
    await database.execute(
        "UPDATE session SET revoked_at = {}, revoked_by = person WHERE cookie_hash = {} AND revoked_at IS NULL",
        here.now,
        secrets.hashed(cookie),
    )
