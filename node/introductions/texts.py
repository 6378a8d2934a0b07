# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every sentence of an introduction, made at reading from an event's name and its numbers, in the reader's language.

No row holds one of these sentences but the last goodbye, which is kept and sent in English. Nobody is named: before sharing no
name is known, and afterwards none is needed here. Times are shown as the clock on the wall in the United Kingdom shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from node.dates import clock, day, moment
from node.introductions.shapes import Confidentiality, QuickReply, Side
from node.words import N_, _

SHARING_NOTE: Final = N_("A phone number cannot be taken back; you can carry on without sharing.")
NOT_SENT: Final = N_("Nothing has been sent yet.")
STOP: Final = N_("You can stop at any time; nobody asks why.")
REPLIES_TAKE_DAYS: Final = N_("Replies here take days. If it can't wait, use one of these numbers.")
DOES_NOT_LEAVE: Final = N_(
    "Your name, your phone number, your address and your e-mail do not leave. Nor does who helped you, if somebody did."
)
DEFAULT_GOODBYE: Final = N_("They can't carry on with this introduction. It has nothing to do with anything you did.")
"""Kept and sent in English, since it leaves for another co-op; `goodbye` says it in the reader's language, on either side."""

FIELD_LABELS: Final[Mapping[str, str]] = {
    "first_name": N_("First name"),
    "full_name": N_("Full name"),
    "phone": N_("Phone number"),
    "email": N_("E-mail address"),
}
PLACE_LABELS: Final[Mapping[str, str]] = {
    "public_place": N_("In a public place"),
    "phone": N_("By phone"),
    "video": N_("By video"),
}
QUICK_LABELS: Final[Mapping[str, str]] = {
    "yes-ring-me": N_("Yes, ring me"),
    "yes-write-to-me": N_("Yes, write to me here"),
    "yes-come-along": N_("Yes, come along"),
    "not-today": N_("Not today"),
    "full": N_("I'm full"),
    "yes": N_("Yes"),
    "no": N_("No"),
    "thank-you": N_("Thank you"),
    "please-ring": N_("Please ring me"),
    "running-late": N_("I'm running late"),
    "talk-soon": N_("Talk soon"),
}
_STATUS: Final[Mapping[str, str]] = {
    "waiting": N_("Waiting for an answer"),
    "accepted": N_("They said yes"),
    "declined": N_("They can't take this on now"),
    "sharing": N_("One of you has confirmed what to share"),
    "shared": N_("You have both shared"),
    "ended": N_("Ended"),
    "undeliverable": N_("It could not be delivered"),
}
_STATUS_SUPPORTER: Final[Mapping[str, str]] = {
    "waiting": N_("Waiting for your answer"),
    "accepted": N_("You said yes"),
    "declined": N_("You said no"),
}

_BOTH: Final[Mapping[str, str]] = {
    "delayed": N_("{co_op}'s computer is off. Nothing is lost. We'll keep trying until {until}, then tell you."),
    "paused": N_("{co_op} has paused its link with us. Your message waits."),
    "unlinked": N_(
        "There is no link with {co_op} at the moment. Nothing is lost. We'll keep trying until {until}, then tell you."
    ),
    "message_reached": N_("Your message reached {co_op} {time}."),
    "message_not_delivered": N_("Your message could not be delivered to {co_op}. You can write it again."),
    "message_too_late": N_("Your last message was not delivered: the introduction had already ended."),
    "confirmed_by_me": N_("You confirmed what you share. Nothing has left yet; it waits for the other person's yes."),
    "confirmed_by_them": N_(
        "The other person has confirmed what they share. You see it once you have confirmed yours."
    ),
    "taken_back_by_me": N_("You took your tick back. Nothing of yours is shown to the other person."),
    "taken_back_by_them": N_("The other person took their tick back. Nothing of yours has been shown to them."),
    "shared": N_("You have both confirmed, and what each of you ticked has arrived."),
    "nothing_left_to_share": N_("What you ticked is no longer in your details, so nothing left."),
    "sharing_not_taken": N_(
        "What you shared was not taken in: the other person had changed their mind. It was not kept."
    ),
    "sharing_not_delivered": N_("What you share could not be delivered to {co_op}. You can confirm it again."),
    "plan_by_me": N_("You proposed a plan."),
    "plan_by_them": N_("The other person proposed a plan. Have a look whether it suits you."),
    "plan_agreed": N_("You agreed on the plan for {when}. Both of you check out afterwards."),
    "checked_out_by_me": N_("You checked out."),
    "home_by_lead": N_("Your co-op's lead rang you and noted that you are home."),
    "checked_out_by_them": N_("The other person checked out."),
    "not_checked_out": N_("You have not checked out yet, so we told your co-op's lead. They may ring you."),
    "plan_not_delivered": N_("Your plan could not be delivered to {co_op}. You can propose it again."),
    "conversation": N_("{had} of {of} conversations."),
    "review_due": N_("It is time to look together at how it is going. There is no right answer."),
    "reviewed": N_("You looked at how it is going. What you wrote stays in your co-op."),
    "carried_on": N_("You said that you carry on as you are."),
    "ended_by_me": N_("You ended this, and nobody asks why. The messages are kept until {on}, then erased."),
    "ended_by_them": N_(
        "The other person ended this. It is nobody's fault. The messages are kept until {on}, then erased."
    ),
    "ended_gone": N_("This introduction has ended. The messages are kept until {on}, then erased."),
    "ended_parted": N_(
        "Our co-op and {co_op} don't work together any more, so this has ended. It is nobody's fault. "
        "The messages are kept until {on}, then erased."
    ),
    "ended_closed": N_(
        "Our co-op has closed, so this has ended. It is nobody's fault. The messages are kept until {on}, then erased."
    ),
    "ended_unreachable": N_("This introduction is no longer open at {co_op}, so it has ended."),
    "withdrawn_by_me": N_(
        "You withdrew. The thread is hidden on both sides. A sealed copy is kept until {on}; it opens only "
        "for a safeguarding concern, and each opening is logged."
    ),
    "withdrawn_by_them": N_(
        "The other person withdrew. The thread is hidden on both sides. A sealed copy is kept until {on}; "
        "it opens only for a safeguarding concern, and each opening is logged."
    ),
    "held": N_("What is kept here is kept longer than announced. Your co-op tells you why if you ask."),
    "erased": N_("The messages have been erased."),
    "never_again": N_("You won't be asked by this person again. They are not told."),
}
_ASKER: Final[Mapping[str, str]] = {
    "asked": N_("You asked. What you read beforehand is on its way to {co_op}, and nothing else."),
    "joined": N_("You asked to join the group. What you read beforehand is on its way to {co_op}, and nothing else."),
    "reached": N_("Reached {co_op} {time}; not answered yet."),
    "ways_on": N_("A week without an answer. You can go on waiting, and there are other ways on below."),
    "accepted": N_("The supporter said yes."),
    "accepted_group": N_("There is room: you are in the group."),
    "accepted_late": N_("The supporter said yes in time, and the answer was held up on the way."),
    "declined": N_("The supporter can't take this on now."),
    "expired": N_("There was no answer within 21 days, so this ask has ended. Nothing more is sent."),
    "undeliverable": N_(
        "We could not reach {co_op}, so nobody there has read your ask. Nothing is lost: it is still here."
    ),
    "offer_gone": N_("That offer is no longer there, so nobody has read your ask."),
}
_SUPPORTER: Final[Mapping[str, str]] = {
    "came": N_("Somebody asks you. You can answer by {by}; you don't have to say why if it is no."),
    "nudged": N_("This has waited for three days. A short answer is enough."),
    "lead_told": N_("This has waited for five days, so your lead knows that it waits. They can't read it."),
    "reminded": N_("Your lead reminded you that this waits. They can't read it."),
    "accepted": N_("You said yes."),
    "accepted_group": N_("There is room, so this person joined your group."),
    "declined": N_("You said no. They read that you can't take this on now, and nothing more."),
    "expired": N_("This ask has ended after 21 days."),
    "answer_reached": N_("Your answer reached {co_op} {time}."),
}
LEAD: Final[Mapping[str, str]] = {
    "unanswered": N_("An ask has waited for five days. You may remind your supporter; what it says is theirs alone."),
    "ending_to_word": N_("They have left or died. Write the words in which the other person learns that it has ended."),
    "not_checked_out": N_("They have not checked out from what they had planned. Ring them."),
}
EVENTS: Final = frozenset({*_BOTH, *_ASKER, *_SUPPORTER})


def event(name: str, params: Mapping[str, int | str], *, at: int, side: Side, co_op: str) -> str:
    """The sentence for one event of a timeline. Raises KeyError for an event that has none."""
    own = _ASKER if side == "asker" else _SUPPORTER
    text = own[name] if name in own else _BOTH[name]
    said: dict[str, int | str] = {"co_op": co_op, "time": clock(at), **params}
    for until in ("until", "on", "by"):
        if isinstance(value := params.get(until), int):
            said[until] = day(value)
    if isinstance(when := params.get("when"), int):
        said["when"] = moment(when)
    return _(text, **said)


def status(name: str, side: Side) -> str:
    """A status for people."""
    theirs = _STATUS_SUPPORTER.get(name) if side == "supporter" else None
    return _(theirs or _STATUS[name])


def confidentiality() -> Confidentiality:
    """What confidentiality means here, and where it ends."""
    return Confidentiality(
        means=_(
            "What you tell each other stays between the two of you. The two co-ops' computers pass your messages on; nobody at "
            "either co-op reads them."
        ),
        ends=_(
            "It ends where somebody is in danger, or where a child or an adult may be harmed. Then either of you can tell your "
            "own safeguarding lead, and normally says so first."
        ),
    )


def quick_label(id: str) -> str:
    """What a quick reply says; "" for one that we don't know."""
    return _(QUICK_LABELS.get(id, ""))


def quick_replies(ids: tuple[str, ...]) -> list[QuickReply]:
    """Large buttons."""
    return [QuickReply(id=each, label=_(QUICK_LABELS[each])) for each in ids]


def field_label(field: str) -> str:
    """What people call one thing that can be shared; for one that we don't know, its name."""
    return _(FIELD_LABELS[field]) if field in FIELD_LABELS else field


def place_label(kind: str) -> str:
    """Where a plan is for; "" for a kind that we don't know."""
    return _(PLACE_LABELS.get(kind, ""))


def goodbye(words: str) -> str:
    """The words of an ending: those that nobody but we wrote come in the reader's language, anybody's own as they are."""
    return _(words) if words == DEFAULT_GOODBYE else words
