# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sessions made, changed and ended, in the transaction of the deed that calls for it.

A session begins with a cookie that only its browser has; each step up gives it another and the old one is refused from then
on. Every sign-in begins as on a shared device: short, until the person says that the device is their own.
"""

from __future__ import annotations

from node import database, journal, post, vault
from node.actor import Actor
from node.errors import Conflict, NotProved
from node.here import Here
from node.members import reads as members
from node.members.notices import notify
from node.signin import reads, rules, secrets, tables
from node.signin.shapes import How, Session, SignedIn
from node.signin.tables import Card, RecoveryCode
from node.words import _

SWEEP = "signin:sweep:daily"
MAIL = "signin-mail"
NOTICE = "changed"


async def open_session(
    person: str, *, how: How, before: str | None, device: str, proved: bool = False, here: Here
) -> SignedIn:
    """A new session. `before`: the cookie of the one that this browser had, which ends; `device`: its user agent."""
    if before:
        await database.execute(
            "UPDATE session SET revoked_at = {}, revoked_by = person WHERE cookie_hash = {} AND revoked_at IS NULL",
            here.now,
            secrets.hashed(before),
        )
    id, cookie = here.token(), here.token(32)
    ring = await vault.ring([person], here=here)
    await tables.Session.insert(
        tables.Session(
            id=id,
            cookie_hash=secrets.hashed(cookie),
            person=person,
            how=how,
            label=ring.seal(person, "session", id, "label", rules.device(device)),
            signed_in=here.now,
            days=rules.own_days(how),
            expires=rules.expires(how=how, shared=True, signed_in=here.now),
            shared=True,
            idle_until=rules.idle_until(shared=True, now=here.now),
            last_used=here.now - here.now % rules.HOUR,
            proved_at=here.now if proved else None,
        )
    )
    await sweep_daily(here=here)
    return SignedIn(cookie=cookie, seconds=None, person=person, session=id)


async def rotate(session_id: str, *, sending: str = "", here: Here) -> SignedIn:
    """Another cookie for the same session; the old one opens nothing from now on.

    `sending`: the form that led to it. Sent again within a moment (see `again`), it leads there again, since the answer with
    the new cookie may never have arrived.
    """
    cookie = here.token(32)
    row = await database.row(
        "UPDATE session SET previous_hash = cookie_hash, cookie_hash = {}, rotated_at = {}, sending = {} "
        "WHERE id = {} AND revoked_at IS NULL RETURNING person, shared, expires",
        secrets.hashed(cookie),
        here.now,
        sending or None,
        session_id,
    )
    assert row is not None, "a session that was found standing in this transaction"
    return SignedIn(
        cookie=cookie,
        seconds=None if row["shared"] else row["expires"] - here.now,
        person=row["person"],
        session=session_id,
    )


async def end_sessions(person: str, *, by: str, but: str = "", here: Here) -> int:
    """Every session of a person ends, but one; how many."""
    ended = await database.rows(
        "UPDATE session SET revoked_at = {}, revoked_by = {} "
        "WHERE person = {} AND id <> {} AND revoked_at IS NULL RETURNING id",
        here.now,
        by,
        person,
        but,
    )
    return len(ended)


async def end_cards(person: str, *, by: str, here: Here) -> None:
    """Every card of a person ends."""
    await database.execute(
        "UPDATE signin_card SET revoked_at = {}, revoked_by = {} WHERE person = {} AND revoked_at IS NULL",
        here.now,
        by,
        person,
    )


async def end_factors(person: str, *, by: str, here: Here) -> None:
    """Every passkey, authenticator app and recovery code of a person ends."""
    await database.execute(
        "UPDATE passkey SET revoked_at = {}, revoked_by = {} WHERE person = {} AND revoked_at IS NULL",
        here.now,
        by,
        person,
    )
    for table in ("totp", "recovery_code"):
        await database.execute(
            f"UPDATE {table} SET ended_at = {{}} WHERE person = {{}} AND ended_at IS NULL",  # noqa: S608
            here.now,
            person,
        )


async def end_acting(delegation_id: str, *, here: Here) -> None:
    """Whoever acts under a delegation is signed out: what they send next must not be taken for their own."""
    await database.execute(
        "UPDATE session SET revoked_at = {}, revoked_by = person WHERE delegation = {} AND revoked_at IS NULL",
        here.now,
        delegation_id,
    )


async def tell(person: str, *, here: Here) -> None:
    """A neutral mail to a person: how they sign in has changed; ring us if it wasn't you."""
    await post.put_out(
        kind=MAIL, ref=f"{NOTICE}:{person}", to="", due=here.now, expires=here.now + 3 * rules.DAY, here=here
    )


async def tell_operators(*, here: Here) -> None:
    """A neutral notice to every operator that something waits for them."""
    for person in await members.by_role("operator", here=here):
        await notify(person=person, what="waiting", here=here)


async def record(actor: str | None, act: str, person: str, detail: dict[str, int | str], *, here: Here) -> None:
    """The journal's line on how somebody signs in: ids and codes only."""
    await journal.write(actor, f"signin.{act}", f"person:{person}", detail, here=here)


async def sweep_daily(*, here: Here) -> None:
    """The one clock of this room is set: at the next midnight (UTC) what is over is swept."""
    midnight = here.now - here.now % rules.DAY + rules.DAY
    await post.put_out(kind="timer", ref=SWEEP, to="", due=midnight, expires=None, here=here)


async def new_card(person: str, *, by: str, once: bool = False, stands_from: int, expires: int, here: Here) -> str:
    """The row for a card; its id. Its words are derived from the id and are nowhere stored."""
    id = here.token()
    await Card.insert(
        Card(
            id=id,
            person=person,
            secret_hash=secrets.found_by("card", secrets.card(id, here=here), here=here),
            once=once,
            made_by=by,
            created=here.now,
            stands_from=stands_from,
            expires=expires,
        )
    )
    return id


async def prove(session_id: str, *, sending: str = "", here: Here) -> SignedIn:
    """A second factor was shown in this session: it counts from now, under another cookie."""
    await database.execute("UPDATE session SET proved_at = {} WHERE id = {}", here.now, session_id)
    return await rotate(session_id, sending=sending, here=here)


async def may_set_up(actor: Actor, session: Session, *, here: Here) -> None:
    """Refuses to set up a second factor from a session that shows too little: NotProved, Conflict."""
    has_one = await reads.has_factor(actor.person)
    fault = rules.set_up_fault(has_one=has_one, proved=actor.proved, signed_in=session.signed_in, now=here.now)
    if fault == "prove":
        raise NotProved(cause="another second factor without the first")
    if fault == "again":
        raise Conflict(_(rules.AGAIN), cause="signed in too long ago to set up a second factor")


async def new_recovery_codes(person: str, *, here: Here) -> None:
    """Eight codes in place of those there were. Their text is derived from the rows' ids."""
    await database.execute(
        "UPDATE recovery_code SET ended_at = {} WHERE person = {} AND ended_at IS NULL", here.now, person
    )
    for no in range(1, rules.RECOVERY_CODES + 1):
        id = here.token()
        code = secrets.recovery_code(id, here=here)
        await RecoveryCode.insert(
            RecoveryCode(
                id=id,
                person=person,
                code_hash=secrets.found_by("recovery code", code, here=here),
                no=no,
                created=here.now,
            )
        )


async def factor_added(actor: Actor, session: Session, what: str, *, sending: str, here: Here) -> SignedIn:
    """What follows a factor that was set up: codes with the first, a line in the journal, a mail, and the session is proved."""
    codes = await database.row(
        "SELECT id FROM recovery_code WHERE person = {} AND used_at IS NULL AND ended_at IS NULL LIMIT 1", actor.person
    )
    if codes is None:
        await new_recovery_codes(actor.person, here=here)
    await record(actor.person, f"{what}-added", actor.person, {}, here=here)
    await tell(actor.person, here=here)
    return await prove(session.id, sending=sending, here=here)


async def factor_removed(actor: Actor, what: str, *, here: Here) -> None:
    """What follows a factor that was taken away: with the last one the codes go too."""
    if not await reads.has_factor(actor.person):
        await end_factors(actor.person, by=actor.person, here=here)
    await record(actor.person, f"{what}-removed", actor.person, {}, here=here)
    await tell(actor.person, here=here)
