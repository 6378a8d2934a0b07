# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one mail says of all that waits: a number, pages to answer on, and the page that ends such mails.

The number is what stands on the person's own first page, and in how many introductions something was written since they were
last here. It is counted when the mail leaves, so what was done meanwhile is not in it.
"""

from __future__ import annotations

from node.here import Here
from node.introductions.unread import unread
from node.members import reads as members
from node.members.notices import Counting, Digest, Link
from node.replies import acts, reads, rules
from node.replies.shapes import Home
from node.signin.visits import last_visit

PAGE = "/answer/"


def digest(home: Home) -> Counting:
    """What a notice asks as it leaves. `home` counts what waits on somebody's first page."""

    async def counted(person: str, here: Here) -> Digest:
        themselves = await members.actor(person, via="worker", here=here)
        actor = await reads.by_reply(person, here=here)
        visited = await last_visit(person)
        pages = await acts.pages_for(actor, here=here)
        stop = await acts.stop_for(actor, here=here)
        return Digest(
            count=await home(themselves, here) + await unread(person, since=visited or 0),
            links=[Link(since=thing.since, url=f"{here.home}{PAGE}{token}") for thing, token in pages],
            until=here.now + rules.LIFE,
            stop=f"{here.home}{PAGE}{stop}" if stop else "",
            visited=visited,
        )

    return counted
