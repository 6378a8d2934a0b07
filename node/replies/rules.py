# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which answers one press may give, how long a page stands, and how its address is made and checked.

Whoever presses may not be the person: mailboxes are shared. So an answer is on this list only where a wrong hand does no harm
that the person, the other co-op or a lead cannot put right; never a yes that begins something, never words, never a number or
name; and each is in the journal, and on the introduction's own timeline where it did something. Why each is here:

- "ask" (somebody asks a supporter): "not-today" is the no that needs no reason; the asker may ask again, and the supporter reads
  on their own page that it was declined. "more-time" brings one more notice later and tells nobody.
- "check-out" (a meeting is over): nothing but "ring". That somebody is safely home is said by them alone, signed in: an
  all-clear from a wrong hand would silence the one alarm there is, and nobody could put that right.
- "review" (a look at how it goes is due): "carry-on" changes nothing but when the next look is; either can end it at any time.
- "check-in" (with one's own lead): "all-right" is a word to the lead, who still does the check-in; nothing is recorded by it.
- "unanswered" (no answer for a week): "wait" changes nothing at all.
- "mail": "stop" can be chosen otherwise under "How we write to you"; it does not reach what safety needs.
- "ring" (everywhere): somebody of one's own co-op rings the number that we have, never one that was typed here.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Final

from node.here import Here, NodeKey
from node.words import N_

DAY: Final = 86_400
LIFE: Final = 7 * DAY
STOP_LIFE: Final = 30 * DAY
"""Mail programs offer to end such mails for as long as they keep one."""
AGAIN_AFTER: Final = 3 * DAY
"""So long nobody is asked again by mail about what they pressed an answer to; and "more time" is as much."""
FORGET_AFTER: Final = 90 * DAY
SAID_SHOWN: Final = 30 * DAY
_ID: Final = 22
_PROOF: Final = 22

RING: Final = "ring"
STOP: Final = "mail"
ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "ask": ("not-today", "more-time", RING),
    "check-out": (RING,),
    "review": ("carry-on", RING),
    "check-in": ("all-right", RING),
    "unanswered": ("wait", RING),
    STOP: ("stop",),
}
"""What waits -> what may be pressed."""
BUTTONS: Final[Mapping[str, str]] = {
    "not-today": N_("Not today"),
    "more-time": N_("I need more time"),
    "carry-on": N_("We carry on as we are"),
    "all-right": N_("I’m all right"),
    "wait": N_("I’ll go on waiting"),
    "stop": N_("Stop these mails"),
    RING: N_("Please ring me about it"),
}
SAID: Final[Mapping[str, str]] = {
    "not-today": N_("We have noted “Not today”. Nobody asks why."),
    "more-time": N_("We remind you in three days. Nobody is told."),
    "carry-on": N_("We have noted that you carry on."),
    "all-right": N_("We tell your own lead."),
    "wait": N_("Good. It goes on waiting, and we tell you when there is news."),
    "stop": N_("We write no more mails like that. You can choose otherwise at any time under “How we write to you”."),
    RING: N_("Somebody of your own co-op rings you, on a working day if they can."),
}
ABOUT: Final[Mapping[str, str]] = {"check-in": "else"}
"""What a call is about, of the front room's own list, where it is no introduction."""
ABOUT_ELSE: Final = "introduction"


def token(key: NodeKey, id: str) -> str:
    """The last part of a page's address: the row's id, and HMAC-SHA256 over it cut to 128 bits (RFC 2104, section 5)."""
    return id + _proof(key, id)


def id_of(text: str, *, here: Here) -> str | None:
    """The row's id of a token that we made; None for any other text."""
    id, proof = text[:_ID], text[_ID:]
    fine = len(text) == _ID + _PROOF and hmac.compare_digest(proof.encode(), _proof(here.node_key, id).encode())
    return id if fine else None


def _proof(key: NodeKey, id: str) -> str:
    made = hmac.digest(key.derive("reply links"), id.encode(), "sha256")[:16]
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()
