# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a lead read out to somebody: the numbered choices, as those offers stand now.

Only the lead who helped finds them again, and each look is in the person's access log. An offer that has gone since keeps its
number and says that it has gone, so that the numbers on a printed sheet stay true.
"""

from __future__ import annotations

import functools
import json

from node import database, journal, vault
from node.actor import Actor
from node.database import Read, Row, reading
from node.errors import NotFound
from node.here import Here
from node.members.rights import check
from node.peers import reads as peers
from node.place import WHOLE_PATCH
from node.support import rules
from node.support.reads import search
from node.support.reads.asking import GONE
from node.support.shapes import AssistedView, Choice, ListingView
from node.support.taxonomy import common
from node.words import N_, _

LEAD = frozenset({"peer_support_lead"})
LINE = 70
WAYS = {
    "phone": N_("by phone"),
    "message": N_("by message"),
    "video": N_("by video"),
    "public_place": N_("in a public place"),
    "phone_group": N_("by phone, in a group"),
    "video_group": N_("by video, in a group"),
}


async def choices(assisted_id: str, actor: Actor, here: Here, *, near: str = "") -> tuple[AssistedView, str]:
    """The choices of one assisted search of this lead's, and the id of the person they were read out to.

    `near`: id of the area that distances are told from; else the middle of the patch. Raises NotFound, alike for another
    lead's and for none.
    """
    check(actor, by=LEAD, scope="support", act="support.choices")
    async with database.transaction():
        row = await database.row("SELECT person, helper, choices FROM assisted_search WHERE id = {}", assisted_id)
        if row is None or row["helper"] != actor.person:
            raise NotFound(cause="no such assisted search of this lead")
        person = row["person"]
        ring = await vault.ring([person], here=here)
        try:
            ids = json.loads(ring.open(person, "assisted_search", assisted_id, "choices", row["choices"]) or "[]")
        except vault.Erased:
            raise NotFound(cause="the person's key is gone") from None
        await journal.accessed(actor.person, person, "choices", "assist", here=here)
    area = rules.place(near or WHOLE_PATCH, here) or rules.place(WHOLE_PATCH, here)
    there, names = await database.together(rows_of(ids, here=here), peers.names())
    found = {item.id: item for item in search.views(there, names, near=area, topics=common(), here=here)}
    gone = [_(GONE)]
    return AssistedView(
        id=assisted_id,
        choices=[
            Choice(number=number, listing=id if id in found else "", lines=lines(found[id]) if id in found else gone)
            for number, id in enumerate(ids, 1)
        ],
    ), person


def rows_of(ids: list[str], *, here: Here) -> Read[list[Row]]:
    """Listings that stand now, by their ids, in no order."""
    marks = ", ".join("{}" for _ in ids) or "NULL"
    return reading(
        f"SELECT * FROM listing WHERE id IN ({marks}) AND NOT hidden AND expires_at > {{}}",  # noqa: S608
        *ids,
        here.now,
    )


def lines(item: ListingView) -> list[str]:
    """One choice in a few short lines, to be read out or printed large."""
    who = _("A group") if item.kind == "group" else _("One person")
    where = (
        _("{who}, {area}", who=who, area=item.area)
        if item.distance_km is None
        else _("{who}, {area}, about {km} km away", who=who, area=item.area, km=f"{item.distance_km:.0f}")
    )
    found = [
        ", ".join(item.labels),
        where,
        item.co_op,
        functools.reduce(_or, (_(WAYS[way]) if way in WAYS else way for way in item.ways)) if item.ways else "",
        item.times,
        _first_sentence(item.have),
    ]
    return [line for line in found if line]


def _or(one: str, other: str) -> str:
    return _("{one} or {other}", one=one, other=other)


def _first_sentence(text: str) -> str:
    sentence = text.partition(". ")[0].rstrip(".") + "." if text else ""
    return sentence if len(sentence) <= LINE else sentence[: LINE - 1].rsplit(" ", 1)[0] + "…"
