# SPDX-License-Identifier: AGPL-3.0-or-later
"""People at their own co-ops' doors, for stories: each speaks JSON over HTTP with a bearer token, nothing else.

A story is written once and told twice: to a village in one process, and to real processes. `Until` waits for a condition,
within bounds; it never waits for a time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx

Json = dict[str, Any]
Folk = dict[str, "Person"]
Until = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]


@dataclass(frozen=True)
class Person:
    """One person with their token, at their co-op's door."""

    name: str
    client: httpx.AsyncClient
    token: str

    async def call(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}"}
        return await self.client.request(method, f"/api/v1{path}", json=body, headers=headers)

    async def get(self, path: str) -> Json:
        answer = await self.call("GET", path)
        assert answer.status_code == 200, (self.name, path, answer.status_code, answer.text)
        return dict(answer.json())

    async def post(self, path: str, body: Json | None = None, *, status: int | None = None) -> Json:
        answer = await self.call("POST", path, body if body is not None else {})
        good = answer.status_code == status if status else answer.is_success
        assert good, (self.name, path, answer.status_code, answer.text)
        return dict(answer.json()) if answer.content else {}


def polling(seconds: float = 30, every: float = 0.05) -> Until:
    """Asks again until the condition gives something true; fails after `seconds`."""

    async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
        end = time.monotonic() + seconds
        while True:
            found = await condition()
            if found:
                return found
            assert time.monotonic() < end, f"did not come about within {seconds} s"
            await asyncio.sleep(every)

    return until


def settling(settle: Callable[[], Awaitable[Any]]) -> Until:
    """Lets the village settle, then asks once: in one process there is nothing to wait for."""

    async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
        await settle()
        found = await condition()
        assert found, "the village has settled, and it did not come about"
        return found

    return until
