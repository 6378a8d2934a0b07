# SPDX-License-Identifier: AGPL-3.0-or-later
"""When to try again what failed: full jitter below 1, 2, 4 … seconds, an hour at most; or when the neighbour or its circuit says.

Letters, handshakes, the following of feeds and the circuits all ask here, so that none of them knocks earlier than another.
Source of full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015).
"""

from __future__ import annotations

from typing import Final

from federation.errors import Refused
from node.errors import Refusal
from node.here import Here

NO_ANSWER: Final = frozenset({"unreachable", "timeout"})
"""What is said of a visit that nobody answered."""


def next_try(attempts: int, refusal: Refused | Refusal | None, *, here: Here) -> int:
    """Seconds until the next try of what failed `attempts` times. Where nobody answered, the neighbour's circuit says it
    (`retry_after`): how often something was in somebody's hands is no measure of that."""
    after = 0 if refusal is None else refusal.public.get("retry_after")
    wait = after if isinstance(after, int) else 0
    if refusal is not None and refusal.code in NO_ANSWER and wait:
        return wait
    return max(wait, back_off(attempts, here=here))


def back_off(attempts: int, *, here: Here) -> int:
    """Seconds until the next try of what failed `attempts` times, by chance: 1 to 3600."""
    chance = int.from_bytes(here.random.bytes(2), "big")
    return 1 + min(3600, 1 << min(attempts, 12)) * chance // 65536
