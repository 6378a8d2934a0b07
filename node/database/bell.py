# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rings from process to process what was committed, so that a neighbour's held request at one wakes when another published.

By LISTEN and NOTIFY on a connection of its own, which takes no part in anything else. A ring comes after the commit and may be
lost with a process or a connection: it only makes waiters look sooner, and whoever waits looks now and then by itself. After a
connection was lost all waiters look once. A topic is a word of ours, at most with a neighbour's node id: never a person's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

from node.database.signals import Signals

CHANNEL: Final = "commoncare"
AGAIN: Final = (0.1, 10.0)
"""Seconds until a lost connection is made anew, at first and at most."""
LONGEST: Final = 7000
"""Bytes of one ring; PostgreSQL takes fewer than 8,000."""

log = logging.getLogger(__name__)

Connect = Callable[[], Awaitable[Any]]


class Bell:
    """One process's: what is raised in `signals` is rung on, and what others ring is raised there."""

    def __init__(self, signals: Signals, connect: Connect) -> None:
        self._signals, self._connect = signals, connect
        self._topics: dict[str, None] = {}
        self._due = asyncio.Event()
        self._listening = asyncio.Event()

    @asynccontextmanager
    async def hung(self) -> AsyncIterator[None]:
        """Rings and listens inside the block; begins once it listens, or could not at the first try."""
        task = asyncio.create_task(self._keep())
        self._signals.tell = self._note
        try:
            first = asyncio.create_task(self._listening.wait())
            await asyncio.wait({first, task}, timeout=AGAIN[1], return_when=asyncio.FIRST_COMPLETED)
            first.cancel()
            yield
        finally:
            self._signals.tell = None
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _note(self, topic: str) -> None:
        self._topics[topic] = None
        self._due.set()

    async def _keep(self) -> None:
        wait = AGAIN[0]
        while True:
            try:
                await self._ring()
            except Exception as error:  # any fault of the connection: we make another
                log.info("not listening for other processes (%s)", type(error).__name__)
            if self._listening.is_set():
                wait = AGAIN[0]
            self._listening.clear()
            await asyncio.sleep(wait)
            wait = min(2 * wait, AGAIN[1])

    async def _ring(self) -> None:
        """Listen, and ring whatever is due, until the connection is lost."""
        connection = await self._connect()
        try:
            connection.add_termination_listener(lambda _: self._due.set())
            await connection.add_listener(CHANNEL, self._heard)
            self._listening.set()
            self._signals.raise_all()  # what was committed while nobody listened
            while not connection.is_closed():
                self._due.clear()
                while self._topics:
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, self._words())
                await self._due.wait()
        finally:
            connection.terminate()

    def _words(self) -> str:
        """What is due, as far as one ring holds it."""
        words, size = list[str](), 0
        while self._topics:
            topic = next(iter(self._topics))
            size += len(topic.encode()) + 1
            if size > LONGEST and words:
                break
            del self._topics[topic]
            words.append(topic)
        return "\n".join(words)

    def _heard(self, connection: Any, process: int, channel: str, said: str) -> None:
        if process != connection.get_server_pid():  # not our own
            for topic in said.split("\n"):
                self._signals.raise_version(topic, heard=True)
