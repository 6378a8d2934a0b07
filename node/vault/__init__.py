# SPDX-License-Identifier: AGPL-3.0-or-later
"""Encryption at rest: one data key for each owner, so that destroying the key erases everything that was sealed under it.

A text is sealed for one table, row and column: moved elsewhere it does not open. A destroyed owner stays destroyed: its row
tells when, and no new key is made for it. What must be found by value is found by `blind`.
"""

from node.vault.acts import create, destroy, rewrap
from node.vault.reads import destroyed_at, ring, ring_of
from node.vault.rules import Erased, NoKey, Ring, Tampered, blind

__all__ = [
    "Erased",
    "NoKey",
    "Ring",
    "Tampered",
    "blind",
    "create",
    "destroy",
    "destroyed_at",
    "rewrap",
    "ring",
    "ring_of",
]
