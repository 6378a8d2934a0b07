# SPDX-License-Identifier: AGPL-3.0-or-later
"""Steps that the tests of charters share: seats, drawing up, signing round, joining, each at a co-op's own database."""

from __future__ import annotations

from typing import Any

from node.charter import acts, proposals, reads
from node.charter.proposals import Proposal
from node.charter.shapes import CharterDetail, ProposalAsk
from node.village import Village
from tests.node.exchange.coops import OPERATOR, CoOp

NAME, TERMS = "The Calder co-ops", "We help each other.\nNobody is left alone with it."


async def line(coop: CoOp, **more: Any) -> str:
    with coop.bound():
        return (await acts.make_seat(actor=OPERATOR, here=coop.here(), **more)).line


async def propose(coop: CoOp, **ask: Any) -> Proposal:
    with coop.bound():
        return await acts.propose(actor=OPERATOR, ask=ProposalAsk(**ask), here=coop.here())


async def sign(coop: CoOp, proposal: Proposal, **more: Any) -> Proposal:
    """As it comes out of the file that was handed on."""
    with coop.bound():
        return await acts.sign(actor=OPERATOR, proposal=proposals.read(proposal.file()), here=coop.here(), **more)


async def signed_by(proposal: Proposal, *coops: CoOp) -> Proposal:
    for coop in coops:
        proposal = await sign(coop, proposal)
    return proposal


async def publish(coop: CoOp, proposal: Proposal) -> CharterDetail:
    with coop.bound():
        return await acts.publish(actor=OPERATOR, proposal=proposals.read(proposal.file()), here=coop.here())


async def join(coop: CoOp, proposal: Proposal, mark: str | None = None) -> CharterDetail:
    with coop.bound():
        return await acts.join(
            actor=OPERATOR,
            proposal=proposals.read(proposal.file()),
            mark=proposal.mark if mark is None else mark,
            here=coop.here(),
        )


async def choose(coop: CoOp, mark: str) -> CharterDetail:
    with coop.bound():
        return await acts.choose(actor=OPERATOR, mark=mark, here=coop.here())


async def look(coop: CoOp) -> CharterDetail:
    with coop.bound():
        return await reads.detail(OPERATOR, here=coop.here())


async def version(coop: CoOp) -> int:
    held = (await look(coop)).held
    return 0 if held is None else held.version


async def found(*coops: CoOp, **ask: Any) -> Proposal:
    """These co-ops agree on a first charter: all make seats, the first draws it up, all sign, all join."""
    lines = [await line(coop) for coop in coops]
    drawn = await propose(coops[0], **{"name": NAME, "terms": TERMS, "add": lines[1:]} | ask)
    signed = await signed_by(drawn, *coops)
    for coop in coops:
        await join(coop, signed)
    return signed


async def state_with(coop: CoOp, other: CoOp) -> tuple[str, str]:
    """(how our peering with it stands, why we paused it)."""
    with coop.bound():
        from node.peers import reads as peers

        detail = await peers.detail(other.node_id, here=coop.here())
        return detail.state, detail.pause_reason


async def agreed(village: Village, *names: str) -> None:
    """These co-ops of the village hold a first charter."""
    lines, proposal = [], None
    for name in names:
        with village.at(name) as coop:
            lines.append((await acts.make_seat(actor=OPERATOR, here=coop.here())).line)
    with village.at(names[0]) as coop:
        ask = ProposalAsk(name=NAME, terms=TERMS, add=lines[1:])
        proposal = await acts.propose(actor=OPERATOR, ask=ask, here=coop.here())
    for name in names:
        with village.at(name) as coop:
            proposal = await acts.sign(actor=OPERATOR, proposal=proposal, here=coop.here())
    for name in names:
        with village.at(name) as coop:
            await acts.join(actor=OPERATOR, proposal=proposal, mark=proposal.mark, here=coop.here())
    await village.settle()
