# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's JSON door to the charter. A proposal's file goes in and out as text; each deed is one act."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from node.actor import Actor
from node.charter import acts, proposals, reads
from node.charter.shapes import CharterDetail, FileText, Mark, ProposalAsk, ProposalView, SeatView, Taking
from node.here import Here
from node.members.rights import check
from node.web.problems import problems

TAGS = ["Charter"]


@get(
    "/charter",
    operation_id="charter_read",
    summary="Which charter this co-op holds, who belongs, and how it stands",
    tags=TAGS,
    responses=problems(401, 403),
)
async def charter(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> CharterDetail:
    return await reads.detail(actor, here=here)


@post(
    "/charter/seat",
    status_code=200,
    operation_id="charter_make_seat",
    summary="This co-op's seat, as a line for whoever draws up the charter; made where there is none",
    tags=TAGS,
    responses=problems(401, 403),
)
async def seat(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> SeatView:
    return await acts.make_seat(actor=actor, here=here)


@post(
    "/charter/proposals",
    status_code=201,
    operation_id="charter_propose",
    summary="Draw up a first charter, or its next version, for members to sign",
    tags=TAGS,
    responses=problems(400, 401, 403, 409, 422),
)
async def propose(
    data: JSONBody[ProposalAsk], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> ProposalView:
    return (await acts.propose(actor=actor, ask=data, here=here)).view()


@post(
    "/charter/readings",
    status_code=200,
    operation_id="charter_read_file",
    summary="What a proposal's file would change, who signed it, and its mark; changes nothing",
    tags=TAGS,
    responses=problems(400, 401, 403, 422),
)
async def read_file(data: JSONBody[FileText], actor: NamedDependency[Actor]) -> ProposalView:
    check(actor, by=frozenset({"operator"}), scope="peers", act="charter.read")
    return proposals.read(data.file).view()


@post(
    "/charter/signatures",
    status_code=200,
    operation_id="charter_sign",
    summary="Sign a proposal with this co-op's seat",
    tags=TAGS,
    responses=problems(400, 401, 403, 409, 422),
)
async def sign(data: JSONBody[FileText], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> ProposalView:
    proposal = proposals.read(data.file)
    return (await acts.sign(actor=actor, proposal=proposal, instead=data.instead, here=here)).view()


@post(
    "/charter/publications",
    status_code=200,
    operation_id="charter_publish",
    summary="Put the next version in force, once enough members have signed",
    tags=TAGS,
    responses=problems(400, 401, 403, 409, 422),
)
async def publish(
    data: JSONBody[FileText], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> CharterDetail:
    return await acts.publish(actor=actor, proposal=proposals.read(data.file), here=here)


@post(
    "/charter/joining",
    status_code=200,
    operation_id="charter_join",
    summary="Take a charter for the first time, by the mark under which it was read and compared",
    tags=TAGS,
    responses=problems(400, 401, 403, 409, 422),
)
async def join(data: JSONBody[Taking], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> CharterDetail:
    return await acts.join(actor=actor, proposal=proposals.read(data.file), mark=data.mark, here=here)


@post(
    "/charter/choice",
    status_code=200,
    operation_id="charter_choose",
    summary="Say which of two charters of one version counts here",
    tags=TAGS,
    responses=problems(400, 401, 403, 404, 409),
)
async def choose(data: JSONBody[Mark], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> CharterDetail:
    return await acts.choose(actor=actor, mark=data.mark, here=here)


@post(
    "/charter/leaving",
    status_code=200,
    operation_id="charter_leave",
    summary="Hold no charter any more; peerings go on",
    tags=TAGS,
    responses=problems(401, 403),
)
async def leave(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> CharterDetail:
    return await acts.leave(actor=actor, here=here)


routes = [charter, seat, propose, read_file, sign, publish, join, choose, leave]
