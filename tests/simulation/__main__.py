# SPDX-License-Identifier: AGPL-3.0-or-later
"""`make simulate`: many seeds, in as many processes as asked for; ends with one JSON line. Exit 1 when anything did not hold."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.resuming import AnotherTrial, Results
from tests.simulation.history import HELD, Moulds, live
from tests.simulation.running import SOURCE, Came, quick, quiet, simulate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seeds", default="1-2000", help="one, the first and the last, or several of these: 17, 1-2000, 3-4,9"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep what came of each seed here, and go on after it"
    )
    parser.add_argument("--moments", type=int, help="in place of each seed's own number, 40 to 80")
    parser.add_argument("--tell", action="store_true", help="every line of each history")
    parser.add_argument("--without", nargs="*", default=[], help="deeds that nobody does, by name")
    given = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # The order of a set of texts is another in every process; here it has to be the same.
        again = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, "PYTHONHASHSEED": "0"})
    seeds: list[int] = []
    for part in given.seeds.split(","):
        first, _, last = part.partition("-")
        seeds += range(int(first), int(last or first) + 1)
    try:
        results = Results(
            given.resume,
            {"trial": "simulation", "without": given.without} | ({"moments": given.moments} if given.moments else {}),
            SOURCE,
        )
    except AnotherTrial as error:
        parser.error(str(error))
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="histories-", dir=quick()) as folder:
        tempfile.tempdir = folder
        os.environ["TMPDIR"] = folder  # for the other processes
        moulds = Moulds(Path(folder))
        if given.tell:
            _tell(seeds, moulds, given.moments, tuple(given.without))
            return 0
        told = simulate(
            seeds, moulds, workers=given.workers, results=results, moments=given.moments, without=tuple(given.without)
        )
    return _sum_up(told, seconds=time.monotonic() - began, versions=results.sources([str(seed) for seed in told]))


def _tell(seeds: list[int], moulds: Moulds, moments: int | None, without: tuple[str, ...]) -> None:
    quiet()
    for seed in seeds:
        told = live(seed, moulds, moments=moments, without=without)
        print(*told.lines, *(f"!! {finding}" for finding in told.findings), f"sum {told.sum}", sep="\n")


def _sum_up(told: dict[int, Came], *, seconds: float, versions: int) -> int:
    bad = {seed: came for seed, came in told.items() if came["findings"]}
    for seed, came in list(bad.items())[:20]:
        print(f"!! --seeds {seed} ({came['nodes']} co-ops)", *came["findings"][:HELD], sep="\n   ", file=sys.stderr)
    line = {
        "seeds": len(told), "failed": len(bad), "failed_seeds": list(bad)[:100],
        "moments": sum(came["moments"] for came in told.values()),
        "weather": dict(sorted(sum((Counter(came["weather"]) for came in told.values()), Counter()).items())),
        "seconds": round(seconds), "of_a_core": round(sum(came["seconds"] for came in told.values())),
        "sources": versions, "sums": {seed: came["sum"] for seed, came in list(told.items())[:3]},
    }  # fmt: skip
    print(json.dumps(line))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
