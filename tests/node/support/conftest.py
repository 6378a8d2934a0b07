# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alder with its people, its patch and its safeguarding set up; a supporter in standing, and offers in a line each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pytest
import pytest_asyncio

from node import database
from node.actor import Actor, at_the_command_line
from node.here import Here
from node.place import Area, CoOpFacts, Gazetteer
from node.safeguarding.setup import set_up
from node.safeguarding.shapes import SetupDraft
from node.support import acts
from node.support.shapes import Induction, OfferDraft, OfferView
from tests.node.members.cast import admit
from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "alder", "here", "moulds", "three"]

DAY = 86_400
AREAS = {
    "mill-hollow": Area("mill-hollow", "Mill Hollow", 54.51, 2.15),
    "saltmarsh": Area("saltmarsh", "Saltmarsh", 54.47, 2.22),
    "ferry-row": Area("ferry-row", "Ferry Row", 54.51, 2.26),
    "quayside": Area("quayside", "Quayside", 54.43, 2.31),
    "dovecote": Area("dovecote", "Dovecote", 54.35, 2.47),
}
STROKE = OfferDraft(
    topics=["stroke"],
    have="I had a stroke in 2021. Words were slow to come back.",
    how="We talk about getting out again. Silence is fine with me.",
    limits="No forms or money.",
    ways=["phone", "message"],
    area="saltmarsh",
    times="Tuesday mornings",
    places=2,
)


@pytest.fixture
def here(here: Here) -> Here:
    return replace(
        here,
        place=Gazetteer(areas=MappingProxyType(AREAS), patch=("mill-hollow", "saltmarsh")),
        co_op=CoOpFacts(name="Alder Neighbours Co-op", phone="01632 960201"),
    )


@dataclass
class Alder:
    """The co-op's people by name, and what they do most often."""

    here: Here
    people: dict[str, Actor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        return self.people[name]

    async def induct(self, who: str, *, here: Here | None = None, **changes: Any) -> None:
        here = here or self.here
        given = {
            "induction_on": here.now - DAY,
            "promise_on": here.now - DAY,
            "supervisor": self.yasmin.person,
            "next_check_in": here.now + 150 * DAY,
        } | changes
        await acts.induct_supporter(
            actor=self.yasmin, person=self.people[who].person, induction=Induction(**given), here=here
        )

    async def draft(self, who: str = "derek", draft: OfferDraft = STROKE, *, submit: bool = True) -> str:
        given = {name: getattr(draft, name) for name in draft.__struct_fields__} | {"submit": submit}
        view = await acts.draft_offer(actor=self.people[who], draft=OfferDraft(**given), here=self.here)
        return view.id

    async def approve(self, offer: str, *, here: Here | None = None) -> OfferView:
        return await acts.approve_offer(actor=self.yasmin, offer_id=offer, here=here or self.here)

    async def publish(self, who: str = "derek", draft: OfferDraft = STROKE) -> str:
        offer = await self.draft(who, draft)
        await self.approve(offer)
        return offer


@pytest_asyncio.fixture
async def alder(engine: database.Engine, here: Here) -> Alder:
    found = Alder(here)
    for name, roles in {
        "maureen": ("supported",),
        "derek": ("supported", "peer_supporter"),
        "farah": ("supported", "peer_supporter"),
        "yasmin": ("peer_support_lead", "peer_supporter"),
        "ruth": ("peer_support_lead",),
        "peter": ("safeguarding_lead",),
        "ines": ("safeguarding_deputy",),
    }.items():
        found.people[name] = await admit(name.title(), *roles, here=here, email=f"{name}@example.org")
    await set_up(actor=at_the_command_line(), draft=SetupDraft(out_of_hours="01632 960999"), here=here)
    await found.induct("derek")
    return found
