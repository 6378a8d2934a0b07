# SPDX-License-Identifier: AGPL-3.0-or-later
"""What may be entered about a neighbour, and what a peering of ours says unless people agree on something else. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from typing import Final, cast

from federation.errors import Refused
from federation.invitations import Fingerprint, Invitation
from federation.peerings import Peering, Terms, Topic
from federation.statements import clean
from federation.wire import DAY, TOPICS, b64, node_id
from node.errors import Invalid
from node.peers.agreement import digest
from node.peers.shapes import TermsAsk
from node.words import _

INVITATION_LIFE: Final = 7 * DAY
PEERING_LIFE: Final = 730 * DAY
DEFAULT_TOPICS: Final = ("peer-support", "trust")
OFFERED_TOPICS: Final = ("peer-support", "metrics", "trust")
"""What rooms of ours publish, and so what a page lets people choose."""
REASON_LENGTH: Final = 300
TOLD_LENGTH: Final = 200
"""Characters of what a neighbour and its members are told about a pause."""
PAUSES: Final = ("repair", "people", "talk", "safety", "other")
"""Reasons for a pause that a person may choose to tell; the node itself gives `erasure` and `fork`."""
LONGEST_DAYS: Final = PEERING_LIFE // DAY
ERASURE_OVERDUE: Final = "erasure-overdue"
"""The reason of a pause that no person set: this neighbour owes us a receipt."""
CHARTER_DROPPED: Final = "charter-dropped"
"""The reason of a pause that no person set: a version of the charter left this neighbour out."""
UNINVITED: Final = "uninvited"
"""Why a handshake stopped that no invitation stands for: the one code that is ours and not the protocol's."""
NO_TEXT: Final = bytes(32)
"""Where the terms are ready and the text that is made from them is not."""


def a_node_id(text: str, *, us: str) -> str:
    """The node id of another co-op as somebody typed it."""
    try:
        node = node_id(text.strip().lower())
    except Refused:
        raise Invalid({"node_id": _("Give the other co-op's host name, such as birch.example.org.")}) from None
    if node == us:
        raise Invalid({"node_id": _("That is our own co-op. Give the other one's host name.")})
    return node


def an_invitation(text: str, *, us: str) -> Invitation:
    try:
        invitation = Invitation.from_text(text)
    except Refused:
        raise Invalid(
            {"invitation": _("A part of the invitation is missing or changed. Copy all of it again.")}
        ) from None
    if invitation.node_id == us:
        raise Invalid({"invitation": _("This invitation is our own. It is for the other co-op.")})
    return invitation


def some_words(text: str) -> Fingerprint:
    """The fingerprint in 12 words as they were heard; each slip is told with its place."""
    try:
        return Fingerprint.from_words(text)
    except Refused as refusal:
        place, nearest, count = (refusal.public.get(name) for name in ("word", "nearest", "words"))
        if place is not None:
            words = _(
                "Word {place} isn't one of the words that are used. Is it “{nearest}”?", place=place, nearest=nearest
            )
        else:
            words = _("There should be 12 words; these are {number}.", number=count)
        raise Invalid({"words": words}) from None


def topics(field: str, given: Iterable[str] | None) -> tuple[Topic, ...]:
    """The topics somebody chose, each once."""
    chosen = DEFAULT_TOPICS if given is None else tuple(dict.fromkeys(given))
    if unknown := [topic for topic in chosen if topic not in TOPICS]:
        words = _(
            "We don't know {unknown}. Topics are {topics}.", unknown=", ".join(unknown)[:80], topics=", ".join(TOPICS)
        )
        raise Invalid({field: words})
    return cast(tuple[Topic, ...], chosen)


def a_reason(text: str) -> str:
    reason = " ".join(text.split())
    if not reason:
        raise Invalid({"reason": _("Say why, in a few words. It stays in this co-op.")})
    if len(reason) > REASON_LENGTH:
        raise Invalid({"reason": _("Use {limit} characters or fewer.", limit=REASON_LENGTH)})
    return reason


def a_told_reason(why: str, words: str) -> tuple[str, str]:
    """What the neighbour is told: a reason of the list, and a line of words or none. Raises Invalid with both faults."""
    wrong: dict[str, str] = {}
    said = clean(words, line=True)
    if why not in PAUSES:
        wrong["why"] = _("Choose what they are told.")
    if len(said) > TOLD_LENGTH:
        wrong["words"] = _("Use {limit} characters or fewer.", limit=TOLD_LENGTH)
    if wrong:
        raise Invalid(wrong)
    return why, said


def new_terms(ask: TermsAsk, now: Peering, at: int) -> Terms:
    """The terms of a renewal: what was asked for, and everything else as it stands; the agreement's hash comes last
    (`with_text`). Raises Invalid with every fault."""
    wrong: dict[str, str] = {}
    chosen: dict[str, tuple[Topic, ...]] = {"gives": (), "gets": ()}
    for field, given in (("gives", ask.gives), ("gets", ask.gets)):
        try:
            chosen[field] = topics(field, given)
        except Invalid as no:
            wrong.update(no.fields)
    for field, value, most in (
        ("erasure_hours", ask.erasure_hours, 720),
        ("retention_days", ask.retention_days, 3650),
        ("days", ask.days, LONGEST_DAYS),
    ):
        if not 1 <= value <= most:
            wrong[field] = _("Give a whole number from 1 to {most}.", most=most)
    if wrong:
        raise Invalid(wrong)
    return Terms(
        sends=chosen["gives"],
        receives=chosen["gets"],
        purpose=now.purpose,
        agreement=NO_TEXT,
        retention_days=ask.retention_days,
        erasure_sla_h=ask.erasure_hours,
        on_end="delete" if now.on_end == "delete" else "expire",
        nbf=at,
        exp=at + ask.days * DAY,
    )


def terms(*, sends: tuple[Topic, ...], receives: tuple[Topic, ...], now: int) -> Terms:
    """The terms that we propose; the agreement's hash comes last (`with_text`)."""
    return Terms(
        sends=sends,
        receives=receives,
        purpose="Peer support and mutual help between our members",
        agreement=NO_TEXT,
        retention_days=90,
        erasure_sla_h=72,
        on_end="delete",
        nbf=now,
        exp=now + PEERING_LIFE,
    )


def with_text(terms: Terms, words: str) -> Terms:
    """The terms that carry the hash of this text."""
    return replace(terms, agreement=digest(words))


def token_hash(token: bytes) -> str:
    """What is kept of a one-time token."""
    return b64(sha256(b"commoncare/1 invitation token\0" + token).digest())
