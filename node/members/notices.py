# SPDX-License-Identifier: AGPL-3.0-or-later
"""Neutral mail: that something waits, and how to reach the co-op; never what, never from whom.

A notice is put out in the transaction of the deed that calls for it. At departure the person's present state and address
are read again: who left or died, or has no address, gets nothing, and the item is done. One notice of a kind is open for a
person at a time, so ten messages in an hour are one mail.
"""

from __future__ import annotations

from typing import Protocol

from node import database, post
from node.here import Here
from node.members import reads

KIND = "mail"
KEEP_TRYING = 3 * 86400
FIRST_PAUSE = 60
LONGEST_PAUSE = 6 * 3600

TEXTS: dict[str, tuple[str, str]] = {
    "message": ("You have a message", "You have a message."),
    "answer": ("Something has changed for you", "There is news about something you asked for."),
    "waiting": ("Something is waiting for you", "Something is waiting for your answer. There is no hurry today."),
    "check-in": ("A reminder", "This is a reminder. You can see what it is about when you sign in."),
}
"""what -> (subject, first line). Alike for everybody, so that a mail on a shared screen gives nothing away."""


class Mailer(Protocol):
    """What a departure needs of `node.post.mail`."""

    async def send(self, to: str, subject: str, text: str, *, here: Here | None = None) -> None: ...


async def notify(*, person: str, what: str = "message", here: Here) -> None:
    """Put out a notice, in the caller's transaction. `what`: a key of TEXTS. Raises ValueError for another."""
    if what not in TEXTS:
        raise ValueError(f"no notice is called {what}")
    await post.put_out(
        kind=KIND, ref=f"{person}:{what}", to="", due=here.now, expires=here.now + KEEP_TRYING, here=here
    )


async def end_notices(*, person: str, here: Here) -> None:
    """Take back every notice that is still to leave for a person; in the caller's transaction."""
    for what in TEXTS:
        await post.take_back(KIND, f"{person}:{what}", here=here)


async def leave_by_mail(item: post.Item, mailer: Mailer, here: Here) -> None:
    """One departure of kind "mail", to its outcome: sent, not needed any more, tried again later, or given up.

    The mail is sent outside any transaction; sent and then not recorded (a crash in between) means a second neutral mail,
    never a lost one.
    """
    person, _, what = item.ref.partition(":")
    contact = await reads.contact(person, here=here) if what in TEXTS else None
    if contact is not None and contact.email:
        subject, text = letter(what, here=here)
        try:
            await mailer.send(contact.email, subject, text, here=here)
        except post.NotMailed as error:
            await _not_yet(item, error, here=here)
            return
    async with database.transaction():
        await post.done(item, here=here)


async def _not_yet(item: post.Item, error: post.NotMailed, *, here: Here) -> None:
    pause = min(FIRST_PAUSE * 2 ** (item.attempts - 1), LONGEST_PAUSE)
    why = f"smtp-{error.code}" if error.code else "unreachable"
    async with database.transaction():
        if error.permanent:
            await post.dead(item, why=why, here=here)
        else:  # what is still open when its time is up is closed by the next claim
            await post.later(item, due=here.now + pause, why=why, here=here)


def letter(what: str, *, here: Here) -> tuple[str, str]:
    """Subject and text of a notice: the co-op, how to sign in, whom to ring."""
    subject, first = TEXTS[what]
    name = here.co_op.name
    ring = f" or ring us on {here.co_op.phone}" if here.co_op.phone else ""
    text = (
        f"Hello,\n\n{first}\n\nTo read it, sign in at https://{here.node_id}{ring}.\n"
        "We never put more than this in an e-mail.\n\n"
        f"{name}\n"
    )
    return f"{name}: {subject}", text
