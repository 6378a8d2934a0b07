# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator says about leaving: that the co-op leaves on a day, and until that day that it stays after all.

Only at the machine's own command line: who takes a whole co-op away sits where its keys lie. Each member is told by a neutral
mail, and reads on every page what it is about.
"""

from __future__ import annotations

from node import database, journal, post
from node.actor import Actor
from node.closing import reads as closing
from node.errors import Conflict, Invalid, NotAllowed
from node.here import Here
from node.leaving import rules
from node.members import notices
from node.members.rights import act

TIMER = "leaving:go:"


@act("leaving.announce", by={"operator"}, scope="peers", alone=True)
async def announce(*, actor: Actor, on_at: int, answered: int, typed: str, here: Here) -> None:
    """Say that the co-op leaves at `on_at` (Unix seconds); `answered`: for how many days after it somebody answers the telephone;
    `typed`: the node's id, as proof that nobody is on the wrong machine. Said again with the same day it changes nothing.

    Raises NotAllowed, Invalid, Conflict.
    """
    _at_the_machine(actor)
    if typed.strip() != here.node_id:
        raise Invalid({"say": f"Type the name of this node, {here.node_id}, if this is the co-op that leaves."})
    async with database.transaction():
        await database.lock("closing")
        stands = await closing.standing()
        if stands is not None and stands.on_at == on_at:
            return
        if stands is not None:
            raise Conflict("Another day stands already. Take that back first: commoncare leave --take-back")
        until = rules.leaves(on_at, answered=answered, now=here.now)
        id = here.token()
        await database.insert_many(
            "closing", ("id", "said_at", "said_by", "on_at", "until"), [(id, here.now, actor.person, on_at, until)]
        )
        await post.put_out(kind="timer", ref=f"{TIMER}{id}", due=on_at, here=here)
        await journal.write(actor.person, "co-op.leaving-said", "co-op", {"on": on_at}, here=here)
        await _tell_everybody(here=here)


@act("leaving.take_back", by={"operator"}, scope="peers", alone=True)
async def take_back(*, actor: Actor, here: Here) -> None:
    """The co-op stays after all. Raises NotAllowed; Conflict once the day has come, or where nothing was said."""
    _at_the_machine(actor)
    async with database.transaction():
        await database.lock("closing")
        stands = await closing.standing()
        if stands is None:
            raise Conflict("Nobody has said that this co-op leaves.")
        if stands.on_at <= here.now:
            raise Conflict(
                "The day has come, and what was ended stays so. To begin again, invite your neighbours anew."
            )
        await database.execute("UPDATE closing SET taken_back_at = {} WHERE id = {}", here.now, stands.id)
        await post.take_back("timer", f"{TIMER}{stands.id}", here=here)
        await journal.write(actor.person, "co-op.leaving-taken-back", "co-op", {}, here=here)
        await _tell_everybody(here=here)


def _at_the_machine(actor: Actor) -> None:
    if actor.via != "cli":
        raise NotAllowed(cause="leaving at another door than the command line")


async def _tell_everybody(*, here: Here) -> None:
    for row in await database.rows("SELECT id FROM person WHERE state = 'active' ORDER BY id"):
        await notices.notify(person=row["id"], what="news", here=here)
