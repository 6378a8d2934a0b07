# SPDX-License-Identifier: AGPL-3.0-or-later
"""What can't begin any more once the co-op has left, and what its pages say. Pure.

What people need to come to an end stays: signing in, reading, a copy of their data, a worry, withdrawing.
"""

from __future__ import annotations

from typing import Final

from node.closing.shapes import Closing
from node.dates import date_long
from node.words import _

OVER: Final = frozenset({
    "people.invite", "people.invite-many", "people.print-invitations", "people.admit", "people.accept-invitation",
    "people.welcome-back", "signin.accept-invitation", "signin.ask-for-new-invitation",
    "support.induct_supporter", "support.draft_offer", "support.revise_offer", "support.submit_offer", "support.approve_offer",
    "introductions.ask", "introductions.tell_me_when_back",
    "metrics.draft_fact", "metrics.confirm_fact",
    "peers.invite", "peers.accept", "peers.confirm", "peers.propose_terms", "peers.agree_terms",
    "charter.make_seat", "charter.propose", "charter.sign", "charter.join", "charter.publish",
})  # fmt: skip
"""Acts, as `node.members.rights` names them."""


def gone(closing: Closing | None, now: int) -> bool:
    """Whether the day has come."""
    return closing is not None and closing.on_at <= now


def notice(closing: Closing | None, *, now: int, co_op: str, phone: str) -> str:
    """What stands on every page, in words; "" while nobody has said that the co-op leaves."""
    if closing is None:
        return ""
    on, until = date_long(closing.on_at), date_long(closing.until)
    if closing.on_at > now:
        if phone:
            return _(
                "{co_op} closes on {on}. Until then you can keep a copy of what is yours, under “My data”. "
                "Questions: ring {phone}.",
                co_op=co_op,
                on=on,
                phone=phone,
            )
        return _(
            "{co_op} closes on {on}. Until then you can keep a copy of what is yours, under “My data”.",
            co_op=co_op,
            on=on,
        )
    if phone and now < closing.until:
        return _(
            "{co_op} has closed. Nothing new can begin here. You can ring {phone} until {until}.",
            co_op=co_op,
            phone=phone,
            until=until,
        )
    return _("{co_op} has closed. Nothing new can begin here.", co_op=co_op)
