# SPDX-License-Identifier: AGPL-3.0-or-later
"""From a cookie to who is signed in: the only way, and always the same nobody for one that does not stand."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from node import database
from node.actor import EVERYTHING, GUARDED, Actor
from node.errors import Unavailable
from node.here import Here
from node.members import reads as members
from node.signin import rules, secrets
from node.signin.shapes import Session

_SESSION = (
    "SELECT s.id, s.cookie_hash, s.person, s.signed_in, s.expires, s.shared, s.device_said, s.idle_until, "
    "s.last_used, s.proved_at, "
    "s.revoked_at, p.state, l.language, l.large, d.id AS delegation, d.person AS other, d.scopes, d.introductions_at, "
    "d.accepted_at, d.ended_at, d.until, o.state AS other_state, r.role "
    "FROM session s JOIN person p ON p.id = s.person LEFT JOIN person_settings l ON l.person = s.person "
    "LEFT JOIN delegation d ON d.id = s.delegation LEFT JOIN person o ON o.id = d.person "
    "LEFT JOIN role_held r ON r.person = coalesce(d.person, s.person) AND r.until IS NULL "
    "WHERE s.cookie_hash = {} OR (s.previous_hash = {} AND s.rotated_at > {})"
)


async def session(cookie: str, *, here: Here) -> Session | None:
    """The session of a cookie, or None, always alike. Writes the hour of use (and, on a shared device, five minutes) once."""
    digest = secrets.hashed(cookie[:100])
    found = await database.rows(_SESSION, digest, digest, here.now - rules.MOMENT)
    row = found[0] if found else None
    if row is None or not rules.session_stands(
        expires=row["expires"],
        idle_until=row["idle_until"],
        revoked_at=row["revoked_at"],
        state=row["state"],
        now=here.now,
    ):
        return None
    if row["delegation"] is not None and not (row["other_state"] == "active" and _delegation_stands(row, now=here.now)):
        return None  # never as themselves: what they send now was meant for somebody else
    await _used(row, here=here)
    if row["cookie_hash"] != digest:
        return _stale(row)
    acting = row["other"] is not None
    person = row["other"] if acting else row["person"]
    roles = frozenset(each["role"] for each in found if each["role"] is not None)
    proved = rules.proved(row["proved_at"], here.now)
    names = await members.names({row["person"], person}, here=here)
    return Session(
        id=row["id"],
        owner=row["person"],
        actor=Actor(
            person=person,
            roles=roles - GUARDED if acting else roles,
            scopes=_scopes(row) if acting else EVERYTHING,
            via="session",
            proved=proved and not acting,
            by=row["person"] if acting else None,
        ),
        name=names[row["person"]],
        acting_for=names[person] if acting else "",
        language=row["language"] or "",
        large=bool(row["large"]),
        shared=bool(row["shared"]),
        device_said=row["device_said"] is not None,
        signed_in=row["signed_in"],
        expires=row["expires"],
        proved=proved,
    )


def _stale(row: dict[str, Any]) -> Session:
    """Somebody whose cookie was changed a moment ago: it opens nothing, and can be given anew."""
    nothing = Actor(person=row["person"], scopes=frozenset(), via="session", proved=False)
    return Session(
        id=row["id"],
        owner=row["person"],
        actor=nothing,
        name="",
        signed_in=row["signed_in"],
        expires=row["expires"],
        stale=True,
    )


def _delegation_stands(row: dict[str, Any], *, now: int) -> bool:
    return rules.delegation_stands(
        accepted_at=row["accepted_at"], ended_at=row["ended_at"], until=row["until"], now=now
    )


def _scopes(row: dict[str, Any]) -> frozenset[str]:
    named = frozenset(json.loads(row["scopes"])) & frozenset(rules.DELEGATED)
    return named | {"introductions"} if row["introductions_at"] is not None else named


async def _used(row: dict[str, Any], *, here: Here) -> None:
    hour = here.now - here.now % rules.HOUR
    idle = rules.idle_until(shared=bool(row["shared"]), now=here.now)
    if row["last_used"] < hour or (idle or 0) > (row["idle_until"] or 0):
        # On a full disk people go on reading; on a shared device for the minutes that they still have.
        with suppress(Unavailable):
            await database.execute(
                "UPDATE session SET last_used = {}, idle_until = {} WHERE id = {}", hour, idle, row["id"]
            )
