# SPDX-License-Identifier: AGPL-3.0-or-later
"""Alder with those who keep its facts, and facts of each kind in a line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from node import database
from node.actor import Actor
from node.here import Here
from node.metrics import acts
from node.metrics.shapes import FactDraft, FactRecord, Rate
from node.place import CoOpFacts
from tests.node.members.cast import admit
from tests.village.conftest import addresses, moulds, three

__all__ = ["addresses", "alder", "here", "moulds", "three"]

DAY = 86_400
NOW = 1_800_000_000
AGREED = {
    "circle": "Money circle",
    "agreed_on": NOW - 5 * DAY,
    "review_on": NOW + 300 * DAY,
    "words": "We tell it to our neighbours, canaryword.",
}
SIZE = FactDraft(about="size", people="26-50", **AGREED)
SERVICES = FactDraft(about="services", services=["personal-care", "companionship"], **AGREED)
RATES = FactDraft(
    about="rates",
    rates=[Rate(care="personal-care", paid=1450, charged=2175), Rate(care="companionship", charged=1900)],
    **AGREED,
)
RATING = FactDraft(about="rating", theme="overall", grade="good", published_on=NOW - 90 * DAY, **AGREED)
TOTAL = FactDraft(
    about="total",
    name="Hours of support given",
    number=12_480,
    start=NOW - 370 * DAY,
    end=NOW - 5 * DAY,
    counted="Visits that both sides confirmed.",
    **AGREED,
)
ALL = [SIZE, SERVICES, RATES, RATING, TOTAL]


def but(draft: FactDraft, **changes: Any) -> FactDraft:
    return msgspec.structs.replace(draft, **changes)


@pytest.fixture
def here(here: Here) -> Here:
    return replace(here, co_op=CoOpFacts(name="Alder Neighbours Co-op", nation="england"))


@dataclass
class Alder:
    """The co-op's people by name, and what they do most often."""

    here: Here
    people: dict[str, Actor] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Actor:
        return self.people[name]

    async def draft(self, draft: FactDraft = SIZE, *, here: Here | None = None) -> FactRecord:
        return await acts.draft_fact(actor=self.yasmin, draft=draft, here=here or self.here)

    async def confirm(self, fact: str, *, here: Here | None = None) -> FactRecord:
        return await acts.confirm_fact(actor=self.callum, fact_id=fact, here=here or self.here)

    async def declare(self, draft: FactDraft = SIZE, *, here: Here | None = None) -> str:
        made = await self.draft(draft, here=here)
        await self.confirm(made.id, here=here)
        return made.id


@pytest_asyncio.fixture
async def alder(engine: database.Engine, here: Here) -> Alder:
    found = Alder(here)
    for name, roles in {
        "maureen": ("supported",),
        "yasmin": ("peer_support_lead",),
        "callum": ("operator",),
        "peter": ("safeguarding_lead",),
    }.items():
        found.people[name] = await admit(name.title(), *roles, here=here, email=f"{name}@example.org")
    return found
