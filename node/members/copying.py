# SPDX-License-Identifier: AGPL-3.0-or-later
"""What this room keeps about one person, for a copy they asked for: details, roles, ways to sign in, what they began to write.

What somebody began and has not sent goes to them unread by anybody else, and so do their ways to sign in.
"""

from __future__ import annotations

from node import copies, database, vault
from node.actor import Actor
from node.copies import Entry, Section
from node.here import Here
from node.members import reads, settings
from node.words import LANGUAGES, N_

ROLE_WORDS = {
    "supported": N_("Person supported"),
    "worker": N_("Care worker"),
    "volunteer": N_("Volunteer"),
    "family": N_("Family or friend"),
    "peer_supporter": N_("Peer supporter"),
    "peer_support_lead": N_("Peer-support lead"),
    "safeguarding_lead": N_("Safeguarding lead"),
    "safeguarding_deputy": N_("Safeguarding deputy"),
    "operator": N_("Looks after the computer"),
}
STATE_WORDS = {"active": N_("Here"), "left": N_("Left"), "died": N_("Died")}
MAIL_WORDS = {"at_once": N_("As soon as something waits"), "daily": N_("Once a day at most"), "never": N_("Never")}


async def copy_of(person: str, *, here: Here) -> list[Section]:
    """Everything this room keeps about a person. Raises NotFound."""
    return [await _details(person, here=here), await _roles(person), *await _own(person, here=here)]


async def _details(person: str, *, here: Here) -> Section:
    known = await reads.me(Actor(person=person), here=here)
    chosen = await settings.of(person)
    row = await database.row("SELECT adult_confirmed, entered_by FROM person WHERE id = {}", person)
    assert row is not None
    by = (
        N_("Somebody of the co-op entered you, from paper or by telephone") if row["entered_by"] else N_("You yourself")
    )
    details = [
        *copies.text("full_name", N_("Full name"), known.full_name),
        *copies.text("known_as", N_("What we call you"), known.known_as),
        *copies.text("email", N_("E-mail address"), known.email),
        *copies.text("phone", N_("Phone number"), known.phone),
        *copies.when("joined_at", N_("Came to this co-op"), known.joined),
        *copies.when("adult_confirmed_at", N_("It was confirmed that you are 18 or over"), row["adult_confirmed"]),
        *copies.ours("entered_by", N_("Who entered you"), by),
    ]
    wishes = [
        *copies.text("language", N_("Language of your pages"), LANGUAGES.get(chosen.language, "")),
        *copies.ours("large", N_("Large print"), N_("Yes") if chosen.large else N_("No")),
        *copies.ours("mail", N_("How often we write to you"), MAIL_WORDS[chosen.mail]),
    ]
    return Section(
        name="details",
        title=N_("Your details"),
        entries=[
            Entry(id="details", title=N_("Who you are"), facts=details),
            Entry(id="wishes", title=N_("How you want to be met"), facts=wishes),
        ],
    )


async def _roles(person: str) -> Section:
    roles = await database.rows(
        "SELECT id, role, since, until FROM role_held WHERE person = {} ORDER BY since, id", person
    )
    states = await database.rows("SELECT id, state, at FROM person_state WHERE person = {} ORDER BY at, id", person)
    entries = [
        Entry(
            id=row["id"],
            title=N_("A role"),
            at=row["since"],
            facts=[
                *copies.ours("role", N_("Role"), ROLE_WORDS.get(row["role"], row["role"])),
                *copies.when("since", N_("Since"), row["since"]),
                *copies.when("until", N_("Until"), row["until"]),
            ],
        )
        for row in roles
    ]
    entries += [
        Entry(
            id=row["id"],
            title=N_("A change"),
            at=row["at"],
            facts=[
                *copies.ours("state", N_("What was recorded"), STATE_WORDS.get(row["state"], row["state"])),
                *copies.when("at", N_("When"), row["at"]),
            ],
        )
        for row in states
    ]
    return Section(name="roles", title=N_("Your roles here"), entries=entries)


async def _own(person: str, *, here: Here) -> list[Section]:
    ring = await vault.ring([person], here=here)
    tokens = await reads.tokens(Actor(person=person), here=here)
    drafts = await database.rows(
        "SELECT id, kind, value, until FROM page_draft WHERE person = {} ORDER BY kind", person
    )
    keys = [
        Entry(
            id=token.id,
            title=N_("An access token"),
            at=token.created,
            facts=[
                *copies.text("label", N_("What it is for"), token.label),
                *copies.when("created_at", N_("Made"), token.created),
                *copies.when("expires_at", N_("Stands until"), token.expires),
                *copies.when("last_used_at", N_("Last used, to the hour"), token.last_used),
                *copies.when("revoked_at", N_("Ended"), token.revoked),
            ],
        )
        for token in tokens
    ]
    begun = [
        Entry(
            id=row["kind"],
            title=N_("Something you began and have not sent"),
            facts=[
                *copies.text(
                    "answers",
                    N_("What you filled in"),
                    ring.open(person, "page_draft", row["id"], "value", row["value"]),
                ),
                *copies.when("until", N_("Kept until"), row["until"]),
            ],
        )
        for row in drafts
    ]
    return [
        Section(name="tokens", title=N_("Access tokens"), entries=keys, own_only=True),
        Section(name="begun", title=N_("What you began"), entries=begun, own_only=True),
    ]
