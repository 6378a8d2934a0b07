# SPDX-License-Identifier: AGPL-3.0-or-later
"""Signing a proposal with our seat, after looking that it lists us as we are. We sign one proposal of a version, unless told to
sign another instead: two of them in force would stop the charter for every member.
"""

from __future__ import annotations

from federation.charter import Charter
from federation.keys import SigningKey
from node import database, journal
from node.actor import Actor
from node.charter import proposals, reads
from node.charter.proposals import Proposal
from node.errors import Conflict, Invalid
from node.here import Here
from node.members.rights import act


async def settled() -> Charter | None:
    """The version held. Raises Conflict while two of one version stand."""
    if await reads.frozen():
        raise Conflict("Two charters of one version were signed. Choose one of them first.", cause="frozen")
    return await reads.held()


@act("charter.sign", by={"operator"}, scope="peers")
async def sign(*, actor: Actor, proposal: Proposal, instead: bool = False, here: Here) -> Proposal:
    """Sign a proposal with our seat, before and after where both are ours. Raises Invalid, Conflict."""
    new = proposal.next
    async with database.transaction():
        await database.lock("charter")
        held = await settled()
        if held is not None and (proposal.before is None or proposal.before.payload != held.payload):
            raise Conflict(f"This does not follow version {held.version}, which we hold.", cause="overtaken")
        must_be_fresh(proposal, here=here)
        keys = await our_keys(proposal, here=here)
        other = await database.row(
            "SELECT at FROM charter_signed WHERE charter = {} AND version = {} AND digest <> {} LIMIT 1",
            new.id,
            new.version,
            new.digest(),
        )
        if other is not None and not instead:
            words = f"We signed another proposal of version {new.version}. If both come into force, the charter stops for all "
            raise Conflict(
                words + "members. Sign this one instead only when the other was given up by all.", cause="two"
            )
        await database.execute(
            "INSERT INTO charter_signed (digest, charter, version, at) VALUES ({}, {}, {}, {}) ON CONFLICT (digest) DO NOTHING",
            new.digest(),
            new.id,
            new.version,
            here.now,
        )
        detail: dict[str, int | str] = {"version": new.version, "mark": proposal.mark}
        await journal.write(actor.person, "charter.signed", f"charter:{new.id}", detail, here=here)
    for key in keys:
        proposal = proposal.with_signature(key)
    return proposal


async def our_keys(proposal: Proposal, *, signing: bool = True, here: Here) -> list[SigningKey]:
    """Our seats that count in a proposal. Raises Invalid where it lists us not at all, or under another's seat; when
    we are `signing`, also under words that are not ours by now: what others signed before our roots changed still stands."""
    after = proposal.next.member(here.node_id)
    before = None if proposal.before is None else proposal.before.member(here.node_id)
    if after is None and before is None:
        raise Invalid({"file": "This charter does not list this co-op. Give your seat's line to whoever draws it up."})
    keys = await reads.seats(here=here)
    ours = await reads.our_entry(here=here)
    changed = signing and after is not None and (ours is None or after.fingerprint != ours.fingerprint)
    if changed or (after is not None and after.seat not in {key.public for key in keys}):
        raise Invalid(
            {"file": "It lists this co-op under a seat or words that are not ours. Give your seat's line again."}
        )
    due = {one.seat for one in (before, after) if one is not None}
    found = [key for key in keys if key.public in due]
    if not found:
        raise Invalid({"file": "We have none of the seats that it lists for us. Give your seat's line again."})
    return found


def must_be_fresh(proposal: Proposal, *, here: Here) -> None:
    if here.now > proposal.next.iat + proposals.PROPOSAL_LIFE:
        raise Conflict("This proposal is older than 60 days. Draw up a new one.", cause="old")
