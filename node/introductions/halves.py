# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stays inside this room: a half as its row says, and the sealed part of it once it is opened.

A `Half` holds no word of anybody's, so that it can be passed about freely; an `AskText` is opened for one answer or one letter.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import Struct

from node.introductions.shapes import Side, Status


def owner_of(introduction: str) -> str:
    """The name under which the vault keeps a half's key."""
    return f"introduction:{introduction}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One half as its row says: no word of anybody's. Sealed texts are opened by `reads` only where they are needed."""

    id: str
    thread: str
    thread_out: str
    side: Side
    other_node: str
    person: str
    status: Status
    group_offer: bool
    silent: bool
    hidden: bool
    person_gone: str
    asked_at: int
    answer_by: int
    asker_ref: str
    ask_reached_at: int | None
    answered_at: int | None
    both_shared_at: int | None
    ended_at: int | None
    ended_how: str
    erase_at: int | None
    erased_at: int | None
    place_taken: bool
    had: int
    had_of: int
    review_due_at: int | None
    lead_told_at: int | None
    changed_at: int

    @property
    def owner(self) -> str:
        """The name under which the vault keeps this half's key."""
        return owner_of(self.id)


class AskText(Struct, frozen=True, kw_only=True):
    """The sealed part of a half: what was asked, and of which offer (`listing` is empty at the supporter's home)."""

    offer: str
    revision: int
    listing: str = ""
    topics: list[str] = []
    needs: str = ""
    message: str = ""
