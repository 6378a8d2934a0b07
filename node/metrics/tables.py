# SPDX-License-Identifier: AGPL-3.0-or-later
"""Declared facts as rows: what a fact is follows from who wrote, confirmed or withdrew it and when, and what stands behind it is
a circle's agreement.

All of it stands in clear: a fact is about the co-op and never about a person, and a fact without its agreement and a second
person's yes goes nowhere. Neighbours' facts stand in a table of their own, as they came.
"""

from __future__ import annotations

from typing import Any

from piccolo.columns import BigInt, Boolean, ForeignKey, Text, Varchar
from piccolo.columns.base import OnDelete, OnUpdate
from piccolo.table import Table

from node.database import DB

KEEP: dict[str, Any] = {"null": False, "on_delete": OnDelete.restrict, "on_update": OnUpdate.restrict, "index": False}


class Fact(Table, db=DB, tablename="fact", tags=["facts"]):
    """One fact of ours; it never changes. Its id is the one neighbours know it by. `about`: services, size, rates, rating or
    total; `says`: `shapes.Said` as JSON; `replaces`: the fact in whose place it comes once it is confirmed."""

    id = Varchar(43, primary_key=True)
    about = Varchar(10)
    says = Text()
    written_by = Varchar(43)
    written_at = BigInt()
    replaces = Varchar(43, null=True, default=None, index=True)


class FactAgreement(Table, db=DB, tablename="fact_agreement", tags=["facts"]):
    """What stands behind a fact: which circle agreed, on which day, until when it stands, and in which words. They stay here."""

    id = Varchar(43, primary_key=True)
    fact = ForeignKey(Fact, unique=True, **KEEP)
    circle = Text()
    agreed_on = BigInt()
    review_on = BigInt()
    words = Text()
    recorded_by = Varchar(43)
    recorded_at = BigInt()


class FactConfirmation(Table, db=DB, tablename="fact_confirmation", tags=["facts"]):
    """A second person held the fact against the circle's agreement and said yes: from then on it is declared."""

    id = Varchar(43, primary_key=True)
    fact = ForeignKey(Fact, unique=True, **KEEP)
    confirmed_by = Varchar(43)
    confirmed_at = BigInt()


class FactWithdrawal(Table, db=DB, tablename="fact_withdrawal", tags=["facts"]):
    """A fact was taken back, by whom and when, whether it was declared yet or not."""

    id = Varchar(43, primary_key=True)
    fact = ForeignKey(Fact, unique=True, **KEEP)
    withdrawn_by = Varchar(43)
    withdrawn_at = BigInt()


class NeighbourFact(Table, db=DB, tablename="neighbour_fact", tags=["facts"]):
    """A fact that a neighbour declares. `id`: its node id, a colon, the id it gave; `says`: `shapes.Said` as JSON; `declared_at`:
    when its node last said so."""

    id = Varchar(276, primary_key=True)
    node_id = Varchar(253, index=True)
    hidden = Boolean(default=False)
    expires_at = BigInt()
    declared_at = BigInt()
    about = Varchar(10)
    says = Text()
    circle = Text()
    agreed_on = BigInt()
    review_on = BigInt()
