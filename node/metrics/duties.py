# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock does with facts: a month before a review is due those who keep facts are reminded, and on the day the fact
is said no longer. Each reads the present state again and may come twice.

References: `metrics:review|over:<fact>`.
"""

from __future__ import annotations

from node import database
from node.here import Here
from node.members import notices
from node.metrics import acts, rows, rules


async def due(ref: str, *, here: Here) -> None:
    """A timer of this room has come. An unknown reference is no fault: it may be an older version's."""
    what, _, fact_id = ref.removeprefix(f"{rules.TOPIC}:").partition(":")
    async with database.transaction():
        fact = await rows.one(fact_id)
        if fact is None:
            return
        if what == "review" and rules.state(fact, now=here.now) == "declared":
            for each in await acts.keepers(here=here):
                await notices.notify(person=each, what="check-in", here=here)
        elif what == "over":
            await acts.tell_exchange(fact_id, here=here)
