# SPDX-License-Identifier: AGPL-3.0-or-later
"""What many tests share: chance that a seed repeats, and a way to run async set-up from a sync fixture."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class SeededRandomness:
    """Bytes that look random and that the seed repeats. For tests only."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int, /) -> bytes:
        return self._random.randbytes(count)


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end in a loop and thread of its own, so that no test's loop is touched."""
    found: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(asyncio.run(work))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return found[0]
