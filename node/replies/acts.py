# SPDX-License-Identifier: AGPL-3.0-or-later
"""Answering by one press, and making the pages to answer on.

An answer is done by the same act as on the person's own page, as that person and within their introductions alone, in one
transaction with the page's being used. Where the act refuses, the page is as it was. No session comes of it.
"""

from __future__ import annotations

from node import database, journal, post
from node.actor import SAFEGUARDING_ROLES, Actor
from node.here import Here
from node.introductions import acts as introductions
from node.introductions.shapes import No
from node.members import notices, settings
from node.members import reads as members
from node.members.rights import open_to_anyone
from node.replies import reads, rules
from node.replies.shapes import Question, Ringing, Thing

TIMER = "replies:more-time"


@open_to_anyone("replies.answer")
async def answer(*, token: str, answer: str, ringing: Ringing, here: Here) -> bool:
    """Do what was pressed, once. False, and nothing done, for a page that was used, is over or was never made, for a thing
    that no longer waits, and for an answer that the page does not have: all alike.

    Raises what the act refuses with: Invalid where somebody is to be rung and we have no number.
    """
    async with database.transaction():
        found = await reads.question_held(token, here=here)
        if found is None or answer not in found.allowed:
            return False
        await database.execute(
            "UPDATE reply_link SET used_at = {}, answer = {} WHERE id = {}", here.now, answer, found.id
        )
        await _do(found, answer, ringing=ringing, here=here)
        await journal.write(
            found.person, "reply.answered", f"reply:{found.id}", {"what": found.thing.what, "answer": answer}, here=here
        )
        return True


async def _do(asked: Question, answer: str, *, ringing: Ringing, here: Here) -> None:
    actor, id = await reads.by_reply(asked.person, here=here), asked.thing.subject
    if answer == rules.RING:
        await ringing(actor, rules.ABOUT.get(asked.thing.what, rules.ABOUT_ELSE), here)
    elif answer == "not-today":
        await introductions.decline(actor=actor, introduction_id=id, answer=No(quick="not-today"), here=here)
    elif answer == "more-time":
        due = here.now + rules.AGAIN_AFTER
        await post.put_out(kind="timer", ref=f"{TIMER}:{id}", to="", due=due, expires=None, here=here)
    elif answer == "carry-on":
        await introductions.carry_on(actor=actor, introduction_id=id, here=here)
    elif answer == "all-right":
        for lead in await members.by_role("peer_support_lead", here=here):
            if lead != asked.person:
                await notices.notify(person=lead, what="waiting", here=here)
    elif answer == "stop":
        await settings.choose(actor=actor, draft=settings.SettingsDraft(mail="never"), here=here)


async def pages_for(actor: Actor, *, here: Here) -> list[tuple[Thing, str]]:
    """(thing, token) for everything that waits for a person and was not answered by a press of late, in a mail that is about
    to leave. A page that stands already stands a week from now."""
    phone = await _phone(actor.person, here=here)
    async with database.transaction():
        await database.execute(
            "DELETE FROM reply_link WHERE person = {} AND (expires < {} OR (used_at IS NULL AND expires <= {}))",
            actor.person,
            here.now - rules.FORGET_AFTER,
            here.now,
        )
        made = []
        for thing in await reads.things(actor, here=here):
            if not await _answered_of_late(actor.person, thing, here=here):
                allowed = [each for each in rules.ANSWERS[thing.what] if phone or each != rules.RING]
                if allowed:
                    made.append((thing, await _page(actor.person, thing, allowed, life=rules.LIFE, here=here)))
    return made


async def stop_for(actor: Actor, *, here: Here) -> str | None:
    """The token of the page that ends such mails; None for whoever has to act on safeguarding, whose mails go on."""
    if SAFEGUARDING_ROLES & actor.roles:
        return None
    async with database.transaction():
        thing = Thing(what=rules.STOP, subject="", since=here.now)
        return await _page(actor.person, thing, list(rules.ANSWERS[rules.STOP]), life=rules.STOP_LIFE, here=here)


async def _page(person: str, thing: Thing, allowed: list[str], *, life: int, here: Here) -> str:
    """Made, or the one that stands with its time anew."""
    row = await database.row(
        "INSERT INTO reply_link (id, person, what, subject, allowed, since, made_at, expires) "
        "VALUES ({}, {}, {}, {}, {}, {}, {}, {}) ON CONFLICT (person, what, subject) WHERE used_at IS NULL DO UPDATE SET "
        "allowed = excluded.allowed, since = excluded.since, expires = excluded.expires RETURNING id",
        here.token(),
        person,
        thing.what,
        thing.subject,
        ",".join(allowed),
        thing.since,
        here.now,
        here.now + life,
    )
    assert row is not None
    return rules.token(here.node_key, row["id"])


async def _answered_of_late(person: str, thing: Thing, *, here: Here) -> bool:
    found = await database.row(
        "SELECT id FROM reply_link WHERE person = {} AND what = {} AND subject = {} AND used_at > {}",
        person,
        thing.what,
        thing.subject,
        here.now - rules.AGAIN_AFTER,
    )
    return found is not None


async def _phone(person: str, *, here: Here) -> bool:
    contact = await members.contact(person, here=here)
    return bool(contact and contact.phone)
