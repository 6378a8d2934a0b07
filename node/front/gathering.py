# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything that is kept about one person, from every room, as one list. Words of ours are in English: they are said at reading.

The rooms stand in the order in which people ask for them. What is left out is said in the copy itself, never left unsaid.
"""

from __future__ import annotations

from node import copies, database, journal, vault
from node.actor import COMMAND_LINE
from node.copies import Entry, Section
from node.front import rules
from node.front.reads.sharing import AT_THE_MACHINE
from node.here import Here
from node.introductions import copying as introductions
from node.members import copying as members
from node.members import reads as people
from node.safeguarding import copying as safeguarding
from node.signin import copying as signin
from node.support import copying as support
from node.words import ENGLISH, N_, spoken

INTRODUCTIONS_LEFT_OUT = N_(
    "You asked us to leave these out, so that nobody else reads them. You can read them on their own pages."
)
MOST_LOOKS = 10_000


async def gathered(person: str, *, with_introductions: bool, here: Here) -> list[Section]:
    """The whole copy, before anybody has reviewed it. In a transaction, so that it is of one moment. Raises NotFound."""
    with spoken(ENGLISH):
        own = (
            await introductions.copy_of(person, here=here)
            if with_introductions
            else [
                Section(
                    name="introductions",
                    title=N_("Your private introductions"),
                    entries=[],
                    note=INTRODUCTIONS_LEFT_OUT,
                )
            ]
        )
        return [
            *await members.copy_of(person, here=here),
            *await signin.copy_of(person, here=here),
            *await support.copy_of(person, here=here),
            *own,
            *await safeguarding.copy_of(person, here=here),
            await _looks(person, here=here),
            *await _front(person, here=here),
        ]


async def _looks(person: str, *, here: Here) -> Section:
    found = await journal.accesses_of(person, MOST_LOOKS, kinds=rules.LOOKS)
    names = await people.names({each.who for each in found}, here=here) | {COMMAND_LINE: AT_THE_MACHINE}
    entries = [
        Entry(
            id=str(number),
            title=N_("Somebody looked"),
            at=each.at,
            facts=[
                *copies.when("at", N_("When"), each.at),
                *copies.text("who", N_("Who"), names[each.who]),
                *copies.ours("kind", N_("At what"), rules.LOOKS[each.kind]),
                *copies.ours("why", N_("Why"), rules.WHY.get(each.why)),
            ],
        )
        for number, each in enumerate(found, 1)
    ]
    return Section(name="looks", title=N_("Who looked"), entries=entries)


async def _front(person: str, *, here: Here) -> list[Section]:
    """What this room itself keeps. A complaint goes to the person unread: it may be about whoever reviews the copy."""
    calls = await database.rows(
        "SELECT id, at, name, phone, about, suits, done_at FROM call_request WHERE person = {} ORDER BY at, id", person
    )
    complaints = await database.rows("SELECT * FROM data_complaint WHERE person = {} ORDER BY at, id", person)
    owners = [*(f"call:{row['id']}" for row in calls), *(f"complaint:{row['id']}" for row in complaints)]
    ring = await vault.ring(owners, here=here)

    def opened(owner: str, table: str, id: str, column: str, blob: bytes | None) -> str | None:
        try:
            return ring.open(owner, table, id, column, blob)
        except vault.Erased:
            return None

    asked = [
        Entry(
            id=row["id"],
            title=N_("You asked us to ring"),
            at=row["at"],
            facts=[
                *copies.when("at", N_("When"), row["at"]),
                *(
                    fact
                    for column, label in (("name", N_("Name")), ("phone", N_("Phone number")))
                    for fact in copies.text(
                        column, label, opened(f"call:{row['id']}", "call_request", row["id"], column, row[column])
                    )
                ),
                *copies.ours(
                    "about",
                    N_("About"),
                    rules.ABOUT.get(
                        opened(f"call:{row['id']}", "call_request", row["id"], "about", row["about"]) or ""
                    ),
                ),
                *copies.when("done_at", N_("Somebody rang"), row["done_at"]),
            ],
        )
        for row in calls
    ]
    made = [
        Entry(
            id=row["id"],
            title=N_("A complaint about data"),
            at=row["at"],
            facts=[
                *copies.when("at", N_("When"), row["at"]),
                *copies.text(
                    "words",
                    N_("What you wrote"),
                    opened(f"complaint:{row['id']}", "data_complaint", row["id"], "words", row["words"]),
                ),
                *copies.text(
                    "answer",
                    N_("What we answered"),
                    opened(f"complaint:{row['id']}", "data_complaint", row["id"], "answer", row["answer"]),
                ),
            ],
        )
        for row in complaints
    ]
    return [
        Section(name="calls", title=N_("Calls you asked for"), entries=asked),
        Section(name="complaints", title=N_("Your complaints about data"), entries=made, own_only=True),
    ]
