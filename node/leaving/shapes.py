# SPDX-License-Identifier: AGPL-3.0-or-later
"""What comes in and goes out when a co-op takes its things along, and when it leaves. Times: Unix seconds."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

Drawer = Literal["co-op", "private", "safeguarding"]
"""Which file a table goes into: what the co-op's operators and leads read anyway; what somebody wrote to one other person or for
chosen readers; the safeguarding store."""
Reason = Literal["move", "close", "keep"]
REASONS: Final[dict[str, str]] = {
    "move": "to go on with other software",
    "close": "because the co-op closes",
    "keep": "to keep a copy that other programs can read",
}


class File(Struct, frozen=True, kw_only=True):
    """One file of an export. `tables`: how many; `erased`: values that could not be opened, since they were erased."""

    drawer: Drawer
    path: str
    locked: bool
    tables: int
    rows: int
    erased: int
    bytes: int


class Exported(Struct, frozen=True, kw_only=True):
    """An export that was made. `left`: the files that were not, each with the reason in words."""

    made_at: int
    files: list[File]
    left: dict[str, str]


class Preview(Struct, frozen=True, kw_only=True):
    """What leaving would end now, counted. `people`: who would be told; `neighbours`: their node ids; `charter`: one is held."""

    people: int
    offers: int
    facts: int
    introductions: int
    neighbours: list[str]
    charter: bool


Step = Literal["confirmed", "waiting", "overdue"]
Phase = Literal["none", "announced", "going", "gone"]


class Parting(Struct, frozen=True, kw_only=True):
    """One neighbour of a co-op that leaves. `due`: by when it has to say that it deleted everything; `confirmed_at`: when it did.
    `signed`: the receipt that it signed is kept here."""

    node_id: str
    name: str
    step: Step
    ended_at: int | None
    due: int | None
    confirmed_at: int | None
    signed: bool


class Status(Struct, frozen=True, kw_only=True):
    """How far it is. `phase`: "none" nothing was said, "announced" it can be taken back, "going" things are still to be ended
    here, "gone" all that this node can end was."""

    phase: Phase
    on_at: int | None = None
    until: int | None = None
    neighbours: list[Parting] = []
