# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may read a worry, what may be written, how its state is put in words. Pure.

Whoever was unticked or is said to have caused harm is never among the readers, whatever roles they hold. When that leaves
nobody, the answer is a number to ring, never a worry that nobody reads.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from node.safeguarding.shapes import ConcernCard
from node.words import N_, _

LONGEST = 8000
LETTER_LONGEST = 4000
SHORT = 300
MOST_PEOPLE = 20
DAY = 86400
ESCALATE_AFTER = DAY
ESCALATE_STEPS = 7
LETTER_LIFE = 7 * DAY
STAYS_OPEN = 1800
"""How long an opened concern stays open on the pages of whoever opened it, before they open it again."""
ANONYMOUS_IN_AN_HOUR = 30
URGENCIES = ("danger", "today", "soon")
NOTE_FIELDS = ("wishes", "capacity", "danger", "decision", "reasons", "referral", "outcome")

HAPPENED = {
    "raised": N_("Raised"),
    "opened": N_("Opened and read"),
    "noted": N_("Something was written down"),
    "told-other": N_("Another co-op was told"),
    "held": N_("A hold was placed"),
    "hold-lifted": N_("A hold was lifted"),
    "handed-over": N_("Another reader was added"),
    "handed-on": N_("Went on to other readers, since a reader had gone"),
    "taken-over": N_("Taken over, since nobody was left who could read it"),
    "escalated": N_("Still unopened: everybody told was reminded"),
    "closed": N_("Closed"),
}
"""What this room's log calls a deed -> the same in words for readers."""

_SUBJECT = re.compile(r"[a-z][a-z-]{0,30}:[A-Za-z0-9_.:-]{1,160}\Z")
_NODE = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+\Z")
_THREAD = re.compile(r"[A-Za-z0-9_-]{22}\Z")
_PERSON = re.compile(r"[A-Za-z0-9_-]{1,43}\Z")

LEAD = N_("the safeguarding lead")
DEPUTY = N_("the safeguarding deputy")


@dataclass(frozen=True, slots=True)
class Told:
    """`readers` (person, "lead" | "deputy") may read; `kept_out` (person, why) never may."""

    readers: tuple[tuple[str, str], ...]
    kept_out: tuple[tuple[str, str], ...]


def told(
    *, leads: Sequence[str], deputies: Sequence[str], tell_lead: bool, tell_deputy: bool, alleged: Collection[str]
) -> Told:
    """Who reads a new concern. A person with both roles, one of them unticked, is out."""
    unticked = {*(() if tell_lead else leads), *(() if tell_deputy else deputies)}
    wanted = dict.fromkeys(deputies if tell_deputy else (), "deputy")
    wanted |= dict.fromkeys(leads if tell_lead else (), "lead")
    out = [(person, "alleged") for person in sorted(set(alleged))]
    out += [(person, "unticked") for person in sorted(unticked - set(alleged))]
    never = {person for person, _ in out}
    return Told(tuple((person, role) for person, role in wanted.items() if person not in never), tuple(out))


def text_fault(text: str, *, needed: bool = True, longest: int = LONGEST) -> str | None:
    """What to do about a text, or None."""
    if needed and not text.strip():
        return _("Please write a few words.")
    return _("Please keep this to {limit} characters.", limit=longest) if len(text) > longest else None


def with_keep_from(words: str, keep_from: str) -> str:
    """A worry's words with, below them, who must not hear of it: whoever reads the one reads the other."""
    if not keep_from.strip():
        return words
    return words.strip() + "\n\n" + _("Must not hear of this: {people}", people=keep_from.strip())


def people_fault(ids: Collection[str]) -> str | None:
    """What to do about people pointed at, or None."""
    well = len(ids) <= MOST_PEOPLE and all(_PERSON.match(id) for id in ids)
    return None if well else _("We don't know who this is. Leave it out, and write it in your own words.")


def subject_fault(subject: str, *, needed: bool = False) -> str | None:
    """What to do about a subject, or None."""
    if not subject:
        return _("Say what is to be kept.") if needed else None
    return None if _SUBJECT.match(subject) else _("We don't know what this points at. Leave it empty if unsure.")


def node_fault(node_id: str, *, home: str) -> str | None:
    """What to do about the co-op to be told, or None."""
    if node_id == home:
        return _("This is our own co-op; choose another.")
    return None if _NODE.match(node_id) else _("Choose a neighbour co-op.")


def urgency_fault(urgency: str) -> str | None:
    """What to do about how urgent a telling is, or None."""
    return None if urgency in URGENCIES else _("Say how urgent it is: danger, today or soon.")


def thread_fault(thread: str) -> str | None:
    """What to do about the thread of letters a telling belongs to, or None."""
    return None if not thread or _THREAD.match(thread) else _("We don't know this thread. Leave it empty if unsure.")


def phone_fault(phone: str, *, needed: bool) -> str | None:
    """What to do about a number to ring, or None. Short numbers are numbers too."""
    text = phone.strip()
    if not text:
        return _("Give a number that is answered out of hours.") if needed else None
    well = re.fullmatch(r"\+?[0-9][0-9 ()-]*", text) and 3 <= sum(c.isdigit() for c in text) <= 15 and len(text) <= 30
    return None if well else _("Check this phone number; digits and spaces only.")


def nobody_reads(*, ring: str) -> str:
    """What to say when nobody would read it."""
    return _("Nobody here would read this. Please tick somebody, or ring {number}.", number=ring)


def told_words(roles: Collection[str]) -> list[str]:
    """Who was told, for the one who told them. `roles`: "lead", "deputy", of those who really may read it."""
    return [*([_(LEAD)] if "lead" in roles else []), *([_(DEPUTY)] if "deputy" in roles else [])]


def state_words(*, opened: bool, closed: bool, escalated: bool, unread: bool) -> str:
    """Where a worry is, for the one who raised it. `unread`: nobody is left who could open it."""
    if closed:
        return _("This has been looked into and closed. If you are still worried, tell us again or ring.")
    if unread:
        return _("The people you told can't look into this any more. Please ring, or tell us again.")
    if opened:
        return _("Somebody you told has opened this and is looking into it.")
    if escalated:
        return _("Nobody has opened this yet, and it has been more than a day. We reminded them. Please ring now.")
    return _("The people you told have not opened this yet. If it can't wait, please ring.")


def missing(*, leads: Collection[str], deputies: Collection[str], out_of_hours: str) -> list[str]:
    """What has to be set before offers are shared, in plain words; empty when all is."""
    words = []
    if not leads:
        words.append(_("a safeguarding lead"))
    if not deputies:
        words.append(_("a safeguarding deputy"))
    if leads and deputies and len({*leads, *deputies}) < 2:
        words.append(_("a safeguarding deputy who is somebody else than the lead"))
    if not out_of_hours:
        words.append(_("a safeguarding number that is answered out of hours"))
    return words


def in_order(event: Mapping[str, Any]) -> tuple[int, int]:
    """The order of what was done; of one second, in the order in which things are done with a concern."""
    return event["at"], list(HAPPENED).index(event["what"]) if event["what"] in HAPPENED else len(HAPPENED)


def pressing(card: ConcernCard) -> tuple[bool, bool, bool, int, str]:
    """The order in which readers see concerns: not closed first, unopened first, urgent first, the longest waiting first;
    among closed ones the newest first."""
    closed = card.closed_at is not None
    return (closed, card.opened_at is not None, not card.urgent, -card.raised_at if closed else card.raised_at, card.id)
