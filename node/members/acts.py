# SPDX-License-Identifier: AGPL-3.0-or-later
"""How people come: invited, admitted from paper, or accepting; and how they keep their own details right.

Each deed checks everything first, then changes, then writes the journal, in one transaction. Nothing entered is in the
journal. Only adults come in, and who entered somebody is kept.
"""

from __future__ import annotations

import json
from typing import Any

from node import database, journal, vault
from node.actor import GUARDED, Actor
from node.errors import Invalid, NotFound, NotProved
from node.here import Here
from node.members import reads, rules
from node.members.notices import notify
from node.members.rights import act, open_to_anyone, themselves
from node.members.shapes import Acceptance, Admission, Correction, InvitationDraft, InvitationView, PersonView, Welcome
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
from node.words import N_, _

__all__ = [
    "accept_invitation",
    "admit",
    "change_details",
    "come_in",
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

NO_INVITATION = N_("This invitation can't be used any more. Please ask the co-op for a new one.")
INVITATION_MAIL = "invitation-mail"
ENTERED = ("full_name", "known_as", "email", "phone")


@act("people.invite", by={"operator"}, scope="people")
async def invite(*, actor: Actor, draft: InvitationDraft, here: Here) -> InvitationView:
    """Invite somebody. The answer holds the invitation's token; one with an address is mailed too. Raises Invalid."""
    faults = rules.faults(
        {
            "roles": rules.roles_fault(draft.roles),
            "name": rules.name_fault(draft.name, needed=False),
            "email": rules.email_fault(draft.email),
            "days": rules.days_fault(draft.days, rules.INVITATION_DAYS),
            "known_as": rules.name_fault(draft.known_as, needed=False),
            "phone": rules.phone_fault(draft.phone),
        }
    )
    if faults:
        raise Invalid(faults)
    id = here.token()
    token = rules.invitation_token(here.node_key, id)
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
                known_as=ring.seal(owner, "invitation", id, "known_as", rules.tidy(draft.known_as)),
                phone=ring.seal(owner, "invitation", id, "phone", rules.tidy(draft.phone)),
                invited_by=actor.person,
                created=here.now,
                expires=expires,
            )
        )
        # What was entered about somebody who never came is destroyed when the invitation is over.
        await put_out(kind="timer", ref=f"members:invitation:{id}", to="", due=expires, expires=None, here=here)
        if rules.tidy_email(draft.email):
            await put_out(kind=INVITATION_MAIL, ref=id, to="", due=here.now, expires=expires, here=here)
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
    async with database.transaction():
        id = await come_in(acceptance, here=here)
        token = await new_token(
            id, label=reads.FIRST_LABEL, scopes=["*"], days=rules.FIRST_TOKEN_DAYS, by=id, here=here
        )
        view = await reads.me(Actor(person=id), here=here)
    return Welcome(person=view, token=token)


async def come_in(acceptance: Acceptance, *, here: Here) -> str:
    """The person's id, once they are in by an invitation; how they sign in is the caller's. Raises as `accept_invitation`."""
    digest = rules.hashed(acceptance.token) if acceptance.token.startswith(rules.INVITE) else None
    async with database.transaction():
        found = digest and await database.row_for_update("SELECT * FROM invitation WHERE token_hash = {}", digest)
        if (
            not found
            or found["used_at"] is not None
            or not rules.stands(expires=found["expires"], revoked_at=found["revoked_at"], now=here.now)
        ):
            raise NotFound(_(NO_INVITATION), cause="no invitation that stands")
        entered = await _with_what_was_invited(acceptance, found, here=here)
        _check(entered, adult=acceptance.adult)
        id = await _enter(entered, by=None, here=here)
        await database.execute(
            "UPDATE invitation SET used_at = {}, used_by = {} WHERE id = {}", here.now, id, found["id"]
        )
        await _over(found["id"], here=here)
        for role in json.loads(found["roles"]):
            await give(id, role, by=found["invited_by"], here=here)
        await journal.write(id, "person.accepted", f"person:{id}", {"invitation": found["id"]}, here=here)
    return id


@act("people.admit", by={"operator", "peer_support_lead"}, scope="people")
async def admit(*, actor: Actor, admission: Admission, here: Here) -> PersonView:
    """Enter somebody from paper or the telephone; who did it is kept. A lead gives no roles. Raises Invalid."""
    entered = {column: getattr(admission, column) for column in ENTERED}
    roles_fault = rules.roles_fault(admission.roles)
    if not actor.has("operator") and set(admission.roles) - {"member", "supported", "family"}:
        roles_fault = _("Ask an operator to give this role.")
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
    """Put one's own name, address or number right. Raises Invalid with every fault at once.

    An e-mail address is a way to sign in: no delegate changes it, and who holds a guarded role only once proved.
    """
    if correction.email is not None:
        themselves(actor, "people.change-details")
        if not actor.proved and actor.roles & GUARDED:
            raise NotProved(cause="address of somebody with a guarded role")
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
    for field, column in (("full_name", "name"), ("email", "email"), ("known_as", "known_as"), ("phone", "phone")):
        entered[field] = entered[field] or ring.open(owner, "invitation", found["id"], column, found[column])
    return {column: value or "" for column, value in entered.items()}


async def _over(invitation_id: str, *, here: Here) -> None:
    await drop_invitation(invitation_id, here=here)
    await take_back("timer", f"members:invitation:{invitation_id}", here=here)
    await take_back(INVITATION_MAIL, invitation_id, here=here)


def _check(entered: dict[str, str], *, adult: bool, more: dict[str, str | None] | None = None) -> None:
    faults = rules.faults(
        {
            "full_name": rules.name_fault(entered["full_name"]),
            "known_as": rules.name_fault(entered["known_as"], needed=False),
            "email": rules.email_fault(entered["email"]),
            "phone": rules.phone_fault(entered["phone"]),
            "adult": None if adult else _(rules.ADULT),
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
