# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ends again, in a database that was just restored, whatever ended since the backup was made, before anybody is served.

In the open transaction, in order: people who left or died go as on that day, with all that their going takes along; neighbours
are paused; then each of `ENDINGS`. What ended before the backup has ended already; doing it twice is doing it once.
"""

from __future__ import annotations

from collections.abc import Mapping

from node import app, database
from node.actor import at_the_command_line
from node.backing.catching import latest
from node.backing.endings import ENDINGS, NEIGHBOUR, PAUSE, PERSON, REASON
from node.ended import KEY, Ended, mark_of
from node.here import Here
from node.members import standing
from node.peers import acts as peers


async def end_again(lines: set[Ended], *, made_at: int, here: Here) -> Mapping[str, int]:
    """How much of each kind was ended again. In the caller's transaction. `made_at`: when the backup was made."""
    done: dict[str, int] = {}
    since = {line for line in lines if line.at >= made_at}
    last = latest(since)
    # A person or a neighbour may end and begin again: there only what came after the backup counts.
    marks = {(line.kind, line.mark) for line in lines if line.kind != NEIGHBOUR or line in since}
    for row in await database.rows("SELECT id, state FROM person ORDER BY id"):
        said = last.get((PERSON, mark_of(PERSON, row["id"])), "active")
        erased = (KEY, mark_of(KEY, row["id"])) in marks
        if await _gone(row["id"], row["state"], "left" if erased and said == "active" else said, here=here):
            done[PERSON] = done.get(PERSON, 0) + 1
    for row in await database.rows("SELECT node_id FROM peer WHERE NOT paused_here AND NOT ended ORDER BY node_id"):
        if last.get((PAUSE, mark_of(PAUSE, row["node_id"]))) == "paused":
            await peers.pause(actor=at_the_command_line(), node_id=row["node_id"], reason=REASON, here=here)
            done["pause"] = done.get("pause", 0) + 1
    for ending in ENDINGS:
        if not any(kind == ending.kind for kind, _ in marks):
            continue
        for row in await database.rows(f"{ending.stands} ORDER BY 1"):
            if (ending.kind, mark_of(ending.kind, str(row["id"]))) in marks:
                await ending.again(str(row["id"]), here)
                done[ending.kind] = done.get(ending.kind, 0) + 1
    return done


async def _gone(person: str, state: str, said: str, *, here: Here) -> bool:
    """Somebody leaves or has died, if the database does not know yet; every room hears of it now, not when work begins."""
    if said == "active" or state == said or state == "died":
        return False
    if said == "left":
        await standing.leave(actor=at_the_command_line(), person_id=person, here=here)
    else:
        await standing.record_death(actor=at_the_command_line(), person_id=person, here=here)
    for told in app.WHEN_SOMEBODY_GOES:
        await told(person, said, here=here)
    return True
