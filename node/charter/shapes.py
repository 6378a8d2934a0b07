# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the charter room. All of it is about co-ops; nothing here is anybody's personal data."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

State = Literal["none", "in-force", "ends-soon", "over", "stopped", "frozen", "left-out"]
"""How the charter stands with us: we have none; it is in force; it ends within 60 days; it is past its end, for 30 days at most;
longer; two of one version were signed; it no longer lists us."""


class SeatView(Struct, frozen=True, kw_only=True):
    """Our seat. `line`: what we give to whoever draws up the charter, not secret; `kid`: the name of its key; `words`: our
    twelve words, which the line carries too."""

    line: str
    kid: str
    words: str


class MemberView(Struct, frozen=True, kw_only=True):
    """A member. `words`: the twelve words of its roots as the charter has them; `known_words`: as we know them, "" where we
    don't; `state`: of our peering with it, "" where there is none; `signed`: this version bears its signature."""

    node_id: str
    name: str
    words: str
    known_words: str
    state: str
    signed: bool
    us: bool

    @property
    def apart(self) -> bool:
        """Whether we share nothing with it, and never have agreed to."""
        return not self.us and self.state not in ("active", "paused")


class CharterView(Struct, frozen=True, kw_only=True):
    """One charter document. `mark`: the beginning of `digest`, by which people name it to each other; `terms`: the
    text that members agreed on, "" where only its hash `terms_sha256` is known; `source`: who gave it, "" for our operator."""

    id: str
    name: str
    version: int
    digest: str
    mark: str
    made: int
    expires: int
    threshold: int
    members: list[MemberView]
    terms: str
    terms_sha256: str
    source: str


class Doubt(Struct, frozen=True, kw_only=True):
    """A neighbour that says something of the charter which it does not prove. `why`: a code of the protocol."""

    node_id: str
    name: str
    version: int
    why: str


class CharterDetail(Struct, frozen=True, kw_only=True):
    """How the charter stands here. `held`: the version in force with us; `rivals`: the charters of a version that was signed
    twice, while our operator has not chosen; `admissions`: members that our operator may invite; `metrics`: whether
    measurements that members make together may run; `seat`: None before it was made."""

    state: State
    held: CharterView | None
    rivals: list[CharterView]
    doubts: list[Doubt]
    admissions: list[MemberView]
    seat: SeatView | None
    metrics: bool


class ProposalAsk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the next version is to say; left out: as it is. `add`: lines of seats; `drop`: node ids; a first one needs a name,
    terms and at least one more member. With nothing it is a renewal for another 400 days."""

    name: str | None = None
    terms: str | None = None
    add: list[str] = []
    drop: list[str] = []
    threshold: int | None = None


class FileText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proposal's file. `instead`: sign it although another of this version was signed here."""

    file: str
    instead: bool = False


class Taking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A charter's file, and its mark as it was read and compared."""

    file: str
    mark: str


class Mark(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mark of one of two charters."""

    mark: str


class ProposalView(Struct, frozen=True, kw_only=True):
    """A proposal under way. `file`: what is handed from co-op to co-op; `told`: what it would change, line by line; `missing`:
    signatures still missing of the members before, and of those after."""

    file: str
    mark: str
    version: int
    told: list[str]
    signed: list[str]
    missing: tuple[int, int]
