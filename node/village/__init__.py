# SPDX-License-Identifier: AGPL-3.0-or-later
"""Several co-ops on one machine: in one process for tests, as processes for the demo, with seeded people.

Real code throughout: only time, chance and the network are handed in.
"""

from node.village.village import Village, found_village, open_village, village

__all__ = ["Village", "found_village", "open_village", "village"]
