# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who somebody is, and what may be told of them.

`authenticate` is the only way from a token's text to an Actor. Names and contact details are opened for one answer and
kept nowhere. A person whose key was destroyed has no name, address or number any more, and is still counted as a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from node import database, vault
from node.actor import Actor, Via
from node.errors import NotFound, NotSignedIn, Unavailable
from node.here import Here
from node.members import rules
from node.members.rights import check, themselves
from node.members.shapes import Contact, PersonView, TokenView
from node.words import N_, _

NOBODY = N_("Someone who is no longer here")
FIRST_LABEL = N_("First sign-in")
"""What the first token is called: the one label that is ours and not the person's; kept in English, said in theirs."""
BATCH = 400
DIRECTORY = frozenset({"operator", "peer_support_lead"})


async def authenticate(token: str, *, here: Here) -> Actor:
    """The Actor for a token's text. Raises NotSignedIn, always alike: unknown, expired, revoked, its person gone.

    Looked up by SHA-256 of 256 random bits, so time tells nothing of a near miss. Writes the hour of use, once an hour.
    """
    digest = rules.hashed(token) if token.startswith(rules.PAT) else None
    rows = digest and await database.rows(
        "SELECT t.id, t.person, t.scopes, t.expires, t.revoked_at, t.last_used, p.state, r.role FROM access_token t "
        "JOIN person p ON p.id = t.person LEFT JOIN role_held r ON r.person = t.person AND r.until IS NULL "
        "WHERE t.token_hash = {}",
        digest,
    )
    if not rows:
        raise NotSignedIn(cause="unknown token")
    found = rows[0]
    if found["state"] != "active" or not rules.stands(
        expires=found["expires"], revoked_at=found["revoked_at"], now=here.now
    ):
        raise NotSignedIn(cause="token or person no longer stands")
    hour = here.now - here.now % rules.HOUR
    if (found["last_used"] or 0) < hour:
        with suppress(Unavailable):  # on a full disk people go on reading; the hour is written another time
            await database.execute("UPDATE access_token SET last_used = {} WHERE id = {}", hour, found["id"])
    return Actor(
        person=found["person"],
        roles=frozenset(row["role"] for row in rows if row["role"] is not None),
        scopes=frozenset(json.loads(found["scopes"])),
        via="token",
    )


async def actor(person: str, *, via: Via = "cli", here: Here) -> Actor:
    """A person as Actor with every scope, for a command that an operator runs on somebody's behalf. Raises NotFound."""
    found = await _row(person)
    return Actor(person=person, roles=await roles(person), via=via, state=found["state"])


async def person(id: str, *, here: Here) -> PersonView:
    """One person, without address or number. Raises NotFound."""
    return (await _views([await _row(id)], here=here))[0]


async def me(actor: Actor, *, here: Here) -> PersonView:
    """The actor themselves, with their own details. Raises NotFound for an actor who is no person."""
    return (await _views([await _row(actor.person)], here=here, own=True))[0]


async def directory(actor: Actor, *, here: Here) -> list[PersonView]:
    """Everybody with their names, roles and states, for operators and peer-support leads; no care data, no contact."""
    check(actor, by=DIRECTORY, scope="people", act="people.directory")
    found = await database.rows("SELECT * FROM person ORDER BY joined, id")
    views = [
        view for start in range(0, len(found), BATCH) for view in await _views(found[start : start + BATCH], here=here)
    ]
    return sorted(views, key=lambda view: view.known_as.casefold())


async def tokens(actor: Actor, *, here: Here) -> list[TokenView]:
    """The actor's own tokens, newest first, without their text. For the person alone."""
    themselves(actor, "people.tokens")
    found = await database.rows("SELECT * FROM access_token WHERE person = {} ORDER BY created DESC, id", actor.person)
    ring = await vault.ring([actor.person], here=here)
    return [
        TokenView(
            id=row["id"],
            label=_said(_opened(ring, actor.person, "access_token", row["id"], "label", row["label"]) or ""),
            scopes=json.loads(row["scopes"]),
            created=row["created"],
            expires=row["expires"],
            revoked=row["revoked_at"],
            last_used=row["last_used"],
        )
        for row in found
    ]


async def names(ids: Iterable[str], *, here: Here) -> dict[str, str]:
    """What each of these people is called here. An unknown id, or one whose key was destroyed, is NOBODY."""
    wanted = list(dict.fromkeys(ids))
    called = dict.fromkeys(wanted, _(NOBODY))
    for start in range(0, len(wanted), BATCH):
        part = wanted[start : start + BATCH]
        found, ring = await database.together(
            database.reading(
                f"SELECT id, known_as FROM person WHERE id IN ({', '.join('{}' for _ in part)})",  # noqa: S608
                *part,
            ),
            vault.ring_of(*part, here=here),
        )
        for row in found:
            called[row["id"]] = _opened(ring, row["id"], "person", row["id"], "known_as", row["known_as"]) or _(NOBODY)
    return called


async def by_role(role: str, *, here: Here) -> list[str]:
    """Ids of the active people who hold `role` now, the longest-serving first. Every active person is a "member"."""
    if role == "member":
        found = await database.rows("SELECT id FROM person WHERE state = 'active' ORDER BY joined, id")
    else:
        found = await database.rows(
            "SELECT p.id FROM role_held r JOIN person p ON p.id = r.person "
            "WHERE r.role = {} AND r.until IS NULL AND p.state = 'active' ORDER BY r.since, p.id",
            role,
        )
    return [row["id"] for row in found]


async def active(id: str, *, here: Here) -> bool:
    """Whether this is a person of this co-op who has not left or died."""
    found = await database.row("SELECT state FROM person WHERE id = {}", id)
    return found is not None and found["state"] == "active"


async def by_email(email: str, *, here: Here) -> list[str]:
    """Ids of the active people at one address, found by its keyed hash. A household may share one."""
    return await by_address(address(email, here=here))


def address(email: str, *, here: Here) -> str:
    """The keyed hash by which an address is found: all that has to be kept of it to find its people later."""
    return vault.blind("email", rules.tidy_email(email), here=here)


async def by_address(blind: str) -> list[str]:
    """As `by_email`, by the address's keyed hash."""
    found = await database.rows(
        "SELECT id FROM person WHERE email_blind = {} AND state = 'active' ORDER BY joined, id", blind
    )
    return [row["id"] for row in found]


async def contact(person: str, *, here: Here) -> Contact | None:
    """How to reach a person with a notice now; None when they left or died: nothing goes to them any more."""
    found = await database.row("SELECT * FROM person WHERE id = {} AND state = 'active'", person)
    if found is None:
        return None
    opened = await _details(found, here=here)
    return Contact(
        person=person, known_as=opened["known_as"] or _(NOBODY), email=opened["email"], phone=opened["phone"]
    )


async def shareable(person: str, fields: Sequence[str], *, here: Here) -> dict[str, str]:
    """What `person` chose to share, of FIELDS, as it stands now; what they have not given is left out.

    Empty when they are not active any more. Raises ValueError for another field.
    """
    if rules.fields_fault(fields):
        raise ValueError("an unknown field to share")
    found = await database.row("SELECT * FROM person WHERE id = {} AND state = 'active'", person)
    if found is None:
        return {}
    opened = await _details(found, here=here)
    opened["first_name"] = rules.first_name(opened["known_as"] or "")
    return {field: value for field in fields if (value := opened[field])}


async def _row(id: str) -> dict[str, Any]:
    found = await database.row("SELECT * FROM person WHERE id = {}", id)
    if found is None:
        raise NotFound(cause="no such person")
    return found


async def roles(id: str) -> frozenset[str]:
    """The roles that somebody holds now."""
    found = await database.rows("SELECT role FROM role_held WHERE person = {} AND until IS NULL", id)
    return frozenset(row["role"] for row in found)


async def _views(found: Sequence[dict[str, Any]], *, here: Here, own: bool = False) -> list[PersonView]:
    ids = [row["id"] for row in found]
    held: dict[str, list[str]] = {id: [] for id in ids}
    for role in await database.rows(
        f"SELECT person, role FROM role_held WHERE until IS NULL AND person IN ({', '.join(['{}'] * len(ids))}) "  # noqa: S608
        "ORDER BY role",
        *ids,
    ):
        held[role["person"]].append(role["role"])
    ring = await vault.ring(ids, here=here)
    views = []
    for row in found:
        opened = {
            column: _opened(ring, row["id"], "person", row["id"], column, row[column])
            for column in ("known_as", "full_name", *(("email", "phone") if own else ()))
        }
        views.append(
            PersonView(
                id=row["id"],
                known_as=opened["known_as"] or _(NOBODY),
                full_name=opened["full_name"] or _(NOBODY),
                roles=held[row["id"]],
                state=row["state"],
                joined=row["joined"],
                email=opened.get("email"),
                phone=opened.get("phone"),
            )
        )
    return views


async def _details(row: dict[str, Any], *, here: Here) -> dict[str, str | None]:
    ring = await vault.ring([row["id"]], here=here)
    return {
        column: _opened(ring, row["id"], "person", row["id"], column, row[column])
        for column in ("full_name", "known_as", "email", "phone")
    }


def _said(label: str) -> str:
    return _(label) if label == FIRST_LABEL else label


def _opened(ring: vault.Ring, owner: str, table: str, row: str, column: str, blob: bytes | None) -> str | None:
    try:
        return ring.open(owner, table, row, column, blob)
    except vault.Erased:
        return None
