# SPDX-License-Identifier: AGPL-3.0-or-later
"""Before anybody signs: our seat, and the next version of the charter as a proposal. Nothing here is in force."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from federation.charter import CHARTER_LIFE, Charter, Member, draft_charter, majority, read_draft
from federation.errors import Refused
from federation.keys import SigningKey
from node import database, journal
from node.actor import Actor
from node.charter import reads, rules
from node.charter.acts.signing import settled
from node.charter.proposals import Proposal
from node.charter.shapes import ProposalAsk, SeatView
from node.errors import Conflict, Invalid
from node.here import Here
from node.members.rights import act
from node.peers import keyring


@act("charter.make_seat", by={"operator"}, scope="peers")
async def make_seat(*, actor: Actor, anew: bool = False, here: Here) -> SeatView:
    """Our seat as a line to give away: the one we have, or a new one. With `anew` another key, which counts once a version of the
    charter lists it; the one before signs until then."""
    async with database.transaction():
        await database.lock("charter")
        if anew or await reads.our_entry(here=here) is None:
            key = SigningKey.generate(here.random.bytes)
            await database.execute(
                "INSERT INTO charter_seat (kid, number, public, secret, made_at) "
                "SELECT {}, COALESCE(MAX(number), 0) + 1, {}, {}, {} FROM charter_seat",
                key.kid,
                key.public.raw,
                keyring.seal(key.seed(), f"seat {key.kid}", here=here),
                here.now,
            )
            await journal.write(actor.person, "charter.seat-made", f"node:{here.node_id}", {"kid": key.kid}, here=here)
        found = await reads.seat(here=here)
    assert found is not None
    return found


@act("charter.propose", by={"operator"}, scope="peers")
async def propose(*, actor: Actor, ask: ProposalAsk, here: Here) -> Proposal:
    """Draw up the next version, or a first one, unsigned. Nothing is in force yet. Raises Invalid, Conflict."""
    async with database.transaction():
        await database.lock("charter")
        held = await settled()
        ours = await _our_entry(here=here)
        members = rules.members_after(held, ours, rules.seats(ask.add), [name.strip() for name in ask.drop])
        threshold = majority(len(members)) if ask.threshold is None else ask.threshold
        rules.judge_members(members, threshold)
        name, terms = await _words(held, ask)
        proposal = _draft(held, name, terms, members, threshold, here=here)
        detail: dict[str, int | str] = {"version": proposal.next.version, "members": len(members)}
        await journal.write(actor.person, "charter.proposed", f"charter:{proposal.next.id}", detail, here=here)
    return proposal


async def _our_entry(*, here: Here) -> Member:
    ours = await reads.our_entry(here=here)
    if ours is None:
        raise Conflict("This co-op has no seat yet. Make it with: commoncare charter seat", cause="no seat")
    return ours


async def _words(held: Charter | None, ask: ProposalAsk) -> tuple[str, str]:
    """Name and terms of what is drawn up: what is given, else as they are. Raises Invalid."""
    faults: dict[str, str] = {}
    row = await database.row("SELECT terms FROM charter_version WHERE digest = {}", held.digest()) if held else None
    name = ask.name if ask.name is not None else held.name if held else ""
    terms = ask.terms if ask.terms is not None else str(row["terms"]) if row else ""
    for field, text, longest in (("name", name, rules.NAME_LENGTH), ("terms", terms, rules.TERMS_LENGTH)):
        try:
            rules.a_text(field, text, longest)
        except Invalid as no:
            faults |= no.fields
    if faults:
        raise Invalid(faults)
    return name.strip(), terms.strip()


def _draft(
    held: Charter | None, name: str, terms: str, members: Sequence[Member], threshold: int, *, here: Here
) -> Proposal:
    try:
        drafted = draft_charter(
            id=here.token() if held is None else held.id,
            version=1 if held is None else held.version + 1,
            now=here.now,
            exp=here.now + CHARTER_LIFE,
            name=name,
            members=members,
            threshold=threshold,
            terms_sha256=sha256(terms.encode()).digest(),
        )
    except Refused as refusal:
        raise Invalid({"charter": f"No member would take that: {refusal.cause}."}) from None
    return Proposal(held, read_draft(drafted), terms)
