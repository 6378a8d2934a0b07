# SPDX-License-Identifier: AGPL-3.0-or-later
"""Roles, states and invitations in words, as a directory says them. Said in the language of whoever reads."""

from __future__ import annotations

from typing import Final

from node.words import N_, _

ROLE_WORDS: Final = {
    "supported": (N_("Supported person"), N_("Gets support here.")),
    "worker": (N_("Care worker"), N_("Gives paid support.")),
    "volunteer": (N_("Volunteer"), N_("Helps the co-op without pay.")),
    "family": (N_("Family and friends"), N_("Here for somebody who is supported.")),
    "peer_supporter": (
        N_("Peer supporter"),
        N_("Offers support from their own experience, once a lead has checked it."),
    ),
    "peer_support_lead": (
        N_("Peer-support lead"),
        N_("Checks offers, helps people who ring, reads asks that nobody answered."),
    ),
    "safeguarding_lead": (
        N_("Safeguarding lead"),
        N_("Reads worries and decides what happens. A second person is the deputy."),
    ),
    "safeguarding_deputy": (N_("Safeguarding deputy"), N_("Reads worries when the lead can't, or shouldn't.")),
    "operator": (N_("Operator"), N_("Looks after this computer, the people on it and the neighbour co-ops.")),
}
"""Role -> (what it is called, what it is for). "member" is not given: everybody here is one."""

STATE_WORDS: Final = {"active": N_("Here"), "left": N_("Left"), "died": N_("Died")}

_INVITED: Final = {
    "waiting": N_("Not used yet"),
    "used": N_("Used"),
    "over": N_("Too old"),
    "revoked": N_("Taken back"),
}


def role_words(role: str) -> str:
    """What a role is called; an unknown one as it is."""
    return _(ROLE_WORDS[role][0]) if role in ROLE_WORDS else _("Member") if role == "member" else role


def role_hint(role: str) -> str:
    """What a role is for, in one line."""
    return _(ROLE_WORDS[role][1]) if role in ROLE_WORDS else ""


def state_words(state: str) -> str:
    """Whether somebody is here, in a word."""
    return _(STATE_WORDS[state])


def invited_words(state: str) -> str:
    """How an invitation stands, in a word or two."""
    return _(_INVITED[state])
