# SPDX-License-Identifier: AGPL-3.0-or-later
"""The protocol's door for declared facts: what of ours may leave now, and what neighbours declare, taken in one by one.

Leaving, judged anew each time: a circle's agreement is recorded, a second person confirmed, nothing withdrew or replaced it, its
review is ahead. The agreement's words and who stood behind it stay. Coming in: what can't be taken is returned with a code, and
the rest goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from federation import statements, wire
from federation.errors import Refused
from federation.statements import Fact, metrics
from node import database
from node.crossing import Arrived, Rejected, Statement
from node.here import Here
from node.metrics import rows, rules
from node.metrics.rules import Agreement
from node.metrics.shapes import FIELDS, Said


class Room:
    """Satisfies `node.crossing.FeedRoom`."""

    topic = rules.TOPIC

    async def statement(self, ref: str, *, here: Here) -> Statement | None:
        """What the fact of this id says now to neighbours; None: it must be gone."""
        fact = await rows.one(ref)
        if fact is None or fact.agreement is None or rules.state(fact, now=here.now) != "declared":
            return None
        return Statement(id=fact.id, data=encoded(fact.said, fact.agreement), expires=fact.agreement.review_on)

    async def erased(self, ref: str, *, here: Here) -> bool:
        """A fact is nobody's data."""
        return False

    async def standing(self, *, here: Here) -> list[str]:
        return [fact.id for fact in await rows.declared(here=here)]

    async def absorb(self, source: str, put: Sequence[Arrived], gone: Sequence[str], *, here: Here) -> list[Rejected]:
        """Take in what a neighbour declares now, and let go of what is gone; in the open transaction."""
        if source == here.node_id:
            return [Rejected(each.id, "own-node") for each in put]
        await rows.take_away([_key(source, id) for id in (*gone, *(each.id for each in put))])
        room_for = rules.MOST_OF_ONE - await rows.count_of(source)
        taken: list[tuple[Any, ...]] = []
        rejected: list[Rejected] = []
        for each in put:
            try:
                said = _judged(each.data)
            except Refused as refusal:
                rejected.append(Rejected(each.id, refusal.code))
                continue
            if len(taken) >= room_for:
                rejected.append(Rejected(each.id, "too-many-facts"))
                continue
            taken.append(_row(source, each, said))
        await rows.put_neighbours(taken)
        return rejected

    async def show(self, source: str, visible: bool, *, here: Here) -> None:
        """Hide or show all facts of one neighbour."""
        await database.execute("UPDATE neighbour_fact SET hidden = {} WHERE node_id = {}", not visible, source)

    async def drop(self, source: str, *, here: Here) -> None:
        """Delete all facts of one neighbour."""
        await database.execute("DELETE FROM neighbour_fact WHERE node_id = {}", source)


def encoded(said: Said, agreement: Agreement) -> bytes:
    """Our words as the statement of the protocol: read and judged by the same code as a neighbour's."""
    plain = msgspec.to_builtins(said)
    fact = {name: plain[name] for name in FIELDS[said.about]}
    if "rates" in fact:
        fact["rates"] = [{name: value for name, value in rate.items() if value is not None} for rate in fact["rates"]]
    told = {
        "kind": "fact",
        "fact": {"of": said.about, **fact},
        "circle": agreement.circle,
        "agreed_on": agreement.agreed_on,
        "review_on": agreement.review_on,
    }
    return statements.encode(msgspec.convert(told, Fact))


def _row(source: str, each: Arrived, said: Fact) -> tuple[Any, ...]:
    plain = msgspec.to_builtins(said.fact)
    about = plain.pop("of")
    ours = msgspec.convert({"about": about, **plain}, Said)
    return (
        _key(source, each.id),
        source,
        False,
        min(each.expires, said.review_on),
        each.iat,
        about,
        rows.written(ours),
        said.circle,
        said.agreed_on,
        said.review_on,
    )


def _key(source: str, id: str) -> str:
    return f"{source}:{id}"


def _judged(data: object) -> Fact:
    """What a statement says, judged by the protocol's reader. Refused: malformed, too-large."""
    return metrics.read(wire.parse(data, limit=wire.ENTRY_LIMIT) if isinstance(data, bytes) else data)


room = Room()
