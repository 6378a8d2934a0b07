# SPDX-License-Identifier: AGPL-3.0-or-later
"""How mail goes: how much left, what waits, what was given up and why. Counts by kind; no address, no person."""

from __future__ import annotations

from typing import Final

from node import post
from node.actor import Actor
from node.dates import moment
from node.here import Here
from node.members import notices
from node.members import reads as members
from node.running.reads import for_operators
from node.running.rules import PICKED_UP, trouble
from node.running.shapes import MailKind, MailView
from node.words import N_, _

KINDS: Final = {
    notices.KIND: N_("Notices that something waits"),
    "invitation-mail": N_("Invitations"),
    "signin-mail": N_("Ways to sign in"),
}
TEST: Final = "test"


async def mail(actor: Actor, *, here: Here) -> MailView:
    """Everything there is to say of mail, with the actor's own last test."""
    for_operators(actor, "running.mail")
    found = await post.outcomes(list(KINDS))
    test, well = await last_test(actor, here=here)
    return MailView(
        server=here.machine.mail,
        kinds=[_kind(each) for each in found],
        tried=sum(each.tried for each in found),
        given_up=sum(sum(each.dead.values()) for each in found),
        last_sent=max((each.last_done for each in found if each.last_done), default=None),
        test=test,
        test_well=well,
        cannot_test=await cannot_test(actor, here=here),
        unreached=await notices.unreached_count(),
    )


async def cannot_test(actor: Actor, *, here: Here) -> str:
    """What stands in the way of a test mail to the actor; "" for nothing."""
    if not here.machine.mail:
        return _(
            "No mail server is set. Write mail (host, port, sender) into commoncare.yaml and start the node again."
        )
    contact = await members.contact(actor.person, here=here)
    if contact is None or not contact.email:
        return _("We have no e-mail address of yours. Put one in under “About me”, then send yourself a test.")
    return ""


async def last_test(actor: Actor, *, here: Here) -> tuple[str, bool | None]:
    """What became of the actor's last test mail, in words, and whether it went well; "" when there was none lately."""
    put = await post.state_of(notices.KIND, f"{actor.person}:{TEST}")
    if put is None or put.state == "back":
        return "", None
    if put.state == "done":
        when = moment(put.ended or here.now)
        return _(
            "The mail server took it: {moment}. Look whether it has come; look in the spam folder too.", moment=when
        ), True
    if put.state == "dead":
        return trouble(put.why or ""), False
    if put.why:
        return f"{trouble(put.why)} {_('We try again by ourselves.')}", False
    if put.due + PICKED_UP < here.now:
        return _("Nothing has picked it up. Is the node’s worker running? It is part of: commoncare serve"), False
    return _("It is on its way. Open this page again in a minute."), None


def _kind(each: post.Outcomes) -> MailKind:
    troubles = [(count, code) for codes in (each.dead, each.late) for code, count in codes.items()]
    return MailKind(
        what=_(KINDS[each.kind]),
        sent=each.done,
        waiting=each.waiting,
        given_up=sum(each.dead.values()),
        troubles=[f"{count} × {trouble(code)}" for count, code in sorted(troubles, reverse=True)],
    )
