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


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one kind lately. `dead`: code -> how many were given up for it; `late`: code -> how many of those waiting
    were tried in vain; `waiting_since`, `last_done`: Unix seconds."""

    kind: str
    done: int
    waiting: int
    waiting_since: int | None
    tried: int
    dead: dict[str, int]
    late: dict[str, int]
    last_done: int | None


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """Something that should have left: when it was due, when it was put out, the code of the last vain try."""

    kind: str
    due: int
    put_at: int
    why: str


class Put(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: `why` a code from `later` or `dead` ("expired" when its time ran out), `ended` when it closed."""

    state: State
    due: int
    attempts: int
    why: str | None
    ended: int | None
