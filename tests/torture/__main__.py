# SPDX-License-Identifier: AGPL-3.0-or-later
"""`make torture`: every part in turn, or the one that is named, with what it is given. Exit 1 when one did not hold."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.torture import disk, kills, power, replicas

PARTS: dict[str, Callable[[list[str]], int]] = {
    "kills": kills.main,
    "power": power.main,
    "disk": disk.main,
    "replicas": replicas.main,
}


def main(given: list[str]) -> int:
    if not given:
        return max(part([]) for part in PARTS.values())
    name, *rest = given
    if name not in PARTS:
        print(f"{name}: there is {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    return PARTS[name](rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
