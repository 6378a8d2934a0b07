# SPDX-License-Identifier: AGPL-3.0-or-later
"""One figure, one JSON line: what was measured, its limit (the shortest code, same run), the aim, whether it holds."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from typing import Literal


def tell(
    name: str,
    value: float,
    *,
    unit: str,
    limit: float | None = None,
    limit_is: str = "",
    aim: float | None = None,
    better: Literal["less", "more"] = "less",
    **more: float | int | str,
) -> None:
    """`aim`: what the figure should reach; where it is a share of the limit, say so in `limit_is`."""
    line: dict[str, object] = {"figure": name, "value": round(value, 3), "unit": unit}
    if limit is not None:
        line |= {"limit": round(limit, 3), "limit_is": limit_is, "ratio": round(value / limit, 2) if limit else None}
    if aim is not None:
        line |= {"aim": round(aim, 3), "holds": value <= aim if better == "less" else value >= aim}
    print(json.dumps(line | more), flush=True)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
