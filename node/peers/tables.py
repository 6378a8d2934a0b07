# SPDX-License-Identifier: AGPL-3.0-or-later
"""Trust, kept: our own documents and keys, the neighbours we know, and invitations under way.

Signed documents are stored byte for byte, since they prove themselves; a neighbour's keys are found in its documents and
nowhere else, so that no copy of them can fall behind. A private key stands here only sealed under the node key; the root
key never does.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, Integer, Text, Varchar
from piccolo.table import Table

from node.database import DB


class OwnIdentity(Table, db=DB, tablename="own_identity", tags=["trust"]):
    """Every version of our identity document, for peers that were long away."""

    version = Integer(primary_key=True)
    envelope = Bytea()
    exp = BigInt()


class OwnManifest(Table, db=DB, tablename="own_manifest", tags=["trust"]):
    """Our manifests; the greatest version is the one that is served."""

    version = BigInt(primary_key=True)
    identity_version = Integer()
    envelope = Bytea()
    exp = BigInt()


class OwnKey(Table, db=DB, tablename="own_key", tags=["trust"]):
    """A working key of ours. `secret`: its 32 private bytes, sealed under the node key; None once destroyed."""

    kid = Varchar(length=43, primary_key=True)
    use = Varchar(length=8, index=True)
    public = Bytea()
    secret = Bytea(null=True, default=None)
    nbf = BigInt()
    exp = BigInt()
    revoked_at = BigInt(null=True, default=None)
    reason = Varchar(length=200, default="")
    destroyed_at = BigInt(null=True, default=None)


class OwnNode(Table, db=DB, tablename="own_node", tags=["trust"]):
    """One row. `instance`: also in a file outside backups; a difference means that this database was restored."""

    node_id = Varchar(length=253, primary_key=True)
    instance = Varchar(length=22)
    founded = BigInt()
    started = Boolean(default=False)
    restored_at = BigInt(null=True, default=None)


class Peer(Table, db=DB, tablename="peer", tags=["trust"]):
    """A node we know: what `federation.trust.PeerView` holds, as bytes, and how reaching it goes.

    `step`: what of the handshake is still to be sent: "ask" (we accepted its invitation), "confirm" (we countersigned),
    "terms" (we propose other terms), "decline" or nothing; `declined`: the digest of a proposal that it has to hear our no
    to; `outcome`: what became of the newest proposal where it came to nothing ("declined", "taken-back", "crossed",
    "too-late"). `token`, sealed under the node key, and `fingerprint` are those of the invitation we accepted,
    `wish` the topics we mean to give and to get, `agreement` the name of a text of our own that we mean to sign, or "".
    `peering_identity`, `peering_our_version`: both identities as they were when the peering was signed, since its
    signatures are of the keys of then; `kept_days`: for how many days after it was given either may keep something under it.
    `revoked`, `granted`: JSON lists.
    `pause_reason`: why we paused or ended it, for us alone; `pause_why`, `pause_words`: what it is told; `paused_why`,
    `paused_words`: what it says of its own pause. `ended_by`: "us", "them" or "time"; of that end: `forgot_at`, when what it
    gave us was deleted here, `receipt_due` and `receipt_at`, by when it has to say the same, and when it did.
    `try_at`: an operator asked for a try now.
    """

    node_id = Varchar(length=253, primary_key=True)
    name = Varchar(length=120, default="")
    step = Varchar(length=10, default="")
    identity = Bytea(null=True, default=None)
    manifest = Bytea(null=True, default=None)
    identity_exp = BigInt(default=0)
    manifest_exp = BigInt(default=0)
    revoked = Text(default="[]")
    peering = Bytea(null=True, default=None)
    peering_identity = Bytea(null=True, default=None)
    peering_our_version = Integer(default=0)
    kept_days = Integer(null=True, default=None)
    proposal = Bytea(null=True, default=None)
    granted = Text(default="[]")
    paused_here = Boolean(default=False)
    paused_there = Boolean(default=False)
    pause_reason = Varchar(length=300, default="")
    pause_why = Varchar(length=20, default="")
    pause_words = Varchar(length=200, default="")
    paused_why = Varchar(length=40, default="")
    paused_words = Varchar(length=200, default="")
    frozen = Boolean(default=False)
    ended = Boolean(default=False)
    fingerprint = Bytea(null=True, default=None)
    token = Bytea(null=True, default=None)
    wish = Varchar(length=120, default="")
    agreement = Varchar(length=43, default="")
    declined = Varchar(length=43, default="")
    outcome = Varchar(length=12, default="")
    created = BigInt()
    confirmed = BigInt(null=True, default=None)
    ended_at = BigInt(null=True, default=None)
    ended_by = Varchar(length=4, default="")
    forgot_at = BigInt(null=True, default=None)
    receipt_due = BigInt(null=True, default=None)
    receipt_at = BigInt(null=True, default=None)
    last_contact = BigInt(null=True, default=None)
    failing_since = BigInt(null=True, default=None)
    failures = Integer(default=0)
    next_try = BigInt(default=0)
    try_at = BigInt(null=True, default=None)
    why = Varchar(length=60, default="")


class AgreementText(Table, db=DB, tablename="agreement_text", tags=["trust"]):
    """The text of an agreement that we signed. `digest`: SHA-256 of it, as the peering carries it; `own`: it was handed in here
    and not made from the terms. It stays after the end, as a record of what was agreed."""

    digest = Varchar(length=43, primary_key=True)
    words = Text()
    own = Boolean(default=False)
    at = BigInt()


class Evidence(Table, db=DB, tablename="evidence", tags=["trust"]):
    """Proof that a log of this node (perhaps ours) signed two histories. `origin`: which log; `fork`: the statement on `trust`,
    as JSON; `source`: who told us, "" when we found it ourselves; `answered`: the epoch, newer than the one that forked, that
    this node has begun since; 0 for none."""

    id = Varchar(length=22, primary_key=True)
    node_id = Varchar(length=253, index=True)
    origin = Varchar(length=330, unique=True)
    fork = Text()
    source = Varchar(length=253, default="")
    at = BigInt()
    answered = BigInt(default=0)


class PeeringInvitation(Table, db=DB, tablename="peering_invitation", tags=["trust"]):
    """An invitation that we gave. `token_hash`: SHA-256 of its one-time token; `used_by`: whoever came with it."""

    token_hash = Varchar(length=43, primary_key=True)
    node_id = Varchar(length=253, index=True)
    created = BigInt()
    expires = BigInt()
    used_at = BigInt(null=True, default=None)
