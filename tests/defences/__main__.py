# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m tests.defences [word …] [--quick]`: takes every defence out in turn, and asks its test whether it is missed.

On stdout one JSON object a line for each, and a last one with the figures; exit 1 when one was not missed, or its text or test
is not there any more. Words choose the entries in whose threat, file or test one of them stands; `--quick` leaves out what takes
minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

from tests.defences import DEFENCES
from tests.defences.running import copy_to, run


def main() -> int:
    reading = argparse.ArgumentParser(prog="python -m tests.defences", description="Whether each defence is missed.")
    reading.add_argument("words", nargs="*", metavar="word", help="only entries in which one of these stands")
    reading.add_argument("--quick", action="store_true", help="without those that take minutes")
    given = reading.parse_args()
    chosen = [
        each
        for each in DEFENCES
        if not (given.quick and each.slow)
        and (not given.words or any(word in f"{each.threat} {each.file} {each.test}" for word in given.words))
    ]
    if not chosen:
        reading.error("no entry holds that")
    began, tally = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="defences-") as folder:
        for outcome in run(chosen, copy_to(Path(folder))):
            tally[outcome.outcome] += 1
            print(msgspec.json.encode(outcome).decode(), flush=True)
    seconds = round(time.monotonic() - began)
    print(msgspec.json.encode({"tried": len(chosen), **tally, "seconds": seconds}).decode(), flush=True)
    return 0 if tally["missed"] == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
