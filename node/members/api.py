# SPDX-License-Identifier: AGPL-3.0-or-later
"""The JSON door of the people's room: parse, one act or read, answer with a shape.

Only accepting an invitation needs no sign-in; its token travels in the body, never in a URL.
"""

from __future__ import annotations

from litestar import get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from node.actor import Actor
from node.here import Here
from node.members import acts, reads
from node.members.shapes import (
    Acceptance,
    Admission,
    Correction,
    Departure,
    InvitationDraft,
    InvitationView,
    PersonView,
    RoleDraft,
    TokenDraft,
    TokenView,
    Welcome,
)
from node.web.problems import problems

TAGS = ["People"]


@get("/people", operation_id="members_directory", summary="Everybody here", tags=TAGS, responses=problems(401, 403))
async def directory(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> list[PersonView]:
    return await reads.directory(actor, here=here)


@post(
    "/people",
    operation_id="members_admit",
    summary="Enter somebody from paper or the telephone",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def admit(data: JSONBody[Admission], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PersonView:
    return await acts.admit(actor=actor, admission=data, here=here)


@post(
    "/people/invitations",
    operation_id="members_invite",
    summary="Invite somebody",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 422),
)
async def invite(
    data: JSONBody[InvitationDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> InvitationView:
    return await acts.invite(actor=actor, draft=data, here=here)


@post(
    "/people/invitations/acceptance",
    operation_id="members_accept_invitation",
    summary="Come in by an invitation",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 404, 422),
    security=[{}],
)
async def accept_invitation(data: JSONBody[Acceptance], here: NamedDependency[Here]) -> Welcome:
    return await acts.accept_invitation(acceptance=data, here=here)


@post(
    "/people/invitations/{invitation_id:str}/revocation",
    operation_id="members_revoke_invitation",
    summary="Take an invitation back",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404),
)
async def revoke_invitation(
    invitation_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> InvitationView:
    return await acts.revoke_invitation(actor=actor, invitation_id=invitation_id, here=here)


@get("/people/me", operation_id="members_me", summary="Who I am here", tags=TAGS, responses=problems(401, 404))
async def me(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> PersonView:
    return await reads.me(actor, here=here)


@patch(
    "/people/me",
    operation_id="members_change_details",
    summary="Put my details right",
    tags=TAGS,
    responses=problems(400, 401, 403, 404, 422),
)
async def change_details(
    data: JSONBody[Correction], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PersonView:
    return await acts.change_details(actor=actor, correction=data, here=here)


@get(
    "/people/me/tokens", operation_id="members_tokens", summary="My ways to sign in", tags=TAGS, responses=problems(401)
)
async def tokens(actor: NamedDependency[Actor], here: NamedDependency[Here]) -> list[TokenView]:
    return await reads.tokens(actor, here=here)


@post(
    "/people/me/tokens",
    operation_id="members_issue_token",
    summary="Make another way to sign in",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 422),
)
async def issue_token(
    data: JSONBody[TokenDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> TokenView:
    return await acts.issue_token(actor=actor, draft=data, here=here)


@post(
    "/people/me/tokens/{token_id:str}/revocation",
    operation_id="members_revoke_token",
    summary="End a way to sign in",
    tags=TAGS,
    status_code=204,
    responses=problems(401, 403, 404),
)
async def revoke_token(token_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> None:
    await acts.revoke_token(actor=actor, token_id=token_id, here=here)


@post(
    "/people/{person_id:str}/leaving",
    operation_id="members_leave",
    summary="Leave, or record that somebody left",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def leave(person_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]) -> Departure:
    return await acts.leave(actor=actor, person_id=person_id, here=here)


@post(
    "/people/{person_id:str}/death",
    operation_id="members_record_death",
    summary="Record that somebody died",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def record_death(
    person_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> Departure:
    return await acts.record_death(actor=actor, person_id=person_id, here=here)


@post(
    "/people/{person_id:str}/return",
    operation_id="members_welcome_back",
    summary="Somebody is here again, or never went",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404, 409),
)
async def welcome_back(
    person_id: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> Departure:
    return await acts.welcome_back(actor=actor, person_id=person_id, here=here)


@post(
    "/people/{person_id:str}/roles",
    operation_id="members_give_role",
    summary="Give somebody a role",
    tags=TAGS,
    status_code=201,
    responses=problems(400, 401, 403, 404, 409, 422),
)
async def give_role(
    person_id: FromPath[str], data: JSONBody[RoleDraft], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PersonView:
    return await acts.give_role(actor=actor, person_id=person_id, role=data.role, here=here)


@post(
    "/people/{person_id:str}/roles/{role:str}/ending",
    operation_id="members_end_role",
    summary="End somebody's role",
    tags=TAGS,
    status_code=201,
    responses=problems(401, 403, 404),
)
async def end_role(
    person_id: FromPath[str], role: FromPath[str], actor: NamedDependency[Actor], here: NamedDependency[Here]
) -> PersonView:
    return await acts.end_role(actor=actor, person_id=person_id, role=role, here=here)


routes = [
    directory,
    admit,
    invite,
    accept_invitation,
    revoke_invitation,
    me,
    change_details,
    tokens,
    issue_token,
    revoke_token,
    leave,
    record_death,
    welcome_back,
    give_role,
    end_role,
]
