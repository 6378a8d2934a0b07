# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this room keeps about how one person signs in and who helps them, for a copy they asked for.

All of it goes to the person unread by anybody else. Nothing by which anybody could sign in is in it, not even a hash.
"""

from __future__ import annotations

from node import copies, database, vault
from node.copies import Entry, Section
from node.here import Here
from node.members import reads as members
from node.signin import rules
from node.words import N_


async def copy_of(person: str, *, here: Here) -> list[Section]:
    """Everything this room keeps about a person."""
    entries = [
        *await _sessions(person, here=here),
        *await _keys(person, here=here),
    ]
    helpers = await _helpers(person, here=here)
    return [
        Section(name="sign-in", title=N_("How you sign in"), entries=entries, own_only=True),
        Section(name="helpers", title=N_("People who help you, and whom you help"), entries=helpers, own_only=True),
    ]


async def _sessions(person: str, *, here: Here) -> list[Entry]:
    ring = await vault.ring([person], here=here)
    found = await database.rows(
        "SELECT id, label, signed_in, last_used, expires, revoked_at FROM session WHERE person = {} "
        "ORDER BY signed_in, id",
        person,
    )
    return [
        Entry(
            id=row["id"],
            title=N_("A sign-in"),
            at=row["signed_in"],
            facts=[
                *copies.text(
                    "device",
                    N_("On"),
                    rules.device_words(ring.open(person, "session", row["id"], "label", row["label"]) or ""),
                ),
                *copies.when("signed_in_at", N_("Signed in"), row["signed_in"]),
                *copies.when("last_used_at", N_("Last used, to the hour"), row["last_used"]),
                *copies.when("expires_at", N_("Stands until"), row["expires"]),
                *copies.when("ended_at", N_("Ended"), row["revoked_at"]),
            ],
        )
        for row in found
    ]


async def _keys(person: str, *, here: Here) -> list[Entry]:
    ring = await vault.ring([person], here=here)
    cards = await database.rows(
        "SELECT id, created, expires, last_used, revoked_at FROM signin_card WHERE person = {} ORDER BY created, id",
        person,
    )
    passkeys = await database.rows(
        "SELECT id, label, created, last_used, revoked_at FROM passkey WHERE person = {} ORDER BY created, id", person
    )
    apps = await database.rows(
        "SELECT id, confirmed_at, ended_at FROM totp WHERE person = {} AND confirmed_at IS NOT NULL "
        "ORDER BY created, id",
        person,
    )
    return [
        *(
            Entry(
                id=row["id"],
                title=N_("A printed sign-in card"),
                at=row["created"],
                facts=[
                    *copies.when("created_at", N_("Made"), row["created"]),
                    *copies.when("expires_at", N_("Stands until"), row["expires"]),
                    *copies.when("last_used_at", N_("Last used"), row["last_used"]),
                    *copies.when("ended_at", N_("Ended"), row["revoked_at"]),
                ],
            )
            for row in cards
        ),
        *(
            Entry(
                id=row["id"],
                title=N_("A passkey"),
                at=row["created"],
                facts=[
                    *copies.text(
                        "label", N_("What you call it"), ring.open(person, "passkey", row["id"], "label", row["label"])
                    ),
                    *copies.when("created_at", N_("Made"), row["created"]),
                    *copies.when("last_used_at", N_("Last used"), row["last_used"]),
                    *copies.when("ended_at", N_("Ended"), row["revoked_at"]),
                ],
            )
            for row in passkeys
        ),
        *(
            Entry(
                id=row["id"],
                title=N_("An authenticator app"),
                at=row["confirmed_at"],
                facts=[
                    *copies.when("confirmed_at", N_("Set up"), row["confirmed_at"]),
                    *copies.when("ended_at", N_("Ended"), row["ended_at"]),
                ],
            )
            for row in apps
        ),
    ]


async def _helpers(person: str, *, here: Here) -> list[Entry]:
    found = await database.rows(
        "SELECT * FROM delegation WHERE person = {} OR delegate = {} ORDER BY named_at, id", person, person
    )
    names = await members.names({row[side] for row in found for side in ("person", "delegate")}, here=here)
    return [
        Entry(
            id=row["id"],
            title=N_("Somebody may act for you") if row["person"] == person else N_("You may act for somebody"),
            at=row["named_at"],
            facts=[
                *copies.text("who", N_("Who"), names[row["delegate" if row["person"] == person else "person"]]),
                *copies.when("named_at", N_("Asked"), row["named_at"]),
                *copies.when("accepted_at", N_("Said yes"), row["accepted_at"]),
                *copies.when("until", N_("Until"), row["until"]),
                *copies.when("ended_at", N_("Ended"), row["ended_at"]),
            ],
        )
        for row in found
    ]
