# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the trust room. Everything about a neighbour here is public or ours; no member's data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

State = Literal["proposed", "active", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A node we know, as other rooms need it. `gives`: topics whose bodies we get of it now; `gets`: topics it gets of us
    now; `stale`: its identity or manifest ran out; times in Unix seconds."""

    node_id: str
    name: str
    state: State
    gives: frozenset[str]
    gets: frozenset[str]
    stale: bool
    last_contact: int | None
    failing_since: int | None


class InvitationAsk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to invite: the other co-op's node id, a host name."""

    node_id: str


class InvitationView(Struct, frozen=True, kw_only=True):
    """An invitation to send to the other co-op's operator, and our 12 words to read out on the checking call. The text is
    shown once; only a hash of its token is kept."""

    node_id: str
    invitation: str
    words: str
    expires: int


class Acceptance(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invitation as it came, and the topics to share: those we give, those we get. Left out: peer-support and trust."""

    invitation: str
    gives: list[str] | None = None
    gets: list[str] | None = None


class Confirmation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The 12 words that the other co-op's operator read out on the checking call."""

    words: str


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, for the record at home. It does not leave this node."""

    reason: str


class PeerDetail(Struct, frozen=True, kw_only=True):
    """A neighbour co-op as its operator sees it. `gives`, `gets`: what the peering says; `words`: the 12 words that its
    roots make, to be compared with what its operator reads out; `asked_by_us`: while proposed, it is for them to confirm;
    times in Unix seconds."""

    node_id: str
    name: str
    state: State
    gives: list[str]
    gets: list[str]
    words: str
    paused_here: bool
    paused_there: bool
    frozen: bool
    pause_reason: str
    identity_expires: int
    manifest_expires: int
    peering_expires: int | None
    created: int
    last_contact: int | None
    failing_since: int | None
    why: str
    asked_by_us: bool = False


class PeerList(Struct, frozen=True, kw_only=True):
    peers: list[PeerDetail]


class Founded(Struct, frozen=True, kw_only=True):
    """A node that was founded. `words`: its fingerprint; `paper_key`: the second root, to be printed now and kept apart."""

    node_id: str
    words: str
    paper_key: str
