# SPDX-License-Identifier: AGPL-3.0-or-later
"""`make simulate`: many seeds, in as many processes as asked for; ends with one JSON line. Exit 1 when anything did not hold."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation.history import HELD, Moulds, live
from tests.simulation.running import quiet, simulate


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--seeds", default="1-2000", help="one, the first and the last, or several of these: 17, 1-2000, 3-4,9"
    )
    parser.add_argument("--workers", type=int, default=2)
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
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="moulds-") as folder:
        moulds = Moulds(Path(folder))
        if given.tell:
            quiet()
            told = [live(seed, moulds, without=tuple(given.without)) for seed in seeds]
            for each in told:
                print(*each.lines, sep="\n")
        else:
            told = simulate(seeds, moulds, workers=given.workers, without=tuple(given.without))
    bad = [each for each in told if each.findings]
    for each in bad[:20]:
        print(f"!! --seeds {each.seed} ({each.nodes} co-ops)", *each.findings[:HELD], sep="\n   ", file=sys.stderr)
    seconds = time.monotonic() - began
    line = {
        "seeds": len(told), "failed": len(bad), "failed_seeds": [each.seed for each in bad][:100],
        "moments": sum(len(each.lines) for each in told), "seconds": round(seconds), "a_seed": round(seconds / len(told), 2),
        "sums": {each.seed: each.sum for each in told[:3]},
    }  # fmt: skip
    print(json.dumps(line))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
