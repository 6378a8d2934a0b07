# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this room keeps about one person, for a copy they asked for: every wording of their offers, what was said to it, their
standing as a supporter, and when somebody searched with them.
"""

from __future__ import annotations

from typing import Any

import msgspec

from node import copies, database, vault
from node.copies import Entry, Fact, Section
from node.here import Here
from node.support.taxonomy import common
from node.support.wording import Content
from node.words import N_

_WORDINGS = (
    "SELECT r.id, r.number, r.at, r.content, s.at AS submitted_at, a.at AS approved_at, b.id AS returned, "
    "b.at AS returned_at, b.note, w.at AS withdrawn_at FROM offer o JOIN offer_revision r ON r.offer = o.id "
    "LEFT JOIN offer_submission s ON s.revision = r.id LEFT JOIN offer_approval a ON a.revision = r.id "
    "LEFT JOIN offer_return b ON b.revision = r.id LEFT JOIN offer_withdrawal w ON w.offer = o.id "
    "WHERE o.supporter = {} ORDER BY o.created_at, o.id, r.number"
)


async def copy_of(person: str, *, here: Here) -> list[Section]:
    """Everything this room keeps about a person."""
    ring = await vault.ring([person], here=here)
    offers = [_wording(row, person, ring) for row in await database.rows(_WORDINGS, person)]
    searches = [
        Entry(
            id=row["id"],
            title=N_("Somebody of the co-op searched with you"),
            at=row["at"],
            facts=[
                *copies.when("at", N_("When"), row["at"]),
                *copies.when("alone_at", N_("You were asked alone"), row["alone_at"]),
            ],
        )
        for row in await database.rows(
            "SELECT id, at, alone_at FROM assisted_search WHERE person = {} ORDER BY at, id", person
        )
    ]
    return [
        Section(name="offers", title=N_("Your offers, each wording"), entries=offers),
        Section(name="supporter", title=N_("You as a peer supporter"), entries=await _standing(person)),
        Section(name="searches", title=N_("Searches made with you"), entries=searches),
    ]


def _wording(row: dict[str, Any], person: str, ring: Any) -> Entry:
    text = ring.open(person, "offer_revision", row["id"], "content", row["content"])
    note = ring.open(person, "offer_return", row["returned"], "note", row["note"]) if row["returned"] else None
    return Entry(
        id=row["id"],
        title=N_("A wording of an offer"),
        at=row["at"],
        facts=[
            *copies.text("number", N_("Number"), str(row["number"])),
            *copies.when("written_at", N_("Written"), row["at"]),
            *(_content(msgspec.json.decode(text, type=Content)) if text else []),
            *copies.when("submitted_at", N_("Given to the lead"), row["submitted_at"]),
            *copies.when("approved_at", N_("Checked, and said yes to"), row["approved_at"]),
            *copies.when("returned_at", N_("Given back"), row["returned_at"]),
            *copies.text("note", N_("What the lead wrote to you"), note),
            *copies.when("withdrawn_at", N_("Offer withdrawn"), row["withdrawn_at"]),
        ],
    )


def _content(content: Content) -> list[Fact]:
    return [
        *copies.text("topics", N_("Topics"), ", ".join(common().label(slug) for slug in content.topics)),
        *copies.text("have", N_("What we have in common"), content.have),
        *copies.text("how", N_("How I help"), content.how),
        *copies.text("limits", N_("My limits"), content.limits),
        *copies.text("ways", N_("Ways to meet"), ", ".join(content.ways)),
        *copies.text("languages", N_("Languages"), ", ".join(content.languages)),
        *copies.text("area", N_("Where about"), content.area.name),
        *copies.text("times", N_("Times"), content.times),
        *copies.text("not_to", N_("Not to these co-ops"), ", ".join(content.not_to)),
    ]


async def _standing(person: str) -> list[Entry]:
    row = await database.row("SELECT * FROM supporter WHERE person = {}", person)
    if row is None:
        return []
    seen = await database.rows(
        "SELECT id, at, next FROM supporter_check_in WHERE supporter = {} ORDER BY at", row["id"]
    )
    return [
        Entry(
            id=row["id"],
            title=N_("What stands behind you"),
            at=row["at"],
            facts=[
                *copies.when("induction_on", N_("Induction"), row["induction_on"]),
                *copies.when("promise_on", N_("Promise on boundaries"), row["promise_on"]),
                *copies.when("next_check_in", N_("Next check-in"), row["next_check_in"]),
            ],
        ),
        *(
            Entry(
                id=each["id"],
                title=N_("A check-in"),
                at=each["at"],
                facts=[
                    *copies.when("at", N_("When"), each["at"]),
                    *copies.when("next", N_("The next was to be"), each["next"]),
                ],
            )
            for each in seen
        ),
    ]
