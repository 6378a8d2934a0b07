# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may read a worry, what may be written, how its state is put in words. Pure.

Whoever was unticked or is said to have caused harm is never among the readers, whatever roles they hold. When that leaves
nobody, the answer is a number to ring, never a worry that nobody reads.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

LONGEST = 8000
LETTER_LONGEST = 4000
DAY = 86400
ESCALATE_AFTER = DAY
ESCALATE_STEPS = 7
LETTER_LIFE = 7 * DAY
ANONYMOUS_IN_AN_HOUR = 30
URGENCIES = ("danger", "today", "soon")
NOTE_FIELDS = ("wishes", "capacity", "danger", "decision", "reasons", "referral", "outcome")

_SUBJECT = re.compile(r"[a-z][a-z-]{0,30}:[A-Za-z0-9_.:-]{1,160}\Z")
_NODE = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+\Z")
_THREAD = re.compile(r"[A-Za-z0-9_-]{22}\Z")

LEAD = "the safeguarding lead"
DEPUTY = "the safeguarding deputy"


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
        return "Please write a few words."
    return f"Please keep this to {longest} characters." if len(text) > longest else None


def subject_fault(subject: str, *, needed: bool = False) -> str | None:
    """What to do about a subject, or None."""
    if not subject:
        return "Say what is to be kept." if needed else None
    return None if _SUBJECT.match(subject) else "We don't know what this points at. Leave it empty if unsure."


def node_fault(node_id: str, *, home: str) -> str | None:
    """What to do about the co-op to be told, or None."""
    if node_id == home:
        return "This is our own co-op; choose another."
    return None if _NODE.match(node_id) else "Choose a neighbour co-op."


def urgency_fault(urgency: str) -> str | None:
    """What to do about how urgent a telling is, or None."""
    return None if urgency in URGENCIES else f"Choose one of: {', '.join(URGENCIES)}."


def thread_fault(thread: str) -> str | None:
    """What to do about the thread of letters a telling belongs to, or None."""
    return None if not thread or _THREAD.match(thread) else "We don't know this thread. Leave it empty if unsure."


def phone_fault(phone: str, *, needed: bool) -> str | None:
    """What to do about a number to ring, or None. Short numbers are numbers too."""
    text = phone.strip()
    if not text:
        return "Give a number that is answered out of hours." if needed else None
    well = re.fullmatch(r"\+?[0-9][0-9 ()-]*", text) and 3 <= sum(c.isdigit() for c in text) <= 15 and len(text) <= 30
    return None if well else "Check this phone number; digits and spaces only."


def nobody_reads(*, ring: str) -> str:
    """What to say when nobody would read it."""
    return f"Nobody here would read this. Please tick somebody, or ring {ring}."


def told_words(roles: Collection[str]) -> list[str]:
    """Who was told, for the one who told them. `roles`: "lead", "deputy", of those who really may read it."""
    return [*([LEAD] if "lead" in roles else []), *([DEPUTY] if "deputy" in roles else [])]


def state_words(*, opened: bool, closed: bool, escalated: bool, unread: bool) -> str:
    """Where a worry is, for the one who raised it. `unread`: nobody is left who could open it."""
    if closed:
        return "This has been looked into and closed. If you are still worried, tell us again or ring."
    if unread:
        return "The people you told can't look into this any more. Please ring, or tell us again."
    if opened:
        return "Somebody you told has opened this and is looking into it."
    if escalated:
        return "Nobody has opened this yet, and it has been more than a day. We reminded them. Please ring now."
    return "The people you told have not opened this yet. If it can't wait, please ring."


def missing(*, leads: Collection[str], deputies: Collection[str], out_of_hours: str) -> list[str]:
    """What has to be set before offers are shared, in plain words; empty when all is."""
    words = []
    if not leads:
        words.append("a safeguarding lead")
    if not deputies:
        words.append("a safeguarding deputy")
    if leads and deputies and len({*leads, *deputies}) < 2:
        words.append("a safeguarding deputy who is somebody else than the lead")
    if not out_of_hours:
        words.append("a safeguarding number that is answered out of hours")
    return words
