# SPDX-License-Identifier: AGPL-3.0-or-later
"""One wording of an offer: as it is kept, sealed, and as it speaks to those who may read it. Inside this room only.

`Content` holds everything that the supporter decided; `Said` only what leaves, member for member the protocol's statement.
"""

from __future__ import annotations

from msgspec import Struct

from node.support.shapes import Kind


class Spot(Struct, frozen=True, kw_only=True):
    """A place by name, at a point of the 0.02 degree grid."""

    name: str
    lat: float
    lon: float


class Content(Struct, frozen=True, kw_only=True):
    """One wording of an offer, tidied and judged: what is sealed, as JSON, with each revision. `open` None: as it is."""

    kind: Kind
    topics: tuple[str, ...]
    have: str
    how: str
    limits: str
    ways: tuple[str, ...]
    languages: tuple[str, ...]
    area_id: str
    area: Spot
    times: str
    replies: int
    places: int
    open: int | None
    careful_ok: bool
    home_only: bool
    not_to: tuple[str, ...]


class Said(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an offer says to those who may read it: member for member the statement of the protocol."""

    kind: str
    topics: tuple[str, ...]
    have: str
    how: str
    limits: str
    ways: tuple[str, ...]
    languages: tuple[str, ...]
    area: Spot
    times: str
    places: int
    open: int
    replies: int
    checked_on: int
    revision: int
    away_until: int | None = None
