# SPDX-License-Identifier: AGPL-3.0-or-later
"""How somebody stands here: the roles they hold, the tokens they sign in with, that they left or died.

A person gives themselves no role. Who leaves or dies loses roles, tokens and every pending notice in the same transaction,
and the rooms above are told by one outbox item. A record made by mistake is answered by another row, never removed.
"""

from __future__ import annotations

import json
from typing import Any

from node import database, journal, post, vault
from node.actor import Actor, State
from node.errors import Conflict, Invalid, NotAllowed, NotFound, NotProved
from node.here import Here
from node.members import reads, rules
from node.members.notices import end_notices
from node.members.rights import act
from node.members.shapes import Departure, PersonView, TokenDraft, TokenView
from node.members.tables import AccessToken, PersonState, RoleHeld
from node.words import N_, _

NOT_YOURSELF = N_("Somebody else has to do this for you, so that two people know of it.")


@act("people.give-role", by={"operator"}, scope="people")
async def give_role(*, actor: Actor, person_id: str, role: str, here: Here) -> PersonView:
    """Give a role. Nobody gives one to themselves: an operator could open safeguarding records that way.

    Raises Conflict for oneself, Invalid for an unknown role, NotFound.
    """
    if role == "member" or rules.roles_fault([role]):
        raise Invalid({"role": rules.roles_fault([role]) or _("Everybody here is a member already.")})
    if person_id == actor.person:
        raise Conflict(_(NOT_YOURSELF), cause="role for oneself")
    async with database.transaction():
        await _active(person_id)
        if await give(person_id, role, by=actor.person, here=here):
            await journal.write(actor.person, "role.given", f"person:{person_id}", {"role": role}, here=here)
        return await reads.person(person_id, here=here)


@act("people.end-role", by={"operator"}, scope="people")
async def end_role(*, actor: Actor, person_id: str, role: str, here: Here) -> PersonView:
    """End a role from now on. Raises NotFound when the person does not hold it."""
    async with database.transaction():
        ended = await database.row(
            "UPDATE role_held SET until = {}, ended_by = {} WHERE person = {} AND role = {} AND until IS NULL "
            "RETURNING id",
            here.now,
            actor.person,
            person_id,
            role,
        )
        if ended is None:
            raise NotFound(cause="role not held")
        await journal.write(actor.person, "role.ended", f"person:{person_id}", {"role": role}, here=here)
        return await reads.person(person_id, here=here)


@act("people.issue-token", by={"member", "operator"}, scope="people", alone=True)
async def issue_token(*, actor: Actor, draft: TokenDraft, person_id: str | None = None, here: Here) -> TokenView:
    """A new way to sign in, its text shown this once. For somebody else only at the operator's command line.

    A token can't make a wider one than itself, and counts as proved: so it is made only where a second factor was shown.
    Raises Invalid, NotAllowed, NotProved, NotFound.
    """
    if not actor.proved:
        raise NotProved(cause="token from a sign-in without a second factor")
    whom = person_id or actor.person
    if whom != actor.person and not (actor.via == "cli" and actor.has("operator")):
        raise NotAllowed(cause="token for somebody else")
    narrower = all(actor.may_use(scope) for scope in draft.scopes) if "*" not in draft.scopes else "*" in actor.scopes
    faults = rules.faults(
        {
            "label": rules.label_fault(draft.label),
            "scopes": rules.scopes_fault(draft.scopes)
            or (None if narrower else _("Choose only what your own sign-in is for.")),
            "days": rules.days_fault(draft.days, rules.TOKEN_DAYS),
        }
    )
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        await _active(whom)
        token = await new_token(
            whom, label=draft.label, scopes=draft.scopes, days=draft.days, by=actor.person, here=here
        )
        await journal.write(
            actor.person, "token.issued", f"person:{whom}", {"token": token.id, "days": draft.days}, here=here
        )
    return token


@act("people.revoke-token", by={"member", "operator"}, scope="", alone=True)
async def revoke_token(*, actor: Actor, token_id: str, here: Here) -> None:
    """End a token now: one's own, or anybody's for an operator. Raises NotFound."""
    async with database.transaction():
        found = await database.row_for_update("SELECT person, revoked_at FROM access_token WHERE id = {}", token_id)
        if found is None or not (found["person"] == actor.person or actor.has("operator")):
            raise NotFound(cause="no such token of this person")
        if found["revoked_at"] is None:
            await _end_token(token_id, by=actor.person, here=here)
            await journal.write(
                actor.person, "token.revoked", f"person:{found['person']}", {"token": token_id}, here=here
            )


@act("people.leave", by={"member", "operator"}, scope="people", alone=True)
async def leave(*, actor: Actor, person_id: str | None = None, here: Here) -> Departure:
    """Leave, or (an operator) record that somebody left. Raises NotFound for another, Conflict if it is so already."""
    whom = person_id or actor.person
    if whom != actor.person and not actor.has("operator"):
        raise NotFound(cause="leaving of somebody else")
    return await _go(actor, whom, "left", here=here)


@act("people.record-death", by={"peer_support_lead", "safeguarding_lead", "operator"}, scope="people")
async def record_death(*, actor: Actor, person_id: str, here: Here) -> Departure:
    """Record that somebody died, also after they had left. Every notice to them ends now. Raises NotFound, Conflict."""
    return await _go(actor, person_id, "died", here=here)


@act("people.welcome-back", by={"operator"}, scope="people")
async def welcome_back(*, actor: Actor, person_id: str, here: Here) -> Departure:
    """Somebody is here again, or never went. Roles and tokens are given anew. Raises NotFound, Conflict."""
    return await _go(actor, person_id, "active", here=here)


async def _go(actor: Actor, whom: str, state: State, *, here: Here) -> Departure:
    async with database.transaction():
        found = await database.row_for_update("SELECT state FROM person WHERE id = {}", whom)
        if found is None:
            raise NotFound(cause="no such person")
        if found["state"] == state or (found["state"] == "died" and state == "left"):
            raise Conflict(_("This has been recorded already."), cause="state stands already")
        await database.execute("UPDATE person SET state = {}, since = {} WHERE id = {}", state, here.now, whom)
        await PersonState.insert(
            PersonState(id=here.token(), person=whom, state=state, at=here.now, recorded_by=actor.person)
        )
        if state != "active":
            await _end_everything(whom, by=actor.person, here=here)
            await post.put_out(kind="person-gone", ref=f"{whom}:{state}", to="", due=here.now, expires=None, here=here)
        await journal.write(actor.person, f"person.{state}", f"person:{whom}", {}, here=here)
    return Departure(person=whom, how=state, at=here.now, recorded_by=actor.person)


async def _end_everything(whom: str, *, by: str, here: Here) -> None:
    await database.execute(
        "UPDATE role_held SET until = {}, ended_by = {} WHERE person = {} AND until IS NULL", here.now, by, whom
    )
    await end_tokens(whom, by=by, here=here)
    await end_notices(person=whom, here=here)


async def end_tokens(whom: str, *, by: str, here: Here) -> None:
    """Every token of a person ends. In the caller's transaction."""
    await database.execute(
        "UPDATE access_token SET revoked_at = {}, revoked_by = {} WHERE person = {} AND revoked_at IS NULL",
        here.now,
        by,
        whom,
    )


async def _end_token(token_id: str, *, by: str, here: Here) -> None:
    await database.execute(
        "UPDATE access_token SET revoked_at = {}, revoked_by = {} WHERE id = {}", here.now, by, token_id
    )


async def _active(person_id: str) -> dict[str, Any]:
    """The row, held until the transaction ends: nobody leaves in between. Raises NotFound."""
    found = await database.row_for_update("SELECT id, state FROM person WHERE id = {}", person_id)
    if found is None or found["state"] != "active":
        raise NotFound(cause="no active person")
    return found


async def give(person_id: str, role: str, *, by: str, here: Here) -> bool:
    """The row for a role; False when it is held already. In the caller's transaction, which writes the journal."""
    held = await database.row(
        "SELECT id FROM role_held WHERE person = {} AND role = {} AND until IS NULL", person_id, role
    )
    if held is not None:
        return False
    await RoleHeld.insert(RoleHeld(id=here.token(), person=person_id, role=role, given_by=by, since=here.now))
    return True


async def new_token(person_id: str, *, label: str, scopes: list[str], days: int, by: str, here: Here) -> TokenView:
    """The row for a token, and its text. In the caller's transaction, which checked everything."""
    id, text = here.token(), rules.PAT + here.token(32)
    kept = ["*"] if "*" in scopes else sorted(set(scopes))
    expires = here.now + days * rules.DAY
    ring = await vault.ring([person_id], here=here)
    await AccessToken.insert(
        AccessToken(
            id=id,
            token_hash=rules.hashed(text),
            person=person_id,
            label=ring.seal(person_id, "access_token", id, "label", rules.tidy(label)),
            scopes=json.dumps(kept),
            created=here.now,
            expires=expires,
            issued_by=by,
        )
    )
    return TokenView(id=id, label=rules.tidy(label), scopes=kept, created=here.now, expires=expires, token=text)


async def drop_invitation(invitation_id: str, *, here: Here) -> None:
    """What was entered about an invited person is destroyed: they are here, or will not come by it."""
    await vault.destroy(f"invitation:{invitation_id}", here=here)
    await database.execute(
        "UPDATE invitation SET name = NULL, email = NULL, known_as = NULL, phone = NULL WHERE id = {}", invitation_id
    )
