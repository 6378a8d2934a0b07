# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is signed in, and by which ways they can be.

`session` is the only way from a cookie to an Actor: unknown, over and revoked ones are nobody, and so is one whose person is
gone or whose delegation is over. What somebody sees of their ways to sign in is theirs alone, never a delegate's.
"""

from node.signin.reads.guests import guest, wishes
from node.signin.reads.helped import delegate_log, delegates, delegation, helper_number, helping
from node.signin.reads.own import (
    card,
    card_view,
    cards,
    factors,
    has_factor,
    recovery_codes,
    sessions,
    totp_setup,
    ways,
)
from node.signin.reads.recovered import recoveries, recovery_of, recovery_view
from node.signin.reads.standing import session

__all__ = [
    "card",
    "card_view",
    "cards",
    "delegate_log",
    "delegates",
    "delegation",
    "factors",
    "guest",
    "has_factor",
    "helper_number",
    "helping",
    "recoveries",
    "recovery_codes",
    "recovery_of",
    "recovery_view",
    "session",
    "sessions",
    "totp_setup",
    "ways",
    "wishes",
]
