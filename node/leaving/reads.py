# SPDX-License-Identifier: AGPL-3.0-or-later
"""What leaving would end, and how far it is: who of the neighbours confirmed, who has not, and who is overdue."""

from __future__ import annotations

from node import database
from node.actor import Actor
from node.closing import reads as closing
from node.here import Here
from node.leaving.shapes import Parting, Phase, Preview, Status, Step
from node.members.rights import check
from node.peers import reads as peers
from node.peers.shapes import PeerDetail

OPERATOR = frozenset({"operator"})
OFFERS = "FROM offer WHERE id NOT IN (SELECT offer FROM offer_withdrawal)"
FACTS = "FROM fact WHERE id NOT IN (SELECT fact FROM fact_withdrawal)"
OPEN = "FROM introduction WHERE status IN ('waiting', 'accepted', 'sharing', 'shared') AND ended_at IS NULL"


async def preview(actor: Actor, *, here: Here) -> Preview:
    """Counts of what would end; nothing is changed."""
    check(actor, by=OPERATOR, scope="peers", act="leaving.preview")
    known = await peers.details(here=here)
    return Preview(
        people=await _many("FROM person WHERE state = 'active'"),
        offers=await _many(OFFERS),
        facts=await _many(FACTS),
        introductions=await _many(OPEN),
        neighbours=[each.node_id for each in known if each.state != "ended"],
        charter=await database.row("SELECT id FROM charter WHERE left_at IS NULL") is not None,
    )


async def status(actor: Actor, *, here: Here) -> Status:
    """Where it stands. Of neighbours: all with whom a peering was ever in force."""
    check(actor, by=OPERATOR, scope="peers", act="leaving.status")
    stands = await closing.standing()
    if stands is None:
        return Status(phase="none")
    signed = {row["peer"] for row in await database.rows("SELECT peer FROM parting_receipt")}
    phase: Phase = "announced" if stands.on_at > here.now else "going" if stands.done_at is None else "gone"
    known = [each for each in await peers.details(here=here) if each.agreed is not None]
    return Status(
        phase=phase,
        on_at=stands.on_at,
        until=stands.until,
        neighbours=[_parting(each, each.node_id in signed, here.now) for each in known],
    )


def _parting(each: PeerDetail, signed: bool, now: int) -> Parting:
    step: Step = "waiting"
    if each.receipt_at is not None:
        step = "confirmed"
    elif each.receipt_due is not None and each.receipt_due < now:
        step = "overdue"
    return Parting(
        node_id=each.node_id,
        name=each.name,
        step=step,
        ended_at=each.ended_at,
        due=each.receipt_due,
        confirmed_at=each.receipt_at,
        signed=signed,
    )


async def _many(of: str) -> int:
    row = await database.row(f"SELECT COUNT(*) AS n {of}")
    return int(row["n"]) if row else 0
