# SPDX-License-Identifier: AGPL-3.0-or-later
"""The lists behind `inventory`: table by table, which file it goes into, whose key opens it, which columns stay and why.

`co-op` holds what operators and leads of the co-op read in their ordinary work. `private` holds what somebody wrote to one other
person, or for readers they chose. `safeguarding` holds the safeguarding store, what opens only for a concern, and whatever would
tell that there is one. A reader of one file learns nothing of the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

KEYED: Final = "a hash under a key of this node, of no use elsewhere"
SIGN_IN: Final = "a way to sign in here; people make new ones elsewhere"
KEY: Final = "a secret key of this node"
ROUTE: Final = "only this node can use it"

PEOPLE_SEE: Final = "kind IN ('offer', 'copy', 'phone', 'export')"
"""Looks of which the person may read; others would tell of a concern."""

_PERSON = "t.person"
_CONCERN = "'concern:' || t.concern"
_HALF = "'introduction:' || t.introduction"

CO_OP: Final[Mapping[str, Mapping[str, Any]]] = {
    "person": {
        "words": "Everybody who is or was in the co-op: name, e-mail, telephone, since when",
        "owner": "t.id",
        "sealed": ("full_name", "known_as", "email", "phone"),
        "left": {"email_blind": KEYED},
    },
    "person_state": {"words": "Who left or died, when, and who wrote it down"},
    "role_held": {"words": "Which role each person held, from when until when"},
    "invitation": {
        "words": "Who was invited, by whom, and whether they came",
        "owner": "'invitation:' || t.id",
        "sealed": ("name", "email", "known_as", "phone"),
        "left": {"token_hash": SIGN_IN},
    },
    "invitation_wish": {
        "words": "What people asked for when they answered an invitation",
        "owner": "'invitation-wish:' || t.id",
        "sealed": ("words",),
    },
    "access_token": {
        "words": "Access tokens for programs: whose, what for, until when",
        "owner": _PERSON,
        "sealed": ("label",),
        "left": {"token_hash": SIGN_IN},
    },
    "person_settings": {"words": "Each person's language, text size and mail settings"},
    "person_mail": {
        "words": "When mail to a person was last sent or refused",
        "left": {"refused_blind": KEYED},
    },
    "delegation": {"words": "Who may act for whom, for what, until when"},
    "supporter": {"words": "Peer supporters: induction, promise, supervisor, next check-in"},
    "supporter_check_in": {"words": "Check-ins with peer supporters"},
    "offer": {"words": "Offers of peer support"},
    "offer_revision": {
        "words": "Every wording of each offer",
        "owner": "(SELECT o.supporter FROM offer o WHERE o.id = t.offer)",
        "sealed": ("content",),
    },
    "offer_submission": {"words": "Which wording was handed in for a check"},
    "offer_approval": {"words": "Which wording a lead approved"},
    "offer_return": {
        "words": "Which wording a lead gave back, and with what note",
        "owner": "(SELECT o.supporter FROM offer_revision r JOIN offer o ON o.id = r.offer WHERE r.id = t.revision)",
        "sealed": ("note",),
    },
    "offer_confirmation": {"words": "When a supporter said that an offer still stands"},
    "offer_withdrawal": {"words": "Which offers were withdrawn, when and by whom"},
    "offer_audience": {"words": "To which co-ops each offer may go"},
    "offer_places": {"words": "How many people each offer has room for"},
    "offer_away": {"words": "Until when a supporter is away"},
    "fact": {"words": "Facts that a circle agreed to declare of the co-op"},
    "fact_agreement": {"words": "The circle's agreement to each fact"},
    "fact_confirmation": {"words": "Who confirmed each fact"},
    "fact_withdrawal": {"words": "Which facts were taken back"},
    "call_request": {
        "words": "Who asked to be rung, about what, and who rang",
        "owner": "'call:' || t.id",
        "sealed": ("name", "phone", "about"),
        "left": {"phone_blind": KEYED},
    },
    "safeguarding_setup": {"words": "The numbers to ring when it can't wait"},
    "keys_kept": {
        "words": "Where the paper key is, and who holds it",
        "owner": "'keys-kept:' || t.id",
        "sealed": ("place", "holder"),
    },
    "own_node": {"words": "This node: its name, when it was founded, started and put back from a copy"},
    "own_identity": {"words": "What this node signed about its name and root keys", "plain": ("envelope",)},
    "own_manifest": {"words": "What this node signed about its keys and addresses", "plain": ("envelope",)},
    "own_key": {"words": "The public halves of this node's keys", "plain": ("public",), "left": {"secret": KEY}},
    "peer": {
        "words": "Neighbour co-ops: what was agreed, signed by both; how it stands and how it ended",
        "plain": ("identity", "manifest", "peering", "peering_identity", "proposal", "fingerprint"),
        "left": {"token": ROUTE},
    },
    "peering_invitation": {"words": "Which co-ops were invited", "left": {"token_hash": ROUTE}},
    "agreement_text": {"words": "The texts that were agreed with neighbour co-ops, by their hash"},
    "evidence": {"words": "Proofs that a log was signed in two ways"},
    "charter": {"words": "Charters that the co-op took and left"},
    "charter_version": {"words": "Every version of the charter, as signed", "plain": ("envelope",)},
    "charter_seat": {"words": "The co-op's seats in a charter", "plain": ("public",), "left": {"secret": KEY}},
    "charter_signed": {"words": "Which charters the co-op signed"},
    "charter_said": {"words": "Which charter each neighbour says it holds"},
    "parting_receipt": {"words": "What neighbours signed when a peering was over", "plain": ("signed", "identity")},
    "closing": {"words": "When the co-op said that it leaves, and took that back or left"},
    "erasure_due": {"words": "Which neighbour was asked to erase something, and when it answered"},
    "journal_entry": {
        "words": "What was done here, by whom and when; without what may tell of somebody's support or of a worry",
        "plain": ("digest",),
        "only": "act IN ({shown})",
    },
    "access_event": {"words": "Who looked at whose data, at what kind and why", "only": PEOPLE_SEE},
}

PRIVATE: Final[Mapping[str, Mapping[str, Any]]] = {
    "introduction": {
        "words": "Private introductions: who asked, whom, and what for",
        "owner": "'introduction:' || t.id",
        "sealed": ("ask",),
        "left": {"asker_ref": KEYED, "silent": "which asks were never shown to a supporter is for the machine alone"},
    },
    "introduction_event": {"words": "What happened in each introduction, and when"},
    "introduction_message": {"words": "The messages in each introduction", "owner": _HALF, "sealed": ("words",)},
    "introduction_answer": {"words": "Each yes and no to an ask", "owner": _HALF, "sealed": ("words",)},
    "introduction_share": {"words": "What each person chose to share"},
    "introduction_shared": {"words": "What the other person shared", "owner": _HALF, "sealed": ("details",)},
    "introduction_plan": {"words": "Plans for meeting", "owner": _HALF, "sealed": ("plan",)},
    "introduction_check_out": {"words": "That somebody came home from a meeting"},
    "introduction_review": {"words": "How it was going, in a person's words", "owner": _HALF, "sealed": ("answers",)},
    "introduction_ending": {"words": "How each introduction ended", "owner": _HALF, "sealed": ("words",)},
    "introduction_withdrawal": {"words": "Who withdrew from an introduction"},
    "introduction_help": {"words": "Who helped somebody to ask"},
    "introduction_back_notice": {
        "words": "Who wants to know when a supporter is back",
        "owner": "'introduction:' || t.id",
        "sealed": ("listing",),
    },
    "assisted_search": {
        "words": "What people looked for, together with a lead",
        "owner": _PERSON,
        "sealed": ("choices",),
    },
    "data_complaint": {
        "words": "Complaints about data, for the readers that each person chose",
        "owner": "'complaint:' || t.id",
        "sealed": ("words", "contact", "answer"),
    },
    "copy_request": {
        "words": "Who asked for a copy of what is kept about them",
        "owner": _PERSON,
        "sealed": ("note",),
        "left": {"content": "the copy itself, made for that person alone; all of it stands in these files"},
    },
}

SAFEGUARDING: Final[Mapping[str, Mapping[str, Any]]] = {
    "concern": {
        "words": "Worries about somebody's safety, as they were raised",
        "owner": "'concern:' || t.id",
        "sealed": ("words", "contact"),
    },
    "concern_reader": {"words": "Who may read each concern"},
    "concern_kept_out": {"words": "Who must not hear of a concern"},
    "concern_note": {
        "words": "What was found, decided and done",
        "owner": _CONCERN,
        "sealed": ("wishes", "capacity", "danger", "decision", "reasons", "referral", "outcome"),
    },
    "concern_escalation": {"words": "Concerns that were not opened in time"},
    "concern_event": {"words": "Each opening of a concern"},
    "told_other": {
        "words": "What another co-op was told, and why",
        "owner": _CONCERN,
        "sealed": ("words", "reach", "reason"),
    },
    "safeguarding_hold": {
        "words": "What must be kept for a concern",
        "owner": _CONCERN,
        "sealed": ("reason", "lift_reason"),
    },
    "introduction_sealed_copy": {
        "words": "Whole threads that somebody withdrew from, kept for a concern alone",
        "owner": "'sealed-copy:' || t.id",
        "sealed": ("thread",),
    },
    "copy_left_out": {"words": "What was left out of somebody's copy, and why"},
    "journal_entry": {"words": "The whole journal, so that its chain can be checked", "plain": ("digest",)},
    "journal_head": {"words": "The journal's head", "plain": ("digest", "seal")},
    "access_event": {"words": "Every look at anybody's data"},
}

LEFT_OUT: Final[Mapping[str, str]] = {
    "data_key": "keys of this node; what they close stands here opened",
    "form_sent": "which forms were sent in the last day",
    "outbox": "what this node still has to do",
    "inbox": "which letters this node took",
    "page_draft": "what somebody began to write and told nobody yet is theirs alone",
    "session": SIGN_IN,
    "signin_pending": SIGN_IN,
    "signin_challenge": SIGN_IN,
    "signin_try": "counts of an hour",
    "signin_card": SIGN_IN,
    "passkey": SIGN_IN,
    "totp": SIGN_IN,
    "recovery_code": SIGN_IN,
    "recovery": SIGN_IN,
    "helper_code": SIGN_IN,
    "reply_link": SIGN_IN,
    "feed_log": "the log by which neighbours were told; what it told stands in the offers and facts",
    "feed_entry": "the log by which neighbours were told; what it told stands in the offers and facts",
    "feed_item": "the log by which neighbours were told; what it told stands in the offers and facts",
    "followed": "another co-op's log, given to us under an agreement",
    "followed_entry": "another co-op's offers and facts, given to us under an agreement",
    "source": "whether a neighbour's offers are shown",
    "listing": "the search's copy of offers, ours and others'",
    "neighbour_fact": "another co-op's facts, given to us under an agreement",
    "dead_id": "ids that must not come back to this node",
    "set_aside": "entries of others that this node could not take",
    "held_of_us": "what neighbours said they hold of our log",
    "letter_out": "letters under way; what they say stands where it was written",
    "letter_in": "letters that this node refused",
    "introduction_sending": "letters under way; what they say stands where it was written",
    "introduction_early_ending": "letters under way; what they say stands where it was written",
    "introduction_never_again": "a hash under a key of this node, which only the node reads",
    "used_nonce": "counts of minutes",
    "peer_bucket": "counts of a minute",
    "follow_lease": "which process follows a neighbour",
    "day_taken": "counts of a day",
    "concerns_taken": "counts of a day",
}
"""Tables of which nothing is taken, and why."""
