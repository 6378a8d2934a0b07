# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each column holds, as far as its type and name say it, and in words where they do not.

Bytes are closed under a key of their owner's (`node.vault`), but for those of `OPEN_BYTES`. A text in clear that could hold what
somebody wrote has its words in `IN_CLEAR`: a test finds one that has none, and words for a column that is no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from piccolo.columns import Bytea, DoublePrecision, ForeignKey, Text, Varchar
from piccolo.columns.base import Column

Holds = Literal["closed", "who", "co-op", "sum", "clear", "bytes", "plain"]
"""closed: special-category or private, sealed under its owner's key; who: a person's number; sum: a hash; clear: words in clear;
bytes: signed documents, keys and sums; plain: times, numbers, codes, yes or no, numbers of other rows."""

OPEN_BYTES: Final = frozenset(
    {
        "data_key",
        "journal_entry",
        "journal_head",
        "own_identity",
        "own_manifest",
        "own_key",
        "peer",
        "charter_version",
        "charter_seat",
        "feed_log",
        "feed_entry",
        "feed_item",
        "followed",
        "followed_entry",
    }
)
"""Tables whose bytes are not closed under a key of their own: signed documents, sums, keys, what is published."""
CO_OPS: Final = frozenset({"node_id", "other_node", "to_node", "source", "destination", "peer", "receiver"})
PEOPLE: Final = frozenset({"actor", "who", "whom", "by", "person", "helper", "assisted", "first", "second"})
SHORT: Final = 43
"""Characters up to which a text is a code or a row's number."""
IN_CLEAR: Final[Mapping[str, str]] = {
    "form_sent.answer": "the path of the page that a form led to",
    "data_key.owner": "what a key is for: a person's number, or that of an introduction or a worry",
    "journal_entry.act": "the name of what was done",
    "journal_entry.subject": "what it was done to, by its number",
    "journal_entry.detail": "numbers and codes, never words of people",
    "access_event.kind": "what kind of thing was looked at",
    "access_event.why": "why, as a code",
    "outbox.ref": "which row is to leave, by its number",
    "outbox.worker": "which process carries it",
    "outbox.why": "why it could not leave, as a code",
    "inbox.jti": "the number of a letter where it came from",
    "invitation.roles": "which roles somebody is invited to",
    "access_token.scopes": "what a way to sign in is good for",
    "delegation.scopes": "for what somebody may act for a person",
    "session.sending": "the number of a form that was sent",
    "signin_pending.sending": "the number of a form that was sent",
    "own_key.reason": "why a key was taken out of use",
    "peer.name": "a neighbour co-op's name",
    "peer.revoked": "keys of a neighbour that count no more",
    "peer.granted": "topics that a neighbour was once given",
    "peer.pause_reason": "what an operator wrote about a pause or an end; it stays here",
    "peer.pause_words": "what a neighbour is told of our pause",
    "peer.paused_words": "what a neighbour tells us of its pause",
    "peer.wish": "the topics that we mean to give and get",
    "peer.why": "why a neighbour could not be reached, as a code",
    "agreement_text.words": "the text of an agreement between two co-ops",
    "evidence.origin": "which log was signed in two ways",
    "evidence.fork": "the proof of it",
    "charter_version.terms": "what the members of a charter agreed on",
    "concern.about": "the number of what a worry is about, never words",
    "told_other.why": "why another co-op could not be told, as a code",
    "safeguarding_hold.subject": "the number of what must not be erased",
    "feed_log.note": "a signed line about our log",
    "followed.note": "a signed line about a neighbour's log",
    "feed_entry.not_to": "co-ops that do not get an entry",
    "set_aside.reason": "why an entry was not taken, as a code",
    "letter_in.reason": "why a letter was not taken, as a code",
    "follow_lease.worker": "which process follows a neighbour",
    "offer_audience.not_to": "co-ops that do not get an offer",
    "listing.area": "the name of an area, never an address",
    "listing.topics": "what a published offer is about",
    "listing.ways": "its ways to meet",
    "listing.languages": "its languages",
    "listing.have": "what a supporter published of what they have in common with somebody",
    "listing.how": "how they help, as published",
    "listing.limits": "their limits, as published",
    "listing.times": "when, as published",
    "listing.tokens": "the same words for the search",
    "fact.says": "a fact about the co-op",
    "fact_agreement.circle": "the circle that agreed",
    "fact_agreement.words": "the words of its agreement; they stay here",
    "neighbour_fact.says": "a fact about a neighbour co-op",
    "neighbour_fact.circle": "the neighbour's circle that agreed",
    "introduction_event.params": "numbers and codes, never a sentence",
    "introduction_share.fields": "which of name, phone, mail, area and address somebody ticked; never the values",
    "copy_left_out.entry": "where an entry stood that was left out of a copy",
    "reply_link.allowed": "which answers a page takes",
}


def holds(table: str, column: Column) -> Holds:
    """What a column holds. Raises LookupError for a text in clear that has no words."""
    name = column._meta.db_column_name
    if isinstance(column, Bytea):
        return "bytes" if table in OPEN_BYTES else "closed"
    if isinstance(column, ForeignKey):
        return "who" if column._foreign_key_meta.resolved_references._meta.tablename == "person" else "plain"
    if not isinstance(column, Text | Varchar):
        return "clear" if isinstance(column, DoublePrecision) and table == "listing" else "plain"
    if f"{table}.{name}" in IN_CLEAR:
        return "clear"
    if name in CO_OPS:
        return "co-op"
    if name.endswith(("hash", "blind", "digest", "salt")):
        return "sum"
    if name in PEOPLE or name.endswith("_by"):
        return "who"
    length = column.length if isinstance(column, Varchar) else None
    if column._meta.primary_key or (length is not None and length <= SHORT):
        return "plain"
    raise LookupError(f"{table}.{name}: a text in clear; say in IN_CLEAR what it holds")
