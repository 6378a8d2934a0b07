# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was done here, and who looked at whose care data: append-only, and tampering shows.

Entries form a hash chain whose head is kept, sealed under the node key, and handed out to be signed and seen by peers.
Neither holds personal data: people and things are named by their ids.
"""

from node.journal.acts import accessed, accessed_all, write
from node.journal.reads import about, accesses_of, entries, head, newest, verify
from node.journal.shapes import AccessShape, EntryShape, Head, Verdict

__all__ = [
    "AccessShape",
    "EntryShape",
    "Head",
    "Verdict",
    "about",
    "accessed",
    "accessed_all",
    "accesses_of",
    "entries",
    "head",
    "newest",
    "verify",
    "write",
]
