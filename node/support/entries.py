# SPDX-License-Identifier: AGPL-3.0-or-later
"""An offer, ours or a neighbour's, as one row of the table `listing`: a plain tuple, since thousands come at once. Pure.

Offers are found by their own words and by what stands behind their topics, ways, languages and places: other words people use,
and tokens that nobody can type.
"""

from __future__ import annotations

from binascii import b2a_base64
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, Protocol, TypeVar
from zlib import crc32

import msgspec

from node.support.taxonomy import Topics, common
from node.support.words import (
    cell_tokens,
    kind_token,
    language_tokens,
    on_sphere,
    stem_set,
    stems,
    topic_token,
    way_token,
)

COLUMNS = (
    "id",
    "node_id",
    "offer_id",
    "hidden",
    "expires_at",
    "open",
    "away_until",
    "shuffle",
    "x",
    "y",
    "z",
    "kind",
    "lat",
    "lon",
    "places",
    "replies",
    "checked_on",
    "revision",
    "published_at",
    "area",
    "topics",
    "ways",
    "languages",
    "have",
    "how",
    "limits",
    "times",
    "tokens",
)
WAY_WORDS = {
    "phone": "phone telephone ring call",
    "message": "message text write",
    "video": "video",
    "public_place": "meet cafe",
    "phone_group": "phone telephone ring call group",
    "video_group": "video group",
}
LANGUAGE_WORDS = {
    "en": "English", "cy": "Welsh Cymraeg", "gd": "Gaelic", "ga": "Irish Gaeilge", "pl": "Polish polski", "ur": "Urdu",
    "pa": "Punjabi Panjabi", "bn": "Bengali Bangla Sylheti", "gu": "Gujarati", "hi": "Hindi", "ta": "Tamil", "ar": "Arabic",
    "so": "Somali", "ti": "Tigrinya", "am": "Amharic", "fa": "Farsi Persian Dari", "ps": "Pashto", "ku": "Kurdish",
    "tr": "Turkish", "uk": "Ukrainian", "ru": "Russian", "ro": "Romanian", "hu": "Hungarian", "cs": "Czech", "sk": "Slovak",
    "lt": "Lithuanian", "lv": "Latvian", "pt": "Portuguese", "es": "Spanish", "fr": "French", "it": "Italian",
    "de": "German", "el": "Greek", "zh": "Chinese", "yue": "Cantonese", "vi": "Vietnamese", "tl": "Tagalog Filipino",
    "yo": "Yoruba", "ig": "Igbo", "sw": "Swahili", "bfi": "BSL sign", "rom": "Romani Romany",
}  # fmt: skip
"""Languages by the names that people type."""
SIXTEEN = 16
_URL = bytes.maketrans(b"+/", b"-_")

_json = msgspec.json.Encoder().encode


class Place(Protocol):
    """Where about: a name and a point of the grid, in degrees."""

    @property
    def name(self) -> str: ...
    @property
    def lat(self) -> float: ...
    @property
    def lon(self) -> float: ...


class Sayings(Protocol):
    """What an offer says: our own `shapes.Said` or the protocol's statement. `away_until`: falsy when they are there."""

    @property
    def kind(self) -> str: ...
    @property
    def topics(self) -> tuple[str, ...]: ...
    @property
    def have(self) -> str: ...
    @property
    def how(self) -> str: ...
    @property
    def limits(self) -> str: ...
    @property
    def ways(self) -> tuple[Any, ...]: ...
    @property
    def languages(self) -> tuple[str, ...]: ...
    @property
    def area(self) -> Place: ...
    @property
    def times(self) -> str: ...
    @property
    def places(self) -> int: ...
    @property
    def open(self) -> int: ...
    @property
    def replies(self) -> int: ...
    @property
    def checked_on(self) -> int: ...
    @property
    def revision(self) -> int: ...
    @property
    def away_until(self) -> Any: ...


def listing_id(node_id: str, offer_id: str) -> str:
    """A neighbour's offer as this node knows it: base64url of SHA-256(node_id || 0x00 || offer_id)[:16], 22 characters."""
    digest = sha256(f"{node_id}\0{offer_id}".encode()).digest()[:SIXTEEN]
    return b2a_base64(digest)[:22].translate(_URL).decode()


def shuffle(listing: str) -> int:
    """31 bits for a listing, from its id: what the day's order is made from."""
    return crc32(listing.encode()) >> 1


@lru_cache(maxsize=16_384)
def as_json(names: tuple[str, ...]) -> str:
    return _json(names).decode()


K = TypeVar("K")


class Remembered(dict[K, frozenset[str]]):
    """Tokens made once for each key. Emptied when full, since neighbours choose the keys."""

    def __init__(self, make: Callable[[K], Iterable[str]], most: int = 20_000) -> None:
        super().__init__()
        self._make = make
        self._most = most

    def __missing__(self, key: K) -> frozenset[str]:
        if len(self) >= self._most:
            self.clear()
        made = self[key] = frozenset(self._make(key))
        return made


def _kind(kind: str) -> list[str]:
    return [kind_token(kind), *(stems("group") if kind == "group" else ())]


def _ways(ways: tuple[str, ...]) -> list[str]:
    return [way_token(way) for way in ways] + [word for way in ways for word in stems(WAY_WORDS.get(way, ""))]


def _languages(tags: tuple[str, ...]) -> list[str]:
    names = [LANGUAGE_WORDS.get(tag.partition("-")[0], "") for tag in tags]
    return [token for tag in tags for token in language_tokens(tag)] + [word for name in names for word in stems(name)]


def _place(place: tuple[str, float, float]) -> list[str]:
    name, lat, lon = place
    return [*cell_tokens(lat, lon), *stems(name)]


class Indexer:
    """Makes listing rows, remembering what topics, ways, languages and places add to a text. For one taxonomy."""

    def __init__(self, topics: Topics) -> None:
        self._topics = Remembered[tuple[str, ...]](
            lambda slugs: (
                [topic_token(slug) for slug in slugs] + [word for slug in slugs for word in topics.stems(slug)]
            )
        )
        self._kinds = Remembered(_kind)
        self._ways = Remembered(_ways)
        self._languages = Remembered(_languages)
        self._places = Remembered(_place)

    def tokens(self, said: Sayings) -> str:
        """Everything under which an offer is found: each token once, parted by spaces."""
        place = said.area
        found = stem_set(f"{said.have} {said.how} {said.limits} {said.times}")
        found.update(
            self._kinds[said.kind],
            self._topics[said.topics],
            self._ways[said.ways],
            self._languages[said.languages],
            self._places[place.name, place.lat, place.lon],
        )
        found.discard("")
        return " ".join(found)

    def row(
        self,
        said: Sayings,
        *,
        id: str,
        node_id: str,
        offer_id: str,
        hidden: bool,
        expires_at: int,
        published_at: int,
    ) -> tuple[Any, ...]:
        """One listing, in the order of COLUMNS."""
        place = said.area
        x, y, z = on_sphere(place.lat, place.lon)
        return (
            id,
            node_id,
            offer_id,
            hidden,
            expires_at,
            said.open,
            said.away_until or None,
            shuffle(id),
            x,
            y,
            z,
            said.kind,
            place.lat,
            place.lon,
            said.places,
            said.replies,
            said.checked_on,
            said.revision,
            published_at,
            place.name,
            as_json(said.topics),
            as_json(said.ways),
            as_json(said.languages),
            said.have,
            said.how,
            said.limits,
            said.times,
            self.tokens(said),
        )


@cache
def indexer() -> Indexer:
    """The one for the topics that every co-op has."""
    return Indexer(common())
