# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real co-ops as a hostile neighbour finds them: those of the exchange's tests, and those of a village.

What an operator would do (give an invitation, compare words, confirm) is done here by the real acts; everything else goes
through their doors.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from node.peers import acts, reads
from node.peers.shapes import PeerDetail
from node.village import Village
from tests.node.exchange.coops import OPERATOR, CoOp, change, settle
from tests.village.hostile import AGREED, Hostile


class OnTheStreet:
    """A co-op of `tests.node.exchange.coops`; `others` settle with it."""

    def __init__(self, coop: CoOp, others: Sequence[CoOp] = ()) -> None:
        self.coop, self.others, self.node_id = coop, [each for each in others if each is not coop], coop.node_id

    def now(self) -> int:
        return self.coop.clock.now()

    def attach(self, node_id: str, evil: Hostile) -> httpx.AsyncBaseTransport:
        self.coop.network.apps[node_id] = evil  # type: ignore[assignment] - answers as an application's transport does
        return self.coop.network

    async def invite(self, node_id: str) -> str:
        given = await change(self.coop, acts.invite, node_id)
        return str(given.invitation)

    async def confirm(self, node_id: str, words: str) -> None:
        await change(self.coop, acts.confirm, node_id, words=words, agreement=AGREED)

    async def settle(self) -> None:
        await settle(self.coop, *self.others, rounds=60)


class InAVillage:
    """A co-op of a village."""

    def __init__(self, village: Village, name: str) -> None:
        self.village, self.name, self.node_id = village, name, f"{name}.example"

    def now(self) -> int:
        return self.village.clock.now()

    def attach(self, node_id: str, evil: Hostile) -> httpx.AsyncBaseTransport:
        self.village.net.apps[node_id] = evil.asgi
        return self.village.net.seen_from(node_id)

    async def invite(self, node_id: str) -> str:
        with self.village.at(self.name) as coop:
            return (await acts.invite(actor=OPERATOR, node_id=node_id, here=coop.here())).invitation

    async def confirm(self, node_id: str, words: str) -> None:
        with self.village.at(self.name) as coop:
            await acts.confirm(actor=OPERATOR, node_id=node_id, words=words, agreement=AGREED, here=coop.here())

    async def settle(self) -> None:
        await self.village.settle()


def on_the_street(*coops: CoOp) -> list[OnTheStreet]:
    return [OnTheStreet(each, coops) for each in coops]


async def stands(coop: CoOp, other: str) -> PeerDetail:
    """How this co-op stands with another, as its operator sees it."""
    with coop.bound():
        return await reads.detail(other, here=coop.here())
