# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one thing to do now in an introduction, from its view and the time; pure.

A step has words and at most one way to do it: a page to open, or a button that does it at once. Where nothing has to be done
it says so.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from node.introductions.shapes import IntroductionView
from node.words import N_, _

TALKING: Final = ("accepted", "sharing", "shared")


class Step(Struct, frozen=True, kw_only=True):
    """`to`: the last part of the path; `label`: what its link or button says; `post`: it is done at once."""

    words: str
    to: str = ""
    label: str = ""
    post: bool = False


_WAIT: Final = N_("There is nothing you have to do. We tell you as soon as there is an answer.")
_ANSWER: Final = N_("Read what they ask. One tap is enough for an answer. If it is no, nobody asks why.")
_HOME: Final = N_("Are you home again? Please check out, so that nobody worries.")
_PLAN: Final = N_("They proposed a plan. Look whether it suits you.")
_SHARE: Final = N_("They have confirmed what they share. You see it once you have confirmed yours. You don't have to.")
_REVIEW: Final = N_("It is time to look at how it is going.")
_WRITE: Final = N_("You can write to each other here.")
_OVER: Final = N_("This is over. There is nothing you have to do.")
_ON: Final = N_("This is over. There are other ways on below.")


def next_step(view: IntroductionView, now: int) -> Step:
    """What to do now."""
    if view.status == "waiting":
        return Step(words=_(_ANSWER if view.side == "supporter" else _WAIT))
    plan = view.plan
    if "plan/check-out" in view.can and plan is not None and plan.at <= now:
        return Step(words=_(_HOME), to="plan/check-out", label=_("I'm home again"), post=True)
    if view.status not in TALKING:
        return Step(words=_(_ON if view.ways_on else _OVER))
    if "plan/agreement" in view.can and plan is not None and plan.at > now:
        return Step(words=_(_PLAN), to="plan", label=_("Look at the plan"))
    if view.sharing is not None and view.sharing.theirs_confirmed and view.sharing.confirmed_at is None:
        return Step(words=_(_SHARE), to="sharing", label=_("Choose what to share"))
    if view.conversations is not None and view.conversations.review_due:
        return Step(words=_(_REVIEW), to="review", label=_("Look at how it is going"))
    return Step(words=_(_WRITE), to="#write", label=_("Write to them"))
