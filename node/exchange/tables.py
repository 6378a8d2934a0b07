# SPDX-License-Identifier: AGPL-3.0-or-later
"""What exchange keeps: our logs and their entries, what it holds of neighbours' logs, letters under way, what it set aside.

An entry's place is one number, `log * 2**32 + index`, so that a range of a log is a range of the primary key and no second
index has to be kept. What is withdrawn loses its body and salt in the transaction that says so; its commitment, which
tells nothing without the salt, stays so that the log goes on verifying.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, DoublePrecision, Integer, Text, Varchar
from piccolo.table import Table

from node.database import DB, Ddl

SPAN = 2**32
"""Places of one log: `place = no * SPAN + index`."""


class FeedLog(Table, db=DB, tablename="feed_log", tags=["sharing"]):
    """One of our own logs: a topic in an epoch. `frontier`: `merkle.Frontier.to_bytes()`; `note`: the newest checkpoint."""

    no = BigInt(primary_key=True)
    topic = Varchar(length=20, index=True)
    epoch = BigInt()
    size = BigInt()
    frontier = Bytea()
    note = Text()
    note_time = BigInt()
    live = BigInt()
    closed = Boolean(default=False)


class FeedEntry(Table, db=DB, tablename="feed_entry", tags=["sharing"]):
    """One entry of our logs. `kind` put: `item`, `expires`, `commitment`, and until it is gone `salt` and `body`.

    `kind` control: `body` alone, never withheld. `not_to`: JSON list of node ids that do not get the body.
    """

    place = BigInt(primary_key=True)
    kind = Varchar(length=8)
    item = Varchar(length=22, null=True, default=None, index=True)
    expires = BigInt(default=0)
    commitment = Bytea(null=True, default=None)
    salt = Bytea(null=True, default=None)
    body = Bytea(null=True, default=None)
    not_to = Text(default="")


class FeedItem(Table, db=DB, tablename="feed_item", tags=["sharing"]):
    """What stands in our open log of a topic, by its reference: the item, what it said, when it was last looked at and when it
    runs out."""

    reference = Varchar(length=200, primary_key=True)
    topic = Varchar(length=20, index=True)
    item = Varchar(length=22)
    digest = Bytea()
    iat = BigInt()
    expires = BigInt(index=True)


class Followed(Table, db=DB, tablename="followed", tags=["sharing"]):
    """A neighbour's log in the epoch that we follow. `size`, `root`, `note`, `note_time`: the newest checkpoint all of whose
    leaves are here, verified and visible; `live`, `closed`: as its entries said; `granted`: the grant they were fetched under;
    `alarm`: what is wrong with it, a finding of the protocol; `restored`: it was opened since its owner was put back from a copy,
    or had forked, and may not know what it withdrew before."""

    no = BigInt(primary_key=True)
    peer = Varchar(length=253, index=True)
    topic = Varchar(length=20)
    epoch = BigInt()
    size = BigInt(default=0)
    root = Bytea()
    frontier = Bytea()
    note = Text(default="")
    note_time = BigInt(default=0)
    live = BigInt(default=-1)
    closed = Boolean(default=False)
    granted = BigInt(default=0)
    restored = Boolean(default=False)
    alarm = Varchar(length=20, default="")


class FollowedEntry(Table, db=DB, tablename="followed_entry", tags=["sharing"]):
    """A neighbour's entry: the leaf's hash for as long as the epoch, salt and body until it is gone.

    `kind`: put (here in full), absent (its body is not shown to us), control, gone (withdrawn or run out), aside (set aside).
    Rows that are not `visible` are staged: nothing has verified them, and no room has heard of them.
    """

    place = BigInt(primary_key=True)
    kind = Varchar(length=10)
    leaf = Bytea()
    item = Varchar(length=22, null=True, default=None, index=True)
    expires = BigInt(default=0)
    salt = Bytea(null=True, default=None)
    body = Bytea(null=True, default=None)
    visible = Boolean(default=False)


class Source(Table, db=DB, tablename="source", tags=["sharing"]):
    """Whether what a neighbour gave us is shown, as the rooms were last told."""

    peer = Varchar(length=253, primary_key=True)
    shown = Boolean(default=True)


class DeadId(Table, db=DB, tablename="dead_id", tags=["sharing"]):
    """SHA-256 of an id that its owner withdrew; `until`: Unix seconds. Only its hash is kept. `erased`: it never comes back; else
    its owner may mean it anew, but in a log that was opened after `epoch` for a restore."""

    key = Varchar(length=300, primary_key=True)
    source = Varchar(length=253, index=True)
    until = BigInt(index=True)
    erased = Boolean(default=True)
    epoch = BigInt(default=0)


class SetAside(Table, db=DB, tablename="set_aside", tags=["sharing"]):
    """An entry that verified and can't be taken, and why: never asked again, never a reason to stop. No body is kept."""

    place = BigInt(primary_key=True)
    source = Varchar(length=253, index=True)
    topic = Varchar(length=20)
    epoch = BigInt()
    idx = BigInt()
    reason = Varchar(length=60)
    at = BigInt()


class ErasureDue(Table, db=DB, tablename="erasure_due", tags=["sharing"]):
    """That a neighbour owes a receipt for the withdraw entry at (topic, epoch, idx) of ours. `key`: node id, topic, epoch, index;
    `due`, `done_at`: Unix seconds; `told`: it was overdue, and sharing with that neighbour was paused for it."""

    key = Varchar(length=320, primary_key=True)
    peer = Varchar(length=253, index=True)
    topic = Varchar(length=20)
    epoch = BigInt()
    idx = BigInt()
    asked = BigInt()
    due = BigInt(index=True)
    done_at = BigInt(null=True, default=None)
    told = Boolean(default=False)


class PartingReceipt(Table, db=DB, tablename="parting_receipt", tags=["trust"]):
    """What a neighbour signed when a peering was over: that it deleted all that we gave it. `signed`: the letter's envelope;
    `identity`: the neighbour's own, whose keys signed it; `at`: when it came, Unix seconds."""

    peering = Varchar(length=43, primary_key=True)
    peer = Varchar(length=253, index=True)
    at = BigInt()
    signed = Bytea()
    identity = Bytea()


class HeldOfUs(Table, db=DB, tablename="held_of_us", tags=["sharing"]):
    """What a neighbour said, the last time it was asked, that it holds of our log on a topic: `size` entries of `epoch`, by the
    checkpoint that we signed at `note_time`; `at`: when it said so. `key`: node id and topic. Unix seconds."""

    key = Varchar(length=280, primary_key=True)
    peer = Varchar(length=253, index=True)
    topic = Varchar(length=20)
    epoch = BigInt()
    size = BigInt()
    note_time = BigInt()
    at = BigInt()


class LetterOut(Table, db=DB, tablename="letter_out", tags=["sharing"]):
    """A letter under way. `sealed`: the signed bytes, made once, at rest under a key of its own that is destroyed when
    the letter has arrived; `sent_at`: the newest attempt; `told`: its room heard that it is delayed."""

    reference = Varchar(length=200, primary_key=True)
    jti = Varchar(length=22)
    receiver = Varchar(length=253)
    kind = Varchar(length=40)
    sealed = Bytea(null=True, default=None)
    exp = BigInt()
    sent_at = BigInt(null=True, default=None)
    told = Boolean(default=False)


class LetterIn(Table, db=DB, tablename="letter_in", tags=["sharing"]):
    """A letter that was answered with a durable no: the same letter gets the same answer."""

    key = Varchar(length=300, primary_key=True)
    reason = Varchar(length=60)
    until = BigInt(index=True)


class UsedNonce(Table, db=DB, tablename="used_nonce", tags=["running"]):
    """Nonces of verified requests, shared by replicas (PostgreSQL only). `key`: `<node_id>#<kid> <nonce>`."""

    key = Varchar(length=330, primary_key=True)
    until = BigInt(index=True)


class PeerBucket(Table, db=DB, tablename="peer_bucket", tags=["running"]):
    """Each peer's bucket of requests, shared by replicas (PostgreSQL only); `at`: Unix seconds at which it held `tokens`. The row
    of the peer "" says since when `used_nonce` remembers. Both tables are unlogged: a crash empties them together."""

    peer = Varchar(length=253, primary_key=True)
    tokens = DoublePrecision()
    at = BigInt()


class FollowLease(Table, db=DB, tablename="follow_lease", tags=["running"]):
    """Which worker follows a neighbour, until when (Unix seconds)."""

    peer = Varchar(length=253, primary_key=True)
    worker = Varchar(length=80, index=True)
    until = BigInt()


class DayTaken(Table, db=DB, tablename="day_taken", tags=["running"]):
    """What of a neighbour's topic was fetched on a day, as the quota counts it. `key`: node id and topic; `day`: Unix day
    number."""

    key = Varchar(length=280, primary_key=True)
    day = BigInt(index=True)
    entries = BigInt()
    snapshots = Integer()


class Concerns(Table, db=DB, tablename="concerns_taken", tags=["running"]):
    """How many concerns each neighbour sent on a day (`day`: Unix day number): five are taken."""

    key = Varchar(length=280, primary_key=True)
    day = BigInt(index=True)
    taken = Integer(default=0)


_EXPIRY = (
    "CREATE INDEX followed_entry_expiry ON followed_entry (expires) WHERE kind = 'put'",
    "CREATE UNIQUE INDEX followed_epoch ON followed (peer, topic, epoch)",
    "CREATE UNIQUE INDEX feed_log_epoch ON feed_log (topic, epoch)",
)
_UNLOGGED = ("ALTER TABLE used_nonce SET UNLOGGED", "ALTER TABLE peer_bucket SET UNLOGGED")
EXTRAS = (Ddl(sqlite=_EXPIRY, postgres=(*_EXPIRY, *_UNLOGGED)),)
