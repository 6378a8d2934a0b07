# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every sentence of an introduction, made at reading from an event's name and its numbers. No row holds a sentence.

Nobody is named: before sharing no name is known, and afterwards none is needed here. Times are shown as the clock on the wall
in the United Kingdom shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from node.introductions.shapes import Confidentiality, QuickReply, Side

_UK: Final = ZoneInfo("Europe/London")

CONFIDENTIALITY: Final = Confidentiality(
    means=(
        "What you tell each other stays between the two of you. The two co-ops' computers pass your messages on; nobody at "
        "either co-op reads them."
    ),
    ends=(
        "It ends where somebody is in danger, or where a child or an adult may be harmed. Then either of you can tell your "
        "own safeguarding lead, and normally says so first."
    ),
)
SHARING_NOTE: Final = "A phone number cannot be taken back; you can carry on without sharing."
STOP: Final = "You can stop at any time; nobody asks why."
REPLIES_TAKE_DAYS: Final = "Replies here take days. If it can't wait, use one of these numbers."
DOES_NOT_LEAVE: Final = (
    "Your name, your phone number, your address and your e-mail do not leave. Nor does who helped you, if somebody did."
)
DEFAULT_GOODBYE: Final = "They can't carry on with this introduction. It has nothing to do with anything you did."

FIELD_LABELS: Final[Mapping[str, str]] = {
    "first_name": "First name",
    "full_name": "Full name",
    "phone": "Phone number",
    "email": "E-mail address",
}
PLACE_LABELS: Final[Mapping[str, str]] = {"public_place": "In a public place", "phone": "By phone", "video": "By video"}
QUICK_LABELS: Final[Mapping[str, str]] = {
    "yes-ring-me": "Yes, ring me",
    "yes-write-to-me": "Yes, write to me here",
    "yes-come-along": "Yes, come along",
    "not-today": "Not today",
    "full": "I'm full",
    "yes": "Yes",
    "no": "No",
    "thank-you": "Thank you",
    "please-ring": "Please ring me",
    "running-late": "I'm running late",
    "talk-soon": "Talk soon",
}
_STATUS: Final[Mapping[str, str]] = {
    "waiting": "Waiting for an answer",
    "accepted": "They said yes",
    "declined": "They can't take this on now",
    "sharing": "One of you has confirmed what to share",
    "shared": "You have both shared",
    "ended": "Ended",
    "undeliverable": "It could not be delivered",
}
_STATUS_SUPPORTER: Final[Mapping[str, str]] = {
    "waiting": "Waiting for your answer",
    "accepted": "You said yes",
    "declined": "You said no",
}

_BOTH: Final[Mapping[str, str]] = {
    "delayed": "{co_op}'s computer is off. Nothing is lost. We'll keep trying until {until}, then tell you.",
    "paused": "{co_op} has paused its link with us. Your message waits.",
    "unlinked": "There is no link with {co_op} at the moment. Nothing is lost. We'll keep trying until {until}, then tell you.",
    "message_reached": "Your message reached {co_op} {time}.",
    "message_not_delivered": "Your message could not be delivered to {co_op}. You can write it again.",
    "message_too_late": "Your last message was not delivered: the introduction had already ended.",
    "confirmed_by_me": "You confirmed what you share. Nothing has left yet; it waits for the other person's yes.",
    "confirmed_by_them": "The other person has confirmed what they share. You see it once you have confirmed yours.",
    "taken_back_by_me": "You took your tick back. Nothing of yours is shown to the other person.",
    "taken_back_by_them": "The other person took their tick back. Nothing of yours has been shown to them.",
    "shared": "You have both confirmed, and what each of you ticked has arrived.",
    "nothing_left_to_share": "What you ticked is no longer in your details, so nothing left.",
    "sharing_not_taken": "What you shared was not taken in: the other person had changed their mind. It was not kept.",
    "sharing_not_delivered": "What you share could not be delivered to {co_op}. You can confirm it again.",
    "plan_by_me": "You proposed a plan.",
    "plan_by_them": "The other person proposed a plan. Have a look whether it suits you.",
    "plan_agreed": "You agreed on the plan for {when}. Both of you check out afterwards.",
    "checked_out_by_me": "You checked out.",
    "checked_out_by_them": "The other person checked out.",
    "not_checked_out": "You have not checked out yet, so we told your co-op's lead. They may ring you.",
    "plan_not_delivered": "Your plan could not be delivered to {co_op}. You can propose it again.",
    "conversation": "{had} of {of} conversations.",
    "review_due": "It is time to look together at how it is going. There is no right answer.",
    "reviewed": "You looked at how it is going. What you wrote stays in your co-op.",
    "ended_by_me": "You ended this, and nobody asks why. The messages are kept until {on}, then erased.",
    "ended_by_them": "The other person ended this. It is nobody's fault. The messages are kept until {on}, then erased.",
    "ended_gone": "This introduction has ended. The messages are kept until {on}, then erased.",
    "ended_unreachable": "This introduction is no longer open at {co_op}, so it has ended.",
    "withdrawn_by_me": "You withdrew. The thread is hidden on both sides. A sealed copy is kept until {on}; it opens only "
    "for a safeguarding concern, and each opening is logged.",
    "withdrawn_by_them": "The other person withdrew. The thread is hidden on both sides. A sealed copy is kept until {on}; "
    "it opens only for a safeguarding concern, and each opening is logged.",
    "held": "What is kept here is kept longer than announced, because a safeguarding lead asked for it.",
    "erased": "The messages have been erased.",
    "never_again": "You won't be asked by this person again. They are not told.",
}
_ASKER: Final[Mapping[str, str]] = {
    "asked": "You asked. What you read beforehand is on its way to {co_op}, and nothing else.",
    "joined": "You asked to join the group. What you read beforehand is on its way to {co_op}, and nothing else.",
    "reached": "Reached {co_op} {time}; not answered yet.",
    "ways_on": "A week without an answer. You can go on waiting, and there are other ways on below.",
    "accepted": "The supporter said yes.",
    "accepted_group": "There is room: you are in the group.",
    "accepted_late": "The supporter said yes in time, and the answer was held up on the way.",
    "declined": "The supporter can't take this on now.",
    "expired": "There was no answer within 21 days, so this ask has ended. Nothing more is sent.",
    "undeliverable": "We could not reach {co_op}, so nobody there has read your ask. Nothing is lost: it is still here.",
    "offer_gone": "That offer is no longer there, so nobody has read your ask.",
}
_SUPPORTER: Final[Mapping[str, str]] = {
    "came": "Somebody asks you. You can answer by {by}; you don't have to say why if it is no.",
    "nudged": "This has waited for three days. A short answer is enough.",
    "lead_told": "This has waited for five days, so your lead knows that it waits. They can't read it.",
    "accepted": "You said yes.",
    "accepted_group": "There is room, so this person joined your group.",
    "declined": "You said no. They read that you can't take this on now, and nothing more.",
    "expired": "This ask has ended after 21 days.",
    "answer_reached": "Your answer reached {co_op} {time}.",
}
LEAD: Final[Mapping[str, str]] = {
    "unanswered": "An ask has waited for five days. You may remind your supporter; what it says is theirs alone.",
    "ending_to_word": "They have left or died. Write the words in which the other person learns that it has ended.",
    "not_checked_out": "They have not checked out from what they had planned. Ring them.",
}
EVENTS: Final = frozenset({*_BOTH, *_ASKER, *_SUPPORTER})


def event(name: str, params: Mapping[str, int | str], *, at: int, side: Side, co_op: str) -> str:
    """The sentence for one event of a timeline. Raises KeyError for an event that has none."""
    own = _ASKER if side == "asker" else _SUPPORTER
    text = own[name] if name in own else _BOTH[name]
    said: dict[str, int | str] = {"co_op": co_op, "time": clock(at), **params}
    for moment in ("until", "on", "by"):
        if isinstance(value := params.get(moment), int):
            said[moment] = day(value)
    if isinstance(when := params.get("when"), int):
        said["when"] = f"{day(when)} at {clock(when)}"
    return text.format(**said)


def status(name: str, side: Side) -> str:
    """A status for people."""
    return (_STATUS_SUPPORTER.get(name) if side == "supporter" else None) or _STATUS[name]


def quick_replies(ids: tuple[str, ...]) -> list[QuickReply]:
    """Large buttons."""
    return [QuickReply(id=each, label=QUICK_LABELS[each]) for each in ids]


def day(moment: int) -> str:
    """ "Tuesday 5 May", on the wall in the United Kingdom."""
    there = datetime.fromtimestamp(moment, _UK)
    return f"{there:%A} {there.day} {there:%B}"


def clock(moment: int) -> str:
    """ "10:14", on the wall in the United Kingdom."""
    return f"{datetime.fromtimestamp(moment, _UK):%H:%M}"
