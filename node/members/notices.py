# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neutral mail: that something waits, how much, and how to reach the co-op; never what, never from whom.

A notice is put out in the transaction of the deed that calls for it. At departure everything is read again: who left or died,
or has no address, or wants no mail, gets nothing; what waits is counted anew, and one mail says it for all that came before it.
A person gets at most one an hour and none at night, or one in the morning, or none, as they chose. What has to be acted on for
somebody's safety goes at once, whatever the hour and whatever they chose.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from msgspec import Struct

from node import database, post
from node.dates import UK, day
from node.here import Here
from node.members import reads, settings
from node.words import ENGLISH, N_, _, n_, spoken

KIND = "mail"
KEEP_TRYING = 3 * 86400
FIRST_PAUSE = 60
LONGEST_PAUSE = 6 * 3600
BETWEEN: Final = 3600
NIGHT_FROM: Final = 21
NIGHT_TO: Final = 8
NO_SUCH_BOX: Final = frozenset({550, 551, 553, 556})
"""What a server answers for good about an address itself (RFC 5321, section 4.2.3; RFC 7504), not about us or the mail."""

DAILY = "daily"
URGENT = "urgent"
TEXTS: dict[str, tuple[str, str]] = {
    "message": (N_("You have a message"), N_("You have a message.")),
    "answer": (N_("Something has changed for you"), N_("There is news about something you asked for.")),
    "waiting": (
        N_("Something is waiting for you"),
        N_("Something is waiting for your answer. There is no hurry today."),
    ),
    "test": (N_("A test"), N_("This is a test. Mail from here reaches you.")),
    DAILY: (
        N_("Something is waiting for you"),
        N_("Something has come for you since yesterday. There is no hurry today."),
    ),
    "check-in": (N_("A reminder"), N_("This is a reminder. You can see what it is about when you sign in.")),
    "news": (N_("News from your co-op"), N_("There is news from your co-op. You can read it when you sign in.")),
    URGENT: (N_("You have a message"), N_("You have a message.")),
}
"""what -> (subject, first line). Alike for everybody, so that a mail on a shared screen gives nothing away."""
ASKED_FOR = frozenset({"test"})
"""What somebody has just asked to be sent: it goes at once, whatever they chose."""
AT_ANY_TIME = ASKED_FOR | {URGENT}


class Mailer(Protocol):
    """What a departure needs of `node.post.mail`."""

    async def send(
        self, to: str, subject: str, text: str, *, here: Here | None = None, unsubscribe: str = ""
    ) -> None: ...


class Link(Struct, frozen=True, kw_only=True):
    """A page on which one thing can be answered, and since when it waits (Unix seconds)."""

    since: int
    url: str


class Digest(Struct, frozen=True, kw_only=True):
    """What a mail may say: how many things wait; links to answer by, good `until`; the page that ends such mails. `visited`:
    when the person was last here, as far as it is known."""

    count: int = 0
    links: Sequence[Link] = ()
    until: int = 0
    stop: str = ""
    visited: int | None = None


NOTHING: Final = Digest()
Counting = Callable[[str, Here], Awaitable[Digest]]
"""Person -> what waits for them at this moment."""


async def notify(*, person: str, what: str = "message", urgent: bool = False, here: Here) -> None:
    """Put out a notice, in the caller's transaction. `what`: a key of TEXTS; `urgent`: for safety's sake, now, at any hour.

    Raises ValueError for another `what`.
    """
    if what not in TEXTS:
        raise ValueError(f"no notice is called {what}")
    what, due = URGENT if urgent else what, here.now
    if what not in AT_ANY_TIME:
        often = await settings.mail(person)
        if often == "never":
            return
        if often == DAILY:
            what, due = DAILY, settings.next_morning(here.now)
        else:
            due = earliest(here.now, await _last_sent(person), here=here)
    await _put_out(person, what, due, here=here)


async def _put_out(person: str, what: str, due: int, *, here: Here) -> None:
    await post.put_out(kind=KIND, ref=f"{person}:{what}", to="", due=due, expires=due + KEEP_TRYING, here=here)


def earliest(now: int, last: int | None, *, here: Here) -> int:
    """When a notice may leave: an hour after the `last` one, and not at night by the clock on the wall."""
    due = now if last is None else max(now, last + BETWEEN)
    if here.co_op.night_mail:
        return due
    there = datetime.fromtimestamp(due, UK)
    if NIGHT_TO <= there.hour < NIGHT_FROM:
        return due
    # At 8 by the wall: the clocks change at 1 UTC, which is over by then, so the day's own eight o'clock is the one meant.
    base = there if there.hour < NIGHT_TO else datetime.fromtimestamp(due + 4 * 3600, UK)
    return int(base.replace(hour=NIGHT_TO, minute=0, second=0, microsecond=0, fold=0).timestamp())


async def end_notices(*, person: str, here: Here) -> None:
    """Take back every notice that is still to leave for a person; in the caller's transaction."""
    for what in TEXTS:
        await post.take_back(KIND, f"{person}:{what}", here=here)


async def unreached(person: str) -> bool:
    """Whether the address that this person has now refused our mail for good."""
    found = await database.row(
        "SELECT p.id FROM person_mail m JOIN person p ON p.id = m.person "
        "WHERE m.person = {} AND m.refused_at IS NOT NULL AND m.refused_blind = p.email_blind",
        person,
    )
    return found is not None


async def unreached_count() -> int:
    """How many active people have an address that refused our mail for good."""
    found = await database.row(
        "SELECT count(*) AS many FROM person_mail m JOIN person p ON p.id = m.person "
        "WHERE p.state = 'active' AND m.refused_at IS NOT NULL AND m.refused_blind = p.email_blind"
    )
    return int(found["many"]) if found else 0


# Departure ------------------------------------------------------------------------------------------------------------


async def leave_by_mail(item: post.Item, mailer: Mailer, here: Here, counting: Counting | None = None) -> None:
    """One departure of kind "mail", to its outcome: sent, not needed any more, tried again later, or given up.

    `counting` is asked only for a mail that is about to leave. The mail is sent outside any transaction; sent and then not
    recorded (a crash in between) means a second neutral mail, never a lost one.
    """
    person, _colon, what = item.ref.partition(":")
    if what in TEXTS and what not in AT_ANY_TIME and not await _its_turn(item, person, what, here=here):
        return
    contact = await reads.contact(person, here=here) if what in TEXTS else None
    if contact is None or not contact.email:
        await _over(item, here=here)
        return
    digest = await counting(person, here) if counting and what not in ASKED_FOR else NOTHING
    looked = digest.visited is not None and digest.visited >= item.due
    if what not in AT_ANY_TIME and looked and not digest.count:
        await _over(item, here=here)
        return
    subject, text = letter(what, language=(await settings.of(person)).language, digest=digest, here=here)
    more: dict[str, Any] = {"unsubscribe": digest.stop} if digest.stop else {}
    try:
        await mailer.send(contact.email, subject, text, here=here, **more)
    except post.NotMailed as error:
        await _not_yet(item, person, contact.email, error, here=here)
        return
    async with database.transaction():
        sent = await _last_sent(person) if what in ASKED_FOR else here.now
        await _note(person, sent_at=sent, refused_at=None, refused_blind=None)
        await post.done(item, here=here)


async def _its_turn(item: post.Item, person: str, what: str, *, here: Here) -> bool:
    """Whether a notice that may wait leaves now. What does not is done with, or put off, here."""
    often, last = await settings.mail(person), await _last_sent(person)
    if often == "never" or (
        last is not None and last >= item.due
    ):  # a mail that left since was counted with this in it
        await _over(item, here=here)
        return False
    if often == DAILY and what != DAILY:
        async with database.transaction():
            await notify(person=person, here=here)
            await post.done(item, here=here)
        return False
    due = earliest(here.now, last, here=here)
    if due > here.now:
        async with database.transaction():  # put out anew: it was not tried in vain, and nobody is to read that it was
            await post.done(item, here=here)
            await _put_out(person, what, due, here=here)
        return False
    return True


async def _over(item: post.Item, *, here: Here) -> None:
    async with database.transaction():
        await post.done(item, here=here)


async def _not_yet(item: post.Item, person: str, email: str, error: post.NotMailed, *, here: Here) -> None:
    pause = min(FIRST_PAUSE * 2 ** (item.attempts - 1), LONGEST_PAUSE)
    why = f"smtp-{error.code}" if error.code else "unreachable"
    async with database.transaction():
        if error.permanent:
            if error.code in NO_SUCH_BOX:
                blind = reads.address(email, here=here)
                await _note(person, sent_at=await _last_sent(person), refused_at=here.now, refused_blind=blind)
            await post.dead(item, why=why, here=here)
        else:  # what is still open when its time is up is closed by the next claim
            await post.later(item, due=here.now + pause, why=why, here=here)


async def _last_sent(person: str) -> int | None:
    found = await database.row("SELECT sent_at FROM person_mail WHERE person = {}", person)
    return None if found is None else found["sent_at"]


async def _note(person: str, *, sent_at: int | None, refused_at: int | None, refused_blind: str | None) -> None:
    await database.execute(
        "INSERT INTO person_mail (person, sent_at, refused_at, refused_blind) VALUES ({}, {}, {}, {}) "
        "ON CONFLICT (person) DO UPDATE SET sent_at = excluded.sent_at, refused_at = excluded.refused_at, "
        "refused_blind = excluded.refused_blind",
        person,
        sent_at,
        refused_at,
        refused_blind,
    )


def letter(what: str, *, language: str = ENGLISH, digest: Digest = NOTHING, here: Here) -> tuple[str, str]:
    """Subject and text of a notice, in the reader's `language`: how much waits, how to sign in, whom to ring."""
    name, phone, page = here.co_op.name, here.co_op.phone, here.home
    with spoken(language):
        subject, first = (_(each) for each in TEXTS[what])
        if digest.count:
            first += "\n" + n_("{count} thing waits for you.", "{count} things wait for you.", digest.count)
        way = (
            _("To read it, sign in at {page} or ring us on {phone}.", page=page, phone=phone)
            if phone
            else _("To read it, sign in at {page}.", page=page)
        )
        parts = [_("Hello,"), first]
        if digest.links:
            parts.append(
                _("You can answer here without signing in. Each page works once, until {day}.", day=day(digest.until))
            )
            parts += [_("Waiting since {day}:", day=day(each.since)) + "\n" + each.url for each in digest.links]
        parts.append(f"{way}\n{_('We never put more than this in an e-mail.')}")
        if digest.stop:
            parts.append(_("To get no more mails like this:") + "\n" + digest.stop)
    return f"{name}: {subject}", "\n\n".join((*parts, f"{name}\n"))
