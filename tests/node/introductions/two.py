# SPDX-License-Identifier: AGPL-3.0-or-later
"""Maureen at Alder and Samuel at Birch, each at their own co-op's pages: how far they have come, by pages alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from node import database
from node.village import Village
from tests.pages import Sheet, Visitor

HOME = "/introductions"
NEEDS = "Somebody who knows what it is like to lose half of what you see."
MESSAGE = "I would like to talk about going out again."
DAY = 86_400
PLAN = {
    "place_kind": "public_place",
    "place": "Ferry Row library cafe",
    "day-day": "20",
    "day-month": "1",
    "day-year": "2027",
    "clock": "14:30",
    "minutes": "60",
    "who_knows": "Ruth",
}
"""A meeting five days after a village begins."""


@dataclass
class Two:
    """`hers` and `his` are the paths of their two halves; `trail` every path that a browser was sent to."""

    village: Village
    maureen: Visitor
    samuel: Visitor
    hers: str = ""
    his: str = ""
    trail: list[str] = field(default_factory=list)

    def path(self, who: Visitor) -> str:
        return self.hers if who is self.maureen else self.his

    async def open(self, who: Visitor, rest: str = "") -> Sheet:
        """The page of their introduction, or one under it."""
        return await who.open(self.path(who) + rest)

    async def do(self, who: Visitor, rest: str, button: str, **values: Any) -> Sheet:
        """One deed from the page that stands under `rest`, carried to the other co-op."""
        sheet = await who.send(await self.open(who, rest), button, **values)
        self.trail += [*sheet.trail, sheet.path]
        await self.village.settle()
        return sheet


async def listing(village: Village, at: str, supporter: str, kind: str = "one_to_one") -> str:
    """The listing of a supporter's offer as one co-op holds it."""
    with village.at(village.cast.people[supporter].co_op):
        own = await database.rows(
            "SELECT o.id FROM offer o JOIN listing l ON l.id = o.id WHERE o.supporter = {} AND l.kind = {}",
            village.people[supporter],
            kind,
        )
    with village.at(at):
        for row in own:
            found = await database.row("SELECT id FROM listing WHERE offer_id = {}", row["id"])
            if found is not None:
                return str(found["id"])
    raise LookupError(supporter)


async def written(who: Visitor, offer: str, **more: Any) -> Sheet:
    """Somebody has written an ask, and reads what would be sent."""
    sheet = await who.open(f"/listings/{offer}/ask")
    assert sheet.status == 200, sheet.words
    given = {"topics": ["stroke"], "needs": NEEDS, "message": MESSAGE, **more}
    return await who.send(sheet, "Read what would be sent", **given)


async def asked(three: Village) -> Two:
    """The ask is sent and has come to Samuel."""
    two = Two(three, await Visitor.of(three, "maureen"), await Visitor.of(three, "samuel"))
    before = await written(two.maureen, await listing(three, "alder", "samuel"))
    sheet = await two.maureen.send(before, "Send it to")
    two.hers = sheet.path
    two.trail += [*before.trail, before.path, *sheet.trail, sheet.path]
    await three.settle()
    two.his = (await two.samuel.open(HOME)).link("Somebody asks you")
    return two


async def begun(three: Village) -> Two:
    """Samuel has said yes by one press."""
    two = await asked(three)
    await two.do(two.samuel, "", "Yes, ring me")
    return two


async def fresh(two: Two) -> None:
    """Both sign in anew, after days have gone by."""
    two.maureen, two.samuel = [await Visitor.of(two.village, name) for name in ("maureen", "samuel")]
