# SPDX-License-Identifier: AGPL-3.0-or-later
"""The leaves a co-op can choose from, by name. `templates/marks.html` draws them, and a birch leaf for any other name."""

from typing import Final

LEAVES: Final = ("acorn", "birch", "clover", "fern", "ivy", "oak", "rowan", "willow")
