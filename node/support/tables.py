# SPDX-License-Identifier: AGPL-3.0-or-later
"""Peer support as rows: what an offer is follows from who wrote, submitted, approved, returned or withdrew it, and when.

A topic with a person is health data, so every revision of an offer stands sealed as a whole under its supporter's key, and
so do the lead's notes. In clear stand only listings: what was approved for others to read, without whose it is, our own and
the neighbours' alike. The text index holds nothing but the listings' tokens and is written by `index.py` alone, in bulk: a
trigger costs four times as much, because SQLite then flushes the index at every row.
"""

from __future__ import annotations

from typing import Any

from piccolo.columns import (
    BigInt,
    Boolean,
    Bytea,
    DoublePrecision,
    ForeignKey,
    Integer,
    Serial,
    Text,
    Varchar,
)
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB, Ddl
from node.members.tables import Person

KEEP: dict[str, Any] = {"null": False, "on_delete": OnDelete.restrict, "on_update": OnUpdate.restrict, "index": True}


class Supporter(Table, db=DB, tablename="supporter", tags=["offers"]):
    """What stands behind a supporter: when they were inducted, promised boundaries, who supervises them, when they next
    check in. A moment that has passed pauses their offers by itself."""

    id = Varchar(43, primary_key=True)
    person = ForeignKey(Person, unique=True, **(KEEP | {"index": False}))
    induction_on = BigInt()
    promise_on = BigInt()
    supervisor = ForeignKey(Person, **KEEP)
    next_check_in = BigInt()
    recorded_by = Varchar(43)
    at = BigInt()


class CheckIn(Table, db=DB, tablename="supporter_check_in", tags=["offers"]):
    """A check-in that took place, who recorded it, and when the next was to be."""

    id = Varchar(43, primary_key=True)
    supporter = ForeignKey(Supporter, **KEEP)
    recorded_by = Varchar(43)
    at = BigInt()
    next = BigInt()


class Offer(Table, db=DB, tablename="offer", tags=["offers"]):
    """An offer of one supporter. `revision`: the number of the newest. Its id is the one neighbour co-ops know it by."""

    id = Varchar(43, primary_key=True)
    supporter = ForeignKey(Person, **KEEP)
    created_at = BigInt()
    revision = Integer(default=1)


class OfferRevision(Table, db=DB, tablename="offer_revision", tags=["offers"]):
    """One wording of an offer. `content`: the whole of it (`rules.Content` as JSON), sealed under the supporter's key."""

    id = Varchar(43, primary_key=True)
    offer = ForeignKey(Offer, **KEEP)
    number = Integer()
    written_by = Varchar(43)
    at = BigInt()
    content = Bytea(null=True, default=None)


class OfferSubmission(Table, db=DB, tablename="offer_submission", tags=["offers"]):
    """A revision was handed to the lead."""

    id = Varchar(43, primary_key=True)
    revision = ForeignKey(OfferRevision, unique=True, **(KEEP | {"index": False}))
    by = Varchar(43)
    at = BigInt()


class OfferApproval(Table, db=DB, tablename="offer_approval", tags=["offers"]):
    """The lead read a revision and said yes. From then on it is what others read."""

    id = Varchar(43, primary_key=True)
    revision = ForeignKey(OfferRevision, unique=True, **(KEEP | {"index": False}))
    by = Varchar(43)
    at = BigInt()


class OfferReturn(Table, db=DB, tablename="offer_return", tags=["offers"]):
    """The lead handed a revision back. `note`: to the supporter, sealed under the supporter's key."""

    id = Varchar(43, primary_key=True)
    revision = ForeignKey(OfferRevision, unique=True, **(KEEP | {"index": False}))
    by = Varchar(43)
    at = BigInt()
    note = Bytea(null=True, default=None)


class OfferConfirmation(Table, db=DB, tablename="offer_confirmation", tags=["offers"]):
    """The supporter said "still right": it stands for another 90 days."""

    id = Varchar(43, primary_key=True)
    offer = ForeignKey(Offer, **KEEP)
    by = Varchar(43)
    at = BigInt()


class OfferWithdrawal(Table, db=DB, tablename="offer_withdrawal", tags=["offers"]):
    """An offer ended, by whom and when. Nobody is asked why."""

    id = Varchar(43, primary_key=True)
    offer = ForeignKey(Offer, unique=True, **(KEEP | {"index": False}))
    by = Varchar(43)
    at = BigInt()


class OfferAudience(Table, db=DB, tablename="offer_audience", tags=["offers"]):
    """Who may read the approved revision. `not_to`: JSON list of node ids."""

    id = Varchar(43, primary_key=True)
    offer = ForeignKey(Offer, unique=True, **(KEEP | {"index": False}))
    home_only = Boolean(default=True)
    careful_ok = Boolean(default=False)
    not_to = Text(default="[]")


class Places(Table, db=DB, tablename="offer_places", tags=["offers"]):
    """For how many people there is room in all, and now."""

    id = Varchar(43, primary_key=True)
    offer = ForeignKey(Offer, unique=True, **(KEEP | {"index": False}))
    places = Integer()
    open = Integer()
    changed_at = BigInt()


class Away(Table, db=DB, tablename="offer_away", tags=["offers"]):
    """The supporter is away until then. One that has passed says nothing."""

    id = Varchar(43, primary_key=True)
    offer = ForeignKey(Offer, unique=True, **(KEEP | {"index": False}))
    until = BigInt()
    said_by = Varchar(43)
    at = BigInt()


class AssistedSearch(Table, db=DB, tablename="assisted_search", tags=["introductions"]):
    """A lead searched with a person. `choices`: JSON of the listing ids that were read out, sealed under the person's key;
    what was asked for is not kept. `alone_at`: when the person was asked without anybody else listening."""

    id = Varchar(43, primary_key=True)
    person = ForeignKey(Person, **KEEP)
    helper = Varchar(43)
    at = BigInt()
    alone_at = BigInt()
    choices = Bytea(null=True, default=None)


class Listing(Table, db=DB, tablename="listing", tags=["offers"]):
    """An offer as the search finds it, ours or a neighbour's. `id`: our offer's own, or for a neighbour's unpadded base64url
    of SHA-256(node_id || 0x00 || offer_id)[:16]. `x`, `y`, `z`: its place on the unit sphere; `shuffle`: 31 bits of the id;
    `topics`, `ways`, `languages`: JSON lists; `tokens`: what the text index holds of it. Narrow columns come first, since
    a search reads many rows of which it shows few."""

    n = Serial(primary_key=True)
    id = Varchar(22, unique=True)
    node_id = Varchar(253, index=True)
    offer_id = Varchar(22)
    hidden = Boolean(default=False)
    expires_at = BigInt()
    open = Integer()
    away_until = BigInt(null=True, default=None)
    shuffle = BigInt()
    x = DoublePrecision()
    y = DoublePrecision()
    z = DoublePrecision()
    kind = Varchar(12)
    lat = DoublePrecision()
    lon = DoublePrecision()
    places = Integer()
    replies = Integer()
    checked_on = BigInt()
    revision = Integer()
    published_at = BigInt()
    area = Text()
    topics = Text()
    ways = Text()
    languages = Text()
    have = Text()
    how = Text()
    limits = Text()
    times = Text()
    tokens = Text()


EXTRAS = (
    Ddl(
        sqlite=(
            # Tokens are made by words.py: only spaces part them. Nothing asks where in a text a word stands.
            "CREATE VIRTUAL TABLE listing_words USING fts5(tokens, content='listing', content_rowid='n', "
            "tokenize=\"ascii tokenchars '_:.-'\", detail=none, columnsize=0)",
            # What a search reads of each match, so that the wide rows are read only for a page.
            "CREATE INDEX listing_narrow ON listing (n, hidden, expires_at, open, away_until, shuffle, x, y, z, id)",
        ),
        postgres=(
            "ALTER TABLE listing ADD COLUMN index_words tsvector "
            "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED",
            "CREATE INDEX listing_words ON listing USING gin (index_words)",
        ),
    ),
    Ddl(
        sqlite=("CREATE UNIQUE INDEX offer_revision_number ON offer_revision (offer, number)",),
        postgres=("CREATE UNIQUE INDEX offer_revision_number ON offer_revision (offer, number)",),
    ),
)
