# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inviting many at once, and printing invitations.

Either every row of a list becomes an invitation or none does. An invitation's token is never stored: it is made again from its
id when a card is printed, and each printing is in the journal.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from node import database, journal
from node.actor import Actor
from node.errors import Invalid, NotFound
from node.here import Here
from node.members import acts, register, rules
from node.members.rights import act
from node.members.shapes import InvitationDraft, InvitationView
from node.words import _, n_

AT_ONCE = 200


class PrintedCard(Struct, frozen=True, kw_only=True):
    """What stands on one invitation card. `token` is a secret: it is on this card and in no page besides."""

    id: str
    name: str
    roles: list[str]
    expires: int
    token: str


def too_many() -> str:
    """What to say to a list that is too long."""
    return n_("{count} person at most on one list.", "{count} people at most on one list.", AT_ONCE)


@act("people.invite-many", by={"operator"}, scope="people")
async def invite_many(*, actor: Actor, drafts: Sequence[InvitationDraft], here: Here) -> list[InvitationView]:
    """Invite everybody on a list, all or none. Raises Invalid: "0-name", "2-email" … name the row and what to put right."""
    made: list[InvitationView] = []
    faults: dict[str, str] = {}
    if not 1 <= len(drafts) <= AT_ONCE:
        raise Invalid({"rows": too_many() if drafts else _("There is nobody on this list.")})
    async with database.transaction():
        for number, draft in enumerate(drafts):
            try:
                made.append(await acts.invite(actor=actor, draft=draft, here=here))
            except Invalid as no:
                faults |= {f"{number}-{field}": words for field, words in no.fields.items()}
        if faults:
            raise Invalid(faults)
    return made


@act("people.print-invitations", by={"operator"}, scope="people")
async def print_cards(*, actor: Actor, invitation_ids: Sequence[str], here: Here) -> list[PrintedCard]:
    """The cards of invitations that stand, in this order; that they were printed is written down. Raises NotFound."""
    made = []
    async with database.transaction():
        for id in invitation_ids:
            row = await register.invitation(actor, id, here=here)
            if row.state != "waiting":
                raise NotFound(_(acts.NO_INVITATION), cause="no invitation that stands")
            token = rules.invitation_token(here.node_key, id)
            made.append(PrintedCard(id=id, name=row.name, roles=row.roles, expires=row.expires, token=token))
        for card in made:
            await journal.write(actor.person, "person.invitation-printed", f"invitation:{card.id}", {}, here=here)
    return made
