# SPDX-License-Identifier: AGPL-3.0-or-later
"""Printed cards: eight words and a QR code that sign one person in, until they are revoked or a year is over.

A card is made by its person, or by an operator or lead with the person beside them; whoever holds a guarded role makes their
own. Only what is sent by a form signs in. A card of a recovery opens a day later, once, and ends every older way in.
"""

from __future__ import annotations

from typing import Any

from node import database
from node.actor import Actor
from node.dates import moment
from node.errors import Conflict, Invalid, NotAllowed, NotFound, NotProved
from node.here import Here
from node.members import reads as members
from node.members.rights import act, open_to_anyone
from node.signin import keeping, reads, rules, secrets, tries
from node.signin.acts import recovery
from node.signin.shapes import CardView, How, SignedIn
from node.words import N_, _

MAKERS = frozenset({"operator", "peer_support_lead"})
PRESENT = N_("Please make a card only while the person is with you, and confirm it here.")
THEIR_OWN = N_("They look after other people's records here, so only they themselves can make their card.")


@act("signin.make-card", by={"member"}, scope="people", alone=True)
async def make_card(*, actor: Actor, person_id: str | None = None, present: bool = False, here: Here) -> CardView:
    """A card for the actor, or for somebody who is with them (`present`). Raises NotProved, NotFound, NotAllowed, Invalid."""
    whom = person_id or actor.person
    if whom != actor.person:
        await may_make_for(actor, whom, present=present, here=here)
    elif rules.guarded(actor.roles) and not actor.proved:
        raise NotProved(cause="card of somebody with a guarded role")
    async with database.transaction():
        if not await members.active(whom, here=here):
            raise NotFound(cause="no active person")
        card = await keeping.new_card(
            whom, by=actor.person, stands_from=here.now, expires=here.now + rules.CARD_DAYS * rules.DAY, here=here
        )
        await keeping.record(actor.person, "card-made", whom, {"card": card}, here=here)
        await keeping.tell(whom, here=here)
        return await reads.card(actor, card, here=here)


async def may_make_for(actor: Actor, whom: str, *, present: bool, here: Here) -> None:
    """Refuses whoever may not make a card for this person. Raises NotProved, NotFound, NotAllowed, Invalid."""
    if not any(actor.has(role) for role in MAKERS):
        if actor.roles & MAKERS:
            raise NotProved(cause="card for somebody else")
        raise NotFound(cause="card for somebody else")
    if not await members.active(whom, here=here):
        raise NotFound(cause="no active person")
    if rules.guarded(await members.roles(whom)):
        raise NotAllowed(_(THEIR_OWN), cause="card for somebody with a guarded role")
    if not present:
        raise Invalid({"present": _(PRESENT)})


@act("signin.revoke-card", by={"member"}, scope="people", alone=True)
async def revoke_card(*, actor: Actor, card_id: str, here: Here) -> None:
    """A card ends now: one's own, or any for an operator. Raises NotFound."""
    async with database.transaction():
        row = await database.row_for_update("SELECT person, revoked_at FROM signin_card WHERE id = {}", card_id)
        if row is None or not (row["person"] == actor.person or actor.has("operator")):
            raise NotFound(cause="no card of theirs")
        if row["revoked_at"] is None:
            await database.execute(
                "UPDATE signin_card SET revoked_at = {}, revoked_by = {} WHERE id = {}", here.now, actor.person, card_id
            )
            await keeping.record(actor.person, "card-revoked", row["person"], {"card": card_id}, here=here)


@open_to_anyone("signin.by-card")
async def by_card(
    *, words: str = "", token: str = "", origin: str, before: str | None = None, device: str = "", here: Here
) -> SignedIn:
    """Signs in by a card's words as typed, or by the token of its QR code. Raises Invalid (alike for unknown, revoked, over),
    Conflict for a recovery's card that opens later, TooMany."""
    await tries.count("card-origin", rules.origin(origin), here=here)
    secret = secrets.from_text(token) if token else secrets.from_words(rules.card_words(words))
    async with database.transaction():
        row = await _standing(secret, here=here) if secret else None
        if row is None:
            raise Invalid({"words": _(rules.CARD_WRONG)})
        if here.now < row["stands_from"]:
            raise Conflict(
                _("This card opens {when}. Until then, keep it in a safe place.", when=moment(row["stands_from"])),
                cause="a recovery's card before its time",
            )
        how: How = "card"
        if row["once"]:
            how = "recovery"
            await recovery.complete(row["id"], row["person"], here=here)
        hour = here.now - here.now % rules.HOUR
        await database.execute("UPDATE signin_card SET last_used = {} WHERE id = {}", hour, row["id"])
        return await keeping.open_session(row["person"], how=how, before=before, device=device, here=here)


async def _standing(secret: bytes, *, here: Here) -> dict[str, Any] | None:
    row = await database.row_for_update(
        "SELECT id, person, once, stands_from FROM signin_card "
        "WHERE secret_hash = {} AND revoked_at IS NULL AND expires > {}",
        secrets.found_by("card", secret, here=here),
        here.now,
    )
    return row if row and await members.active(row["person"], here=here) else None
