# SPDX-License-Identifier: AGPL-3.0-or-later
"""The numbers people ring when it can't wait, set by an operator. Without them this co-op shares no offers."""

from __future__ import annotations

from node import database, journal
from node.actor import Actor
from node.errors import Invalid
from node.here import Here
from node.members import rules as people_rules
from node.members.rights import act
from node.safeguarding import reads, rules
from node.safeguarding.shapes import SetupDraft, SetupView
from node.safeguarding.tables import SafeguardingSetup


@act("safeguarding.set-up", by={"operator"}, scope="safeguarding")
async def set_up(*, actor: Actor, draft: SetupDraft, here: Here) -> SetupView:
    """Set the numbers people ring. Without one that is answered out of hours, no offer is shared. Raises Invalid."""
    faults = people_rules.faults(
        {
            "out_of_hours": rules.phone_fault(draft.out_of_hours, needed=True),
            "lead_phone": rules.phone_fault(draft.lead_phone, needed=False),
            "deputy_phone": rules.phone_fault(draft.deputy_phone, needed=False),
        }
    )
    if faults:
        raise Invalid(faults)
    async with database.transaction():
        await database.lock("safeguarding-setup")
        await SafeguardingSetup.delete().where(SafeguardingSetup.id == "here")
        await SafeguardingSetup.insert(
            SafeguardingSetup(
                id="here",
                out_of_hours=draft.out_of_hours.strip(),
                lead_phone=draft.lead_phone.strip(),
                deputy_phone=draft.deputy_phone.strip(),
                set_by=actor.person,
                at=here.now,
            )
        )
        await journal.write(actor.person, "safeguarding.set-up", "co-op", {}, here=here)
    return await reads.setup(actor, here=here)
