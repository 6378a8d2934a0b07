# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a co-op says of itself and of the country round it: its name and phone, the areas people know by name.

Pure values, read from YAML by `node.settings`; nothing here touches a disk. Places are as coarse as people's words for
them: an area is a name with one point, never an address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

EARTH_KM = 6371.0088  # mean radius, IUGG
WHOLE_PATCH = "whole_patch"


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in kilometres (haversine); degrees in, WGS 84 taken as a sphere."""
    p1, p2 = radians(lat1), radians(lat2)
    half = sin((p2 - p1) / 2) ** 2 + cos(p1) * cos(p2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


@dataclass(frozen=True, slots=True)
class Area:
    """A place people name: `lat`, `lon` in degrees; `council` is the id of the adult-services council there."""

    id: str
    name: str
    lat: float
    lon: float
    council: str = ""


@dataclass(frozen=True, slots=True)
class Council:
    """Whom to ring about an adult at risk, where the risk is."""

    id: str
    name: str
    adults: str
    out_of_hours: str


@dataclass(frozen=True)
class Gazetteer:
    """The areas a co-op knows, which of them are its patch, and the councils."""

    areas: Mapping[str, Area] = field(default_factory=lambda: MappingProxyType({}))
    patch: tuple[str, ...] = ()
    councils: Mapping[str, Council] = field(default_factory=lambda: MappingProxyType({}))

    def find(self, text: str) -> Area | None:
        """The area of that id, or of that name whatever its case; None when we do not know it."""
        if text in self.areas:
            return self.areas[text]
        wanted = " ".join(text.split()).casefold()
        return next((area for area in self.areas.values() if area.name.casefold() == wanted), None)

    def in_patch(self) -> Iterable[Area]:
        return (self.areas[name] for name in self.patch if name in self.areas)

    def whole_patch(self, name: str) -> Area | None:
        """The patch as one wide area, for topics that leave only with a wider area."""
        members = list(self.in_patch())
        if not members:
            return None
        lat = sum(area.lat for area in members) / len(members)
        lon = sum(area.lon for area in members) / len(members)
        return Area(id=WHOLE_PATCH, name=name, lat=lat, lon=lon, council=members[0].council)


NATIONS = ("england", "scotland", "wales", "northern-ireland")


@dataclass(frozen=True, slots=True)
class CoOpFacts:
    """What a co-op calls itself, and the numbers it gives out. `nation` picks the helplines; `tint` (#rrggbb) and `leaf`
    (the name of an ornament) are its own touch on the pages; `exit_to` is the address of a plain page elsewhere, such as a
    weather forecast, for who has to leave in a hurry; `night_mail`: notices may leave between 21 and 8 o'clock too."""

    name: str = "Our co-op"
    phone: str = ""
    nation: str = "england"
    tint: str = ""
    leaf: str = ""
    exit_to: str = ""
    night_mail: bool = False


NOWHERE = Gazetteer()
