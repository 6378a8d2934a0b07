# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may happen when, and what may be written: shapes and a time in, an answer out. Nothing here touches anything.

`after` is the whole state machine of a half. A half that has ended never begins again, but for one case: a yes that was given
in time and arrived late. Every check gives all its faults at once, field by field.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from typing import Final

from node.errors import Conflict
from node.introductions.halves import Half
from node.introductions.shapes import (
    AskDraft,
    PlanDraft,
    ReviewDraft,
    Side,
    Status,
)
from node.words import N_, _, n_

HOUR: Final = 3600
DAY: Final = 86_400
ASK_LIFE: Final = 21 * DAY
LETTER_LIFE: Final = 7 * DAY
NUDGE_AFTER: Final = 3 * DAY
LEAD_AFTER: Final = 5 * DAY
WAYS_ON_AFTER: Final = 7 * DAY
REVIEW_AFTER: Final = 42 * DAY
KEPT_AFTER_ENDING: Final = 90 * DAY
WORDING_LIFE: Final = 7 * DAY
HOLD_LOOK_AGAIN: Final = 7 * DAY
CHECK_OUT_GRACE: Final = 2 * HOUR
PLAN_AHEAD: Final = 180 * DAY
SLOWEST_DECLINE: Final = 20 * HOUR
QUICKEST_DECLINE: Final = 2 * HOUR
OPEN_ASKS: Final = 3
CONVERSATIONS: Final = 6
NEEDS_LENGTH: Final = 500
MESSAGE_LENGTH: Final = 1000
ANSWER_LENGTH: Final = 1000
WORDS_LENGTH: Final = 2000
ENDING_LENGTH: Final = 500
WHERE_LENGTH: Final = 200
WHO_KNOWS_LENGTH: Final = 200
TOPICS: Final = 8
PLACE_KINDS: Final = ("public_place", "phone", "video")

YES_REPLIES: Final = ("yes-ring-me", "yes-write-to-me", "yes-come-along")
NO_REPLIES: Final = ("not-today", "full")
MESSAGE_REPLIES: Final = (
    "yes",
    "no",
    "thank-you",
    "not-today",
    "please-ring",
    "running-late",
    "talk-soon",
)
FIELDS: Final = ("first_name", "full_name", "phone", "email")
GOING: Final = ("well", "mixed", "not_well")

OPEN: Final[frozenset[str]] = frozenset({"waiting", "accepted", "sharing", "shared"})
TALKING: Final[frozenset[str]] = frozenset({"accepted", "sharing", "shared"})
CLOSED: Final[frozenset[str]] = frozenset({"declined", "ended", "undeliverable"})

# The state machine ----------------------------------------------------------------------------------------------------

_STEPS: Final[dict[str, dict[str, Status]]] = {
    "accept": {"waiting": "accepted"},
    "decline": {"waiting": "declined"},
    "expire": {"waiting": "ended"},
    "give_up": {"waiting": "undeliverable"},
    "confirm": {"accepted": "sharing", "sharing": "sharing", "shared": "shared"},
    "take_back": {"sharing": "accepted", "accepted": "accepted"},
    "both_arrived": {"accepted": "shared", "sharing": "shared", "shared": "shared"},
    "end": {"accepted": "ended", "sharing": "ended", "shared": "ended"},
    "withdraw": dict.fromkeys(
        ("waiting", "accepted", "sharing", "shared", "declined", "ended", "undeliverable"), "ended"
    ),
    "gone": {"waiting": "ended", "accepted": "ended", "sharing": "ended", "shared": "ended"},
    "late_yes": {"ended": "accepted", "undeliverable": "accepted"},
}
EVENTS: Final = frozenset(_STEPS)

_NO_LONGER: Final = N_("This introduction has ended, so nothing more can be sent.")
_NOT_YET: Final = N_("The supporter has not said yes yet. You can do this once they have.")
_ANSWERED: Final = N_("This ask has already been answered.")
_SHARED: Final = N_("What you shared has arrived. It can't be taken back.")


def step(status: str, event: str) -> Status | None:
    """The status after `event`, or None where that event can't happen now. Raises KeyError for an unknown event."""
    return _STEPS[event].get(status)


def after(status: str, event: str) -> Status:
    """The status after `event`. Raises Conflict, in words for the person who asked for it."""
    found = step(status, event)
    if found is not None:
        return found
    if status in CLOSED:
        raise Conflict(_(_NO_LONGER), cause=f"{event} in {status}")
    if event in ("accept", "decline", "expire", "give_up"):
        raise Conflict(_(_ANSWERED), cause=f"{event} in {status}")
    words = _SHARED if status == "shared" else _NOT_YET
    raise Conflict(_(words), cause=f"{event} in {status}")


def must_talk(half: Half) -> None:
    """Refuses (Conflict) unless the relay is open."""
    if half.status in CLOSED:
        raise Conflict(_(_NO_LONGER), cause=f"relay in {half.status}")
    if half.status not in TALKING:
        raise Conflict(_(_NOT_YET), cause=f"relay in {half.status}")


def can(half: Half, *, plan: str, sealed: bool) -> list[str]:
    """What this person can do next, by the last part of the route. `plan`: "", "mine", "theirs", "agreed", "checked_out"."""
    found: list[str] = []
    if half.erased_at is None and not half.hidden:
        if half.status == "waiting":
            found += ["withdrawal"] if half.side == "asker" else ["acceptance", "declining", "never-again"]
        if half.status in TALKING:
            found += ["messages", "sharing", "plan", "conversations", "review", "ending", "withdrawal"]
            found += ["plan/agreement"] if plan == "theirs" else []
            found += ["plan/check-out"] if plan == "agreed" else []
            found += ["never-again"] if half.side == "supporter" else []
        if half.status in CLOSED:
            found += ["withdrawal"]
            found += ["plan/check-out"] if plan == "agreed" else []
            found += ["never-again"] if half.side == "supporter" and half.asker_ref else []
    if half.erased_at is None or sealed:
        found.append("concerns")
    return found


def review_due(half: Half, now: int) -> bool:
    """Six conversations had, or six weeks since the yes or the last review."""
    if half.status not in TALKING:
        return False
    return half.had >= half.had_of or (half.review_due_at is not None and half.review_due_at <= now)


# Threads and references -----------------------------------------------------------------------------------------------


def way_back(thread: str, asker_node: str, supporter_node: str) -> str:
    """The thread of letters from the supporter to the asker.

    Between two nodes it is the same thread. Within one, where both halves stand in one table, it needs a name of its own, so
    that no code has to know which half of the thread is meant: 128 bits of SHA-256 over the way there.
    """
    if asker_node != supporter_node:
        return thread
    return _text(hashlib.sha256(b"commoncare/1 way back\0" + thread.encode()).digest()[:16])


def asker_ref(key: bytes, person: str, receiving_node: str) -> str:
    """HMAC-SHA256 over person and receiving co-op, base64url, 43 characters: the same for each ask of one person to one
    co-op, different for every other co-op, and readable by nobody who has not `key` (protocol, decision 17)."""
    return _text(hmac.digest(key, person.encode() + b"\0" + receiving_node.encode(), "sha256"))


def decline_after(chance: bytes) -> int:
    """Seconds to wait before an automatic no: 2 to 20 hours, evenly, from 8 random bytes. A person's no comes like that."""
    span = SLOWEST_DECLINE - QUICKEST_DECLINE + 1
    return QUICKEST_DECLINE + int.from_bytes(chance, "big") % span


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def letter_expires(put_at: int, answer_by: int | None) -> int:
    """When a letter that was put out at `put_at` has to have arrived; an ask's never outlives the ask."""
    end = put_at + LETTER_LIFE
    return end if answer_by is None else min(end, answer_by)


# What may be written --------------------------------------------------------------------------------------------------


def tidy(text: str) -> str:
    """Without the white space round it, and with one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def text_fault(text: str, limit: int) -> str | None:
    """What to do about a text: too long, or with characters that can't be shown."""
    if len(text) > limit:
        return _("Please keep this under {limit} characters; it has {length}.", limit=limit, length=len(text))
    if any(
        (ord(each) < 32 and each not in "\n\t") or 0x202A <= ord(each) <= 0x202E or 0x2066 <= ord(each) <= 0x2069
        for each in text
    ):
        return _("Something in this text can't be shown. Please type it again.")
    if any(0xD800 <= ord(each) <= 0xDFFF for each in text):
        return _("Something in this text can't be sent. Please type it again.")
    return None


def ask_faults(draft: AskDraft, *, offered: Sequence[str] | None, group: bool, open_asks: int) -> dict[str, str]:
    """Field -> what to do. `offered`: the offer's topics, None when the offer itself can't be asked for."""
    found: dict[str, str] = {}
    if offered is not None:
        if not draft.topics and not group:
            found["topics"] = _("Choose at least one of the topics of this offer.")
        elif not set(draft.topics) <= set(offered):
            found["topics"] = _("Choose only topics that this offer has: {topics}.", topics=", ".join(offered))
    if len(draft.topics) > TOPICS or len(set(draft.topics)) != len(draft.topics):
        found["topics"] = _("Choose each topic once.")
    for name, limit in (("needs", NEEDS_LENGTH), ("message", MESSAGE_LENGTH)):
        if fault := text_fault(tidy(getattr(draft, name)), limit):
            found[name] = fault
    if not group and "message" not in found and not tidy(draft.message):
        found["message"] = _("Write a few words, so that they know why you ask.")
    if open_asks >= OPEN_ASKS:
        found["asks"] = n_(
            "You have {count} ask waiting for an answer. When it is answered, or you withdraw it, you can ask again.",
            "You have {count} asks waiting for an answer. When one is answered, or you withdraw one, you can ask again.",
            OPEN_ASKS,
        )
    if (draft.for_person is None) != (draft.assisted_id is None):
        found["assisted_id"] = _("To ask for somebody, name them and the search that you made together.")
    return found


def quick_fault(quick: str, replies: Sequence[str]) -> str | None:
    """What to do about a quick reply that is none."""
    return None if not quick or quick in replies else _("Choose one of: {choices}.", choices=", ".join(replies))


def words_faults(words: str, quick: str, *, limit: int, replies: Sequence[str], one: bool) -> dict[str, str]:
    """Words and a quick reply; exactly one of them where `one`."""
    found: dict[str, str] = {}
    if fault := text_fault(tidy(words), limit):
        found["words"] = fault
    if fault := quick_fault(quick, replies):
        found["quick"] = fault
    if one and not found and bool(tidy(words)) is bool(quick):
        found["words"] = _("Write something, or choose a quick reply: one of the two.")
    return found


def sharing_faults(fields: Sequence[str], *, confirm: bool, have: Iterable[str]) -> dict[str, str]:
    """What to do about the fields ticked. `have`: those this person has given us."""
    if not set(fields) <= set(FIELDS) or len(set(fields)) != len(fields):
        return {"fields": _("Choose from: {choices}; each once.", choices=", ".join(FIELDS))}
    if confirm and not fields:
        return {"fields": _("Tick at least one thing to share, or carry on without sharing.")}
    missing = [field for field in fields if field not in set(have)]
    if missing:
        return {"fields": _("We don't have this from you yet: {fields}.", fields=", ".join(missing))}
    return {}


def plan_faults(plan: PlanDraft, now: int) -> dict[str, str]:
    """Every fault of a plan. A first meeting is never at somebody's home."""
    found: dict[str, str] = {}
    if plan.place_kind not in PLACE_KINDS:
        found["place_kind"] = _("Choose a public place, phone or video. A first meeting is never at somebody's home.")
    for name, limit in (("where", WHERE_LENGTH), ("who_knows", WHO_KNOWS_LENGTH)):
        if fault := text_fault(tidy(getattr(plan, name)), limit):
            found[name] = fault
    if plan.place_kind == "public_place" and "where" not in found and not tidy(plan.where):
        found["where"] = _("Say which public place, such as a library or a café.")
    if plan.place_kind == "public_place" and "who_knows" not in found and not tidy(plan.who_knows):
        found["who_knows"] = _("Say who else knows that you meet.")
    if not now < plan.at <= now + PLAN_AHEAD:
        found["at"] = _("Choose a time from now to half a year ahead.")
    if not 5 <= plan.minutes <= 480:
        found["minutes"] = _("Say how long, from 5 minutes to 8 hours.")
    return found


def review_faults(review: ReviewDraft) -> dict[str, str]:
    """Every fault of a review."""
    found: dict[str, str] = {}
    if review.going not in GOING:
        found["going"] = _("Choose one of: {choices}.", choices=", ".join(GOING))
    if fault := text_fault(tidy(review.words), WORDS_LENGTH):
        found["words"] = fault
    return found


def which_plan_stands(*, held: int, held_mine: bool, came: int, side: Side) -> bool:
    """Whether a proposal that came replaces the one held: the later number does; of two that crossed, the asker's stands."""
    if came != held:
        return came > held
    return held_mine and side == "supporter"
