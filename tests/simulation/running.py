# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many seeds in several processes, each history for itself; villages are founded once, before."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import structlog

from tests.simulation.history import Moulds, Told, live, nodes_of


def quiet() -> None:
    """What a node logs in bad weather helps nobody here."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def one(seed: int, folder: Path, without: tuple[str, ...]) -> Told:
    quiet()
    told = live(seed, Moulds(folder), without=without)
    if not told.findings and seed > 3:
        told.lines = told.lines[:1] * len(told.lines)  # a good history is a sum and a length; its lines replay
    return told


def simulate(seeds: Sequence[int], moulds: Moulds, *, workers: int, without: tuple[str, ...] = ()) -> list[Told]:
    """Every seed's history, in their order."""
    quiet()
    for nodes in sorted({nodes_of(seed) for seed in seeds}):
        moulds.of(nodes)
    told: list[Told] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for each in pool.map(one, seeds, [moulds.folder] * len(seeds), [without] * len(seeds)):
            told.append(each)
            if each.findings:
                print(f"… --seeds {each.seed}: {each.findings[0]:.200}", file=sys.stderr)
            elif len(told) % 100 == 0:
                print(f"… {len(told)} histories", file=sys.stderr)
    return told
