# SPDX-License-Identifier: AGPL-3.0-or-later
"""What only the clock, or a person's leaving, does in this room: each reads the present state again and may come twice.

References: `support:check-in:<person>:<moment>`, `support:renewal|expiry|away:<offer>:<moment>`, `support:round:<0|1>:<moment>`,
`support:tidy:words:<moment>`.
One that stands for a moment that was moved finds nothing to do.
"""

from __future__ import annotations

from node import database
from node.here import Here
from node.members import notices
from node.members import reads as members
from node.safeguarding import reads as safeguarding
from node.support import index, rules
from node.support.acts import publishing, writing
from node.support.reads import rows

LEAD = "peer_support_lead"


async def due(ref: str, *, here: Here) -> None:
    """A timer of this room has come. An unknown reference is no fault: it may be an older version's."""
    what, _, rest = ref.removeprefix("support:").partition(":")
    id = rest.rpartition(":")[0]
    async with database.transaction():
        if what == "check-in":
            await _check_in(id, here=here)
        elif what == "renewal":
            await _renewal(id, here=here)
        elif what in ("expiry", "away"):
            await publishing.refresh(id, here=here)
        elif what == "round":
            await _round(id == "1", here=here)
        elif what == "tidy":
            await index.forget_words()


async def person_gone(person: str, how: str, *, here: Here) -> None:
    """A person left or died: all their offers end at once. Whoever they supervised stands without a supervisor."""
    async with database.transaction():
        for facts in await rows.of_supporter(person):
            held = await rows.facts(facts.id, held=True)
            if held is not None:
                await writing.end(held, by=None, here=here)
        for row in await database.rows("SELECT person FROM supporter WHERE supervisor = {}", person):
            await publishing.refresh_all(row["person"], here=here)
        await _tell_all(here=here)  # it may have been the safeguarding lead


async def _check_in(person: str, *, here: Here) -> None:
    """Overdue: the offers pause by themselves; the supporter and the leads are told."""
    behind = await rows.behind(person, here=here)
    if behind is None or behind.next_check_in is None or behind.next_check_in > here.now:
        return
    await publishing.refresh_all(person, here=here)
    for each in dict.fromkeys([person, *await members.by_role(LEAD, here=here)]):
        if await members.active(each, here=here):
            await notices.notify(person=each, what="check-in", here=here)


async def _round(shared: bool, *, here: Here) -> None:
    """Bring listings in line with standings that changed elsewhere; tell exchange when the co-op may share again or no more.

    `shared`: whether it might at the last round.
    """
    listed = await database.rows(
        "SELECT l.id, l.hidden, o.supporter FROM listing l JOIN offer o ON o.id = l.id WHERE l.node_id = {}",
        here.node_id,
    )
    ok = {who: (await rows.standing(who, here=here)).ok for who in {row["supporter"] for row in listed}}
    for row in listed:
        if bool(row["hidden"]) == ok[row["supporter"]]:
            await publishing.refresh(row["id"], here=here)
    if (await safeguarding.ready(here=here)).ok != shared:
        await _tell_all(here=here)
    if listed:
        await publishing.next_round(here=here)


async def _tell_all(*, here: Here) -> None:
    for offer in await rows.published_ids():
        await publishing.tell_exchange(offer, here=here)


async def _renewal(offer_id: str, *, here: Here) -> None:
    """Near its end: the supporter is asked whether it is still right."""
    facts = await rows.facts(offer_id)
    if facts is None or facts.withdrawn_at is not None or facts.expires_at is None:
        return
    near = facts.expires_at - rules.REMINDER_DAYS * rules.DAY <= here.now < facts.expires_at
    if near and await members.active(facts.supporter, here=here):
        await notices.notify(person=facts.supporter, what="check-in", here=here)
