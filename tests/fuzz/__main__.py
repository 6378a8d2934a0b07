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

from tests.fuzz.running import DOOR_EVERY, ask_the_door, fuzz, quiet, too_seldom
from tests.fuzz.trying import ELSEWHERE, Mill, Tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", type=int, help="one number, and what came of it")
    given = parser.parse_args()
    began = time.monotonic()
    if given.only is not None:
        quiet()
        if given.only % DOOR_EVERY == 0:
            tally = asyncio.run(ask_the_door(given.seed, range(given.only, given.only + 1)))
        else:
            mill = Mill(given.seed)
            print(*mill.case(given.only), sep="\n")
            tally = Tally()
            mill.try_one(given.only, tally)
    else:
        tally = fuzz(count=given.count, seed=given.seed, workers=given.workers)
        for code, why in ELSEWHERE.items():
            print(f"{code:14} {why}")
    for what in tally.findings:
        print("!!", what, file=sys.stderr)
    seldom = {} if given.only is not None else too_seldom(tally)
    seconds = time.monotonic() - began
    line = tally.figures() | {
        "seldom": seldom,
        "seed": given.seed,
        "seconds": round(seconds),
        "a_second": round(tally.tried / seconds),
    }
    print(json.dumps(line))
    enough = given.count < 1_000_000 or not seldom
    return 0 if tally.accepted == tally.unhandled == 0 and enough else 1


if __name__ == "__main__":
    sys.exit(main())
