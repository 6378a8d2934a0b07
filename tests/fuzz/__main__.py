# SPDX-License-Identifier: AGPL-3.0-or-later
"""`make fuzz`: a million mutations by default, in as many processes as asked for; ends with one JSON line of figures.

Exit 1 when anything was accepted that should not be, anything but a refusal was raised, an original did not pass, or in a full
run a code of the protocol was reached less than 1,000 times in the million without a reason given in `trying.ELSEWHERE`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path

from federation.errors import CODES
from tests.fuzz.running import DOOR_EVERY, SOURCE, ask_the_door, fuzz, pieces, quiet, too_seldom
from tests.fuzz.trying import ELSEWHERE, Mill, Tally
from tests.resuming import AnotherTrial, Results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int, help="one number, and what came of it")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="keep what was tried here, and go on after it")
    given = parser.parse_args()
    began = time.monotonic()
    if given.only is not None:
        tally = _one(given.seed, given.only)
        versions = 1
    else:
        try:
            results = Results(given.resume, {"trial": "fuzz", "seed": given.seed}, SOURCE)
        except AnotherTrial as error:
            parser.error(str(error))
        tally = fuzz(count=given.count, seed=given.seed, workers=given.workers, results=results)
        versions = results.sources([f"{kind} {first}-{end}" for kind, first, end in pieces(given.count)])
        _show(tally)
    for what in tally.findings:
        print("!!", what, file=sys.stderr)
    seldom = {} if given.only is not None else too_seldom(tally)
    seconds = time.monotonic() - began
    line = tally.figures() | {
        "seldom": seldom, "seed": given.seed, "sources": versions, "seconds": round(seconds),
        "a_second": round(tally.tried / seconds),
    }  # fmt: skip
    print(json.dumps(line))
    enough = given.count < 1_000_000 or not seldom
    return 0 if tally.accepted == tally.unhandled == 0 and enough else 1


def _one(seed: int, number: int) -> Tally:
    quiet()
    if number % DOOR_EVERY == 0:
        return asyncio.run(ask_the_door(seed, range(number, number + 1)))
    mill, tally = Mill(seed), Tally()
    print(*mill.case(number), sep="\n")
    mill.try_one(number, tally)
    return tally


def _show(tally: Tally) -> None:
    """The table of codes: how often each was reached, or why it can't be."""
    for code in CODES:
        print(f"{code:18} {tally.codes[code]:>9,}  {ELSEWHERE.get(code, '')}".rstrip())


if __name__ == "__main__":
    sys.exit(main())
