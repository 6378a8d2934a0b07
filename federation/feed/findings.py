# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a follower finds wrong with a peer's feed: a refusal that also says which alarm to raise.

On the wire these are all `bad-answer`: we tell ourselves, not the peer. The finding decides what the follower does,
and nothing here does it.
"""

from __future__ import annotations

from typing import Final

from ..errors import Refused

FINDINGS: Final[dict[str, str]] = {
    "fork": "two signed views of one log: keep both notes, freeze the peer, publish",
    "rollback": "a size, time or epoch below the one accepted before: alarm",
    "time-ahead": "a checkpoint more than 300 s ahead of our clock",
    "epoch-ahead": "an epoch more than 300 s ahead of our clock",
    "epoch-long": "a checkpoint later than 100 days after its epoch's opening",
    "root-mismatch": "the leaves do not give the root that was pinned",
    "snapshot": "an epoch that does not begin with its opening entry and its whole live state",
}
"""finding -> what it means."""


class FeedRefused(Refused):
    """A checkpoint or range of a peer's log that is not taken. `finding` is a key of FINDINGS."""

    def __init__(self, finding: str, cause: str) -> None:
        if finding not in FINDINGS:
            raise ValueError(f"no such finding: {finding}")
        super().__init__("bad-answer", f"{finding}: {cause}")
        self.finding = finding
