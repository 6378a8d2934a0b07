# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many mutations in several processes: most through the functions that judge, a share through a real door; their sum.

The numbers are tried in pieces. What came of a piece is kept as soon as it is done, and a later run goes on after it; a piece in
which something was found is tried again.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import structlog

from federation.errors import CODES
from node.village import found_village
from tests.fuzz.door import NODES, open_door
from tests.fuzz.trying import ELSEWHERE, ORIGINALS_EVERY, Mill, Tally
from tests.resuming import Results

DOOR_EVERY = 10
"""Every so many numbers one goes to the door."""
CHUNK, DOOR_CHUNK = 20_000, 50_000
"""Numbers in a piece; of DOOR_CHUNK only one in DOOR_EVERY is tried, in one village of its own."""
ENOUGH = 1000
"""How often each code is to be reached in a million."""
SOURCE = ("federation", "tests/fuzz")

Piece = tuple[str, int, int]
"""("functions" or "door", first number, the one after the last)."""


def quiet() -> None:
    """The door logs each refusal; a million of them help nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def pieces(count: int) -> list[Piece]:
    """All numbers below `count`, once each; doors first, which take longest."""
    return [
        (kind, at, min(count, at + size))
        for kind, size in (("door", DOOR_CHUNK), ("functions", CHUNK))
        for at in range(0, count, size)
    ]


def one(seed: int, mould: Path, piece: Piece) -> Tally:
    """What came of one piece. `mould`: a village founded for this seed, which is copied."""
    quiet()
    kind, first, end = piece
    if kind == "functions":
        return Mill(seed).run(number for number in range(first, end) if number % DOOR_EVERY)
    with tempfile.TemporaryDirectory(prefix="door-") as folder:
        copy = Path(folder) / "village"
        shutil.copytree(mould, copy)
        return asyncio.run(ask_the_door(seed, range(first, end, DOOR_EVERY), copy))


async def ask_the_door(seed: int, numbers: range, village: Path | None = None) -> Tally:
    """`village`: in which folder it was founded and is written to; None: one is founded for it."""
    tally = Tally()
    async with open_door(seed, mould=village) as door:
        for turn, number in enumerate(numbers):
            if turn % (ORIGINALS_EVERY // DOOR_EVERY) == 0:
                await door.ask_originals(tally)
            await door.try_one(number, turn, tally)
        await door.ask_originals(tally)
    return tally


def fuzz(*, count: int, seed: int, workers: int, results: Results) -> Tally:
    """So many mutations; their sum, with those that `results` holds already."""
    wanted = pieces(count)
    left = [piece for piece in wanted if not whole(results, piece)]
    if len(left) < len(wanted):
        print(f"… {len(wanted) - len(left)} of {len(wanted)} pieces were done before", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="mould-") as folder:
        mould = Path(folder)
        if any(piece[0] == "door" for piece in left):
            quiet()
            asyncio.run(found_village(mould, nodes=NODES, seed=seed))
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            work = {pool.submit(one, seed, mould, piece): piece for piece in left}
            for done, future in enumerate(as_completed(work), 1):
                results.put(key(work[future]), future.result().as_json())
                if done % 5 == 0:
                    total = so_far(wanted, results)
                    print(
                        f"… {total.tried:,} tried, {total.accepted} accepted, {total.unhandled} unhandled",
                        file=sys.stderr,
                        flush=True,
                    )
    return so_far(wanted, results)


def so_far(wanted: Sequence[Piece], results: Results) -> Tally:
    """The sum over those pieces that were tried."""
    total = Tally()
    for piece in wanted:
        came = results.get(key(piece))
        if came is not None:
            total.add(Tally.from_json(came))
    return total


def key(piece: Piece) -> str:
    return f"{piece[0]} {piece[1]}-{piece[2]}"


def whole(results: Results, piece: Piece) -> bool:
    came = results.get(key(piece))
    return came is not None and came["accepted"] == came["unhandled"] == 0


def too_seldom(tally: Tally) -> dict[str, int]:
    """Codes that were reached less often than they should be, and have no reason."""
    due = ENOUGH * tally.tried / 1_000_000
    return {code: tally.codes[code] for code in CODES if code not in ELSEWHERE and tally.codes[code] < due}
