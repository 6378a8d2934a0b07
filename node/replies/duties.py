# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock, or somebody's leaving, does here.

Who needed more time hears once more, if it still waits. The pages of somebody who is gone are over.
"""

from __future__ import annotations

from node import database
from node.here import Here
from node.introductions import reads as introductions
from node.members import notices
from node.replies import reads
from node.replies.acts import TIMER


async def due(ref: str, *, here: Here) -> None:
    """A timer of this room has come. An unknown reference is no fault: it may be an older version's."""
    if not ref.startswith(f"{TIMER}:"):
        return
    id = ref.removeprefix(f"{TIMER}:")
    async with database.transaction():
        half = await introductions.find(id)
        if half is None:
            return
        actor = await reads.by_reply(half.person, here=here)
        if any(each.what == "ask" and each.subject == id for each in await reads.things(actor, here=here)):
            await notices.notify(person=half.person, what="waiting", here=here)


async def person_gone(person: str, how: str, *, here: Here) -> None:
    """No page of theirs can be answered any more."""
    async with database.transaction():
        await database.execute(
            "UPDATE reply_link SET expires = {} WHERE person = {} AND used_at IS NULL AND expires > {}",
            here.now,
            person,
            here.now,
        )
