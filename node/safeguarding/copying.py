# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this room hands over about one person: the receipts of the worries they raised themselves, and nothing else ever.

Whether anybody is worried about them, or has read anything for it, no copy says. The receipts go to the person unread by
anybody else: whoever reviews a copy may be the one whom they unticked.
"""

from __future__ import annotations

from node import copies
from node.actor import Actor
from node.copies import Entry, Section
from node.here import Here
from node.safeguarding import reads
from node.words import N_


async def copy_of(person: str, *, here: Here) -> list[Section]:
    """The person's own worries: when, whom they told, where each is."""
    raised = await reads.mine(Actor(person=person), here=here)
    entries = [
        Entry(
            id=each.id,
            title=N_("A worry that you told us of"),
            at=each.raised_at,
            facts=[
                *copies.when("raised_at", N_("When"), each.raised_at),
                *copies.text("told", N_("Whom you told"), ", ".join(each.told)),
                *copies.text("state", N_("Where it is"), each.state),
            ],
        )
        for each in raised
    ]
    return [Section(name="worries", title=N_("Worries that you told us of"), entries=entries, own_only=True)]
