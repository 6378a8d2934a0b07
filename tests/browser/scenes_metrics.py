# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of facts: one waits for a second person, others are declared, ours and the neighbours'."""

from __future__ import annotations

from collections.abc import Mapping

from node import database
from node.village import Village
from tests.browser.visits import At, Scene
from tests.node.metrics.test_pages import agreement, typed
from tests.pages import Visitor

WRONG = {
    "services": {"circle": "C" * 81},
    "size": {"review_on-day": "40", "words": "x" * 1001},
    "rates": {"paid-medicines": "a lot", "charged-nights-awake": "0"},
    "rating": {"published_on-day": "40"},
    "total": {"number": "many", "counted": "x" * 301},
}


async def declaring(village: Village) -> Mapping[str, str]:
    """Yasmin has written down a total, and taken another one back; what the village began with stands."""
    yasmin = await Visitor.of(village, "yasmin")
    found = {}
    for name in ("gone", "waiting"):
        sheet = await yasmin.open("/facts/new/total")
        made = await yasmin.send(sheet, "Write it down", **typed(village, "total"), **agreement(village))
        found[name] = made.path.rpartition("/")[2]
    await yasmin.send(await yasmin.open(f"/facts/{found['gone']}/withdrawal"), "Take it back")
    with village.at("alder"):
        for row in await database.rows("SELECT id, about FROM fact WHERE about <> 'total'"):
            found[row["about"]] = row["id"]
    return found


FACTS = Scene(
    declaring,
    (
        At("/facts", "maureen"),
        At("/facts", "callum"),
        At("/facts", "yasmin", proved=False),
        At("/facts/print", "maureen"),
        At("/facts/new", "yasmin"),
        *(At(f"/facts/new/{about}", "yasmin", wrong={f"/facts/new/{about}": wrong}) for about, wrong in WRONG.items()),
        At("/facts/{waiting}", "callum", plain=("/facts/{waiting}/confirmation",)),
        At("/facts/{waiting}", "yasmin"),
        At("/facts/{waiting}/withdrawal", "callum", plain=("/facts/{waiting}/withdrawal",)),
        At("/facts/{gone}", "peter"),
        At("/facts/{rates}", "yasmin"),
        At("/facts/{size}/withdrawal", "peter", plain=("/facts/{size}/withdrawal",)),
        At("/facts/{rates}/replacement", "peter", wrong={"/facts/{rates}/replacement": {"paid-medicines": "-"}}),
    ),
)
