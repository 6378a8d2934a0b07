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
    """An invitation as it came, and the topics to share: those we give, those we get. Left out: peer-support and trust.
    `agreement`: a text of our own to be signed instead of the one that is made from the terms."""

    invitation: str
    gives: list[str] | None = None
    gets: list[str] | None = None
    agreement: str = ""


class Confirmation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The 12 words that the other co-op's operator read out on the checking call. `agreement`: the text that they signed, where
    it is one of their own; `digest`: `proposal.digest` as it was looked at, so that no other one is confirmed."""

    words: str
    agreement: str = ""
    digest: str = ""


class Reason(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, for the record at home. It does not leave this node."""

    reason: str


class Pausing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is paused. `reason`: for the record at home; `why`, `words`: what the other co-op and its members are told, a
    reason of the list (`node.peers.rules.PAUSES`) and a line of 200 characters or none."""

    reason: str
    why: str = "other"
    words: str = ""


class TermsAsk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other terms for a peering in force: topics that we give and get, hours in which an erasure is answered (1 to 720), days
    for which data may be kept (1 to 3,650), days from now until which it stands (1 to 730). `words`: the 12 words heard on a
    call, due only where the other's root keys have changed since the last time. `agreement`: a text of our own to be signed with
    them; left out, one that stands goes on, unless `standard` asks for the one that is made from the terms."""

    gives: list[str]
    gets: list[str]
    erasure_hours: int
    retention_days: int
    days: int
    words: str = ""
    agreement: str = ""
    standard: bool = False


class Yes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A yes to one proposal: its digest, as the page or `proposal.digest` showed it. `words`: as in `TermsAsk`; `agreement`: the
    text that they signed, where it is one of their own."""

    digest: str
    words: str = ""
    agreement: str = ""


class AgreementText(Struct, frozen=True, kw_only=True):
    """The text of the agreement with one neighbour, of which `sha256` (hex) stands in the peering; None for a text that we
    neither made nor were handed. `proposed`: not both have signed; `own`: it was handed in, and not made from the terms."""

    node_id: str
    version: int
    proposed: bool
    sha256: str
    own: bool
    text: str | None


class Agreed(Struct, frozen=True, kw_only=True):
    """What a peering says, as we see it: topics that we get (`gives`: what they give us) and that they get of us (`gets`).
    `digest` names exactly these terms; `ours`: we proposed it; `signed`: both have said yes; times in Unix seconds."""

    version: int
    gives: list[str]
    gets: list[str]
    erasure_hours: int
    retention_days: int
    begins: int
    until: int
    on_end: str
    purpose: str
    digest: str
    ours: bool
    signed: bool


class Proof(Struct, frozen=True, kw_only=True):
    """Proof that a log of this node was signed in two ways. `source`: who told us, "" for ourselves; `answered`: the epoch that
    it began since, 0 for none."""

    topic: str
    epoch: int
    source: str
    at: int
    answered: int


class PeerDetail(Struct, frozen=True, kw_only=True):
    """A neighbour co-op as its operator sees it. `gives`, `gets`, `peering_expires`: what the peering says, and while one is only
    proposed what that says; `words`: the 12 words that its
    roots make, to be compared with what its operator reads out; `asked_by_us`: while proposed, it is for them to confirm;
    `agreed`: what is in force or was last; `proposal`: other terms that wait for a yes; `outcome`: what became of the newest
    proposal where it came to nothing; `new_roots`: its root keys are others than those of `agreed`. `pause_reason` stays here;
    `pause_why`, `pause_words` are told to it; `paused_why`, `paused_words` are what it says of its own pause. Of an end:
    `ended_by` ("us", "them", "time"), when what it gave us was deleted here, by when it has to say the same, and when it did.
    Times in Unix seconds."""

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
    agreed: Agreed | None = None
    proposal: Agreed | None = None
    outcome: str = ""
    new_roots: bool = False
    pause_why: str = ""
    pause_words: str = ""
    paused_why: str = ""
    paused_words: str = ""
    ended_by: str = ""
    ended_at: int | None = None
    forgot_at: int | None = None
    receipt_due: int | None = None
    receipt_at: int | None = None
    failures: int = 0
    next_try: int = 0
    proofs: list[Proof] = []


class PeerList(Struct, frozen=True, kw_only=True):
    peers: list[PeerDetail]


class Founded(Struct, frozen=True, kw_only=True):
    """A node that was founded. `words`: its fingerprint; `paper_key`: the second root, to be printed now and kept apart."""

    node_id: str
    words: str
    paper_key: str
