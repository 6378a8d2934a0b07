# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits for a person that one press can answer, whether a page still stands, and what leads read of it.

A page that was used, is over, was never made, or whose thing no longer waits is the same None. Nothing here changes anything.
"""

from __future__ import annotations

from node import database
from node.actor import Actor
from node.here import Here
from node.introductions import lists
from node.introductions import rules as introductions
from node.introductions.waits import waits
from node.members import reads as members
from node.members.rights import check
from node.replies import rules
from node.replies.shapes import Question, Said, Thing
from node.support.reads import rows as support

SCOPE = frozenset({"introductions"})
LEAD = frozenset({"peer_support_lead"})
_WHAT = {"answer": "ask", "check-out": "check-out", "review": "review"}


async def by_reply(person: str, *, here: Here) -> Actor:
    """A person as far as a page from a mail goes: their own introductions, no role that has to be proved. Raises NotFound."""
    found = await members.actor(person, via="reply", here=here)
    return Actor(person=person, roles=found.roles, scopes=SCOPE, via="reply", state=found.state, proved=False)


async def things(actor: Actor, *, here: Here) -> list[Thing]:
    """What waits for the actor and can be answered by one press, the longest first; nothing of somebody who has gone."""
    if actor.state != "active":
        return []
    own = await waits(actor, here=here)
    found = [
        Thing(what=_WHAT[each.what], subject=each.id, since=each.since) for each in own.items if each.what in _WHAT
    ]
    late = here.now - introductions.WAYS_ON_AFTER
    found += [
        Thing(what="unanswered", subject=line.id, since=line.asked_at)
        for line in (await lists.listing(actor, here=here)).items
        if line.side == "asker" and line.status == "waiting" and line.asked_at <= late
    ]
    if actor.has("peer_supporter"):
        behind = await support.behind(actor.person, here=here)
        if behind is not None and behind.next_check_in is not None and behind.next_check_in <= here.now:
            due = behind.next_check_in
            found.append(Thing(what="check-in", subject=str(due), since=due))
    return sorted(found, key=lambda each: (each.since, each.what, each.subject))


async def question(token: str, *, here: Here) -> Question | None:
    """The page of that address while it can be answered."""
    return await _question(token, held=False, here=here)


async def question_held(token: str, *, here: Here) -> Question | None:
    """As `question`, held until the open transaction ends, so that two presses follow each other."""
    return await _question(token, held=True, here=here)


async def _question(token: str, *, held: bool, here: Here) -> Question | None:
    id = rules.id_of(token, here=here)
    if id is None:
        return None
    ask = database.row_for_update if held else database.row
    row = await ask(
        "SELECT id, person, what, subject, allowed, since FROM reply_link "
        "WHERE id = {} AND used_at IS NULL AND expires > {}",
        id,
        here.now,
    )
    if row is None or not await members.active(row["person"], here=here):
        return None
    thing = Thing(what=row["what"], subject=row["subject"], since=row["since"])
    if thing.what != rules.STOP:
        waiting = await things(await by_reply(row["person"], here=here), here=here)
        if (thing.what, thing.subject) not in {(each.what, each.subject) for each in waiting}:
            return None
    return Question(id=row["id"], person=row["person"], thing=thing, allowed=tuple(row["allowed"].split(",")))


async def said_all_right(actor: Actor, *, here: Here) -> list[Said]:
    """For peer-support leads: which supporters pressed "I'm all right" of late, the newest first."""
    check(actor, by=LEAD, scope="support", act="replies.said")
    found = await database.rows(
        "SELECT l.person, l.used_at FROM reply_link l JOIN person p ON p.id = l.person "
        "WHERE l.answer = 'all-right' AND l.used_at > {} AND p.state = 'active' ORDER BY l.used_at DESC, l.id",
        here.now - rules.SAID_SHOWN,
    )
    names = await members.names({row["person"] for row in found}, here=here)
    return [Said(who=names[row["person"]], at=row["used_at"]) for row in found]
