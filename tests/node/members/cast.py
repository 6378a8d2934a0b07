# SPDX-License-Identifier: AGPL-3.0-or-later
"""People for tests, brought in by the same acts that people use, and what waits in the outbox."""

from __future__ import annotations

from node import database
from node.actor import Actor, at_the_command_line
from node.here import Here
from node.members import acts, reads
from node.members.shapes import Admission, TokenDraft, TokenView

CLI = at_the_command_line()


async def admit(name: str, *roles: str, here: Here, email: str = "", phone: str = "") -> Actor:
    """A person with these roles, as an Actor with a token's rights."""
    view = await acts.admit(
        actor=CLI,
        admission=Admission(full_name=name, email=email, phone=phone, roles=list(roles), adult=True),
        here=here,
    )
    return await again(view.id, here=here)


async def again(person: str, *, here: Here) -> Actor:
    """The same person as they stand now."""
    return await reads.actor(person, via="token", here=here)


async def token_for(actor: Actor, *scopes: str, here: Here, days: int = 90) -> TokenView:
    return await acts.issue_token(
        actor=actor, draft=TokenDraft(label="my phone", scopes=list(scopes or ("*",)), days=days), here=here
    )


async def waiting(kind: str) -> list[str]:
    """References of what is still to leave, of one kind."""
    found = await database.rows("SELECT ref FROM outbox WHERE kind = {} AND state = 'open' ORDER BY ref", kind)
    return [row["ref"] for row in found]


async def everything_stored() -> bytes:
    """Every value of every row of every table, as the engine gives it, for looking for what must not be there."""
    from node import schema

    kept = []
    for table in schema.tables():
        for row in await database.rows(f'SELECT * FROM "{table._meta.tablename}"'):
            kept += [value if isinstance(value, bytes) else str(value).encode() for value in row.values()]
    return b"\0".join(kept)
