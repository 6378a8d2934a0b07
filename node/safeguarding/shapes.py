# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of the safeguarding room.

Who raised a worry gets a receipt and its state in plain words, with numbers to ring. Who reads gets a card first; the words
come only by opening, which is recorded. Nothing here says who was not told.
"""

from __future__ import annotations

from msgspec import Struct

from node.safeguarding.crisis import Numbers

HOME = "home"


class ConcernDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ "I'm worried". `about`: an opaque subject such as "introduction:<id>"; `alleged`: ids of people who may never read it.

    `keep_from`: who else must not hear of it, in the raiser's words; `contact`: how to reach them safely.
    """

    words: str
    about: str = ""
    tell_lead: bool = True
    tell_deputy: bool = True
    alleged: list[str] = []
    keep_from: str = ""
    contact: str = ""


class ConcernWithoutAccount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A worry from somebody without an account; `contact`, if they wish to be reached; `keep_from` as with an account."""

    words: str
    contact: str = ""
    tell_lead: bool = True
    tell_deputy: bool = True
    keep_from: str = ""


class WouldRead(Struct, frozen=True, kw_only=True):
    """Somebody who reads worries here. `role`: "lead" or "deputy"."""

    person: str
    name: str
    role: str


class CouncilNumbers(Struct, frozen=True, kw_only=True):
    """Adult social care of one council: which of the areas we know are its, and its numbers. `ours`: of our own patch."""

    name: str
    areas: list[str]
    adults: str
    out_of_hours: str
    ours: bool


class NeighbourCoOp(Struct, frozen=True, kw_only=True):
    """A co-op that may be told of a concern, as far as this room has to know it. `tellable`: our letters reach it now."""

    node_id: str
    name: str
    tellable: bool


class ConcernReceipt(Struct, frozen=True, kw_only=True):
    """What happens next with a worry. `id` is None for somebody who can't come back to it."""

    told: list[str]
    next: str
    numbers: Numbers
    id: str | None = None


class ConcernMine(Struct, frozen=True, kw_only=True):
    """One's own worry: where it is, in words, and whom to ring."""

    id: str
    raised_at: int
    told: list[str]
    state: str
    numbers: Numbers


class ConcernCard(Struct, frozen=True, kw_only=True):
    """A concern as its readers see it in a list: no words of it. `source`: "home" or the node that told us."""

    id: str
    about: str
    source: str
    raised_at: int
    raised_by: str | None = None
    urgent: bool = False
    opened_at: int | None = None
    escalated_at: int | None = None
    closed_at: int | None = None


class ConcernList(Struct, frozen=True, kw_only=True):
    """One's own worries, and those one is asked to read."""

    mine: list[ConcernMine]
    to_read: list[ConcernCard]


class ConcernOne(Struct, frozen=True, kw_only=True):
    """One concern, as far as one may see it: as its raiser, as its reader, or both."""

    mine: ConcernMine | None = None
    card: ConcernCard | None = None


class NoteDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to record: at least one of these. Notes are added, never changed."""

    wishes: str = ""
    capacity: str = ""
    danger: str = ""
    decision: str = ""
    reasons: str = ""
    referral: str = ""
    outcome: str = ""


class NoteView(Struct, frozen=True, kw_only=True):
    """A note: who wrote it and when; fields left empty are None."""

    id: str
    by: str
    at: int
    wishes: str | None = None
    capacity: str | None = None
    danger: str | None = None
    decision: str | None = None
    reasons: str | None = None
    referral: str | None = None
    outcome: str | None = None


class TellingDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the other co-op (`to`, a node id) is told: `words`, and `reach`, how to reach who writes. `reason` stays here.

    `about`: the thread of letters concerned, if any; `urgency`: danger (ring them as well), today or soon.
    """

    to: str
    words: str
    reason: str
    urgency: str = "today"
    about: str = ""
    reach: str = ""


class TellingView(Struct, frozen=True, kw_only=True):
    """What another co-op was told: when decided, by whom, whether it arrived."""

    id: str
    to: str
    words: str
    reason: str
    decided_by: str
    decided_at: int
    urgency: str
    reach: str = ""
    reached_at: int | None = None
    delayed_at: int | None = None
    failed_at: int | None = None


class HeldView(Struct, frozen=True, kw_only=True):
    """A hold as a concern's readers see it: who placed it, when and why, and, once lifted, the same of its end."""

    id: str
    subject: str
    reason: str
    placed_by: str
    placed_at: int
    lift_reason: str = ""
    lifted_by: str = ""
    lifted_at: int | None = None


class Happening(Struct, frozen=True, kw_only=True):
    """One line of what was done with a concern, in plain words. `by` None: nobody, the clock did it."""

    at: int
    words: str
    by: str | None = None


class ConcernView(Struct, frozen=True, kw_only=True):
    """A concern, opened."""

    card: ConcernCard
    words: str
    contact: str | None
    notes: list[NoteView]
    tellings: list[TellingView]
    readers: list[str]
    holds: list[HeldView] = []
    happened: list[Happening] = []


class HoldDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keep what `subject` names from being erased, for this reason. Left empty: what the concern is about."""

    reason: str
    subject: str = ""


class Lifting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a hold ends."""

    reason: str


class HoldView(Struct, frozen=True, kw_only=True):
    """A hold: while it stands, no erasure reaches its subject."""

    id: str
    subject: str
    placed_at: int
    lifted_at: int | None = None


class Closing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a concern ended, and why it can be closed."""

    outcome: str
    reasons: str


class HandOver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another safeguarding lead or deputy who shall read a concern too."""

    person: str


class SetupDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers that people ring: out of hours, and, where wished, the lead's and the deputy's."""

    out_of_hours: str
    lead_phone: str = ""
    deputy_phone: str = ""


class SetupView(Struct, frozen=True, kw_only=True):
    """The numbers as they stand, and whether offers may be shared."""

    out_of_hours: str
    lead_phone: str
    deputy_phone: str
    ready: bool
    missing: list[str]


class ShareReadiness(Struct, frozen=True, kw_only=True):
    """Whether this co-op may share offers; `missing` says in plain words what has to be set first."""

    ok: bool
    missing: list[str]
