# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.bench [part …] [--quick]`: all parts, or those named, one after the other.

On stdout nothing but figures, one JSON object a line; what else there is to say goes to stderr. `--quick` takes smaller
numbers, to see that everything runs: its figures say little.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from node import logs
from tests.bench import crossing, flooding, idle, ingest, pages, search, start

PARTS: dict[str, Callable[..., Awaitable[None]]] = {
    "ingest": ingest.run,
    "search": search.run,
    "pages": pages.run,
    "crossing": crossing.run,
    "idle": idle.run,
    "flooding": flooding.run,
    "start": start.run,
}
QUICK: dict[str, dict[str, Any]] = {
    "ingest": {"offers": 300, "rounds": 1},
    "search": {"offers": 1_000, "asked": 20},
    "pages": {"asked": 20},
    "crossing": {"offers": 5},
    "idle": {"peers": (3, 6), "seconds": 5.0},
    "flooding": {"seconds": 6.0, "entries": 500},
    "start": {},
}


async def run(parts: Sequence[str] = (), *, quick: bool = False) -> None:
    """Every part, or those named, in the order of PARTS."""
    for name, part in PARTS.items():
        if not parts or name in parts:
            await part(**(QUICK[name] if quick else {}))


def main() -> None:
    reading = argparse.ArgumentParser(prog="python -m tests.bench", description="Figures beside their limits.")
    reading.add_argument("parts", nargs="*", metavar="part", help=f"of: {', '.join(PARTS)}; all when none is named")
    reading.add_argument("--quick", action="store_true", help="smaller numbers, to see that everything runs")
    given = reading.parse_args()
    if unknown := sorted(set(given.parts) - PARTS.keys()):
        reading.error(f"there is no part {', '.join(unknown)}; choose from: {', '.join(PARTS)}")
    logs.set_up(level="error", form="text")
    asyncio.run(run(given.parts, quick=given.quick))


if __name__ == "__main__":
    main()
