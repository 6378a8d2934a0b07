# SPDX-License-Identifier: AGPL-3.0-or-later
"""What goes in and out of an introduction.

A view shows a person their own half only. Times are Unix seconds. Limits and rules across fields stand in `rules`; what
comes in here is judged for its types alone. What stays inside this room stands in `halves`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Side = Literal["asker", "supporter"]
Status = Literal["waiting", "accepted", "declined", "sharing", "shared", "ended", "undeliverable"]


# What comes in.


class AskDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ask to a peer supporter. `offer_id`: the listing's id. `preview`: show exactly what would leave, and store nothing.

    `for_person` with `assisted_id`: a lead enters it for somebody who was asked alone, by an assisted search.
    """

    offer_id: str
    topics: list[str] = []
    needs: str = ""
    message: str = ""
    preview: bool = False
    for_person: str | None = None
    assisted_id: str | None = None


class Yes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supporter's yes: a quick reply's id, words of their own, or both."""

    quick: str = ""
    words: str = ""


class No(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The supporter's no. `quick`: "" or "not-today" or "full"; it is never passed on. No reason is asked for or given."""

    quick: str = ""


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message through the relay: words, or a quick reply's id, one of the two."""

    words: str = ""
    quick: str = ""


class Sharing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What I would share (`first_name`, `full_name`, `phone`, `email`). Nothing leaves before `confirm`, mine and theirs.

    `confirm` false takes a tick back for as long as what was ticked has not left.
    """

    fields: list[str] = []
    confirm: bool = False


class PlanDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A plan for meeting or ringing. `at`: Unix seconds of the start; `minutes`: how long; `who_knows`: who else knows."""

    place_kind: str
    where: str = ""
    at: int = 0
    minutes: int = 60
    who_knows: str = ""


class Goodbye(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ending without fault. `words` are optional and go to the other person."""

    words: str = ""


class Worry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """ "I'm worried": to one's own safeguarding lead and deputy; either can be unticked."""

    words: str = ""
    tell_lead: bool = True
    tell_deputy: bool = True


class ReviewDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How it is going: `going` "well", "mixed" or "not_well"; it stays in this co-op. `carry_on`: six more conversations."""

    going: str
    carry_on: bool = True
    words: str = ""


class BackDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tell me when the supporter of this offer is back."""

    offer_id: str


# What goes out.


class Number(Struct, frozen=True, kw_only=True):
    """Somebody who answers at once."""

    label: str
    number: str


class HelpNow(Struct, frozen=True, kw_only=True):
    """Shown with every ask and every message page: who answers at once, and that replies here take days."""

    words: str
    numbers: list[Number]
    replies_take_days: str


class Leaf(Struct, frozen=True, kw_only=True):
    """One field of what would leave, as the person wrote it. `value` is a text, or a list of texts."""

    field: str
    label: str
    value: str


class AskPreview(Struct, frozen=True, kw_only=True):
    """Exactly what an ask would send, to whom, who reads it, until when. Nothing is stored for it."""

    to_co_op: str
    to_node: str
    to_whom: str
    leaves: list[Leaf]
    does_not_leave: str
    who_reads: list[str]
    until: int
    until_words: str
    help: HelpNow
    crisis: bool
    words: str
    stop: str


class Moment(Struct, frozen=True, kw_only=True):
    """One line of the timeline. `event`: a fixed name for programs; `text`: the same for people."""

    at: int
    event: str
    text: str


class MessageView(Struct, frozen=True, kw_only=True):
    """One message. `no` counts each side's own from 1; `reached_at`: when the other's co-op had it, for mine."""

    no: int
    mine: bool
    at: int
    words: str
    quick: str
    quick_label: str
    reached_at: int | None = None
    not_delivered: bool = False


class SharedValue(Struct, frozen=True, kw_only=True):
    """One thing that the other person shared."""

    field: str
    label: str
    value: str


class SharingView(Struct, frozen=True, kw_only=True):
    """Who has confirmed what. `mine`: fields ticked here; `theirs`: values, only once both have arrived."""

    mine: list[str]
    confirmed_at: int | None
    left: bool
    theirs_confirmed: bool
    theirs: list[SharedValue]
    note: str


class PlanView(Struct, frozen=True, kw_only=True):
    """The plan as it stands. `mine`: I proposed it."""

    no: int
    mine: bool
    place_kind: str
    place_label: str
    where: str
    at: int
    ends_at: int
    who_knows: str
    agreed_at: int | None
    checked_out_at: int | None
    they_checked_out_at: int | None


class Conversations(Struct, frozen=True, kw_only=True):
    """Conversations had so far, and after how many a review is due."""

    had: int
    of: int
    review_due: bool


class Confidentiality(Struct, frozen=True, kw_only=True):
    """What confidentiality means here, and where it ends."""

    means: str
    ends: str


class WayOn(Struct, frozen=True, kw_only=True):
    """One other way on for somebody who waits: a listing to read, the lead, or the telephone."""

    kind: Literal["listing", "lead", "ring"]
    words: str
    listing_id: str | None = None
    number: str | None = None


class QuickReply(Struct, frozen=True, kw_only=True):
    """A large button: `id` is what is sent, `label` what it says."""

    id: str
    label: str


class IntroductionView(Struct, frozen=True, kw_only=True):
    """One half of an introduction, for the person whose half it is. `can`: what they can do next, by route name."""

    id: str
    side: Side
    status: Status
    status_words: str
    co_op: str
    node_id: str
    group: bool
    asked_at: int
    answer_by: int
    timeline: list[Moment]
    can: list[str]
    quick_replies: list[QuickReply]
    help: HelpNow
    offer_id: str | None = None
    topics: list[str] = []
    needs: str = ""
    message: str = ""
    answer: MessageView | None = None
    messages: list[MessageView] = []
    sharing: SharingView | None = None
    plan: PlanView | None = None
    conversations: Conversations | None = None
    confidentiality: Confidentiality | None = None
    ways_on: list[WayOn] = []
    closing_words: str = ""
    hidden: bool = False
    sealed_copy_until: int | None = None
    erased_at: int | None = None
    erases_at: int | None = None
    helped: bool = False


class IntroductionLine(Struct, frozen=True, kw_only=True):
    """An introduction in a list."""

    id: str
    side: Side
    status: Status
    status_words: str
    co_op: str
    asked_at: int
    changed_at: int


class IntroductionList(Struct, frozen=True, kw_only=True):
    """A person's own introductions, the newest first."""

    items: list[IntroductionLine]


class LeadLine(Struct, frozen=True, kw_only=True):
    """What waits for a peer-support lead: never a word of what was asked or written.

    `what`: "unanswered", "ending_to_word", "not_checked_out". `supporter`: the own member's name as the co-op knows them.
    """

    id: str
    what: Literal["unanswered", "ending_to_word", "not_checked_out"]
    who: str
    co_op: str
    since: int
    due: int | None
    words: str


class LeadList(Struct, frozen=True, kw_only=True):
    """The lead's list, the oldest first."""

    items: list[LeadLine]


class ToRing(Struct, frozen=True, kw_only=True):
    """Somebody who has not checked out, for the lead who rings them. `phone` None: they gave none."""

    who: str
    phone: str | None


class SealedCopyView(Struct, frozen=True, kw_only=True):
    """What this home kept of a withdrawn introduction, opened for a concern. Every opening is logged. `thread`: by which the
    other co-op knows it, when a lead decides to tell them something."""

    id: str
    side: Side
    co_op: str
    node_id: str
    thread: str
    kept_until: int | None
    topics: list[str]
    needs: str
    message: str
    messages: list[MessageView]
    theirs: list[SharedValue]
    plan: str


class BackView(Struct, frozen=True, kw_only=True):
    """That we will tell you when the supporter is back."""

    id: str
    until: int | None
    words: str


class BackList(Struct, frozen=True, kw_only=True):
    """What you asked to be told of."""

    items: list[BackView]
