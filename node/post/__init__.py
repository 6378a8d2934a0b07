# SPDX-License-Identifier: AGPL-3.0-or-later
"""What must leave and what came in: an outbox with leases, an inbox that lets each letter take effect once, and mail.

An act never talks to anyone: it puts a reference out in its own transaction. A worker claims it for a while, reads what the
reference means now, delivers, and says `done` in the transaction of the acknowledgement; if the worker dies, the lease ends
and another claims it. So everything put out is delivered at least once, and acknowledged exactly once.
"""

from node.post.acts import again, claim, dead, done, hurry, later, let_go, put_out, received, sweep, take_back
from node.post.mail import Mailer, NotMailed
from node.post.reads import behind, lease_holders, next_due, open_to, outcomes, state_of, waiting
from node.post.shapes import Behind, Item, Outcomes, State

__all__ = [
    "Behind",
    "Item",
    "Mailer",
    "NotMailed",
    "Outcomes",
    "State",
    "again",
    "behind",
    "claim",
    "dead",
    "done",
    "hurry",
    "later",
    "lease_holders",
    "let_go",
    "next_due",
    "open_to",
    "outcomes",
    "put_out",
    "received",
    "state_of",
    "sweep",
    "take_back",
    "waiting",
]
