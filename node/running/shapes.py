# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an operator is shown of the node itself. Times in Unix seconds; no member's data but the
names of those who hold a role."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

TaskState = Literal["done", "todo", "look", "yourself"]
Family = Literal["people", "signing-in", "neighbours", "node"]


class Task(Struct, frozen=True, kw_only=True):
    """One thing to set up. `words`: how it is now, and the next step; `href`: where to do it, "" when not on a page."""

    text: str
    state: TaskState
    words: str
    href: str = ""


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at. `next_step` and `href`: what to do, where it is not well."""

    what: str
    well: bool
    words: str
    next_step: str = ""
    href: str = ""


class Overview(Struct, frozen=True, kw_only=True):
    """How the node is set up, and how it goes."""

    tasks: list[Task]
    findings: list[Finding]


class KeysDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the paper key is, who holds it, and that it was seen there."""

    place: str
    holder: str
    seen: bool = False


class KeysView(Struct, frozen=True, kw_only=True):
    """The last statement about the paper key. `recorded_by`: a name; `again_at`: when it should be looked at again."""

    place: str
    holder: str
    at: int
    recorded_by: str
    again_at: int


class MailKind(Struct, frozen=True, kw_only=True):
    """What became lately of one kind of mail. `troubles`: each trouble in words, with how many it met."""

    what: str
    sent: int
    waiting: int
    given_up: int
    troubles: list[str]


class MailView(Struct, frozen=True, kw_only=True):
    """Mail as a whole. `server`: host and port, "" for none; `test`: the last test in words, `test_well` how it went (None:
    not known yet); `cannot_test`: what stands in the way of one, "" for nothing; `tried`: how many wait for another
    try; `unreached`: how many people have an address that refused us for good."""

    server: str
    kinds: list[MailKind]
    tried: int
    given_up: int
    last_sent: int | None
    test: str
    test_well: bool | None
    cannot_test: str
    unreached: int = 0


class Line(Struct, frozen=True, kw_only=True):
    """One journal entry in words."""

    number: int
    at: int
    words: str


class JournalPage(Struct, frozen=True, kw_only=True):
    """Some entries, newest first. `older`: the number to go on from, None at the beginning; `whole`: how many there are."""

    lines: list[Line]
    older: int | None
    whole: int
