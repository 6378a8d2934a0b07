# SPDX-License-Identifier: AGPL-3.0-or-later
"""How people come: invited, admitted from paper, or accepting; and how they keep their own details right.

Each deed checks everything first, then changes, then writes the journal, in one transaction. Nothing entered is in the
journal. Only adults come in, and who entered somebody is kept.
"""

from __future__ import annotations

import json
from typing import Any

from node import database, journal, vault
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import reads, rules
from node.members.notices import notify
from node.members.rights import act, open_to_anyone
from node.members.shapes import (
    Acceptance,
    Actor,
    Admission,
    Correction,
    InvitationDraft,
    InvitationView,
    PersonView,
    Welcome,
)
from node.members.standing import (
    drop_invitation,
    end_role,
    give,
    give_role,
    issue_token,
    leave,
    new_token,
    record_death,
    revoke_token,
    welcome_back,
)
from node.members.tables import Invitation, Person
from node.post import put_out, take_back

__all__ = [
    "accept_invitation",
    "admit",
    "change_details",
    "end_role",
    "give_role",
    "invite",
    "issue_token",
    "leave",
    "notify",
    "record_death",
    "revoke_invitation",
    "revoke_token",
    "welcome_back",
]

NO_INVITATION = "This invitation can't be used any more. Please ask the co-op for a new one."
ENTERED = ("full_name", "known_as", "email", "phone")


@act("people.invite", by={"operator"}, scope="people")
async def invite(*, actor: Actor, draft: InvitationDraft, here: Here) -> InvitationView:
    """Invite somebody. The answer holds the invitation's token, this once. Raises Invalid with every fault."""
    faults = rules.faults(
        {
            "roles": rules.roles_fault(draft.roles),
            "name": rules.name_fault(draft.name, needed=False),
            "email": rules.email_fault(draft.email),
            "days": rules.days_fault(draft.days, rules.INVITATION_DAYS),
        }
    )
    if faults:
        raise Invalid(faults)
    id, token = here.token(), rules.INVITE + here.token(32)
    owner = f"invitation:{id}"
    roles = sorted(set(draft.roles) - {"member"})
    expires = here.now + draft.days * rules.DAY
    async with database.transaction():
        await vault.create(owner, here=here)
        ring = await vault.ring([owner], here=here)
        await Invitation.insert(
            Invitation(
                id=id,
                token_hash=rules.hashed(token),
                roles=json.dumps(roles),
                name=ring.seal(owner, "invitation", id, "name", rules.tidy(draft.name)),
                email=ring.seal(owner, "invitation", id, "email", rules.tidy_email(draft.email)),
                invited_by=actor.person,
                created=here.now,
                expires=expires,
            )
        )
        # What was entered about somebody who never came is destroyed when the invitation is over.
        await put_out(kind="timer", ref=f"members:invitation:{id}", to="", due=expires, expires=None, here=here)
        await journal.write(actor.person, "person.invited", f"invitation:{id}", {"roles": ",".join(roles)}, here=here)
    return InvitationView(id=id, roles=roles, expires=expires, token=token)


@act("people.revoke-invitation", by={"operator"}, scope="people")
async def revoke_invitation(*, actor: Actor, invitation_id: str, here: Here) -> InvitationView:
    """Take an unused invitation back. Raises NotFound when there is none that stands."""
    async with database.transaction():
        found = await database.row(
            "UPDATE invitation SET revoked_at = {}, revoked_by = {} "
            "WHERE id = {} AND used_at IS NULL AND revoked_at IS NULL RETURNING roles, expires",
            here.now,
            actor.person,
            invitation_id,
        )
        if found is None:
            raise NotFound(cause="no invitation that stands")
        await _over(invitation_id, here=here)
        await journal.write(actor.person, "person.invitation-revoked", f"invitation:{invitation_id}", {}, here=here)
    return InvitationView(id=invitation_id, roles=json.loads(found["roles"]), expires=found["expires"])


@open_to_anyone("people.accept-invitation")
async def accept_invitation(*, acceptance: Acceptance, here: Here) -> Welcome:
    """Come in by an invitation, once, as an adult. Raises NotFound (alike for unknown, used, over, revoked) or Invalid."""
    digest = rules.hashed(acceptance.token) if acceptance.token.startswith(rules.INVITE) else None
    async with database.transaction():
        found = digest and await database.row_for_update("SELECT * FROM invitation WHERE token_hash = {}", digest)
        if (
            not found
            or found["used_at"] is not None
            or not rules.stands(expires=found["expires"], revoked_at=found["revoked_at"], now=here.now)
        ):
            raise NotFound(NO_INVITATION, cause="no invitation that stands")
        entered = await _with_what_was_invited(acceptance, found, here=here)
        _check(entered, adult=acceptance.adult)
        id = await _enter(entered, by=None, here=here)
        await database.execute(
            "UPDATE invitation SET used_at = {}, used_by = {} WHERE id = {}", here.now, id, found["id"]
        )
        await _over(found["id"], here=here)
        for role in json.loads(found["roles"]):
            await give(id, role, by=found["invited_by"], here=here)
        token = await new_token(id, label="First sign-in", scopes=["*"], days=rules.FIRST_TOKEN_DAYS, by=id, here=here)
        await journal.write(id, "person.accepted", f"person:{id}", {"invitation": found["id"]}, here=here)
        view = await reads.me(Actor(person=id), here=here)
    return Welcome(person=view, token=token)


@act("people.admit", by={"operator", "peer_support_lead"}, scope="people")
async def admit(*, actor: Actor, admission: Admission, here: Here) -> PersonView:
    """Enter somebody from paper or the telephone; who did it is kept. A lead gives no roles. Raises Invalid."""
    entered = {column: getattr(admission, column) for column in ENTERED}
    roles_fault = rules.roles_fault(admission.roles)
    if not actor.has("operator") and set(admission.roles) - {"member", "supported", "family"}:
        roles_fault = "Ask an operator to give this role."
    _check(entered, adult=admission.adult, more={"roles": roles_fault})
    async with database.transaction():
        id = await _enter(entered, by=actor.person, here=here)
        roles = sorted(set(admission.roles) - {"member"})
        for role in roles:
            await give(id, role, by=actor.person, here=here)
        await journal.write(actor.person, "person.admitted", f"person:{id}", {"roles": ",".join(roles)}, here=here)
        return await reads.person(id, here=here)


@act("people.change-details", by={"member"}, scope="people")
async def change_details(*, actor: Actor, correction: Correction, here: Here) -> PersonView:
    """Put one's own name, address or number right. Raises Invalid with every fault at once."""
    changed = {column: value for column in ENTERED if (value := getattr(correction, column)) is not None}
    faults = rules.faults(
        {
            "full_name": rules.name_fault(changed.get("full_name", "as it is")),
            "known_as": rules.name_fault(changed.get("known_as", "as it is")),
            "email": rules.email_fault(changed.get("email", "")),
            "phone": rules.phone_fault(changed.get("phone", "")),
        }
    )
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        if not await reads.active(actor.person, here=here):
            raise NotFound(cause="no such person")
        if changed:
            await Person.update(await _sealed(actor.person, changed, here=here)).where(Person.id == actor.person)
            await journal.write(
                actor.person,
                "person.corrected",
                f"person:{actor.person}",
                {"fields": ",".join(sorted(changed))},
                here=here,
            )
        return await reads.me(actor, here=here)


async def _with_what_was_invited(acceptance: Acceptance, found: dict[str, Any], *, here: Here) -> dict[str, str]:
    """What the person entered; where they left a field empty, what the one who invited them had entered."""
    owner = f"invitation:{found['id']}"
    ring = await vault.ring([owner], here=here)
    entered = {column: getattr(acceptance, column) for column in ENTERED}
    entered["full_name"] = entered["full_name"] or ring.open(owner, "invitation", found["id"], "name", found["name"])
    entered["email"] = entered["email"] or ring.open(owner, "invitation", found["id"], "email", found["email"])
    return {column: value or "" for column, value in entered.items()}


async def _over(invitation_id: str, *, here: Here) -> None:
    await drop_invitation(invitation_id, here=here)
    await take_back("timer", f"members:invitation:{invitation_id}", here=here)


def _check(entered: dict[str, str], *, adult: bool, more: dict[str, str | None] | None = None) -> None:
    faults = rules.faults(
        {
            "full_name": rules.name_fault(entered["full_name"]),
            "known_as": rules.name_fault(entered["known_as"], needed=False),
            "email": rules.email_fault(entered["email"]),
            "phone": rules.phone_fault(entered["phone"]),
            "adult": None if adult else rules.ADULT,
            **(more or {}),
        }
    )
    if faults:
        raise Invalid(faults)


async def _enter(entered: dict[str, str], *, by: str | None, here: Here) -> str:
    id = here.token()
    known_as = entered["known_as"] or rules.first_name(rules.tidy(entered["full_name"]))
    await vault.create(id, here=here)
    sealed = await _sealed(id, {**entered, "known_as": known_as}, here=here)
    await Person.insert(
        Person(
            id=id,
            state="active",
            since=here.now,
            joined=here.now,
            adult_confirmed=here.now,
            entered_by=by,
            **sealed,
        )
    )
    return id


async def _sealed(id: str, values: dict[str, str], *, here: Here) -> dict[Any, Any]:
    """Column -> what stands in it. What is empty is absent; an address brings its keyed hash along."""
    ring = await vault.ring([id], here=here)
    columns: dict[Any, Any] = {}
    for column, entered in values.items():
        value = rules.tidy_email(entered) if column == "email" else rules.tidy(entered)
        columns[column] = ring.seal(id, "person", id, column, value) if value else None
        if column == "email":
            columns["email_blind"] = vault.blind("email", value, here=here) if value else None
    return columns
