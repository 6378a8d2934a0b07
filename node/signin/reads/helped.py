# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who helps whom, and what was done for somebody: for the two of them, and the log for the person alone."""

from __future__ import annotations

import json

from node import database, journal
from node.actor import Actor
from node.errors import NotFound
from node.here import Here
from node.members import reads as members
from node.members.rights import DELEGATE_ACTED
from node.signin import secrets
from node.signin.reads.alone import own
from node.signin.shapes import DelegationView, Done


async def helper_number(actor: Actor, *, here: Here) -> tuple[str, int] | None:
    """The number that the actor can read out to whom they help, and until when it stands; None when there is none."""
    own(actor, "signin.helper-number")
    row = await database.row(
        "SELECT id, expires FROM helper_code WHERE person = {} AND expires > {}", actor.person, here.now
    )
    return (secrets.code("helper", row["id"], here=here), row["expires"]) if row else None


async def delegates(actor: Actor, *, here: Here) -> list[DelegationView]:
    """Whom the actor has asked to help, those that are over last. For the person alone."""
    own(actor, "signin.delegates")
    return await _delegations("person", actor.person, here=here)


async def helping(actor: Actor, *, here: Here) -> list[DelegationView]:
    """Whom the actor helps or is asked to help, over ones left out. For the person alone."""
    own(actor, "signin.helping")
    return [view for view in await _delegations("delegate", actor.person, here=here) if view.state != "over"]


async def delegation(actor: Actor, delegation_id: str, *, here: Here) -> DelegationView:
    """One delegation, for either side. Raises NotFound."""
    own(actor, "signin.delegation")
    both = await _delegations("person", actor.person, here=here) + await _delegations(
        "delegate", actor.person, here=here
    )
    for view in both:
        if view.id == delegation_id:
            return view
    raise NotFound(cause="no delegation of theirs")


async def delegate_log(actor: Actor, *, here: Here) -> list[Done]:
    """What delegates did for the actor, the newest first. For the person alone."""
    own(actor, "signin.delegate-log")
    found = await journal.about(f"person:{actor.person}", DELEGATE_ACTED)
    names = await members.names({entry.actor for entry in found if entry.actor}, here=here)
    return [
        Done(who=names.get(entry.actor or "", ""), act=str(entry.detail.get("act", "")), at=entry.at) for entry in found
    ]


async def _delegations(column: str, person: str, *, here: Here) -> list[DelegationView]:
    found = await database.rows(
        f"SELECT * FROM delegation WHERE {column} = {{}} ORDER BY named_at DESC, id",  # noqa: S608 - a column of ours
        person,
    )
    names = await members.names({row[side] for row in found for side in ("person", "delegate")}, here=here)
    views = [
        DelegationView(
            id=row["id"],
            person=row["person"],
            person_name=names[row["person"]],
            delegate=row["delegate"],
            delegate_name=names[row["delegate"]],
            scopes=json.loads(row["scopes"]),
            introductions=row["introductions_at"] is not None,
            until=row["until"],
            named_at=row["named_at"],
            accepted_at=row["accepted_at"],
            state="over"
            if row["ended_at"] is not None or row["until"] <= here.now
            else "stands"
            if row["accepted_at"] is not None
            else "asked",
        )
        for row in found
    ]
    return sorted(views, key=lambda view: view.state == "over")
