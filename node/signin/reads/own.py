# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ways somebody has to sign in and to confirm themselves: theirs alone to see, never a delegate's."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from node import database, vault
from node.actor import Actor
from node.errors import NotFound
from node.here import Here
from node.members import reads as members
from node.signin import rules, secrets
from node.signin.reads.alone import own
from node.signin.reads.recovered import recovery_of
from node.signin.shapes import CardView, Factors, PasskeyView, Session, SessionView, TotpSetup, Ways


async def ways(actor: Actor, session: Session, *, here: Here) -> Ways:
    """Everything by which the actor signs in and confirms themselves. NotAllowed for a delegate."""
    own(actor, "signin.ways")
    return Ways(
        sessions=await sessions(actor, session, here=here),
        cards=await cards(actor, here=here),
        factors=await factors(actor, here=here),
        recovery=await recovery_of(actor, here=here),
    )


async def sessions(actor: Actor, session: Session, *, here: Here) -> list[SessionView]:
    """The actor's own sessions that stand, the newest first."""
    own(actor, "signin.sessions")
    found = await database.rows(
        "SELECT id, label, how, shared, signed_in, last_used, expires, idle_until FROM session "
        "WHERE person = {} AND revoked_at IS NULL AND expires > {} ORDER BY signed_in DESC, id",
        actor.person,
        here.now,
    )
    ring = await vault.ring([actor.person], here=here)
    return [
        SessionView(
            id=row["id"],
            label=rules.device_words(ring.open(actor.person, "session", row["id"], "label", row["label"]) or ""),
            how=row["how"],
            shared=bool(row["shared"]),
            signed_in=row["signed_in"],
            last_used=row["last_used"],
            expires=row["expires"],
            current=row["id"] == session.id,
        )
        for row in found
        if row["idle_until"] is None or here.now < row["idle_until"]
    ]


async def cards(actor: Actor, *, here: Here) -> list[CardView]:
    """The actor's own cards that stand, the newest first."""
    own(actor, "signin.cards")
    found = await database.rows(
        "SELECT * FROM signin_card WHERE person = {} AND revoked_at IS NULL AND expires > {} ORDER BY created DESC, id",
        actor.person,
        here.now,
    )
    return [card_view(row) for row in found]


async def card(actor: Actor, card_id: str, *, here: Here) -> CardView:
    """A card to print, with its words, for whoever made it, within a quarter of an hour. Raises NotFound."""
    own(actor, "signin.card")
    row = await database.row("SELECT * FROM signin_card WHERE id = {} AND made_by = {}", card_id, actor.person)
    if row is None or row["revoked_at"] is not None or row["created"] + rules.FRESH <= here.now:
        raise NotFound(cause="no card to show to them")
    secret = secrets.card(card_id, here=here)
    link = f"{here.home}/sign-in/card/{secrets.encoded(secret)}"
    return card_view(row, words=secrets.words(secret), link=link)


def card_view(row: dict[str, Any], *, words: list[str] | None = None, link: str = "") -> CardView:
    """A card's row for its owner."""
    return CardView(
        id=row["id"],
        person=row["person"],
        created=row["created"],
        stands_from=row["stands_from"],
        expires=row["expires"],
        once=bool(row["once"]),
        made_by=row["made_by"],
        last_used=row["last_used"],
        revoked=row["revoked_at"],
        words=words or [],
        link=link,
    )


async def factors(actor: Actor, *, here: Here) -> Factors:
    """What the actor can confirm themselves with."""
    own(actor, "signin.factors")
    found = await database.rows(
        "SELECT id, label, created, last_used FROM passkey WHERE person = {} AND revoked_at IS NULL ORDER BY created, id",
        actor.person,
    )
    ring = await vault.ring([actor.person], here=here)
    totp = await database.row(
        "SELECT confirmed_at FROM totp WHERE person = {} AND ended_at IS NULL AND confirmed_at IS NOT NULL",
        actor.person,
    )
    left = await database.row(
        "SELECT count(*) AS many FROM recovery_code WHERE person = {} AND used_at IS NULL AND ended_at IS NULL",
        actor.person,
    )
    return Factors(
        passkeys=[
            PasskeyView(
                id=row["id"],
                label=ring.open(actor.person, "passkey", row["id"], "label", row["label"]) or "",
                created=row["created"],
                last_used=row["last_used"],
            )
            for row in found
        ],
        totp_since=totp["confirmed_at"] if totp else None,
        codes_left=int(left["many"]) if left else 0,
        needed=rules.guarded(actor.roles),
    )


async def has_factor(person: str) -> bool:
    """Whether somebody has a second factor."""
    found = await database.row(
        "SELECT id FROM passkey WHERE person = {} AND revoked_at IS NULL UNION ALL "
        "SELECT id FROM totp WHERE person = {} AND ended_at IS NULL AND confirmed_at IS NOT NULL LIMIT 1",
        person,
        person,
    )
    return found is not None


async def recovery_codes(actor: Actor, *, here: Here) -> list[str]:
    """The codes made last, to write down, within a quarter of an hour of their making; used ones too. Raises NotFound."""
    own(actor, "signin.recovery-codes")
    found = await database.rows(
        "SELECT id FROM recovery_code WHERE person = {} AND ended_at IS NULL AND created > {} ORDER BY no",
        actor.person,
        here.now - rules.FRESH,
    )
    if not found or not actor.proved:
        raise NotFound(cause="no codes to show")
    return [secrets.recovery_code(row["id"], here=here) for row in found]


async def totp_setup(actor: Actor, *, here: Here) -> TotpSetup:
    """The authenticator app that waits to be confirmed, to be scanned or typed in. Raises NotFound."""
    own(actor, "signin.totp-setup")
    row = await database.row(
        "SELECT id, secret FROM totp WHERE person = {} AND confirmed_at IS NULL AND created > {}",
        actor.person,
        here.now - rules.FRESH,
    )
    if row is None:
        raise NotFound(cause="no app that waits to be confirmed")
    ring = await vault.ring([actor.person], here=here)
    secret = ring.open(actor.person, "totp", row["id"], "secret", row["secret"]) or ""
    name = (await members.names([actor.person], here=here))[actor.person]
    app = TOTP(base64.b32decode(secret), 6, SHA1(), 30)  # noqa: S303 - RFC 6238, as apps have it
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return TotpSetup(id=row["id"], secret=groups, uri=app.get_provisioning_uri(name, here.co_op.name))
