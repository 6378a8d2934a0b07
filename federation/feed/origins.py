# SPDX-License-Identifier: AGPL-3.0-or-later
"""The name of one feed in one epoch, as it stands in every checkpoint: `<node_id>/commoncare/<topic>/<epoch>`.

An origin that exists is well formed: a node id, a topic of version 1, and the Unix second of its opening.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from .. import wire
from ..errors import Refused

TOPICS: Final = wire.TOPICS
EPOCH_DAYS: Final = 100
"""The longest an epoch may last."""
ENTRY_DAYS: Final[dict[str, int]] = {"availability": 7, "peer-support": 90, "metrics": 400, "trust": 400}
"""The longest that a put of each topic may stand, from its `iat`, in days. Offers: 90; availability: 7."""

_EPOCH: Final = re.compile(r"[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """One log: whose, on what, since when (`epoch`: Unix seconds). Refused: malformed, for any other value."""

    node_id: str
    topic: str
    epoch: int

    def __post_init__(self) -> None:
        wire.node_id(self.node_id)
        if self.topic not in TOPICS:
            raise Refused("malformed", "no such topic")
        if not 0 < self.epoch < wire.INTEGER_END:
            raise Refused("malformed", "an epoch is a Unix second")

    def __str__(self) -> str:
        return f"{self.node_id}/commoncare/{self.topic}/{self.epoch}"

    @classmethod
    def parse(cls, text: str) -> Origin:
        """The origin that prints as exactly this text. Refused: malformed."""
        parts = text.split("/")
        if len(parts) != 4 or parts[1] != "commoncare" or not _EPOCH.fullmatch(parts[3]):
            raise Refused("malformed", "not an origin")
        return cls(parts[0], parts[2], int(parts[3]))
