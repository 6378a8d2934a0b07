# SPDX-License-Identifier: AGPL-3.0-or-later
"""One check at a time, within its time: whatever it raises becomes a finding, and the next check follows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from federation.errors import Refused
from node.errors import Refusal
from node.findings import Finding

LIMIT: Final = 6.0
"""Seconds for one check, unless it says otherwise."""
AT_LEAST: Final = 0.2

log = structlog.get_logger("commoncare.doctor")


async def guarded(
    what: str,
    check: Callable[[], Awaitable[Finding]],
    *,
    until: float,
    limit: float = LIMIT,
    slow: Finding | None = None,
) -> Finding:
    """What the check found; a finding too when it failed, or took longer than `limit` seconds or `until` (the loop's time).
    `slow`: what is said then instead of that it did not answer."""
    given = max(AT_LEAST, min(limit, until - asyncio.get_running_loop().time()))
    try:
        async with asyncio.timeout(given):
            return await check()
    except TimeoutError:
        words = "It did not answer in time, so it was not looked at."
        next_step = "Look again in a few minutes; if it stays so, look at the database and at this machine's load."
        return slow or Finding(what=what, well=False, words=words, next_step=next_step)
    except Refusal as refusal:
        return Finding(what=what, well=False, words=refusal.words, next_step="Do what it says, and look again.")
    except Refused as refusal:
        return Finding(what=what, well=False, words=f"{refusal.title}.", next_step="Look at the settings and the keys.")
    except Exception as error:
        return faulty(what, error)


def faulty(what: str, error: Exception) -> Finding:
    """A check that fell over by a fault of ours: the log says where, the finding only that."""
    log.error("fault", check=what, exc_info=error)
    words = f"It could not be looked at ({type(error).__name__})."
    return Finding(what=what, well=False, words=words, next_step="Please report the line that was logged.")
