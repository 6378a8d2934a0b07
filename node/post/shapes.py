# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a worker is handed, and what became of something that was put out. Times in Unix seconds."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["open", "done", "dead", "back"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to deliver, ours until the lease ends. `to`: a node's name, or "". `attempts`: this one counted."""

    id: str
    kind: str
    ref: str
    to: str
    due: int
    expires: int | None
    attempts: int
    lease: str


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: `why` a code from `later` or `dead` ("expired" when its time ran out), `ended` when it closed."""

    state: State
    due: int
    attempts: int
    why: str | None
    ended: int | None
