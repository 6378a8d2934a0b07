# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be asked for, by when it is due, what a person may read of who looked. Pure: shapes and a time in, an answer out.

Whatever a safeguarding reader opened is in nobody's list of who looked: the person alleged to have caused harm would learn of it
there, and a list that hid it from some alone would tell them by what is missing. So looks are shown by a list of kinds that may
be, never by a list of those that may not.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from node.copies import Entry, Section
from node.dates import UK
from node.front.shapes import ComplaintDraft, CopyDraft, HandingOut
from node.words import N_, _

DAY: Final = 86_400
CALL_KEPT: Final = 14 * DAY
COPY_KEPT: Final = 90 * DAY
COPY_REMINDER: Final = 7 * DAY
COMPLAINT_DAYS: Final = 30
COMPLAINT_REMINDER: Final = 7 * DAY
COMPLAINT_KEPT: Final = 3 * 365 * DAY
ANONYMOUS_IN_AN_HOUR: Final = 20
WORDS_LONGEST: Final = 4000
NOTE_LONGEST: Final = 1000
CONTACT_LONGEST: Final = 300

ABOUT: Final[Mapping[str, str]] = {
    "find": N_("Finding support"),
    "pages": N_("These pages, or signing in"),
    "introduction": N_("Somebody I was introduced to"),
    "data": N_("What is kept about me"),
    "join": N_("Joining the co-op"),
    "else": N_("Something else"),
}
"""What a call can be about. There is no room for words: what is private is said on the telephone."""
SUITS: Final[Mapping[str, str]] = {
    "any": N_("Any time in the day"),
    "morning": N_("In the morning"),
    "afternoon": N_("In the afternoon"),
    "evening": N_("In the evening"),
}
REASONS: Final[Mapping[str, str]] = {
    "third_party": N_("It is about somebody else too"),
    "safeguarding": N_("Safeguarding"),
    "other": N_("Another reason that the law allows"),
}
READERS: Final[Mapping[str, str]] = {
    "all": N_("Whoever can help first"),
    "leads": N_("Only the leads"),
    "operators": N_("Only those who look after the computer"),
}
LEADS: Final = frozenset({"peer_support_lead", "safeguarding_lead"})

LOOKS: Final[Mapping[str, str]] = {
    "offer": N_("An offer of yours"),
    "copy": N_("The copy of what we keep about you"),
    "phone": N_("Your phone number"),
    "export": N_("Everything that is kept about you, in a copy of all that the co-op keeps"),
}
"""Kinds of access that a person may read of. A new kind is hidden until somebody has decided that it may be shown."""
WHY: Final[Mapping[str, str]] = {
    "check": N_("To check it before others read it"),
    "review": N_("You asked for a copy, and somebody reads it before it is handed out"),
    "print": N_("To print it for you"),
    "not-checked-out": N_("You had not checked out after a meeting, and a lead wanted to know that you are well"),
    "move": N_("The co-op moves to other software"),
    "close": N_("The co-op closes"),
    "keep": N_("The co-op keeps a copy that other programs can read"),
}

ABOUT_NEEDED: Final = N_("Choose what it is about.")
SUITS_NEEDED: Final = N_("Choose when we may ring.")
NAME_NEEDED: Final = N_("Say what we may call you.")
PHONE_NEEDED: Final = N_("Give the number that we should ring.")
WORDS_NEEDED: Final = N_("Write what went wrong, in your own words.")
CONTACT_NEEDED: Final = N_("Say how we can reach you, by telephone or by e-mail.")
TOO_LONG: Final = N_("Please keep this under {limit} characters.")


def month_after(at: int) -> int:
    """One calendar month later, at the same time on the wall; in a month without that day, on its last.

    UK GDPR, Article 12(3), as the regulator counts it: from the day on which it was asked.
    """
    then = datetime.fromtimestamp(at, UK)
    year, month = (then.year + 1, 1) if then.month == 12 else (then.year, then.month + 1)
    day = min(then.day, calendar.monthrange(year, month)[1])
    return int(then.replace(year=year, month=month, day=day, fold=0).timestamp())


def copy_faults(draft: CopyDraft) -> dict[str, str]:
    """What to do about an asked-for copy."""
    return {} if draft.introductions in ("yes", "no") else {"introductions": _("Choose one of the two.")}


def handing_faults(handing: HandingOut) -> dict[str, str]:
    """What to do before a copy goes out."""
    faults = {} if handing.read else {"read": _("Please tick that you have read all of it.")}
    return faults | too_long("note", handing.note, NOTE_LONGEST)


def complaint_faults(draft: ComplaintDraft, *, known: bool) -> dict[str, str]:
    """What to do about a complaint. `known`: its author is signed in, so that we can answer on their own page."""
    faults = {} if draft.words.strip() else {"words": _(WORDS_NEEDED)}
    if draft.readers not in READERS:
        faults["readers"] = _("Choose who should read it.")
    if not known and not draft.contact.strip():
        faults["contact"] = _(CONTACT_NEEDED)
    return faults | too_long("words", draft.words, WORDS_LONGEST) | too_long("contact", draft.contact, CONTACT_LONGEST)


def too_long(name: str, text: str, limit: int) -> dict[str, str]:
    """A fault of one field that holds more than it may."""
    return {name: _(TOO_LONG, limit=limit)} if len(text) > limit else {}


def read_by(roles: frozenset[str]) -> frozenset[str]:
    """Which complaints somebody with these (proved) roles reads, by their `readers`."""
    found = {"all"} if roles & (LEADS | {"operator"}) else set()
    found |= {"leads"} if roles & LEADS else set()
    found |= {"operators"} if "operator" in roles else set()
    return frozenset(found)


def place(section: Section, entry: Entry) -> str:
    """By which an entry of a copy is named when it is left out."""
    return f"{section.name}/{entry.id}"


def without(sections: list[Section], left_out: frozenset[str]) -> list[Section]:
    """The sections without these entries."""
    return [
        msgspec.structs.replace(
            section, entries=[entry for entry in section.entries if place(section, entry) not in left_out]
        )
        for section in sections
    ]


def for_others(sections: list[Section]) -> list[Section]:
    """What anybody but the person may read of a copy."""
    return [section for section in sections if not section.own_only]
