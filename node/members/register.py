# SPDX-License-Identifier: AGPL-3.0-or-later
"""The register an operator works with: everybody's names and roles, who gave which role, which invitations stand.

No address, no number, no care data. A name searched for is kept nowhere. What was entered about an invited person is shown only
while their invitation stands; afterwards it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from node import database, vault
from node.actor import COMMAND_LINE, Actor, State
from node.errors import NotFound
from node.here import Here
from node.members import reads, rules
from node.members.rights import check
from node.members.shapes import PersonView
from node.words import _

OPERATOR = frozenset({"operator"})
LISTED = 200
Standing = Literal["waiting", "used", "over", "revoked"]


class RoleSince(Struct, frozen=True, kw_only=True):
    """A role that somebody holds: since when, and who gave it (a name)."""

    role: str
    since: int
    given_by: str


class Recorded(Struct, frozen=True, kw_only=True):
    """That somebody left, died or came back: when, and who wrote it down (a name)."""

    state: State
    at: int
    by: str


class PersonRecord(Struct, frozen=True, kw_only=True):
    """One person for an operator. `entered_by`: a name, when they did not enter themselves; `only`: roles nobody else holds."""

    view: PersonView
    roles: list[RoleSince]
    recorded: list[Recorded]
    entered_by: str
    only: list[str]
    is_me: bool


class InvitationRow(Struct, frozen=True, kw_only=True):
    """An invitation. `name` only while it waits; `mailed`: it has an address; `person`: who came by it."""

    id: str
    state: Standing
    name: str
    roles: list[str]
    created: int
    expires: int
    invited_by: str
    mailed: bool
    person: str | None = None
    person_name: str = ""


async def search(actor: Actor, words: str, *, here: Here) -> list[PersonView]:
    """The people in whose names each of these words is found; everybody for no words."""
    wanted = rules.tidy(words).casefold().split()
    found = await reads.directory(actor, here=here)
    return [view for view in found if all(word in f"{view.known_as} {view.full_name}".casefold() for word in wanted)]


async def record(actor: Actor, person_id: str, *, here: Here) -> PersonRecord:
    """One person, the roles they hold, and what was written down of their coming and going. Raises NotFound."""
    check(actor, by=OPERATOR, scope="people", act="people.record")
    view = await reads.person(person_id, here=here)
    held = await database.rows(
        "SELECT role, since, given_by, (SELECT COUNT(*) FROM role_held o JOIN person p ON p.id = o.person "
        "WHERE o.role = r.role AND o.until IS NULL AND o.person <> r.person AND p.state = 'active') AS others "
        "FROM role_held r WHERE person = {} AND until IS NULL ORDER BY since, role",
        person_id,
    )
    states = await database.rows(
        "SELECT state, at, recorded_by FROM person_state WHERE person = {} ORDER BY at DESC, id", person_id
    )
    entered = await database.row("SELECT entered_by FROM person WHERE id = {}", person_id)
    by = entered["entered_by"] if entered else None
    names = await called([*(row["given_by"] for row in held), *(row["recorded_by"] for row in states), by], here=here)
    return PersonRecord(
        view=view,
        roles=[RoleSince(role=row["role"], since=row["since"], given_by=names[row["given_by"]]) for row in held],
        recorded=[Recorded(state=row["state"], at=row["at"], by=names[row["recorded_by"]]) for row in states],
        entered_by=names[by] if by else "",
        only=[row["role"] for row in held if not row["others"]],
        is_me=person_id == actor.person,
    )


async def invitations(actor: Actor, *, here: Here) -> list[InvitationRow]:
    """The newest invitations, 200 at most, those that wait for somebody first."""
    check(actor, by=OPERATOR, scope="people", act="people.invitations")
    found = await database.rows(
        "SELECT *, CASE WHEN used_at IS NULL AND revoked_at IS NULL AND expires > {} THEN 0 ELSE 1 END AS rest "
        "FROM invitation ORDER BY rest, created DESC, id LIMIT {}",
        here.now,
        LISTED,
    )
    return await _rows(found, here=here)


async def invitation(actor: Actor, invitation_id: str, *, here: Here) -> InvitationRow:
    """One invitation. Raises NotFound."""
    check(actor, by=OPERATOR, scope="people", act="people.invitations")
    found = await database.rows("SELECT * FROM invitation WHERE id = {}", invitation_id)
    if not found:
        raise NotFound(cause="no such invitation")
    return (await _rows(found, here=here))[0]


async def _rows(found: list[dict[str, Any]], *, here: Here) -> list[InvitationRow]:
    names = await called([each for row in found for each in (row["invited_by"], row["used_by"])], here=here)
    ring = await vault.ring([f"invitation:{row['id']}" for row in found], here=here)
    made = []
    for row in found:
        state, owner = _state(row, here.now), f"invitation:{row['id']}"
        waits = state == "waiting"
        made.append(
            InvitationRow(
                id=row["id"],
                state=state,
                name=(waits and ring.open(owner, "invitation", row["id"], "name", row["name"])) or "",
                roles=json.loads(row["roles"]),
                created=row["created"],
                expires=row["expires"],
                invited_by=names[row["invited_by"]],
                mailed=bool(waits and ring.open(owner, "invitation", row["id"], "email", row["email"])),
                person=row["used_by"],
                person_name=names[row["used_by"]] if row["used_by"] else "",
            )
        )
    return made


def _state(row: dict[str, Any], now: int) -> Standing:
    if row["used_at"] is not None:
        return "used"
    if row["revoked_at"] is not None:
        return "revoked"
    return "waiting" if now < row["expires"] else "over"


async def called(ids: Iterable[str | None], *, here: Here) -> dict[str, str]:
    """Names by id; who sat at this machine's own command line goes by that."""
    names = await reads.names([id for id in ids if id and id != COMMAND_LINE], here=here)
    return {**names, COMMAND_LINE: _("Command line")}
