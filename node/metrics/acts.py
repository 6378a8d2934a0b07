# SPDX-License-Identifier: AGPL-3.0-or-later
"""What two people do with a fact: one writes it down with the circle's agreement, another confirms it; either takes it back.

Each: the right is checked, facts are held, the change made, the journal written, exchange told, in one transaction. A fact never
changes: a new one comes in its place, and at every neighbour the old one goes.
"""

from __future__ import annotations

from node import database, journal, post
from node.actor import Actor
from node.errors import Conflict, NotAllowed, NotFound
from node.here import Here
from node.members import notices
from node.members import reads as members
from node.members.rights import act
from node.metrics import reads, rows, rules
from node.metrics.rules import Agreement, Record
from node.metrics.shapes import FactDraft, FactRecord, Said
from node.words import _

NODE = "node"
"""Who took a fact back that had ended before an old copy was put back: nobody in particular."""


@act("metrics.draft_fact", by=rules.KEEPERS, scope="peers")
async def draft_fact(*, actor: Actor, draft: FactDraft, here: Here) -> FactRecord:
    """Write down a fact and the agreement behind it; nobody reads it before another person has confirmed it.

    Raises Invalid with every field's fault, Conflict where what it replaces stands no longer.
    """
    rules.themselves(actor)
    said, agreement = rules.judged(draft, nation=here.co_op.nation, now=here.now)
    async with database.transaction():
        await database.lock("facts")
        replaces = await _replaced(said, draft.replaces, here=here)
        fact_id = await _insert(said, agreement, replaces, by=actor.person, here=here)
        await journal.write(actor.person, "fact.drafted", f"fact:{fact_id}", {"about": said.about}, here=here)
        for each in await keepers(here=here):
            if each != actor.person:
                await notices.notify(person=each, what="waiting", here=here)
        return await reads.record(fact_id, actor, here=here)


@act("metrics.confirm_fact", by=rules.KEEPERS, scope="peers")
async def confirm_fact(*, actor: Actor, fact_id: str, here: Here) -> FactRecord:
    """A second person holds it against the agreement and says yes: it is declared here and to the neighbours, until the review.

    Raises NotAllowed for whoever wrote it, Conflict where it does not wait or another one came first.
    """
    rules.themselves(actor)
    async with database.transaction():
        fact = await _held(fact_id)
        if fact.written_by == actor.person:
            raise NotAllowed(_("You wrote this down. Somebody else has to confirm it."), cause="own fact")
        if rules.state(fact, now=here.now) != "waiting":
            raise Conflict(_("This does not wait for anybody now."), cause="not waiting")
        if await _came_first(fact, here=here):
            raise Conflict(_("Another fact of this kind was declared meanwhile. Please write this one down anew."))
        await database.insert_many(
            "fact_confirmation",
            ("id", "fact", "confirmed_by", "confirmed_at"),
            [(here.token(), fact.id, actor.person, here.now)],
        )
        for each in (fact.id, fact.replaces):
            if each is not None:
                await tell_exchange(each, here=here)
        await _set_timers(fact, here=here)
        await notices.notify(person=fact.written_by, what="answer", here=here)
        await journal.write(actor.person, "fact.confirmed", f"fact:{fact.id}", {"about": fact.said.about}, here=here)
        return await reads.record(fact_id, actor, here=here)


@act("metrics.withdraw_fact", by=rules.KEEPERS, scope="peers")
async def withdraw_fact(*, actor: Actor, fact_id: str, here: Here) -> FactRecord:
    """Take a fact back, here and at every neighbour; one alone may. Doing it twice is doing it once."""
    async with database.transaction():
        await end(await _held(fact_id), by=actor.person, here=here)
        return await reads.record(fact_id, actor, here=here)


async def end(fact: Record, *, by: str | None, here: Here) -> None:
    """Take back a fact that was found; nothing when it was already. In the caller's transaction."""
    if fact.withdrawn_at is not None:
        return
    await database.insert_many(
        "fact_withdrawal",
        ("id", "fact", "withdrawn_by", "withdrawn_at"),
        [(here.token(), fact.id, by or NODE, here.now)],
    )
    await tell_exchange(fact.id, here=here)
    await journal.write(by, "fact.withdrawn", f"fact:{fact.id}", {"about": fact.said.about}, here=here)


async def tell_exchange(fact_id: str, *, here: Here) -> None:
    """Exchange asks `sharing` anew what this fact says; in the caller's transaction."""
    await post.put_out(kind="feed", ref=f"{rules.TOPIC}:{fact_id}", to="", due=here.now, expires=None, here=here)


async def keepers(*, here: Here) -> list[str]:
    """Everybody who may write down and confirm facts, each once."""
    return list(
        dict.fromkeys([who for role in sorted(rules.KEEPERS) for who in await members.by_role(role, here=here)])
    )


async def _held(fact_id: str) -> Record:
    await database.lock("facts")
    fact = await rows.one(fact_id)
    if fact is None:
        raise NotFound(cause="no such fact")
    return fact


async def _replaced(said: Said, given: str | None, *, here: Here) -> str | None:
    """The declared fact in whose place the new one comes: as given, or the one of a kind of which one stands at a time."""
    standing = await rows.declared(here=here)
    if given is None:
        if said.about in rules.ONE_AT_A_TIME:
            return next((fact.id for fact in standing if fact.said.about == said.about), None)
        if len(standing) >= rules.MOST:
            raise Conflict(_("{most} facts stand already. Take one back first.", most=rules.MOST))
        return None
    if not any(fact.id == given and fact.said.about == said.about for fact in standing):
        raise Conflict(_("The fact that this was to replace no longer stands. Please write down a new one."))
    return given


async def _came_first(fact: Record, *, here: Here) -> bool:
    """Whether another one of a kind of which one stands at a time was declared since this was written."""
    standing = await rows.declared(here=here)
    return fact.said.about in rules.ONE_AT_A_TIME and any(
        each.said.about == fact.said.about and each.id != fact.replaces for each in standing
    )


async def _insert(said: Said, agreement: Agreement, replaces: str | None, *, by: str, here: Here) -> str:
    fact_id = here.token()
    await database.insert_many(
        "fact",
        ("id", "about", "says", "written_by", "written_at", "replaces"),
        [(fact_id, said.about, rows.written(said), by, here.now, replaces)],
    )
    await database.insert_many(
        "fact_agreement",
        ("id", "fact", "circle", "agreed_on", "review_on", "words", "recorded_by", "recorded_at"),
        [
            (
                here.token(),
                fact_id,
                agreement.circle,
                agreement.agreed_on,
                agreement.review_on,
                agreement.words,
                by,
                here.now,
            )
        ],
    )
    return fact_id


async def _set_timers(fact: Record, *, here: Here) -> None:
    assert fact.agreement is not None
    over = fact.agreement.review_on
    reminder = over - rules.REMINDER_DAYS * rules.DAY
    moments = [("over", over), *([("review", reminder)] if reminder > here.now else [])]
    for what, due in moments:
        await post.put_out(kind="timer", ref=f"{rules.TOPIC}:{what}:{fact.id}", to="", due=due, here=here)
