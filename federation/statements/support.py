# SPDX-License-Identifier: AGPL-3.0-or-later
"""An offer of peer support, as other co-ops get it: no name, no address, nothing to ring.

It says what the supporter and their lead approved for this audience, and where about they are. A first meeting is
never at home, so there is no such way to meet.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from . import common
from .common import Area, Language, Revision, Time, Topic

Kind = Literal["one_to_one", "group"]
Way = Literal["phone", "message", "video", "public_place", "phone_group", "video_group"]

GROUP_WAYS: Final[frozenset[Way]] = frozenset({"phone_group", "video_group"})
"""Ways that only a group has."""
MOST_ONE_TO_ONE: Final = 20
"""Places that one supporter may offer for conversations of two."""

_Text = Annotated[str, msgspec.Meta(max_length=600)]
_Line = Annotated[str, msgspec.Meta(max_length=200, pattern=common.LINE)]
_Places = Annotated[int, msgspec.Meta(ge=0, le=200)]


class PeerSupport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One offer, version 1.

    topics    1 to 8, a slug of the shared list or node_id:slug
    have, how, limits   what we have in common, how I help, my limits; 600 characters each
    ways      1 to 6; *_group only with kind group
    languages 1 to 8 BCP 47 tags
    area      name (60 characters) and a point of the 0.02 degree grid
    times     when, in words; 200 characters, one line
    places, open   how many there are, and how many are free now: 0 <= open <= places
    replies   days within which an answer can be expected, 1 to 30
    away_until     Unix seconds; absent while the supporter is there
    checked_on     Unix seconds: when the co-op's lead last checked this offer
    revision  +1 with every change that an asker should have seen
    """

    kind: Kind
    topics: Annotated[tuple[Topic, ...], msgspec.Meta(min_length=1, max_length=8)]
    have: _Text
    how: _Text
    limits: _Text
    ways: Annotated[tuple[Way, ...], msgspec.Meta(min_length=1, max_length=6)]
    languages: Annotated[tuple[Language, ...], msgspec.Meta(min_length=1, max_length=8)]
    area: Area
    times: _Line
    places: _Places
    open: _Places
    replies: Annotated[int, msgspec.Meta(ge=1, le=30)]
    checked_on: Time
    revision: Revision
    away_until: Time | UnsetType = UNSET


def read(data: object) -> PeerSupport:
    """The offer in a put's `data`; members that are not named are ignored. Refused: malformed, with the path."""
    offer = common.read(PeerSupport, data)
    common.topics(offer.topics, "$.topics")
    common.unique(offer.ways, "$.ways")
    common.unique(offer.languages, "$.languages")
    common.place(offer.area, "$.area")
    if offer.kind == "one_to_one":
        if not GROUP_WAYS.isdisjoint(offer.ways):
            raise common.malformed("$.ways", "a group's way for two")
        if offer.places > MOST_ONE_TO_ONE:
            raise common.malformed("$.places")
    if offer.open > offer.places:
        raise common.malformed("$.open", "more open than there are")
    return offer
