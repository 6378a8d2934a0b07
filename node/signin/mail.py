# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sign-in mails: the way in, an invitation, and that ways in have changed. Neutral: never what anybody does here.

The outbox holds references; link and code are derived at departure, and to whom is looked up then. Where nobody is behind an
address, or the sign-in is over, nothing leaves and nobody can tell. Mailed twice after a crash is possible, lost is not.
"""

from __future__ import annotations

from node import database, post
from node.dates import day
from node.here import Here
from node.members import reads as members
from node.members import rules as people
from node.members import settings
from node.members.notices import FIRST_PAUSE, LONGEST_PAUSE, Mailer
from node.signin import keeping, rules, secrets
from node.signin.reads import guest
from node.words import _, spoken

KINDS = (keeping.MAIL, "invitation-mail")


async def leave_by_mail(item: post.Item, mailer: Mailer, here: Here) -> None:
    """One departure of KINDS, to its outcome: sent, not needed any more, tried again later, or given up."""
    found = await _letter(item, here=here)
    if found is not None:
        to, subject, text = found
        try:
            await mailer.send(to, subject, text, here=here)
        except post.NotMailed as error:
            await _not_yet(item, error, here=here)
            return
    async with database.transaction():
        await post.done(item, here=here)


async def _not_yet(item: post.Item, error: post.NotMailed, *, here: Here) -> None:
    pause = min(FIRST_PAUSE * 2 ** (item.attempts - 1), LONGEST_PAUSE)
    why = f"smtp-{error.code}" if error.code else "unreachable"
    async with database.transaction():
        if error.permanent:
            await post.dead(item, why=why, here=here)
        else:
            await post.later(item, due=here.now + pause, why=why, here=here)


async def _letter(item: post.Item, *, here: Here) -> tuple[str, str, str] | None:
    """Address, subject and text as things stand now; None when nothing has to leave any more."""
    if item.kind != keeping.MAIL:
        return await _invitation(item.ref, here=here)
    what, _colon, id = item.ref.partition(":")
    return await (_way_in(id, here=here) if what == "sign-in" else _changed(id, here=here))


async def _way_in(pending: str, *, here: Here) -> tuple[str, str, str] | None:
    row = await database.row(
        "SELECT address, salt FROM signin_pending "
        "WHERE id = {} AND ended_at IS NULL AND verified_at IS NULL AND expires > {}",
        pending,
        here.now,
    )
    found = await members.by_address(row["address"]) if row else []
    contact = await members.contact(found[0], here=here) if found else None
    if row is None or contact is None or not contact.email:
        return None
    link = f"{here.home}/sign-in/with/{secrets.link(row['salt'], here=here)}"
    code = rules.grouped(secrets.code("code", row["salt"], here=here))
    with spoken(await _language(found[0])):
        text = "\n\n".join(
            (
                _("Hello,"),
                _("Here is your way in. It works for one hour."),
                _("Open this page and press its button:\n{link}", link=link),
                _("Or type these six figures on the page where you asked for them:\n{code}", code=code),
                _("If you didn't ask for this, leave it. Nobody comes in without it, and nothing has changed."),
                _close(here),
            )
        )
        return contact.email, f"{here.co_op.name}: {_('Your way in')}", text


async def _changed(person: str, *, here: Here) -> tuple[str, str, str] | None:
    contact = await members.contact(person, here=here)
    if contact is None or not contact.email:
        return None
    with spoken(await _language(person)):
        text = "\n\n".join(
            (
                _("Hello,"),
                _("The ways you can sign in have changed, or are about to."),
                _("If that was you, all is well. If it wasn't, please tell us today."),
                _("You can see them here: {page}", page=f"{here.home}/me/sign-in"),
                _close(here),
            )
        )
        return contact.email, f"{here.co_op.name}: {_('How you sign in')}", text


async def _invitation(id: str, *, here: Here) -> tuple[str, str, str] | None:
    row = await database.row("SELECT expires FROM invitation WHERE id = {}", id)
    token = people.invitation_token(here.node_key, id)
    found = await guest(token, here=here)
    if row is None or not found.stands or not found.email:
        return None
    text = "\n\n".join(
        (
            _("Hello,"),
            _("{co_op} invites you to join.", co_op=here.co_op.name),
            _("Open this page to read more and to say yes or no:\n{link}", link=f"{here.home}/invitations/{token}"),
            _("The invitation stands until {day}. You can leave it if you don't want it.", day=day(row["expires"])),
            _close(here),
        )
    )
    return found.email, f"{here.co_op.name}: {_('An invitation')}", text


def _close(here: Here) -> str:
    ring = _("You can ring us on {phone}.", phone=here.co_op.phone) + "\n\n" if here.co_op.phone else ""
    return f"{ring}{here.co_op.name}\n"


async def _language(person: str) -> str:
    return (await settings.of(person)).language
