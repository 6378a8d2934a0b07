# SPDX-License-Identifier: AGPL-3.0-or-later
"""The search over all offers this node holds, ours and the neighbours'. It never leaves, and nothing of it is kept.

In order: the query is judged (every fault at once), its words and filters become one expression for the text index, the exact
distance decides, and one statement reads one page: offers with room first, shuffled anew each day, by a key that only this
node can tell beforehand. When no offer has all the words, offers with some of them are shown, and the answer says so.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import msgspec

from node import database
from node.actor import Actor
from node.database import Read, Row, reading
from node.errors import Invalid
from node.here import Here, NodeKey
from node.members.rights import MEMBER, check
from node.peers import reads as peers
from node.place import WHOLE_PATCH, Area, distance_km
from node.safeguarding import crisis
from node.safeguarding import reads as safeguarding
from node.support import rules
from node.support.shapes import ListingView, SearchPage, SearchQuery
from node.support.taxonomy import Topics, common
from node.support.words import (
    cells_within,
    chord_squared,
    kind_token,
    language_token,
    on_sphere,
    stems,
    topic_token,
    way_token,
)
from node.words import _

LONGEST_WORDS = 300
MOST_WORDS = 12
MOST_PAGE = 100
FARTHEST_KM = 1000.0
PRIME = 2**31 - 1
"""The day's order of an offer is (shuffle * factor + shift) mod PRIME: a new order each day, and no two days alike."""

# A match is joined with its narrow columns only; the wide ones are read for one page. CROSS JOIN keeps SQLite in that order.
_NARROW = "CASE WHEN l.open > 0 AND coalesce(l.away_until, 0) <= {} THEN 0 ELSE 1 END AS place, "
_ORDER = "(l.shuffle * {} + {}) % 2147483647 AS turn"
_FROM = {
    ("sqlite", True): "listing_words w CROSS JOIN listing l INDEXED BY listing_narrow ON l.n = w.rowid "
    "WHERE w.listing_words MATCH {} AND",
    ("sqlite", False): "listing l INDEXED BY listing_narrow WHERE",
    ("postgres", True): "listing l WHERE l.index_words @@ ({}::text)::tsquery AND",
    ("postgres", False): "listing l WHERE",
}
_STANDS = " NOT l.hidden AND l.expires_at > {}"
_NEAR = " AND (l.x - {}) * (l.x - {}) + (l.y - {}) * (l.y - {}) + (l.z - {}) * (l.z - {}) <= {}"
_ID = {"sqlite": "l.id", "postgres": 'l.id COLLATE "C"'}
_WIDE = (
    "l.id, l.node_id, l.kind, l.topics, l.have, l.how, l.limits, l.ways, l.languages, l.area, l.lat, l.lon, l.times, "
    "l.replies, l.places, l.open, l.away_until, l.checked_on, l.published_at, l.expires_at, s.place, s.turn"
)


class After(NamedTuple):
    """Where a page ended: the day whose order it had, whether all words were asked for, and the last row's place."""

    day: int
    all: bool
    place: int
    turn: int
    id: str


class Asked(NamedTuple):
    """A query, judged. `groups`: of each, one token must be there."""

    words: list[str]
    groups: list[list[str]]
    near: Area | None
    km: float | None
    limit: int
    after: After | None


async def search(query: SearchQuery, actor: Actor, here: Here) -> SearchPage:
    """One page of offers. Raises Invalid with every field's fault. Crisis words or topics bring up who answers at once."""
    check(actor, by=MEMBER, scope="support", act="support.search")
    topics = common()
    asked = judged(query, topics=topics, here=here)
    day = asked.after.day if asked.after else here.now // rules.DAY
    matched: Literal["all", "some"] = "all" if asked.after is None or asked.after.all else "some"
    found, names = await database.together(_page(asked, matched == "all", day, here=here), peers.names())
    if not found and asked.after is None and len(asked.words) > 1:
        matched = "some"
        found = await _page(asked, False, day, here=here)
    more = len(found) > asked.limit
    shown = found[: asked.limit]
    meant = [*query.topics, *topics.meant_by(query.words)]
    struck = crisis.struck(query.words, meant, crisis_topics=topics.crisis)
    return SearchPage(
        items=views(shown, names, near=asked.near, topics=topics, here=here),
        next=_written(After(day, matched == "all", shown[-1]["place"], shown[-1]["turn"], shown[-1]["id"]))
        if more
        else None,
        matched=matched,
        help=await safeguarding.numbers_here(here=here) if struck else None,
    )


def judged(query: SearchQuery, *, topics: Topics, here: Here) -> Asked:
    """The query with its words as stems and its filters as tokens. Raises Invalid with every field's fault."""
    faults: dict[str, str] = {}
    if len(query.words) > LONGEST_WORDS:
        faults["words"] = _("Use fewer words.")
    if len(query.topics) > 20 or any(len(each) > 300 for each in query.topics):
        faults["topics"] = _("Choose from the list of topics.")
    if query.kind is not None and query.kind not in rules.KINDS:
        faults["kind"] = _("Choose one_to_one or group, or leave this out.")
    if any(way not in rules.WAYS for way in query.ways):
        faults["ways"] = _("Choose from: {choices}.", choices=", ".join(rules.WAYS))
    languages = [rules.language(each) for each in query.languages]
    if None in languages or len(languages) > 20:
        faults["languages"] = _("Give languages by their short names, such as en, ur or cy.")
    near = rules.place(query.near or WHOLE_PATCH, here)
    if near is None and (query.near or query.within_km is not None):
        faults["near"] = _("We don't know this place. Choose an area on the list.")
    if query.within_km is not None and not 0 < query.within_km <= FARTHEST_KM:
        faults["within_km"] = _("Give a distance up to {km} km.", km=f"{FARTHEST_KM:.0f}")
    if not 1 <= query.limit <= MOST_PAGE:
        faults["limit"] = _("Ask for 1 to {most} at a time.", most=MOST_PAGE)
    after = None if query.after is None else _read(query.after, today=here.now // rules.DAY)
    if query.after is not None and after is None:
        faults["after"] = _("This page has run out. Please search again.")
    if faults:
        raise Invalid(faults)
    groups = [
        [topic_token(slug) for slug in query.topics],
        [kind_token(query.kind)] if query.kind else [],
        [way_token(way) for way in query.ways],
        [language_token(tag) for tag in languages if tag],
    ]
    if query.within_km is not None and near is not None:
        groups.append(cells_within(near.lat, near.lon, query.within_km) or [])
    return Asked(
        words=list(dict.fromkeys(stems(query.words)))[:MOST_WORDS],
        groups=[group for group in groups if group],
        near=near,
        km=query.within_km,
        limit=query.limit,
        after=after,
    )


def _page(asked: Asked, every_word: bool, day: int, *, here: Here) -> Read[list[Row]]:
    """One row more than asked for, in the day's order."""
    dialect = database.dialect()
    words = [[word] for word in asked.words] if every_word else [asked.words] if asked.words else []
    match = expression([*words, *asked.groups], dialect)
    factor, shift = day_order(here.node_key, day)
    sql = f"SELECT {_WIDE} FROM (SELECT * FROM (SELECT l.n, {_ID[dialect]} AS id, {_NARROW}{_ORDER} FROM "  # noqa: S608
    args: list[Any] = [here.now, factor, shift]
    sql += _FROM[dialect, bool(match)] + _STANDS
    args += [match, here.now] if match else [here.now]
    if asked.km is not None and asked.near is not None:
        x, y, z = on_sphere(asked.near.lat, asked.near.lon)
        sql += _NEAR
        args += [x, x, y, y, z, z, chord_squared(asked.km)]
    sql += ") m"
    if asked.after is not None:
        sql += " WHERE (place, turn, id) > ({}, {}, {})"
        args += [asked.after.place, asked.after.turn, asked.after.id]
    sql += " ORDER BY place, turn, id LIMIT {}) s JOIN listing l ON l.n = s.n ORDER BY s.place, s.turn, s.id"
    return reading(sql, *args, asked.limit + 1)


def expression(groups: Sequence[Sequence[str]], dialect: str) -> str:
    """All groups, and of each any one token, in the words of the dialect's index. Tokens hold no quotation marks."""
    both, either, mark = (" AND ", " OR ", '"') if dialect == "sqlite" else (" & ", " | ", "'")
    parts = [either.join(f"{mark}{token}{mark}" for token in group) for group in groups]
    return both.join(f"({part})" if len(group) > 1 else part for part, group in zip(parts, groups, strict=True))


@lru_cache(maxsize=64)
def day_order(key: NodeKey, day: int) -> tuple[int, int]:
    """Factor and shift of one day (Unix day number): drawn from the node key, so that nobody can choose to come first."""
    drawn = key.derive(f"support order {day}")
    return int.from_bytes(drawn[:8], "big") % (PRIME - 1) + 1, int.from_bytes(drawn[8:16], "big") % PRIME


def views(
    found: Sequence[Row], names: Mapping[str, str], *, near: Area | None, topics: Topics, here: Here
) -> list[ListingView]:
    """Rows as members read them: co-ops by name, topics by label, distance from `near` in whole kilometres."""
    shown = []
    for row in found:
        slugs = _names(row["topics"])
        away = row["away_until"] if row["away_until"] and row["away_until"] > here.now else None
        distance = distance_km(near.lat, near.lon, row["lat"], row["lon"]) if near else None
        shown.append(
            ListingView(
                id=row["id"],
                node_id=row["node_id"],
                co_op=peers.called(row["node_id"], names, here=here),
                kind=row["kind"],
                topics=slugs,
                labels=[topics.label(slug) for slug in slugs],
                have=row["have"],
                how=row["how"],
                limits=row["limits"],
                ways=_names(row["ways"]),
                languages=_names(row["languages"]),
                area=row["area"],
                distance_km=None if distance is None else float(round(distance)),
                times=row["times"],
                replies=row["replies"],
                places=row["places"],
                open=row["open"],
                askable=row["open"] > 0 and away is None,
                away_until=away,
                checked_on=row["checked_on"],
                published_at=row["published_at"],
                expires_at=row["expires_at"],
            )
        )
    return shown


_cursor = msgspec.json.Decoder(tuple[int, bool, int, int, str], strict=True)
_names = msgspec.json.Decoder(list[str]).decode


def _written(after: After) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(tuple(after))).decode("ascii").rstrip("=")


def _read(text: str, *, today: int) -> After | None:
    """The end of the page before. None: not one of ours, or of an order older than yesterday's."""
    if len(text) > 200:
        return None
    try:
        found = After(*_cursor.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, msgspec.MsgspecError):
        return None
    sound = (
        today - 1 <= found.day <= today and found.place in (0, 1) and 0 <= found.turn < PRIME and len(found.id) <= 22
    )
    return found if sound else None
