# SPDX-License-Identifier: AGPL-3.0-or-later
"""A change of our identity that several people sign: another set of roots, another threshold, a new `doc` key, a renewal.

In order: a proposal is drawn up on the node as a file that holds nothing secret; each root signs the very same bytes, wherever
it is kept; when the thresholds of the roots before and of the roots after are both met, the file is published, judged exactly
as every neighbour will judge it. Refused in words: a root of neither set, too few signatures, a file that was overtaken by
another version or is older than 60 days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from msgspec import Struct

from federation import envelope as dsse
from federation.errors import Refused
from federation.identity import IDENTITY_LIFE, MAX_ROOTS, Identity, draft_identity, read_draft, read_identity
from federation.keys import PublicKey, SigningKey
from federation.wire import DAY, DOCUMENT_LIMIT, b64, dumps, parse, unb64
from federation.wire import node_id as as_node_id
from node import database, journal
from node.actor import Actor
from node.errors import Conflict, Invalid
from node.here import Here
from node.members.rights import act
from node.peers import keyring, own

FORM: Final = "commoncare identity proposal 1"
PROPOSAL_LIFE: Final = 60 * DAY
"""Seconds for which a proposal may be signed and published: a forgotten one must not come into force years later."""
DocTurn = Literal["", "over", "now"]
"""What becomes of the `doc` keys: they stay; a new one takes over after 7 days; a new one alone counts, from now on."""
_LINE: Final = "ccroot1-"
_CHECK: Final = 4


@dataclass(frozen=True, slots=True)
class Proposal:
    """An identity under way. `before`: the one in force when it was drawn up; `next`: what it will say, not to be believed;
    `envelope`: its bytes with the signatures so far."""

    before: Identity
    next: Identity
    envelope: bytes

    @property
    def signed(self) -> frozenset[str]:
        """The kids of the roots, old and new, that signed."""
        return dsse.open_envelope(self.envelope).signers((*self.before.roots, *self.next.roots))

    @property
    def missing(self) -> tuple[int, int]:
        """How many signatures are still missing of the roots before, and of the roots after."""
        return _missing(self.signed, self.before), _missing(self.signed, self.next)

    @property
    def complete(self) -> bool:
        return self.missing == (0, 0)

    def file(self) -> bytes:
        """What is handed from person to person; nothing in it is secret."""
        members = {"form": FORM, "node_id": self.before.node_id}
        return dumps(members | {"before": parse(self.before.envelope), "next": parse(self.envelope)}) + b"\n"


class Published(Struct, frozen=True, kw_only=True):
    """`words`: our twelve words from now on; `changed`: whether they are others than before; `invitations`: how many that were
    under way ended with them."""

    version: int
    words: str
    changed: bool
    invitations: int


def _missing(signed: frozenset[str], identity: Identity) -> int:
    return max(0, identity.threshold - len(signed & set(identity.root_kids)))


def public_line(key: PublicKey) -> str:
    """The public half of a root as one word to copy and paste: `ccroot1-`, base64url of its 32 bytes and 4 of a check sum."""
    return _LINE + b64(key.raw + _check(key.raw))


def from_line(text: str) -> PublicKey:
    """Raises Invalid for anything else than a whole line of `public_line`."""
    try:
        raw = unb64(text.strip().removeprefix(_LINE), length=32 + _CHECK)
        if not text.strip().startswith(_LINE) or _check(raw[:32]) != raw[32:]:
            raise Refused("malformed", "not the line of a root")
        return PublicKey.from_bytes(raw[:32])
    except Refused:
        raise Invalid({"add": f"{text[:60]} is not a root's line: it begins with {_LINE}. Copy all of it."}) from None


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"commoncare/1 root line\0" + raw).digest()[:_CHECK]


@act("peers.propose_identity", by={"operator"}, scope="peers")
async def propose(
    *,
    actor: Actor,
    threshold: int | None = None,
    keep: Sequence[str] | None = None,
    add: Sequence[str] = (),
    docs: DocTurn = "",
    here: Here,
) -> Proposal:
    """Draw up our next identity, for another 400 days, unsigned. `threshold`: how many roots have to sign from then on; `keep`:
    the roots that stay, by their names or beginnings of them (None: all); `add`: lines of new ones. Nothing is in force yet.
    """
    async with database.transaction():
        await database.lock("own documents")
        before = await own.identity(here=here)
        roots = [*_kept(before, keep), *(from_line(line) for line in add)]
        due = before.threshold if threshold is None else threshold
        _judge_roots(roots, due)
        listed = [*await keyring.docs(here=here)] if docs != "now" else []
        if docs:
            await _forget_old_drafts(here=here)
            listed.append(await keyring.make_next_doc(here=here))
        try:
            drafted = draft_identity(
                node_id=here.node_id,
                version=before.version + 1,
                now=here.now,
                exp=here.now + IDENTITY_LIFE,
                roots=roots,
                threshold=due,
                docs=listed,
            )
        except Refused as refusal:
            raise Invalid({"roots": f"No neighbour would take that: {refusal.cause}."}) from None
        detail: dict[str, int | str] = {"version": before.version + 1, "roots": len(roots), "threshold": due}
        await journal.write(actor.person, "peers.identity-proposed", f"node:{here.node_id}", detail, here=here)
    return Proposal(before, read_draft(drafted, node_id=here.node_id), drafted)


async def _forget_old_drafts(*, here: Here) -> None:
    """`doc` keys of proposals that can't be published any more."""
    await database.execute(
        "DELETE FROM own_key WHERE use = {} AND nbf < {}", keyring.NEXT_DOC, here.now - PROPOSAL_LIFE
    )


def _kept(before: Identity, keep: Sequence[str] | None) -> list[PublicKey]:
    if keep is None:
        return list(before.roots)
    found: list[PublicKey] = []
    for name in keep:
        matches = [key for key in before.roots if name and key.kid.startswith(name)]
        if len(matches) != 1:
            names = ", ".join(kid[:8] for kid in before.root_kids)
            raise Invalid({"keep": f"{name[:60]} is not one of our roots. They are: {names}."})
        found += [key for key in matches if key not in found]
    return found


def _judge_roots(roots: Sequence[PublicKey], threshold: int) -> None:
    faults = {}
    if not roots or len(roots) > MAX_ROOTS:
        faults["roots"] = f"An identity has from 1 to {MAX_ROOTS} roots."
    if len(set(roots)) != len(roots):
        faults["add"] = "A root stands there twice. Each person brings a key of their own."
    if not 1 <= threshold <= max(1, len(roots)):
        faults["threshold"] = f"With {len(roots)} roots, from 1 to {len(roots)} have to sign."
    if faults:
        raise Invalid(faults)


def read(data: bytes) -> Proposal:
    """The proposal in a file. The identity before is verified; what is proposed is only shown. Raises Invalid."""
    try:
        members = parse(data, limit=2 * DOCUMENT_LIMIT + 1000)
        if not isinstance(members, dict) or members.get("form") != FORM:
            raise Refused("malformed", "not a proposal")
        name = as_node_id(str(members.get("node_id")))
        envelope = dumps(members.get("next"))
        before = read_identity(dumps(members.get("before")), node_id=name)
        found = Proposal(before, read_draft(envelope, node_id=name), envelope)
    except Refused as refusal:
        raise Invalid({"file": f"This is not a proposal, or a part of it was changed: {refusal.cause}."}) from None
    if found.next.version != before.version + 1:
        raise Invalid({"file": "The versions in this file do not follow each other."})
    return found


def sign(proposal: Proposal, root: SigningKey) -> Proposal:
    """The proposal with one more signature. Raises Invalid for a key that is a root neither before nor after."""
    if root.public not in (*proposal.before.roots, *proposal.next.roots):
        raise Invalid({"root": "This key is not a root of this co-op, neither before the change nor after it."})
    envelope = dsse.add_signature(proposal.envelope, root)
    return replace(proposal, envelope=envelope, next=read_draft(envelope, node_id=proposal.next.node_id))


@act("peers.publish_identity", by={"operator"}, scope="peers")
async def publish(*, actor: Actor, proposal: Proposal, reason: str = "", here: Here) -> Published:
    """Put a proposal in force once enough roots signed: neighbours take it by themselves. `reason`: kept with `doc` keys that it
    leaves out. Raises Conflict with what is still missing, or when another version came first."""
    async with database.transaction():
        await database.lock("own documents")
        before = await own.identity(here=here)
        if proposal.before.node_id != before.node_id:
            raise Conflict(f"This is a proposal for {proposal.before.node_id}, another co-op.")
        if proposal.before.payload != before.payload:
            words = f"Our identity is at version {before.version} by now. Draw up a new proposal."
            raise Conflict(words, cause="overtaken")
        if here.now > proposal.next.iat + PROPOSAL_LIFE:
            raise Conflict("This proposal is older than 60 days. Draw up a new one.", cause="old")
        old, new = proposal.missing
        if old or new:
            raise Conflict(f"Still missing: {_signatures(old, new)}.", cause="signatures")
        made = await own.publish_identity(proposal.envelope, reason=reason, here=here)
        changed = (made.root_kids, made.threshold) != (before.root_kids, before.threshold)
        ended = []
        if changed:  # an invitation names the roots by their words: these would lead nowhere
            ended = await database.rows("DELETE FROM peering_invitation WHERE used_at IS NULL RETURNING token_hash")
        detail: dict[str, int | str] = {
            "version": made.version,
            "roots": len(made.roots),
            "threshold": made.threshold,
        }
        await journal.write(actor.person, "peers.identity-published", f"node:{here.node_id}", detail, here=here)
    return Published(version=made.version, words=await own.words(here=here), changed=changed, invitations=len(ended))


def _signatures(old: int, new: int) -> str:
    parts = [(old, "of the roots as they are now"), (new, "of the roots as they will be")]
    return " and ".join(f"{count} signature{'' if count == 1 else 's'} {whose}" for count, whose in parts if count)


def told(proposal: Proposal) -> list[str]:
    """A proposal in words, line by line: for whoever is asked to sign it."""
    before, after, signed = proposal.before, proposal.next, proposal.signed
    lines = [f"{after.node_id}: identity, version {before.version} to {after.version}."]
    lines.append(f"From now on {_of(after)} have to sign (until now {_of(before)}).")
    for key in dict.fromkeys((*before.roots, *after.roots)):
        was, will = key in before.roots, key in after.roots
        what = "stays" if was and will else "goes" if was else "is new"
        lines.append(f"  root {key.kid[:8]} {what}{', has signed' if key.kid in signed else ''}")
    old, new = set(before.docs), set(after.docs)
    if old != new:
        lines.append(f"Keys that sign documents: {len(new - old)} new, {len(old & new)} stay, {len(old - new)} go.")
    missing = proposal.missing
    lines.append(f"Still missing: {_signatures(*missing)}." if any(missing) else "Enough have signed.")
    return lines


def _of(identity: Identity) -> str:
    return f"{identity.threshold} of {len(identity.roots)}"
