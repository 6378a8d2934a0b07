# SPDX-License-Identifier: AGPL-3.0-or-later
"""Questions about declared facts: what stands now, for every member; what stands behind it, for those who keep facts."""

from __future__ import annotations

from collections.abc import Sequence

from node.actor import Actor
from node.errors import NotFound
from node.here import Here
from node.members import register
from node.members.rights import MEMBER, check
from node.metrics import rows, rules
from node.metrics.rules import Record
from node.metrics.shapes import FactList, FactRecord, FactView, RecordList
from node.peers import reads as peers


async def facts(actor: Actor, *, here: Here) -> FactList:
    """What we and our neighbours declare now: ours first, then theirs by the co-op's name."""
    check(actor, by=MEMBER, scope="", act="metrics.facts")
    theirs = await rows.neighbours(here=here)
    names = await peers.name_of([row["node_id"] for row in theirs], here=here)
    ours = [
        FactView(
            id=fact.id,
            node_id=here.node_id,
            co_op=here.co_op.name,
            ours=True,
            said=fact.said,
            circle=fact.agreement.circle,
            agreed_on=fact.agreement.agreed_on,
            review_on=fact.agreement.review_on,
            declared_at=fact.confirmed_at or 0,
        )
        for fact in await rows.declared(here=here)
        if fact.agreement is not None
    ]
    others = [
        FactView(
            id=row["id"],
            node_id=row["node_id"],
            co_op=names[row["node_id"]],
            ours=False,
            said=row["said"],
            circle=row["circle"],
            agreed_on=row["agreed_on"],
            review_on=row["review_on"],
            declared_at=row["declared_at"],
        )
        for row in theirs
    ]
    return FactList(items=[*ours, *sorted(others, key=lambda each: each.co_op)])


async def records(actor: Actor, *, here: Here) -> RecordList:
    """Every fact of ours, the newest first. Raises NotAllowed, NotProved."""
    _keeper(actor)
    return RecordList(items=await _records(await rows.every(), actor, here=here))


async def record(fact_id: str, actor: Actor, *, here: Here) -> FactRecord:
    """One fact of ours with all that stands behind it. Raises NotAllowed, NotProved, NotFound."""
    _keeper(actor)
    found = await rows.one(fact_id)
    if found is None:
        raise NotFound(cause="no such fact")
    return (await _records([found], actor, here=here))[0]


async def waiting(actor: Actor, *, here: Here) -> int:
    """How many facts wait for this person to confirm them; none for who may not."""
    if not any(actor.has(role) for role in rules.KEEPERS) or not actor.may_use("peers"):
        return 0
    found = await rows.every()
    return sum(rules.state(fact, now=here.now) == "waiting" and fact.written_by != actor.person for fact in found)


async def reached(*, here: Here) -> list[str]:
    """Names of the co-ops that get what we declare now."""
    return [each.name for each in await peers.neighbours(here=here) if rules.TOPIC in each.gets]


def _keeper(actor: Actor) -> None:
    check(actor, by=rules.KEEPERS, scope="peers", act="metrics.records")


async def _records(found: Sequence[Record], actor: Actor, *, here: Here) -> list[FactRecord]:
    names = await register.called([id for fact in found for id in (fact.written_by, fact.confirmed_by)], here=here)
    to = await reached(here=here)
    return [
        FactRecord(
            id=fact.id,
            state=rules.state(fact, now=here.now),
            said=fact.said,
            circle=fact.agreement.circle if fact.agreement else "",
            agreed_on=fact.agreement.agreed_on if fact.agreement else 0,
            review_on=fact.agreement.review_on if fact.agreement else 0,
            words=fact.agreement.words if fact.agreement else "",
            written_by=names.get(fact.written_by, ""),
            written_at=fact.written_at,
            own=fact.written_by == actor.person,
            confirmed_by=names.get(fact.confirmed_by or "", ""),
            confirmed_at=fact.confirmed_at,
            withdrawn_at=fact.withdrawn_at,
            replaces=fact.replaces,
            to=to,
        )
        for fact in found
    ]
