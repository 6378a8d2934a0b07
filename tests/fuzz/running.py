# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many mutations in several processes: most through the functions that judge, a share through a real door; their sum."""

from __future__ import annotations

import asyncio
import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import structlog

from federation.errors import CODES
from tests.fuzz.door import open_door
from tests.fuzz.trying import ELSEWHERE, ORIGINALS_EVERY, Mill, Tally

DOOR_EVERY = 25
"""Every so many numbers one goes to the door."""
CHUNK = 20_000
ENOUGH = 1000
"""How often each code is to be reached in a million."""


def quiet() -> None:
    """The door logs each refusal; a million of them help nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def through_functions(seed: int, first: int, end: int) -> Tally:
    """The numbers from `first` to before `end` that do not go to the door."""
    quiet()
    return Mill(seed).run(number for number in range(first, end) if number % DOOR_EVERY)


def through_the_door(seed: int, count: int) -> Tally:
    """All numbers below `count` that go to the door, in their order."""
    quiet()
    return asyncio.run(ask_the_door(seed, range(0, count, DOOR_EVERY)))


async def ask_the_door(seed: int, numbers: range) -> Tally:
    tally = Tally()
    async with open_door(seed) as door:
        for turn, number in enumerate(numbers):
            if turn % (ORIGINALS_EVERY // DOOR_EVERY) == 0:
                await door.ask_originals(tally)
            await door.try_one(number, turn, tally)
        await door.ask_originals(tally)
    return tally


def fuzz(*, count: int, seed: int, workers: int) -> Tally:
    """So many mutations; their sum."""
    total = Tally()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        work = [pool.submit(through_the_door, seed, count)]
        work += [pool.submit(through_functions, seed, at, min(count, at + CHUNK)) for at in range(0, count, CHUNK)]
        for done, part in enumerate(work, 1):
            total.add(part.result())
            if done % 5 == 0:
                print(
                    f"… {total.tried:,} tried, {total.accepted} accepted, {total.unhandled} unhandled", file=sys.stderr
                )
    return total


def too_seldom(tally: Tally) -> dict[str, int]:
    """Codes that were reached less often than they should be, and have no reason."""
    due = ENOUGH * tally.tried / 1_000_000
    return {code: tally.codes[code] for code in CODES if code not in ELSEWHERE and tally.codes[code] < due}
