# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a lead needs beside an offer and a supporter: whose it is, by name, and who of the supporters needs something done.

For leads alone. A look at somebody's offer is logged by the read that opens it.
"""

from __future__ import annotations

from node.actor import Actor
from node.here import Here
from node.members import reads as members
from node.members.rights import check
from node.support import rules
from node.support.reads import offers, rows
from node.support.shapes import SupporterLine, ToCheck

LEAD = frozenset({"peer_support_lead"})


async def to_check(offer_id: str, actor: Actor, here: Here) -> ToCheck:
    """An offer that was handed to the leads or published, and whose it is. Raises NotFound."""
    check(actor, by=LEAD, scope="support", act="support.to_check")
    view = await offers.offer(offer_id, actor, here)
    facts = await rows.facts(offer_id)
    assert facts is not None
    names = await members.names([facts.supporter], here=here)
    return ToCheck(
        offer=view,
        supporter=facts.supporter,
        known_as=names[facts.supporter],
        waits=rules.waits_for_check(facts),
        own=facts.supporter == actor.person,
    )


async def supporters(actor: Actor, here: Here) -> list[SupporterLine]:
    """Every peer supporter: who has something missing first, then by when their next check-in is due."""
    check(actor, by=LEAD, scope="support", act="support.supporters")
    ids = await members.by_role("peer_supporter", here=here)
    known = {each.id: each for each in await members.directory(actor, here=here)}
    lines = []
    for person in ids:
        behind = await rows.behind(person, here=here)
        lines.append(
            SupporterLine(
                person=person,
                known_as=known[person].known_as,
                full_name=known[person].full_name,
                supervisor=known[behind.supervisor].full_name if behind and behind.supervisor in known else None,
                next_check_in=behind.next_check_in if behind else None,
                standing=rules.standing(behind, now=here.now),
            )
        )
    return sorted(lines, key=lambda line: (line.standing.ok, line.next_check_in or 0, line.known_as.casefold()))
