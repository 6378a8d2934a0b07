# SPDX-License-Identifier: AGPL-3.0-or-later
""" "Find someone for me": a lead searches with a person who rang or came by, and reads out numbered choices in large print.

Only when the person was asked alone; who helped is recorded, and under the person's own key which choices were read out. What
was asked for is not kept. The person picks; the lead's ask for them then names this search.
"""

from __future__ import annotations

import json

from node import database, journal, vault
from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.members import reads as members
from node.members.rights import act
from node.support.reads import search
from node.support.reads.choosing import lines
from node.support.shapes import AssistedQuery, AssistedView, Choice
from node.words import _

LEAD = "peer_support_lead"
CHOICES = 6


@act("support.assisted_search", by={LEAD}, scope="support")
async def assisted_search(*, actor: Actor, asked: AssistedQuery, here: Here) -> AssistedView:
    """Search with `asked.person`: up to six choices that can be asked now. Raises Invalid with every field's fault."""
    faults = {}
    if not asked.asked_alone:
        faults["asked_alone"] = _("Please ask the person alone first, and tick that you did.")
    if asked.person == actor.person:
        faults["person"] = _("To look for yourself, use the search.")
    elif not await members.active(asked.person, here=here):
        faults["person"] = _("We can't find that person.")
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        page = await search(asked.query, actor, here)
        shown = [item for item in page.items if item.askable][:CHOICES]
        id = here.token()
        ring = await vault.ring([asked.person], here=here)
        choices = json.dumps([item.id for item in shown])
        await database.insert_many(
            "assisted_search",
            ("id", "person", "helper", "at", "alone_at", "choices"),
            [
                (
                    id,
                    asked.person,
                    actor.person,
                    here.now,
                    here.now,
                    ring.seal(asked.person, "assisted_search", id, "choices", choices),
                )
            ],
        )
        await journal.write(actor.person, "search.assisted", f"person:{asked.person}", here=here)
        return AssistedView(
            id=id,
            choices=[Choice(number=number, listing=item.id, lines=lines(item)) for number, item in enumerate(shown, 1)],
            help=page.help,
        )
