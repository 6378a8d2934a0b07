# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's node: rooms on floors, each importing only downward (docs/developers/tour.md)."""

__version__ = "0.1.0"
