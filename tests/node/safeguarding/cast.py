# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op with a lead, a deputy, a member who worries and one who does not; and who has a notice waiting."""

from __future__ import annotations

from dataclasses import dataclass

from node.actor import Actor
from node.here import Here
from node.safeguarding import acts, setup
from node.safeguarding.shapes import ConcernDraft, SetupDraft
from tests.node.members.cast import CLI, admit, waiting

OUT_OF_HOURS = "01632 960 999"
WORDS = "Zephyrine Marlowbeck has bruises and says it is nothing"


@dataclass(frozen=True)
class Cast:
    lead: Actor
    deputy: Actor
    raiser: Actor
    other: Actor


async def gather(here: Here) -> Cast:
    await setup.set_up(actor=CLI, draft=SetupDraft(out_of_hours=OUT_OF_HOURS), here=here)
    return Cast(
        lead=await admit("Lena", "safeguarding_lead", here=here, email="lead@example.org"),
        deputy=await admit("Dev", "safeguarding_deputy", here=here, email="deputy@example.org"),
        raiser=await admit("Rae", "supported", here=here, email="rae@example.org"),
        other=await admit("Otto", here=here, email="otto@example.org"),
    )


async def worry(cast: Cast, *, here: Here, **draft: object) -> str:
    receipt = await acts.raise_concern(
        actor=cast.raiser,
        draft=ConcernDraft(**{"words": WORDS, **draft}),
        here=here,  # type: ignore[arg-type]
    )
    assert receipt.id is not None
    return receipt.id


async def told() -> set[str]:
    """Whose notices wait to leave."""
    return {ref.partition(":")[0] for ref in await waiting("mail")}
