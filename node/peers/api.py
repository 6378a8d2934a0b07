# SPDX-License-Identifier: AGPL-3.0-or-later
"""The operator's JSON door to trust: to begin, pause, resume, renew and end it. Each is one act; how a neighbour stands in both
directions is told by `node.neighbours.api`."""

from __future__ import annotations

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from node.actor import Actor
from node.here import Here
from node.members.rights import check
from node.peers import acts, agreeing, evidence, reads, renewing
from node.peers.shapes import (
    Acceptance,
    AgreementText,
    Confirmation,
    InvitationAsk,
    InvitationView,
    Pausing,
    PeerDetail,
    PeerList,
    Reason,
    TermsAsk,
    Yes,
)
from node.web.problems import problems

OPERATOR = frozenset({"operator"})
TAGS = ["Neighbour co-ops"]


@post(
    "/peers/invitations",
    status_code=201,
    operation_id="peers_invite",
    summary="Invite a co-op: a text to send, and words to read out on the checking call",
    tags=TAGS,
    responses=problems(400, 401, 403, 422, 503),
)
async def invite(
    data: JSONBody[InvitationAsk], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> InvitationView:
    return await acts.invite(actor=actor, node_id=data.node_id, here=here)


@post(
    "/peers",
    status_code=201,
    operation_id="peers_accept",
    summary="Accept another co-op's invitation and ask it for a peering",
    tags=TAGS,
    responses=problems(400, 401, 403, 409, 422, 503),
)
async def accept(data: JSONBody[Acceptance], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PeerDetail:
    return await acts.accept(actor=actor, invitation=data, here=here)


@post(
    "/peers/{node_id:str}/confirmation",
    status_code=200,
    operation_id="peers_confirm",
    summary="Confirm a peering, with the 12 words heard on the checking call",
    tags=TAGS,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def confirm(
    node_id: FromPath[str], data: JSONBody[Confirmation], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PeerDetail:
    return await acts.confirm(
        actor=actor,
        node_id=node_id,
        words=data.words,
        agreement=data.agreement,
        digest=data.digest,
        here=here,
    )


@get(
    "/peers",
    operation_id="peers_list",
    summary="Every co-op that this node knows",
    tags=TAGS,
    responses=problems(401, 403),
)
async def peers(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PeerList:
    check(actor, by=OPERATOR, scope="peers", act="peers.read")
    return PeerList(peers=await reads.details(here=here))


@get(
    "/peers/{node_id:str}",
    operation_id="peers_read",
    summary="One co-op that this node knows",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def peer(node_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PeerDetail:
    check(actor, by=OPERATOR, scope="peers", act="peers.read")
    return await reads.detail(node_id, here=here)


@get(
    "/peers/{node_id:str}/agreement",
    operation_id="peers_agreement",
    summary="The text of the data-sharing agreement with a co-op: of what is proposed, else of what was agreed",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def agreement(
    node_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> AgreementText:
    check(actor, by=OPERATOR, scope="peers", act="peers.read")
    return await agreeing.read(node_id, here=here)


@post(
    "/peers/{node_id:str}/pause",
    status_code=200,
    operation_id="peers_pause",
    summary="Stop sharing with a co-op from the next request on",
    tags=TAGS,
    responses=problems(400, 401, 403, 404, 422),
)
async def pause(
    node_id: FromPath[str], data: JSONBody[Pausing], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PeerDetail:
    return await acts.pause(actor=actor, node_id=node_id, reason=data.reason, why=data.why, words=data.words, here=here)


@post(
    "/peers/{node_id:str}/resumption",
    status_code=200,
    operation_id="peers_resume",
    summary="End our pause",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def resume(node_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PeerDetail:
    return await acts.resume(actor=actor, node_id=node_id, here=here)


@post(
    "/peers/{node_id:str}/ending",
    status_code=200,
    operation_id="peers_end",
    summary="End the peering and drop what that co-op gave us",
    tags=TAGS,
    responses=problems(400, 401, 403, 404, 422),
)
async def end(
    node_id: FromPath[str], data: JSONBody[Reason], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PeerDetail:
    return await acts.end(actor=actor, node_id=node_id, reason=data.reason, here=here)


@post(
    "/peers/{node_id:str}/terms",
    status_code=200,
    operation_id="peers_propose_terms",
    summary="Propose other terms to a co-op; what was agreed goes on until it says yes",
    tags=TAGS,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def propose(
    node_id: FromPath[str], data: JSONBody[TermsAsk], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PeerDetail:
    return await renewing.propose_terms(actor=actor, node_id=node_id, ask=data, here=here)


@post(
    "/peers/{node_id:str}/terms/agreement",
    status_code=200,
    operation_id="peers_agree_terms",
    summary="Say yes to the terms that a co-op proposed",
    tags=TAGS,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def agree(
    node_id: FromPath[str], data: JSONBody[Yes], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PeerDetail:
    return await renewing.agree_terms(actor=actor, node_id=node_id, yes=data, here=here)


@post(
    "/peers/{node_id:str}/terms/refusal",
    status_code=200,
    operation_id="peers_decline_terms",
    summary="Say no to the terms that a co-op proposed, or take our own back",
    tags=TAGS,
    responses=problems(401, 403, 404, 409),
)
async def decline(node_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PeerDetail:
    return await renewing.decline_terms(actor=actor, node_id=node_id, here=here)


@post(
    "/peers/{node_id:str}/thaw",
    status_code=200,
    operation_id="peers_thaw",
    summary="Trust a co-op again whose log had forked, once it began a new one",
    tags=TAGS,
    responses=problems(401, 403, 404, 409),
)
async def thaw(node_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PeerDetail:
    return await evidence.thaw(actor=actor, node_id=node_id, here=here)


@post(
    "/peers/{node_id:str}/try",
    status_code=200,
    operation_id="peers_try",
    summary="Knock at a co-op's node now",
    tags=TAGS,
    responses=problems(401, 403, 404),
)
async def try_now(node_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PeerDetail:
    return await acts.try_now(actor=actor, node_id=node_id, here=here)


routes = [invite, accept, confirm, peers, peer, agreement, pause, resume, end, propose, agree, decline, thaw, try_now]
