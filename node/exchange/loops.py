# SPDX-License-Identifier: AGPL-3.0-or-later
"""The loops of a running node around the steps of its exchange, until it is told to stop.

One publishes, a few deliver, one task follows each neighbour, one keeps house; each is woken by what was committed, and looks
by itself now and then. A fault in one is logged and waited out, and ends none of the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import structlog

from federation.errors import Refused
from node import database, post
from node.clock import Clock
from node.errors import Refusal
from node.exchange import trying
from node.exchange.limits import Buckets
from node.here import Here

log = structlog.get_logger("commoncare.exchange")

WAIT: Final = 50
"""Seconds that a neighbour may hold our request for heads."""
EARLY_PAUSE: Final = 5.0
HOUSE_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 5.0
SOON: Final = 0.05
HEARD_SECONDS: Final = 15.0
"""How often somebody who waits for a neighbour looks whether another process heard it: its voice wakes nobody here."""
QUICK: Final = (4.0, 8.0)
"""Checkpoints a second under load (one for each 250 ms), and how many may follow each other at once when it was quiet."""
DELIVERERS: Final = 3
"""Batches under way at once, so that one neighbour's silence does not hold up the others, mail or timers."""


class Steps(Protocol):
    """What is gone round here: `node.exchange.worker.Exchange`."""

    @property
    def kinds(self) -> Sequence[str]: ...

    async def publish(self) -> int: ...

    async def deliver(self) -> int: ...

    async def keep_house(self) -> int: ...

    async def followed(self) -> Mapping[str, str]: ...

    async def mine(self, peer: str) -> bool: ...

    async def visit(self, peer: str, wait: int) -> int | None: ...

    async def closed_to(self, peer: str) -> int: ...

    async def failed(self, peer: str, error: Refused | Refusal) -> None: ...


class Loops:
    """See the module. `stop`: set, it ends them all after the step they are in."""

    def __init__(self, exchange: Steps, *, here: Callable[[], Here], clock: Clock, stop: asyncio.Event) -> None:
        self._exchange, self._here, self._clock, self._stop = exchange, here, clock, stop
        self._quick = Buckets(*QUICK)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._loop("publish", self._publish_when_due))
            for number in range(DELIVERERS):
                tasks.create_task(self._loop(f"deliver {number}", self._deliver_when_due))
            tasks.create_task(self._loop("house", self._keep_house_now_and_then))
            tasks.create_task(self._loop("neighbours", self._follow_all))

    def _over(self) -> bool:
        return self._stop.is_set() or database.current().signals.over

    async def _loop(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """`work` again and again; a fault is logged, waited out, and does not end the others."""
        while not self._over():
            try:
                await work()
            except Exception as error:
                log.error("fault", loop=name, exc_info=error)
                await self._pause(1.0)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            pass

    async def _publish_when_due(self) -> None:
        version = database.version("outbox")
        wait = self._quick.take("publish", self._clock.monotonic())
        if wait:
            await self._pause(wait)
            return
        if not await self._exchange.publish():
            self._quick.change("publish", 1.0)
            await database.wait("outbox", version, await self._until_due(["feed"]))

    async def _deliver_when_due(self) -> None:
        version = database.version("outbox")
        wait = await self._until_due(self._exchange.kinds)  # a look is cheaper than claiming in vain
        if wait > SOON or not await self._exchange.deliver():
            await database.wait("outbox", version, wait)

    async def _until_due(self, kinds: Sequence[str]) -> float:
        due = await post.next_due(kinds)
        return LOOK_SECONDS if due is None else min(LOOK_SECONDS, max(SOON, due - self._clock.now()))

    async def _keep_house_now_and_then(self) -> None:
        version = database.version("peers")
        await self._exchange.keep_house()
        await database.wait("peers", version, HOUSE_SECONDS)

    async def _follow_all(self) -> None:
        """One task for each neighbour, begun and ended as neighbours come and go."""
        tasks: dict[str, asyncio.Task[None]] = {}
        states: dict[str, str] = {}
        try:
            while not self._over():
                version = database.version("peers")
                wanted = await self._exchange.followed()
                # A neighbour whose state changed is asked anew at once, not when its held answer comes.
                for peer in [p for p, task in tasks.items() if wanted.get(p) != states[p] or task.done()]:
                    await _end(tasks.pop(peer))
                for peer in sorted(wanted.keys() - tasks.keys()):
                    states[peer] = wanted[peer]
                    tasks[peer] = asyncio.create_task(self._follow_one(peer), name=f"follow {peer}")
                await database.wait("peers", version, HEARD_SECONDS)
        finally:
            for task in tasks.values():
                await _end(task)

    async def _follow_one(self, peer: str) -> None:
        """Follow one neighbour for as long as it is one: held requests; after a failure until its circuit is closed, or with
        full jitter where what it said can't be taken; woken by its voice."""
        failures = 0
        while not self._over():
            heard = database.version(f"heard {peer}")
            if not await self._exchange.mine(peer):  # another of our workers follows it
                await self._pause(HEARD_SECONDS)
                continue
            began = self._clock.monotonic()
            try:
                # After a failure nobody waits for an answer that might be held: others wait behind this visit.
                found = await self._exchange.visit(peer, 0 if failures else WAIT)
            except (Refused, Refusal) as error:
                await self._exchange.failed(peer, error)
                after = trying.next_try(failures, error, here=self._here())
                failures += 1
                await self._until_heard(peer, heard, after)
                continue
            except Exception as error:
                log.error("fault", loop="follow", peer=peer, exc_info=error)
                await self._pause(5.0)
                continue
            if found is None and not failures and self._clock.monotonic() - began < EARLY_PAUSE:
                await self._pause(EARLY_PAUSE)
            failures = 0

    async def _until_heard(self, peer: str, heard: int, seconds: float) -> None:
        """Until the neighbour speaks to us, here or at another process, or so many seconds have passed."""
        until = self._clock.monotonic() + seconds
        open_before = await self._exchange.closed_to(peer) > 0
        while (left := until - self._clock.monotonic()) > 0 and not self._over():
            if await database.wait(f"heard {peer}", heard, min(left, HEARD_SECONDS)) > heard:
                return
            if open_before and not await self._exchange.closed_to(peer):
                return


async def _end(task: asyncio.Task[Any]) -> None:
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
