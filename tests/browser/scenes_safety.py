# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of safeguarding: what one raised, what readers see before and after a recorded opening, what they write and tell."""

from __future__ import annotations

from collections.abc import Mapping

from node.village import Village
from tests.browser.visits import At, Scene
from tests.node.safeguarding.test_pages_concerns import opened, worry
from tests.node.safeguarding.test_pages_sealed import read, worried

LONG = "Slowly. " * 1500


async def reading(village: Village) -> Mapping[str, str]:
    """One waits, one was opened."""
    waits, path = await worry(village, urgent=True), await worry(village, tell_deputy=False)
    await opened(village, "peter", path)
    return {"waits": waits.rpartition("/")[2], "read": path.rpartition("/")[2]}


async def sealed(village: Village) -> Mapping[str, str]:
    """It is about an introduction that was withdrawn, and a hold stands on that."""
    await worried(village)
    peter, record = await read(village, "peter")
    form = await peter.open(record.link("Keep something from being erased"))
    held = await peter.send(form, "Place the hold", reason="It may be needed as evidence")
    return {"about": record.path.split("/")[2], "hold": held.link("Lift this hold").split("/")[4]}


CONCERNS = Scene(
    reading,
    (
        At("/concerns", "maureen"),
        At("/concerns/{waits}", "maureen"),
        At("/concerns", "peter", plain=("/concerns/takeover",)),
        At("/concerns/settings", "callum", wrong={"/concerns/settings": {"out_of_hours": "12", "lead_phone": "x"}}),
        At("/concerns/{waits}", "peter", plain=("/concerns/{waits}/opening",)),
        At("/concerns/{read}/record", "peter"),
        At("/concerns/{read}/print", "peter"),
        At("/concerns/{read}/notes", "peter", wrong={"/concerns/{read}/notes": {"wishes": LONG, "danger": "Not now"}}),
        At("/concerns/{read}/readers", "peter", wrong={"/concerns/{read}/readers": {"person": []}}),
        At("/concerns/{read}/closing", "peter", wrong={"/concerns/{read}/closing": {"outcome": "", "reasons": "They said so"}}),
        At(
            "/concerns/{read}/tellings",
            "peter",
            wrong={"/concerns/{read}/tellings/check": {"words": "", "urgency": "today"}},
            there=("/concerns/{read}/tellings",),
            shown=(
                (
                    "/concerns/{read}/tellings/check",
                    "Check what would leave",
                    {"to": "birch.example", "words": "Please look in on her.", "urgency": "today", "reason": "Risk"},
                ),
            ),
        ),
    ),
    title_may_repeat=frozenset({"/concerns/{concern_id:str}"}),
)  # fmt: skip
SEALED = Scene(
    sealed,
    (
        At("/concerns/{about}/record", "peter"),
        At("/concerns/{about}/holds", "peter", wrong={"/concerns/{about}/holds": {"reason": ""}}),
        At(
            "/concerns/{about}/holds/{hold}/lifting",
            "peter",
            wrong={"/concerns/{about}/holds/{hold}/lifting": {"reason": ""}},
        ),
        At("/concerns/{about}/sealed", "peter", shown=(("/concerns/{about}/sealed/opening", "Open it", {}),)),
    ),
)
