# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people do in a history: offers written, changed and withdrawn, asks, answers, words, sharing, endings.

Each deed picks its people and things by the chance it is given and is done by the room's own act, at the moment of that co-op's
clock. What an act refuses is an outcome like any other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from node import database
from node.actor import Actor, at_the_command_line
from node.here import Here
from node.introductions import acts as introductions
from node.introductions.shapes import AskDraft, Goodbye, No, Sharing, Words, Yes
from node.members import reads as people
from node.support import acts as support
from node.support.shapes import Audience, OfferDraft
from tests.simulation.street import Street

CLI = at_the_command_line()
TOPICS = ("stroke", "caring-far", "first-care", "nights-alone", "someone-died")


@dataclass
class Town:
    """A street, and what came to be in it, as far as checks need it."""

    street: Street
    rng: Random
    number: int = 0
    wordings: list[tuple[str, str, str]] = field(default_factory=list)
    """(co-op, offer id, words) of every wording that was ever approved."""
    gone: set[str] = field(default_factory=set)
    """People who left."""

    def words(self, what: str) -> str:
        """Words that nobody else uses in this history."""
        self.number += 1
        return f"{what} {self.street.seed}.{self.number} end"

    def here(self, name: str) -> Here:
        return self.street.coops[name].here()

    def somebody(self, name: str, role: str) -> str:
        """Somebody of this co-op who holds this role, of those who are there if anybody is."""
        cast = self.street.cast
        holders = sorted(one.id for one in cast.of(name) if role in one.roles and one.state == "active")
        there = [each for each in holders if self.street.people[each] not in self.gone]
        return self.street.people[self.rng.choice(there or holders)]

    async def actor(self, name: str, person: str) -> Actor:
        return await people.actor(person, here=self.here(name))


Deed = Callable[[Town, str], Awaitable[str]]


# Offers ---------------------------------------------------------------------------------------------------------------


async def publish(town: Town, name: str) -> str:
    """An offer is written and approved."""
    supporter = await town.actor(name, town.somebody(name, "peer_supporter"))
    made = await support.draft_offer(actor=supporter, draft=draft(town, name), here=town.here(name))
    return await approve(town, name, made.id)


async def revise(town: Town, name: str) -> str:
    """An offer gets another wording, and the lead approves it."""
    found = await _an_offer(town, withdrawn=False)
    if found is None:
        return "nothing"
    supporter = await town.actor(name, found["supporter"])
    await support.revise_offer(
        actor=supporter, offer_id=found["id"], draft=draft(town, name, new=False), here=town.here(name)
    )
    return await approve(town, name, found["id"])


async def withdraw(town: Town, name: str) -> str:
    """An offer ends."""
    found = await _an_offer(town, withdrawn=False)
    if found is None:
        return "nothing"
    supporter = await town.actor(name, found["supporter"])
    await support.withdraw_offer(actor=supporter, offer_id=found["id"], here=town.here(name))
    return str(found["id"])


async def tend(town: Town, name: str) -> str:
    """Full, room again, away, back, still right."""
    found = await _an_offer(town, withdrawn=False)
    if found is None:
        return "nothing"
    actor, here, id = await town.actor(name, found["supporter"]), town.here(name), found["id"]
    match town.rng.randrange(5):
        case 0:
            await support.full(actor=actor, offer_id=id, here=here)
        case 1 | 2:
            await support.room_again(actor=actor, offer_id=id, here=here)
        case 3:
            await support.away_until(
                actor=actor, offer_id=id, until=here.now + 86_400 * town.rng.randint(1, 9), here=here
            )
        case _:
            await support.back(actor=actor, offer_id=id, here=here)
    return str(id)


def draft(town: Town, name: str, *, new: bool = True) -> OfferDraft:
    """Words for an offer. Only one that is new may be for home alone: see the last story of tests/village/test_simulation.py."""
    others = [f"{other}.example" for other in town.street.names if other != name]
    not_to = [town.rng.choice(others)] if town.rng.random() < 0.15 else []
    return OfferDraft(
        topics=[town.rng.choice(TOPICS)],
        have=town.words("offer"),
        how="We write.",
        limits="No visits.",
        ways=["message"],
        area=town.street.cast.co_ops[name].patch[0],
        places=town.rng.randint(1, 4),
        audience=Audience(home_only=town.rng.random() < 0.1 and new, not_to=not_to),
        submit=True,
    )


async def approve(town: Town, name: str, offer_id: str) -> str:
    lead = await town.actor(name, town.somebody(name, "peer_support_lead"))
    view = await support.approve_offer(actor=lead, offer_id=offer_id, here=town.here(name))
    town.wordings.append((name, offer_id, view.have))
    return offer_id


async def _an_offer(town: Town, *, withdrawn: bool) -> dict[str, Any] | None:
    found = await database.rows(
        "SELECT offer.id, offer.supporter FROM offer LEFT JOIN offer_withdrawal ON offer_withdrawal.offer = offer.id "
        "WHERE (offer_withdrawal.id IS NOT NULL) = {} ORDER BY offer.id",
        withdrawn,
    )
    return town.rng.choice(found) if found else None


# Introductions --------------------------------------------------------------------------------------------------------


async def ask(town: Town, name: str) -> str:
    """Somebody asks for an offer that they find, of a neighbour more often than not."""
    found = await database.rows("SELECT id, node_id, topics FROM listing WHERE hidden = {} ORDER BY id", False)
    theirs = [row for row in found if row["node_id"] != f"{name}.example"]
    pool = theirs if theirs and town.rng.random() < 0.8 else found
    if not pool:
        return "nothing"
    member = await town.actor(name, town.somebody(name, "supported"))
    wish = AskDraft(offer_id=town.rng.choice(pool)["id"], message=town.words("ask"))
    return (await introductions.ask(actor=member, draft=wish, here=town.here(name))).id


async def answer(town: Town, name: str) -> str:
    """A supporter says yes, or no."""
    half = await _a_half(town, "side = 'supporter' AND status = 'waiting' AND silent = 0")
    if half is None:
        return "nothing"
    actor, here = await town.actor(name, half["person"]), town.here(name)
    if town.rng.random() < 0.75:
        await introductions.accept(
            actor=actor, introduction_id=half["id"], answer=Yes(words=town.words("yes")), here=here
        )
        return "yes"
    await introductions.decline(actor=actor, introduction_id=half["id"], answer=No(), here=here)
    return "no"


async def write(town: Town, name: str) -> str:
    """One message."""
    half = await _a_half(town, TALKING)
    if half is None:
        return "nothing"
    actor = await town.actor(name, half["person"])
    await introductions.write(
        actor=actor, introduction_id=half["id"], words=Words(words=town.words("word")), here=town.here(name)
    )
    return str(half["id"])


async def share(town: Town, name: str) -> str:
    """Details are ticked and confirmed, or a tick is taken back."""
    half = await _a_half(town, TALKING)
    if half is None:
        return "nothing"
    actor = await town.actor(name, half["person"])
    sharing = Sharing(fields=["first_name"], confirm=town.rng.random() < 0.85)
    view = await introductions.share(actor=actor, introduction_id=half["id"], sharing=sharing, here=town.here(name))
    return view.status


async def end(town: Town, name: str) -> str:
    """An introduction ends, or is withdrawn."""
    actor_of = await _a_half(town, TALKING if town.rng.random() < 0.7 else "side = 'asker' AND status = 'waiting'")
    if actor_of is None:
        return "nothing"
    actor, here = await town.actor(name, actor_of["person"]), town.here(name)
    if actor_of["status"] == "waiting" or town.rng.random() < 0.3:
        return (await introductions.withdraw(actor=actor, introduction_id=actor_of["id"], here=here)).status
    goodbye = Goodbye(words=town.words("bye"))
    return (await introductions.end(actor=actor, introduction_id=actor_of["id"], goodbye=goodbye, here=here)).status


TALKING = "status IN ('accepted', 'sharing', 'shared')"


async def _a_half(town: Town, where: str) -> dict[str, Any] | None:
    found = await database.rows(f"SELECT id, person, status FROM introduction WHERE {where} AND hidden = 0 ORDER BY id")
    return town.rng.choice(found) if found else None
