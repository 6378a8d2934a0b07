# SPDX-License-Identifier: AGPL-3.0-or-later
"""Once the co-op has left, nothing new can begin by any door; until that day, and where it was taken back, everything goes on."""

from __future__ import annotations

from typing import Any

import pytest

from node import database
from node.actor import ROLES, Actor
from node.closing import rules
from node.closing.shapes import Closing
from node.errors import Conflict, Unavailable
from node.here import Here
from node.members.rights import REGISTRY

EVERYBODY = Actor(person="p", roles=ROLES)
DAY = 86_400


async def said(here: Here, *, days: int, taken_back: bool = False) -> None:
    await database.insert_many(
        "closing",
        ("id", "said_at", "said_by", "on_at", "until", "taken_back_at"),
        [(here.token(), 1, "cli", here.now + days * DAY, here.now + 90 * DAY, 1 if taken_back else None)],
    )


async def begin(act: str, here: Here) -> None:
    """Calls the act with too little: whether its guard or its body says no shows by what is raised."""
    right = REGISTRY[act]
    given: dict[str, Any] = {"actor": EVERYBODY} if right.by else {}
    await right.function(**given, here=here)


@pytest.mark.parametrize("act", sorted(rules.OVER))
@pytest.mark.usefixtures("engine")
async def test_it_is_refused_from_the_day_on_and_not_before(act: str, here: Here) -> None:
    for days, taken_back in ((-1, True), (1, False)):
        await said(here, days=days, taken_back=taken_back)
        with pytest.raises((TypeError, Unavailable), match=r"missing|no identity"):
            await begin(act, here)
    await database.execute("UPDATE closing SET on_at = {} WHERE taken_back_at IS NULL", here.now)
    with pytest.raises(Conflict) as no:
        await begin(act, here)
    assert "has closed" in no.value.words


@pytest.mark.usefixtures("engine")
async def test_two_days_never_stand_at_once(here: Here) -> None:
    await said(here, days=20)
    with pytest.raises(Exception, match=r"refused|unique|duplicate"):
        await said(here, days=30)
    await said(here, days=30, taken_back=True)


def test_every_page_says_what_there_is_to_say() -> None:
    at = Closing(id="c", said_at=1, on_at=100 * DAY, until=200 * DAY, done_at=None)
    for now, phone, words in (
        (99, "01632 960201", "Alder closes on 11 April 1970. Until then you can keep a copy of what is yours, under “My data”. "
         "Questions: ring 01632 960201."),
        (99, "", "Alder closes on 11 April 1970. Until then you can keep a copy of what is yours, under “My data”."),
        (100, "01632 960201", "Alder has closed. Nothing new can begin here. You can ring 01632 960201 until 20 July 1970."),
        (100, "", "Alder has closed. Nothing new can begin here."),
        (200, "01632 960201", "Alder has closed. Nothing new can begin here."),
    ):  # fmt: skip
        assert rules.notice(at, now=now * DAY, co_op="Alder", phone=phone) == words
    assert rules.notice(None, now=1, co_op="Alder", phone="1") == ""
