# SPDX-License-Identifier: AGPL-3.0-or-later
"""One introduction in words for its page: what it is called, what was written when and whether it arrived, what happened.

Pure. Names stand here only where the other person shared theirs; until then they are "they".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from node import dates
from node.introductions import rules, texts
from node.introductions.shapes import IntroductionView, MessageView
from node.words import _

STOPPED: Final = frozenset(
    {
        "delayed", "paused", "unlinked", "message_not_delivered", "message_too_late", "sharing_not_delivered",
        "plan_not_delivered", "undeliverable", "offer_gone", "declined", "expired", "not_checked_out",
    }
)  # fmt: skip
ON_THE_MESSAGE: Final = "message_reached"
"""Told beside each message, so that it does not fill the timeline."""


def name(view: IntroductionView) -> str:
    """What the other person is called: their own name once they shared it."""
    shared = {each.field: each.value for each in view.sharing.theirs} if view.sharing else {}
    return shared.get("first_name") or shared.get("full_name") or _("They")


def heading(view: IntroductionView) -> str:
    """The page's heading. It may hold a name that was shared; a title never does."""
    shared = {each.field: each.value for each in view.sharing.theirs} if view.sharing else {}
    called = shared.get("first_name") or shared.get("full_name")
    if called:
        return _("You and {name}", name=called)
    if view.status in rules.TALKING:
        return _("You and somebody at {co_op}", co_op=view.co_op)
    if view.side == "supporter":
        if view.status == "waiting":
            return _("Somebody at {co_op} asks you", co_op=view.co_op)
        return _("Somebody at {co_op} asked you", co_op=view.co_op)
    return _("Your ask to {co_op}", co_op=view.co_op)


def thread(view: IntroductionView) -> list[dict[str, Any]]:
    """The answer and all messages, for `ui.messages`."""
    every = [*([view.answer] if view.answer is not None else []), *view.messages]
    return [
        {
            "who": _("You") if message.mine else name(view),
            "when": _when(message, view.co_op),
            "text": "\n".join(text for text in (message.quick_label, message.words) if text),
            "mine": message.mine,
        }
        for message in every
    ]


def _when(message: MessageView, co_op: str) -> str:
    at = dates.moment(message.at)
    if not message.mine or message.no == 0:
        return at
    if message.not_delivered:
        return _("{when}. It was not delivered", when=at)
    if message.reached_at is None:
        return _("{when}. On its way", when=at)
    return _("{when}. It reached {co_op} {time}", when=at, co_op=co_op, time=dates.clock(message.reached_at))


def told(view: IntroductionView) -> list[dict[str, Any]]:
    """The timeline, for `ui.timeline`."""
    shown = [moment for moment in view.timeline if moment.event != ON_THE_MESSAGE]
    return [
        {
            "title": moment.text,
            "when": moment.at,
            "state": "stopped"
            if moment.event in STOPPED
            else "waiting"
            if view.status == "waiting" and number == len(shown)
            else "done",
        }
        for number, moment in enumerate(shown, 1)
    ]


def fields(names: Sequence[str]) -> str:
    """What was ticked, in words."""
    return ", ".join(texts.field_label(field) for field in names)
