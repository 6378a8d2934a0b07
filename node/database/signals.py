# SPDX-License-Identifier: AGPL-3.0-or-later
"""Waking waiters in this process when something was committed, so that none is missed.

Each topic has a version that only grows. Who reads the version first, then the data, then waits `since` that version is
woken by every later change, also one that came between. After `wake_everyone` (shutdown) every wait returns at once.
Another process hears of it where a bell hangs between them (`bell`); else it waits with a timeout and looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Signals:
    """Versions and waiters of one engine. Not thread-safe: used from the engine's event loop."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}
        self._waiters: dict[str, set[asyncio.Future[None]]] = {}
        self._over = False
        self.tell: Callable[[str], None] | None = None
        """Called with each topic that was raised here, to ring it on."""

    def version(self, topic: str) -> int:
        """How often the topic was signalled; 0 before the first time."""
        return self._versions.get(topic, 0)

    def raise_version(self, topic: str, *, heard: bool = False) -> None:
        """Something of this topic changed. `heard`: another process said so, and nobody need be told again."""
        self._versions[topic] = self.version(topic) + 1
        self._wake(self._waiters.pop(topic, set()))
        if self.tell is not None and not heard:
            self.tell(topic)

    def raise_all(self) -> None:
        """Whoever waits looks once: something may have changed unheard."""
        for topic in {*self._versions, *self._waiters}:
            self.raise_version(topic, heard=True)

    async def wait(self, topic: str, since: int, timeout: float) -> int:
        """Wait until the topic's version is above `since`, `timeout` seconds have passed, or shutdown. The version then."""
        if self._over or self.version(topic) > since or timeout <= 0:
            return self.version(topic)
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.setdefault(topic, set()).add(waiter)
        try:
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            pass
        finally:
            here = self._waiters.get(topic)
            if here is not None:
                here.discard(waiter)
                if not here:
                    del self._waiters[topic]
        return self.version(topic)

    def wake_everyone(self) -> None:
        """Shutdown: every waiter returns now, and every later wait at once."""
        self._over = True
        waiters, self._waiters = self._waiters, {}
        for topic in waiters.values():
            self._wake(topic)

    @property
    def over(self) -> bool:
        return self._over

    @staticmethod
    def _wake(waiters: set[asyncio.Future[None]]) -> None:
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
