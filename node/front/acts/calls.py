# SPDX-License-Identifier: AGPL-3.0-or-later
""" "Please ring me", and that somebody has rung.

Anybody may ask, with or without an account. One number waits once: asked again, the answer is the same and nothing is added, so
that a stranger learns nothing by it. Only leads read name and number, which are destroyed a while after somebody has rung.
"""

from __future__ import annotations

from node import database, journal, post, vault
from node.actor import Actor
from node.errors import Invalid, NotFound, TooMany
from node.front import rules
from node.front.shapes import CallDraft
from node.front.tables import CallRequest
from node.here import Here
from node.members import notices
from node.members import reads as members
from node.members import rules as people
from node.members.rights import act, open_to_anyone
from node.words import _, n_


def owner(call_id: str) -> str:
    """Under which key a call's name and number are sealed: its own."""
    return f"call:{call_id}"


@act("front.ring-me", by={"member"}, scope="")
async def ring_me(*, actor: Actor, draft: CallDraft, here: Here) -> None:
    """Ask to be rung. What is left out of name and number is taken from one's own details. Raises Invalid."""
    known = await members.contact(actor.person, here=here)
    name = draft.name.strip() or (known.known_as if known else "")
    phone = draft.phone.strip() or ((known.phone or "") if known else "")
    _check(draft, name=name, phone=phone)
    async with database.transaction():
        await _keep(draft, person=actor.person, name=name, phone=phone, here=here)


@open_to_anyone("front.ring-me-without-account")
async def ring_me_without_account(*, draft: CallDraft, here: Here) -> None:
    """The same without an account. Raises Invalid; TooMany, with our number, when we are flooded."""
    _check(draft, name=draft.name.strip(), phone=draft.phone.strip())
    async with database.transaction():
        await database.lock("front-calls")
        lately = await database.row(
            "SELECT COUNT(*) AS n FROM call_request WHERE person IS NULL AND at > {}", here.now - 3600
        )
        if lately and lately["n"] >= rules.ANONYMOUS_IN_AN_HOUR:
            raise TooMany(too_many(here), retry_after=3600)
        await _keep(draft, person=None, name=draft.name.strip(), phone=draft.phone.strip(), here=here)


@act("front.rung", by=rules.LEADS, scope="support")
async def rung(*, actor: Actor, call_id: str, here: Here) -> None:
    """Somebody was rung. Name and number are destroyed after a while. Raises NotFound; twice is once."""
    async with database.transaction():
        row = await database.row_for_update("SELECT id, done_at FROM call_request WHERE id = {}", call_id)
        if row is None:
            raise NotFound(cause="no such call")
        if row["done_at"] is not None:
            return
        erase_at = here.now + rules.CALL_KEPT
        await database.execute(
            "UPDATE call_request SET done_at = {}, done_by = {}, erase_at = {} WHERE id = {}",
            here.now,
            actor.person,
            erase_at,
            call_id,
        )
        await post.put_out(kind="timer", ref=f"front:call:{call_id}", to="", due=erase_at, expires=None, here=here)
        await journal.write(actor.person, "call.made", f"call:{call_id}", {}, here=here)


def too_many(here: Here) -> str:
    """What to say when too many have asked at once."""
    if here.co_op.phone:
        return _("Many people asked just now. Please ring us on {phone}.", phone=here.co_op.phone)
    return _("Many people asked just now. Please try again in an hour.")


def _check(draft: CallDraft, *, name: str, phone: str) -> None:
    faults = {}
    if draft.about not in rules.ABOUT:
        faults["about"] = _(rules.ABOUT_NEEDED)
    if draft.suits not in rules.SUITS:
        faults["suits"] = _(rules.SUITS_NEEDED)
    if not name:
        faults["name"] = _(rules.NAME_NEEDED)
    elif len(name) > people.NAME_LONGEST:
        faults["name"] = n_(
            "Please keep this to {count} character.", "Please keep this to {count} characters.", people.NAME_LONGEST
        )
    if not phone:
        faults["phone"] = _(rules.PHONE_NEEDED)
    elif fault := people.phone_fault(phone):
        faults["phone"] = fault
    if faults:
        raise Invalid(faults)


async def _keep(draft: CallDraft, *, person: str | None, name: str, phone: str, here: Here) -> None:
    figures = "".join(sign for sign in phone if sign.isdigit())
    blind = vault.blind("call phone", figures, here=here)
    await database.lock(f"call:{blind}")
    if await database.row("SELECT id FROM call_request WHERE phone_blind = {} AND done_at IS NULL", blind):
        return
    id = here.token()
    await vault.create(owner(id), here=here)
    ring = await vault.ring([owner(id)], here=here)

    def sealed(column: str, text: str) -> bytes:
        return bytes(ring.seal(owner(id), "call_request", id, column, text))

    await CallRequest.insert(
        CallRequest(
            id=id,
            person=person,
            at=here.now,
            name=sealed("name", people.tidy(name)),
            phone=sealed("phone", people.tidy(phone)),
            about=sealed("about", draft.about),
            suits=draft.suits,
            phone_blind=blind,
        )
    )
    for lead in sorted({lead for role in rules.LEADS for lead in await members.by_role(role, here=here)}):
        await notices.notify(person=lead, what="waiting", here=here)
    await journal.write(person, "call.asked", f"call:{id}", {}, here=here)
