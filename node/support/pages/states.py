# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where an offer stands, in words: a short one for a tag, a line on what it means, and what comes next."""

from __future__ import annotations

from typing import NamedTuple

from node import dates
from node.here import Here
from node.support.shapes import OfferLine, OfferView
from node.words import N_, _

DRAFT = N_("Draft")
WITH_LEAD = N_("With your lead")
CAME_BACK = N_("Back with you")
SHOWN = N_("Others can find it")
FULL = N_("Full")
AWAY = N_("Away until {day}")
PAUSED = N_("Paused")
RAN_OUT = N_("Ran out")
ENDED = N_("Ended")

NEWER = {
    "draft": N_("You have begun a newer wording. Others still read the one before it."),
    "waiting_check": N_("Your newer wording is with your lead. Others still read the one before it."),
    "returned": N_("Your newer wording came back with a note. Others still read the one before it."),
}


class StateWords(NamedTuple):
    """`tone`: "settled", "waiting", "error" or ""; `newer`: a line on a newer wording, or ""."""

    tag: str
    tone: str
    meaning: str
    newer: str = ""


def state_words(item: OfferView | OfferLine, here: Here) -> StateWords:
    """The words for one offer as it stands now."""
    newer = _(NEWER[item.newer]) if item.newer else ""
    until = dates.day(item.expires_at) if item.expires_at else ""
    if item.state == "published":
        if item.away_until is not None:
            day = dates.day(item.away_until)
            meaning = _("Others can read it. Nobody can ask you until you are back.")
            return StateWords(_(AWAY, day=day), "waiting", meaning, newer)
        if item.open == 0:
            return StateWords(_(FULL), "waiting", _("Others can read it. Nobody can ask you now."), newer)
        return StateWords(_(SHOWN), "settled", _("It stands until {day}.", day=until), newer)
    tag, tone, meaning = {
        "draft": (DRAFT, "", _("Nobody else can read it yet.")),
        "waiting_check": (WITH_LEAD, "waiting", _("They read it before anybody else does. You need do nothing now.")),
        "returned": (CAME_BACK, "waiting", _("Your lead wrote you a note. Change it and hand it in again.")),
        "paused": (PAUSED, "error", _("Nobody can find it just now. It comes back by itself when nothing is missing.")),
        "expired": (RAN_OUT, "error", _("It ran out on {day}. Nobody can find it now.", day=until)),
        "withdrawn": (ENDED, "", _("Nobody can find it any more.")),
    }[item.state]
    return StateWords(_(tag), tone, meaning, newer)
