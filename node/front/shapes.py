# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the front room. Times are Unix seconds."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from node.copies import Section
from node.introductions.waits import Meeting

CopyState = Literal["waiting", "opened", "ready", "over", "taken_back"]


# What comes in.


class CallDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ "Please ring me." Name and phone may be left out by somebody whose own we have."""

    about: str = ""
    suits: str = "any"
    name: str = ""
    phone: str = ""


class CopyDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A copy asked for. `introductions`: "yes" or "no", whether a lead may read the person's own words there for it."""

    introductions: str = ""


class LeftOut(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry to be left out ("section/entry") and why; an empty `reason` puts it back."""

    entry: str = ""
    reason: str = ""


class HandingOut(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a copy may go out: `read` says that it was read through; `note` goes to the person."""

    read: bool = False
    note: str = ""


class ComplaintDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A complaint about data. `contact` is needed without an account."""

    words: str = ""
    readers: str = ""
    contact: str = ""


class Answering(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What we answer to a complaint."""

    answer: str = ""


# What goes out.


class CallView(Struct, frozen=True, kw_only=True):
    """A call to make, for leads. `about`, `suits`: in words."""

    id: str
    at: int
    name: str
    phone: str
    about: str
    suits: str
    member: bool
    done_at: int | None = None
    done_by: str = ""


class Waiting(Struct, frozen=True, kw_only=True):
    """One thing that waits, as a line with a way to it. `due`: until when, where there is an end."""

    words: str
    href: str
    detail: str = ""
    due: int | None = None


class HomeView(Struct, frozen=True, kw_only=True):
    """What stands on somebody's own page. `unproved`: something may wait that a second factor would show."""

    waiting: list[Waiting]
    ahead: list[Waiting]
    meeting: Meeting | None
    worries: int
    unproved: bool


class GrantView(Struct, frozen=True, kw_only=True):
    """One thing that somebody shares now: with whom, what, since when, until when, and the page where it can be ended."""

    what: str
    to: list[str]
    leaves: list[str]
    since: int | None
    until: int | None
    href: str
    ends: str
    note: str = ""


class Look(Struct, frozen=True, kw_only=True):
    """Who looked at what kind of thing, why, when; never what they saw."""

    at: int
    who: str
    kind: str
    why: str


class SharingPage(Struct, frozen=True, kw_only=True):
    """Everything in force, and who looked."""

    introductions: list[GrantView]
    offers: list[GrantView]
    looks: list[Look]
    introductions_hidden: bool = False


class CopyLine(Struct, frozen=True, kw_only=True):
    """A copy that was asked for. `who`: the person's name, for leads."""

    id: str
    state: CopyState
    asked_at: int
    due: int
    handed_at: int | None = None
    over_at: int | None = None
    who: str = ""
    overdue: bool = False


class Gone(Struct, frozen=True, kw_only=True):
    """An entry that was left out, for the lead who reviews."""

    entry: str
    reason: str
    words: str


class ReviewView(Struct, frozen=True, kw_only=True):
    """A copy as the lead reviews it: without what goes to the person alone, whose sections are named in `unread`."""

    line: CopyLine
    sections: list[Section]
    left_out: dict[str, Gone] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)
    introductions: bool = False


class CopyView(Struct, frozen=True, kw_only=True):
    """A copy that was handed out: what is on paper, on the page and in the file alike."""

    line: CopyLine
    co_op: str
    sections: list[Section]
    note: str = ""


class ComplaintView(Struct, frozen=True, kw_only=True):
    """A complaint. `words`, `contact` and `who` only towards who reads it, `words` and `answer` also towards who made it."""

    id: str
    at: int
    due: int
    readers: str
    acknowledged_at: int | None
    answered_at: int | None
    words: str = ""
    contact: str = ""
    who: str = ""
    answer: str = ""
    overdue: bool = False
