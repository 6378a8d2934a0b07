# SPDX-License-Identifier: AGPL-3.0-or-later
"""A supporter who publishes, changes and withdraws offers all the time, so that their co-op's feed moves; and their ledger.

Every wording is unique. The ledger holds what was acknowledged: at the end the neighbour has to find each offer that stands once,
in its last wording, and none that was replaced or withdrawn.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx

from node.village.hamlet import Hamlet
from tests.torture.kills import Tally

Json = dict[str, Any]
OFFERS = "/support/offers"
KEPT = 3
"""Every so many-th offer is left standing."""


class Giver:
    """One supporter and the lead who checks."""

    def __init__(self, name: str, hamlet: Hamlet, tally: Tally) -> None:
        house, _ = hamlet.person(name)
        self.name, self.tally, self.area = name, tally, house.co_op.patch[0]
        self.mine = hamlet.client(name)
        self.leads = hamlet.client(hamlet.cast.one(house.co_op.id, "peer_support_lead").id)
        self.standing: set[str] = set()
        self.gone: set[str] = set()

    async def go_on(self, over: asyncio.Event) -> None:
        """Offer after offer until it is over; the one that was begun is brought to its end."""
        number = 0
        while not over.is_set():
            number += 1
            await self._one(number)

    async def _one(self, number: int) -> None:
        first, second = (f"Offer {number} of {self.name}, wording {wording}." for wording in (1, 2))
        offer = await self._begin(first)
        await self._approved(offer, 1)
        self.standing.add(first)
        await self._deed(self.mine, offer, "revision", self._draft(second), lambda view: view["revision"] == 2)
        await self._approved(offer, 2)
        self.standing.remove(first)
        self.standing.add(second)
        self.gone.add(first)
        if number % KEPT:
            await self._deed(self.mine, offer, "withdrawal", {}, lambda view: view["state"] == "withdrawn")
            self.standing.remove(second)
            self.gone.add(second)

    def _draft(self, have: str) -> Json:
        return {
            "topics": ["equipment"], "have": have, "how": "We write.", "limits": "No visits.",
            "ways": ["message"], "area": self.area, "places": 2, "submit": True,
        }  # fmt: skip

    async def _begin(self, have: str) -> str:
        """A new offer's id. It is looked for before it is sent, for an answer may have been lost."""
        while True:
            newest = (await self._get(self.mine, OFFERS))["items"][:1]
            for line in newest:
                if (await self._get(self.mine, f"{OFFERS}/{line['id']}"))["have"] == have:
                    return str(line["id"])
            answer = await self._send(self.mine, OFFERS, self._draft(have))
            if answer is not None:
                assert answer.status_code == 201, answer.text
                return str(answer.json()["id"])

    async def _approved(self, offer: str, revision: int) -> None:
        await self._deed(self.leads, offer, "approval", {}, lambda view: view["published_revision"] == revision)

    async def _deed(
        self, client: httpx.AsyncClient, offer: str, last: str, body: Json, stands: Callable[[Json], bool]
    ) -> None:
        """Does it until it stands, looking before each time whether it does."""
        while not stands(await self._get(self.mine, f"{OFFERS}/{offer}")):
            answer = await self._send(client, f"{OFFERS}/{offer}/{last}", body)
            if answer is not None:
                assert answer.is_success, (self.name, last, answer.status_code, answer.text)
                if not stands(await self._get(self.mine, f"{OFFERS}/{offer}")):
                    self.tally.lost.append(f"{last} of {offer}: acknowledged, then not there")
                return

    async def _send(self, client: httpx.AsyncClient, path: str, body: Json) -> httpx.Response | None:
        """The answer, or None when there was none."""
        try:
            answer = await client.post(path, json=body)
        except httpx.TransportError:
            self.tally.unanswered += 1
            return None
        if answer.status_code >= 500:
            self.tally.unanswered += 1
            return None
        self.tally.acknowledged += 1
        return answer

    async def _get(self, client: httpx.AsyncClient, path: str) -> Json:
        while True:
            try:
                answer = await client.get(path)
                if answer.status_code == 200:
                    return dict(answer.json())
                assert answer.status_code >= 500, answer.text
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)

    async def judge(self, reader: httpx.AsyncClient) -> None:
        """The ledger against what a member of the neighbour finds, whose co-op has all that was signed."""
        there = Counter[str]()
        after: str | None = None
        while True:
            query = {"topics": ["equipment"], "limit": 50, "after": after}
            page = (await reader.post("/support/searches", json=query)).raise_for_status().json()
            there.update(item["have"] for item in page["items"])
            after = page["next"]
            if after is None:
                break
        self.tally.lost += [f"{words} stands, and the neighbour has it not" for words in self.standing - there.keys()]
        self.tally.lost += [f"{words} ended, and the neighbour has it still" for words in self.gone & there.keys()]
        self.tally.doubled += [words for words in self.standing if there[words] > 1]
