# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many seeds in several processes, each history for itself; villages are founded once, before.

What came of a seed is kept as soon as it was lived, and a later run goes on with the others; a seed that found something is lived
again.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import structlog

from tests.resuming import Results
from tests.simulation.history import HELD, Moulds, live, nodes_of

SOURCE = ("federation", "node", "tests/simulation")
QUICK = Path("/dev/shm")
"""A folder in memory, where there is one: nothing here has to outlive a loss of power."""
Came = dict[str, Any]
"""What is kept of a seed: nodes, moments, findings, its sum, the weather, and the seconds of a core that it took."""


def quick() -> str | None:
    """Where to put villages so that a disk holds nobody up; None: wherever temporary files go."""
    return str(QUICK) if QUICK.is_dir() else None


def quiet() -> None:
    """What a node logs in bad weather helps nobody here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def one(seed: int, folder: Path, moments: int | None, without: tuple[str, ...]) -> Came:
    quiet()
    began = time.process_time()
    told = live(seed, Moulds(folder), moments=moments, without=without)
    return {
        "nodes": told.nodes, "moments": len(told.lines), "findings": told.findings[:HELD], "sum": told.sum,
        "weather": told.weather, "seconds": round(time.process_time() - began, 2),
    }  # fmt: skip


def simulate(
    seeds: Sequence[int],
    moulds: Moulds,
    *,
    workers: int,
    results: Results,
    moments: int | None = None,
    without: tuple[str, ...] = (),
) -> dict[int, Came]:
    """What came of every seed; of those that `results` holds already, what it says."""
    left = [seed for seed in seeds if not _well(results, seed)]
    if len(left) < len(seeds):
        print(f"… {len(seeds) - len(left)} of {len(seeds)} seeds were lived before", file=sys.stderr)
    quiet()
    for nodes in sorted({nodes_of(seed) for seed in left}):
        moulds.of(nodes)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        work = {pool.submit(one, seed, moulds.folder, moments, without): seed for seed in left}
        for done, future in enumerate(as_completed(work), 1):
            seed, came = work[future], future.result()
            results.put(str(seed), came)
            if came["findings"]:
                print(f"… --seeds {seed}: {came['findings'][0]:.300}", file=sys.stderr, flush=True)
            elif done % 100 == 0:
                print(f"… {done} histories", file=sys.stderr, flush=True)
    return {seed: results.get(str(seed)) for seed in seeds}


def _well(results: Results, seed: int) -> bool:
    came = results.get(str(seed))
    return came is not None and not came["findings"]
