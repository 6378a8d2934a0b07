# SPDX-License-Identifier: AGPL-3.0-or-later
"""A closing that stands."""

from __future__ import annotations

from msgspec import Struct


class Closing(Struct, frozen=True, kw_only=True):
    """Times: Unix seconds, as in the table. `done_at`: None while there is still something to end."""

    id: str
    said_at: int
    on_at: int
    until: int
    done_at: int | None
