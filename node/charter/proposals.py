# SPDX-License-Identifier: AGPL-3.0-or-later
"""A charter under way: the file that goes from co-op to co-op, what it would change in words, and who still has to sign.

The file holds the version before, the next one with its signatures so far, and the text that its hash stands for. Nothing in it
is secret. What comes before is verified as it is read; what is proposed is shown, and believed only when it is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from federation import envelope as dsse
from federation.charter import Charter, read_charter, read_draft
from federation.errors import Refused
from federation.keys import SigningKey
from federation.wire import DAY, DOCUMENT_LIMIT, dumps, parse
from node.charter.rules import TERMS_LENGTH, mark
from node.charter.shapes import ProposalView
from node.dates import date_long
from node.errors import Invalid

FORM: Final = "commoncare charter proposal 1"
PROPOSAL_LIFE: Final = 60 * DAY
"""Seconds for which a proposal may be signed and published: a forgotten one must not come into force years later."""
FILE_LIMIT: Final = 2 * DOCUMENT_LIMIT + 4 * TERMS_LENGTH + 1000


@dataclass(frozen=True, slots=True)
class Proposal:
    """`before`: the version that it follows, None for a first one; `next`: what it says, not to be believed; `terms`: the text
    behind its hash."""

    before: Charter | None
    next: Charter
    terms: str

    @property
    def missing(self) -> tuple[int, int]:
        """How many signatures are still missing of the members before, and of the members after."""
        before = 0 if self.before is None else self.before.missing(self.next.envelope)
        return before, self.next.missing()

    @property
    def complete(self) -> bool:
        return self.missing == (0, 0)

    @property
    def signed(self) -> frozenset[str]:
        """The members, before and after, whose seat signed."""
        before = frozenset() if self.before is None else self.before.signed_by(self.next.envelope)
        return before | self.next.signed_by()

    @property
    def mark(self) -> str:
        return mark(self.next.digest())

    def file(self) -> str:
        """What is handed on."""
        before = None if self.before is None else parse(self.before.envelope)
        members = {"form": FORM, "before": before, "next": parse(self.next.envelope), "terms": self.terms}
        return dumps(members).decode() + "\n"

    def with_signature(self, seat: SigningKey) -> Proposal:
        """The same with one more signature; those that stand stay."""
        return replace(self, next=read_draft(dsse.add_signature(self.next.envelope, seat)))

    def view(self) -> ProposalView:
        return ProposalView(
            file=self.file(),
            mark=self.mark,
            version=self.next.version,
            told=told(self),
            signed=sorted(self.signed),
            missing=self.missing,
        )


def read(text: str) -> Proposal:
    """The proposal in a file. Raises Invalid."""
    try:
        members = parse(text, limit=FILE_LIMIT)
        if not isinstance(members, dict) or members.get("form") != FORM or not isinstance(members.get("terms"), str):
            raise Refused("malformed", "not a proposal")
        before = None if members.get("before") is None else read_charter(dumps(members["before"]))
        found = Proposal(before, read_draft(dumps(members.get("next"))), members["terms"])
        if sha256(found.terms.encode()).digest() != found.next.terms_sha256:
            raise Refused("malformed", "the terms are not those of its hash")
    except Refused as refusal:
        said = f"This is not a charter's proposal, or a part of it was changed: {refusal.cause}."
        raise Invalid({"file": said}) from None
    due = 1 if before is None else before.version + 1
    if found.next.version != due or (before is not None and found.next.id != before.id):
        raise Invalid({"file": "The versions in this file do not follow each other."})
    return found


def told(proposal: Proposal) -> list[str]:
    """A proposal in words, line by line: for whoever is asked to sign or to join."""
    before, after = proposal.before, proposal.next
    versions = "a first version" if before is None else f"version {before.version} to {after.version}"
    lines = [f"{after.name}: charter, {versions}. Its mark is {proposal.mark}."]
    if before is not None and before.name != after.name:
        lines.append(f"It was called {before.name}.")
    lines += _members(proposal)
    until = "" if before is None else f" (until now {before.threshold} of {len(before.members)})"
    lines.append(f"From now on {after.threshold} of {len(after.members)} have to sign{until}.")
    lines.append(f"It stands until {date_long(after.exp)}.")
    if before is not None and before.terms_sha256 == after.terms_sha256:
        lines.append("Its terms are as before:")
    else:
        lines.append("Its terms:" if before is None else "Its terms are new:")
    lines += [f"  {line}" for line in proposal.terms.splitlines()]
    lines.append(f"Still missing: {missing(proposal)}." if not proposal.complete else "Enough have signed.")
    return lines


def _members(proposal: Proposal) -> list[str]:
    """Each member: stays, is new (with its words, to be compared), has another seat or other words, or goes."""
    before = {} if proposal.before is None else {one.node_id: one for one in proposal.before.members}
    after = {one.node_id: one for one in proposal.next.members}
    lines = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if new is None:
            what = "goes: whoever takes this version shares nothing with it from then on"
        elif old is None:
            what = "belongs" if proposal.before is None else "is new"
        elif old.seat != new.seat:
            what = "stays, with a new seat"
        else:
            what = "stays"
        lines.append(f"  {name} {what}{', has signed' if name in proposal.signed else ''}")
        if new is not None and (old is None or old.fingerprint != new.fingerprint):
            lines.append(f"    its words: {new.fingerprint}")
    return lines


def missing(proposal: Proposal) -> str:
    """Which signatures are still missing, in words."""
    old, new = proposal.missing
    whose = "of its members" if proposal.before is None else "of the members as they will be"
    parts = [(old, "of the members as they are now"), (new, whose)]
    return " and ".join(f"{count} signature{'' if count == 1 else 's'} {who}" for count, who in parts if count)
