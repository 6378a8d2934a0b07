# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes of this room in words: what somebody can help with, and what a delegate did."""

from __future__ import annotations

from collections.abc import Iterable

from node.signin.rules import DELEGATED
from node.words import N_, _

SCOPES = {
    "support": (N_("Find support, and my own offers"), N_("Search, look at offers, write and change mine.")),
    "people": (N_("My details"), N_("My name and telephone number. My e-mail address stays mine to change.")),
    "introductions": (N_("My introductions"), N_("Read and answer them, and ask for new ones.")),
}

ACTS = {
    "people.change-details": N_("Changed your details"),
    "front.ring-me": N_("Asked for somebody to ring you"),
    "safeguarding.raise": N_("Told us of a worry"),
    "support.draft_offer": N_("Began an offer"),
    "support.revise_offer": N_("Changed an offer"),
    "support.submit_offer": N_("Sent an offer to be checked"),
    "support.confirm_offer": N_("Confirmed that an offer is still right"),
    "support.withdraw_offer": N_("Withdrew an offer"),
    "support.full": N_("Said that you have no room just now"),
    "support.room_again": N_("Said that you have room again"),
    "support.away_until": N_("Said that you are away"),
    "support.back": N_("Said that you are back"),
    "introductions.accept": N_("Said yes to somebody who asked"),
    "introductions.decline": N_("Said no to somebody who asked"),
    "introductions.never_again": N_("Said that somebody may not ask again"),
    "introductions.preview": N_("Looked at what would be sent"),
    "introductions.ask": N_("Asked to be introduced"),
    "introductions.tell_me_when_back": N_("Asked to be told when somebody is back"),
    "introductions.end": N_("Ended an introduction"),
    "introductions.withdraw": N_("Withdrew from an introduction"),
    "introductions.worry": N_("Told us of a worry about an introduction"),
    "introductions.plan": N_("Proposed a meeting"),
    "introductions.agree": N_("Agreed to a meeting"),
    "introductions.check_out": N_("Said that you are home from a meeting"),
    "introductions.write": N_("Wrote a message"),
    "introductions.share": N_("Chose what you share in an introduction"),
    "introductions.count_conversation": N_("Counted a conversation"),
    "introductions.review": N_("Looked back on an introduction"),
}


def scope_words(scopes: Iterable[str], introductions: bool = False) -> list[str]:
    """What a delegation covers, a line each."""
    held = {*scopes, *(("introductions",) if introductions else ())}
    return [_(words) for scope, (words, _hint) in SCOPES.items() if scope in held]


def scope_options() -> list[tuple[str, str, str]]:
    """What somebody can be named for: (value, words, what it means)."""
    return [(scope, _(SCOPES[scope][0]), _(SCOPES[scope][1])) for scope in DELEGATED]


def act_words(act: str) -> str:
    """What a delegate did."""
    return _(ACTS[act]) if act in ACTS else _("Something else ({what})", what=act)
