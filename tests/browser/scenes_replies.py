# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages that a mail leads to: one to answer on, one that ends such mails, what follows; and what leads read of it."""

from __future__ import annotations

from collections.abc import Mapping

from node.replies import acts, reads
from node.village import Village
from tests.browser.visits import At, Scene
from tests.node.introductions.two import asked


async def waiting(village: Village) -> Mapping[str, str]:
    """Maureen has waited a week for Samuel's answer, and her mail is about to leave."""
    await asked(village)
    village.clock.advance(days=8)
    with village.at("alder") as coop:
        here = coop.here()
        maureen = await reads.by_reply(village.people["maureen"], here=here)
        ((_thing, token),) = await acts.pages_for(maureen, here=here)
        return {"token": token, "stop": await acts.stop_for(maureen, here=here) or ""}


REPLIES = Scene(
    waiting,
    (
        At("/answer/{token}", plain=("/answer/{token}",)),
        At("/answer/{stop}", plain=("/answer/{stop}",)),
        At("/answered?said=wait"),
        At("/lead/replies", "yasmin"),
    ),
)
