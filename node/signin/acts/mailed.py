# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing in by what is mailed: a link, or the six figures beside it.

Asking does the same work for every address, known or not: who is behind it is looked up at the mail's departure, and again
when link or code come back. Only what is sent by a form signs in; wrong codes are counted before anything is answered, for
the sign-in, the address and the network they come from. What was used ends everything else that waits for that address.

`sending` is known to one sending of one form in one browser: sent twice (a double click), it leads to the one session again,
under another cookie, since the first answer may never have arrived.
"""

from __future__ import annotations

import hmac
from typing import Any

from node import database, post
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import reads as members
from node.members import rules as people
from node.members.rights import open_to_anyone
from node.signin import keeping, rules, secrets, tries
from node.signin.shapes import How, SignedIn, Someone, WhoAreYou
from node.signin.tables import Pending
from node.words import _


@open_to_anyone("signin.request-link")
async def request_link(*, address: str, browser: str | None, origin: str, here: Here) -> str:
    """Begins a sign-in by mail; the value of the pending cookie to set. Every address is answered alike.

    `browser`: the pending cookie's value, if this browser has one; what it began before is over. `origin`: its network
    address, counted and not kept. Raises Invalid for what is no address, TooMany.
    """
    if not people.tidy_email(address) or people.email_fault(address):
        raise Invalid({"email": people.email_fault(address) or _("Please give your e-mail address.")})
    await tries.count("mail-origin", rules.origin(origin), here=here)
    blind = members.address(address, here=here)
    await tries.count("mail-address", blind, here=here)
    async with database.transaction():
        if browser:
            await database.execute(
                "UPDATE signin_pending SET ended_at = {} WHERE browser = {} AND ended_at IS NULL",
                here.now,
                secrets.hashed(browser),
            )
        cookie = here.token(32)
        row = await _new(blind, cookie, here=here)
        expires = here.now + rules.PENDING_FOR
        await post.put_out(kind=keeping.MAIL, ref=f"sign-in:{row}", to="", due=here.now, expires=expires, here=here)
        await keeping.sweep_daily(here=here)
    return cookie


async def _new(blind: str, cookie: str, *, here: Here) -> str:
    id, salt = here.token(), here.token(32)
    await Pending.insert(
        Pending(
            id=id,
            browser=secrets.hashed(cookie),
            address=blind,
            salt=salt,
            link_hash=secrets.hashed(secrets.link(salt, here=here)),
            created=here.now,
            expires=here.now + rules.PENDING_FOR,
        )
    )
    return id


@open_to_anyone("signin.by-code")
async def by_code(
    *,
    browser: str | None,
    code: str,
    origin: str,
    before: str | None = None,
    device: str = "",
    sending: str = "",
    here: Here,
) -> SignedIn | WhoAreYou:
    """Signs in by the code, in the browser where it was asked for. Raises Invalid (wrong, or over), TooMany."""
    if (again := await _sent_before(sending, here=here)) is not None:
        return again
    await tries.count("code-origin", rules.origin(origin), here=here)
    if browser is None:
        raise Invalid({"code": _(rules.CODE_OVER)})
    address = await _spend_attempt(secrets.hashed(browser), here=here)
    if address is None:
        raise Invalid({"code": _(rules.CODE_OVER)})
    await tries.count("code-address", address, here=here)
    async with database.transaction():
        row = await _pending("browser", secrets.hashed(browser), here=here)
        right = row is not None and hmac.compare_digest(
            secrets.code("code", row["salt"], here=here).encode(), rules.figures(code).encode()
        )
        found = await members.by_address(address)
        if row is None or not right or not found:
            raise Invalid({"code": _(rules.WRONG_CODE)})
        await tries.forget("code-address", address, here=here)
        return await _shown(row, found, "code", before=before, device=device, sending=sending, here=here)


async def _spend_attempt(browser_hash: str, *, here: Here) -> str | None:
    """The address's keyed hash, one attempt counted; None when nothing waits in this browser or its attempts are spent."""
    row = await database.row(
        "UPDATE signin_pending SET attempts = attempts + 1 "
        "WHERE browser = {} AND ended_at IS NULL AND verified_at IS NULL AND expires > {} AND attempts < {} "
        "RETURNING address",
        browser_hash,
        here.now,
        rules.CODE_ATTEMPTS,
    )
    return row["address"] if row else None


@open_to_anyone("signin.by-link")
async def by_link(
    *, token: str, origin: str, before: str | None = None, device: str = "", sending: str = "", here: Here
) -> SignedIn | WhoAreYou:
    """Signs in by the link, in whatever browser it was opened. Raises NotFound, alike for unknown, used and over; TooMany."""
    await tries.count("code-origin", rules.origin(origin), here=here)
    async with database.transaction():
        row = await _pending("link_hash", secrets.hashed(token), here=here)
        if row is None and (again := await _sent_before(sending, here=here)) is not None:
            return again
        found = await members.by_address(row["address"]) if row else []
        if row is None or not found:
            raise NotFound(_(rules.LINK_OVER), cause="no link that stands")
        return await _shown(row, found, "link", before=before, device=device, sending=sending, here=here)


async def _pending(column: str, value: str, *, here: Here) -> dict[str, Any] | None:
    return await database.row_for_update(
        f"SELECT id, address, salt FROM signin_pending WHERE {column} = {{}} "  # noqa: S608 - a column of ours
        "AND ended_at IS NULL AND verified_at IS NULL AND expires > {}",
        value,
        here.now,
    )


async def _shown(
    row: dict[str, Any],
    found: list[str],
    how: How,
    *,
    before: str | None,
    device: str,
    sending: str,
    here: Here,
) -> SignedIn | WhoAreYou:
    """The mailbox was shown to be theirs: signed in, or asked which of those who share it they are."""
    await database.execute(
        "UPDATE signin_pending SET ended_at = {} WHERE address = {} AND id <> {} AND ended_at IS NULL",
        here.now,
        row["address"],
        row["id"],
    )
    if len(found) == 1:
        given = await keeping.open_session(found[0], how=how, before=before, device=device, here=here)
        await _over(row["id"], given, sending, here=here)
        return given
    cookie = here.token(32)  # a step up: another cookie here too
    await database.execute(
        "UPDATE signin_pending SET verified_at = {}, how = {}, browser = {} WHERE id = {}",
        here.now,
        how,
        secrets.hashed(cookie),
        row["id"],
    )
    return WhoAreYou(browser=cookie, people=await _those(found, here=here))


@open_to_anyone("signin.who-are-you")
async def choose(
    *,
    browser: str,
    person: str | None = None,
    before: str | None = None,
    device: str = "",
    sending: str = "",
    here: Here,
) -> SignedIn | WhoAreYou:
    """Which of those who share an address somebody is; without `person`, the choice again. Raises NotFound, Invalid."""
    async with database.transaction():
        row = await database.row_for_update(
            "SELECT id, address, how FROM signin_pending "
            "WHERE browser = {} AND ended_at IS NULL AND verified_at > {} AND expires > {}",
            secrets.hashed(browser),
            here.now - rules.FRESH,
            here.now,
        )
        if row is None and (again := await _sent_before(sending, here=here)) is not None:
            return again
        if row is None:
            raise NotFound(_(rules.LINK_OVER), cause="nothing to choose in this browser")
        found = await members.by_address(row["address"])
        if person is None:
            return WhoAreYou(browser=browser, people=await _those(found, here=here))
        if person not in found:
            raise Invalid({"person": _("Choose who you are.")})
        given = await keeping.open_session(person, how=row["how"], before=before, device=device, here=here)
        await _over(row["id"], given, sending, here=here)
        return given


async def _those(found: list[str], *, here: Here) -> list[Someone]:
    names = await members.names(found, here=here)
    return [Someone(id=id, name=names[id]) for id in found]


async def _over(pending_id: str, given: SignedIn, sending: str, *, here: Here) -> None:
    await database.execute(
        "UPDATE signin_pending SET ended_at = {}, sending = {}, session = {} WHERE id = {}",
        here.now,
        sending or None,
        given.session,
        pending_id,
    )


async def _sent_before(sending: str, *, here: Here) -> SignedIn | None:
    """The session to which this very sending led a moment ago, under another cookie."""
    if not sending:
        return None
    async with database.transaction():
        row = await database.row(
            "SELECT p.session FROM signin_pending p JOIN session s ON s.id = p.session "
            "WHERE p.sending = {} AND p.ended_at > {} AND s.revoked_at IS NULL",
            sending,
            here.now - rules.MINUTE,
        )
        return await keeping.rotate(row["session"], here=here) if row else None
