# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the peer-support room: offers as their supporter writes them, listings as everybody finds them.

Every shape is frozen. A `Listing` never says whose offer it is; only `OwnOffer`, which stays inside this node, does. Times
are Unix seconds, distances kilometres. What a person typed into a search stands in no shape that is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct, field

from node.safeguarding.crisis import Numbers
from node.words import N_, _

Kind = Literal["one_to_one", "group"]
Reach = Literal["open", "careful", "home"]
State = Literal["draft", "waiting_check", "returned", "published", "paused", "expired", "withdrawn"]
"""What an offer is now. A published offer whose newer revision is being written or checked is still `published`;
`OfferView.revision` then shows the newer one and `OfferView.published_revision` the one that others read."""
Newer = Literal["draft", "waiting_check", "returned"]
"""Where the newest wording of an offer stands while others still read an older one."""

SHUFFLED = N_("Offers with room come first, in an order shuffled each day.")
RECOGNISED = N_("People who know you may recognise you.")


# What comes in.


class Audience(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may read an offer. `home_only`: this co-op alone. `not_to`: node ids of neighbour co-ops that don't get it."""

    home_only: bool = False
    not_to: list[str] = []


class OfferDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offer as its supporter writes it. `area`: id or name of a place, or "whole_patch". `careful_ok`: their own tick
    that a careful topic may leave the co-op. `replies`: days within which they answer. `submit`: hand it to the lead for the
    check at once."""

    kind: str = "one_to_one"
    topics: list[str] = []
    have: str = ""
    how: str = ""
    limits: str = ""
    ways: list[str] = []
    languages: list[str] = field(default_factory=lambda: ["en"])
    area: str = "whole_patch"
    times: str = ""
    replies: int = 5
    places: int = 1
    open: int | None = None
    careful_ok: bool = False
    audience: Audience = field(default_factory=Audience)
    submit: bool = False


class SearchQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search. It stays on this node: it is neither kept nor logged. `near`: id or name of a place; `within_km` needs
    `near`, or means from the middle of the patch; `after`: `next` of the page before."""

    words: str = ""
    topics: list[str] = []
    kind: str | None = None
    ways: list[str] = []
    languages: list[str] = []
    near: str | None = None
    within_km: float | None = None
    limit: int = 20
    after: str | None = None


class Return(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lead hands an offer back: `note` says to the supporter what to change."""

    note: str


class Fullness(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tap: `full` true is "I'm full"; false is "I have room again", for `open` people (1 when not said)."""

    full: bool
    open: int | None = None


class AwayUntil(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Away until this moment, at most 180 days ahead; None: back."""

    until: int | None


class Induction(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands behind a supporter: the day of their induction, of their promise on boundaries, their named supervisor
    and when they next check in."""

    induction_on: int
    promise_on: int
    supervisor: str
    next_check_in: int


class CheckInDone(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A check-in took place; `next_check_in`: when the next is due, at most 180 days ahead."""

    next_check_in: int


class AssistedQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The lead searches with a person beside them or on the telephone. `asked_alone`: the person was asked without
    family or carers listening; without it nothing is searched."""

    person: str
    query: SearchQuery
    asked_alone: bool = False


# What goes out.


class ListingView(Struct, frozen=True, kw_only=True):
    """An offer as a member finds it, from here or from a neighbour co-op. `id` is what they ask by; `distance_km` from
    the middle of the place they named; `askable` false when it is full or the supporter is away (`away_until`)."""

    id: str
    node_id: str
    co_op: str
    kind: str
    topics: list[str]
    labels: list[str]
    have: str
    how: str
    limits: str
    ways: list[str]
    languages: list[str]
    area: str
    distance_km: float | None
    times: str
    replies: int
    places: int
    open: int
    askable: bool
    away_until: int | None
    checked_on: int
    published_at: int
    expires_at: int


class SearchPage(Struct, frozen=True, kw_only=True):
    """A page of offers. `next`: opaque, for the page after this one; `matched` "some" when no offer had everything that
    was asked for in words and these have part of it; `help` when the words or topics sound like a crisis."""

    items: list[ListingView]
    next: str | None
    order: str = field(default_factory=lambda: _(SHUFFLED))
    matched: Literal["all", "some"] = "all"
    help: Numbers | None = None


class Hint(Struct, frozen=True, kw_only=True):
    """Something the lead may want to look at before saying yes: where, which words, and why. Never a decision."""

    field: str
    words: str
    why: str


class Standing(Struct, frozen=True, kw_only=True):
    """Whether a supporter's offers can be shown, and in plain words what is missing."""

    ok: bool
    missing: list[str]


class OfferView(Struct, frozen=True, kw_only=True):
    """An offer as its supporter and the lead see it. `note`: the lead's, when it was returned. `hints` only for a lead."""

    id: str
    state: State
    revision: int
    published_revision: int | None
    kind: str
    topics: list[str]
    have: str
    how: str
    limits: str
    ways: list[str]
    languages: list[str]
    area: str
    times: str
    replies: int
    places: int
    open: int
    careful_ok: bool
    audience: Audience
    away_until: int | None
    expires_at: int | None
    checked_on: int | None = None
    newer: Newer | None = None
    note: str | None = None
    standing: Standing | None = None
    hints: list[Hint] = []


class OfferLine(Struct, frozen=True, kw_only=True):
    """An offer in a list: enough to find it again."""

    id: str
    state: State
    revision: int
    kind: str
    topics: list[str]
    open: int
    places: int
    expires_at: int | None
    away_until: int | None = None
    newer: Newer | None = None


class OfferList(Struct, frozen=True, kw_only=True):
    """Offers, newest first."""

    items: list[OfferLine]


class CoOpName(Struct, frozen=True, kw_only=True):
    """A co-op by its node id and by the name that people know."""

    node_id: str
    name: str


class Preview(Struct, frozen=True, kw_only=True):
    """Exactly what leaves, to which co-ops by name, and what to bear in mind. `leaves` is None when nothing does, and
    `stays_because` then says why in plain words."""

    leaves: dict[str, object] | None
    to: list[CoOpName]
    not_to: list[CoOpName]
    until: int | None
    stays_because: list[str]
    bear_in_mind: str = field(default_factory=lambda: _(RECOGNISED))


class Found(Struct, frozen=True, kw_only=True):
    """One offer as a member opens it. `own`: it is the reader's; `home`: it is of this co-op; `help`: its topics are such that
    the numbers to ring stand above it."""

    listing: ListingView
    own: bool
    home: bool
    help: Numbers | None = None


class ToCheck(Struct, frozen=True, kw_only=True):
    """An offer with the lead: whose it is, by the name they go by here, and where the newest wording of it stands.
    `waits`: it is with the lead now; `own`: it is this lead's, so another has to read it."""

    offer: OfferView
    supporter: str
    known_as: str
    waits: bool
    own: bool


class SupporterLine(Struct, frozen=True, kw_only=True):
    """A peer supporter in the lead's list: by the name they go by here, and what stands behind them."""

    person: str
    known_as: str
    full_name: str
    supervisor: str | None
    next_check_in: int | None
    standing: Standing


class Choice(Struct, frozen=True, kw_only=True):
    """One choice in large print. `lines` are short; the person says the number."""

    number: int
    listing: str
    lines: list[str]


class AssistedView(Struct, frozen=True, kw_only=True):
    """What the lead reads out: numbered choices. `id` goes with the ask, so that who helped is known."""

    id: str
    choices: list[Choice]
    order: str = field(default_factory=lambda: _(SHUFFLED))
    help: Numbers | None = None


class SupporterView(Struct, frozen=True, kw_only=True):
    """What stands behind a supporter."""

    person: str
    induction_on: int | None
    promise_on: int | None
    supervisor: str | None
    next_check_in: int | None
    standing: Standing


class TopicView(Struct, frozen=True, kw_only=True):
    """A topic: its label and its group's, its other words, how far an offer on it may go, whether it is a crisis topic."""

    slug: str
    label: str
    group: str
    group_label: str
    also: list[str]
    reach: Reach
    crisis: bool


class TopicList(Struct, frozen=True, kw_only=True):
    """All topics, in the order in which they are shown."""

    items: list[TopicView]


# What other rooms of this node get.


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An offer as it stands on this node. `id`: the listing's, here; `offer_id`: what its own node calls it (the same at
    home); `node_id`: that node; `askable`: it has room and its supporter is not away. It never says whose it is."""

    id: str
    node_id: str
    offer_id: str
    kind: Kind
    topics: tuple[str, ...]
    have: str
    how: str
    limits: str
    ways: tuple[str, ...]
    languages: tuple[str, ...]
    area: str
    replies: int
    places: int
    open: int
    away_until: int | None
    askable: bool
    revision: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assisted:
    """An assisted search: for whom, which lead helped, and that the person was asked alone."""

    id: str
    person: str
    lead: str
    asked_alone: bool
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnOffer:
    """One of this co-op's own offers as introductions need it. `supporter`: whose it is; `lead`: who checked it last (their
    lead, for nudges), None before any check. `takes_asks`: published now, in standing, not full, not away."""

    id: str
    supporter: str
    lead: str | None
    state: State
    kind: Kind
    topics: tuple[str, ...]
    places: int
    open: int
    away_until: int | None
    revision: int
    takes_asks: bool
