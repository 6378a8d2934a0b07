# SPDX-License-Identifier: AGPL-3.0-or-later
"""The charter, kept: which one we belong to, every version of it as signed bytes, our seats, and what neighbours say they hold.

A signed document is stored byte for byte, since it proves itself. The private half of a seat stands here only sealed under the
node key. Of two charters of one version both stay, as evidence.
"""

from __future__ import annotations

from piccolo.columns import BigInt, Boolean, Bytea, Integer, Text, Varchar
from piccolo.table import Table

from node.database import DB, Ddl


class Joined(Table, db=DB, tablename="charter", tags=["trust"]):
    """A charter that our operator took. `put`: the id under which we state on `trust` what we hold; `left_at`: when our operator
    left it. One at most has no `left_at`."""

    id = Varchar(length=22, primary_key=True)
    put = Varchar(length=22)
    joined_at = BigInt()
    left_at = BigInt(null=True, default=None)


class Version(Table, db=DB, tablename="charter_version", tags=["trust"]):
    """A charter document that was judged good. `digest`: SHA-256 of its signed bytes; `terms`: the text behind its hash, ""
    where we have not seen it; `source`: who gave it, "" for our operator.

    `standing`: the one of its version that counts here. The other of two stands as evidence, and freezes the charter until
    `decided_at`, when our operator chose.
    """

    digest = Varchar(length=43, primary_key=True)
    charter = Varchar(length=22, index=True)
    version = Integer()
    envelope = Bytea()
    terms = Text(default="")
    source = Varchar(length=253, default="")
    at = BigInt()
    standing = Boolean(default=True)
    decided_at = BigInt(null=True, default=None)


class Seat(Table, db=DB, tablename="charter_seat", tags=["trust"]):
    """A seat of ours. `number`: in the order of their making; `secret`: its 32 private bytes, sealed under the node key."""

    kid = Varchar(length=43, primary_key=True)
    number = Integer()
    public = Bytea()
    secret = Bytea()
    made_at = BigInt()


class Signed(Table, db=DB, tablename="charter_signed", tags=["trust"]):
    """A proposal that we signed with our seat, so that we never sign two of one version unawares."""

    digest = Varchar(length=43, primary_key=True)
    charter = Varchar(length=22, index=True)
    version = Integer()
    at = BigInt()


class Said(Table, db=DB, tablename="charter_said", tags=["trust"]):
    """Which charter a neighbour says it holds, in its newest statement under `put`. `asked`: what came of asking it for that
    document, or for a newer one: "" not asked or nothing amiss, "proved", or a code of the protocol."""

    source = Varchar(length=253, primary_key=True)
    put = Varchar(length=22, default="")
    charter = Varchar(length=22, default="")
    version = Integer(default=0)
    digest = Varchar(length=43, default="")
    at = BigInt(default=0)
    asked = Varchar(length=40, default="")


_ONE = ("CREATE UNIQUE INDEX charter_version_standing ON charter_version (charter, version) WHERE standing",)
EXTRAS = (Ddl(sqlite=_ONE, postgres=_ONE),)
