# SPDX-License-Identifier: AGPL-3.0-or-later
"""The time and the chance that a running co-op is handed: the machine's own, or a village's.

Nothing else in this house asks the machine what time it is or draws a random byte. Wall time is whole Unix seconds; waiting
is measured by a clock that never jumps.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from random import Random
from typing import Protocol


class Clock(Protocol):
    """`now`: Unix seconds, may jump; `monotonic`: seconds, never jumps; `sleep`: waits that long."""

    def now(self) -> int: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float, /) -> None: ...


class MachineClock:
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float, /) -> None:
        await asyncio.sleep(seconds)


class OffClock(MachineClock):
    """The machine's clock, wrong by as many seconds as a file says: for a village of processes, never for a real co-op. A file
    that is not there, or holds no whole number, changes nothing."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, ...] = ()
        self._off = 0

    def now(self) -> int:
        return super().now() + self.off()

    def off(self) -> int:
        """What the file says; it is read when it is another than before."""
        try:
            held = self._file.stat()
            seen = held.st_mtime_ns, held.st_size, held.st_ino
            if seen != self._seen:
                self._off, self._seen = int(self._file.read_text(encoding="ascii")), seen
        except (OSError, ValueError):
            self._off, self._seen = 0, ()
        return self._off


class HandClock:
    """A clock that moves only when told to: for a village in one process."""

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        return self._now

    def monotonic(self) -> float:
        return float(self._now)

    async def sleep(self, seconds: float, /) -> None:
        """Gives the others a turn; no time passes."""
        await asyncio.sleep(0)

    def advance(self, *, seconds: int = 0, minutes: int = 0, hours: int = 0, days: int = 0) -> int:
        self._now += seconds + 60 * minutes + 3600 * hours + 86400 * days
        return self._now


class MachineRandomness:
    """The operating system's random bytes."""

    def bytes(self, count: int, /) -> bytes:
        return os.urandom(count)


class SeededRandomness:
    """The same bytes for the same seed: for villages that must replay, never for a real co-op."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose

    def bytes(self, count: int, /) -> bytes:
        return self._random.randbytes(count)
