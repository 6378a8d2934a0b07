# SPDX-License-Identifier: AGPL-3.0-or-later
"""Many peer-support offers from a seed, for tests and benches: topics x places x sentences, all made up.

The same seed and count give the same offers, in the same order. Places lie in open sea. No offer has a topic that may not
leave its co-op; those with a careful topic have the middle of the patch as their area.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from node.support.taxonomy import Topics, common

HAVE = (
    "I have lived with this for {years} years.",
    "It came from one day to the next, in 20{year:02}.",
    "My own story is about {label}, and about getting out of the house again.",
    "At first I told nobody. Then I met others.",
    "I cared for my {kin} for {years} years.",
    "I was a {job} before, and had to start again.",
    "The {thing} were the hardest part for me.",
)
HOW = (
    "We talk on the {way}, with a cup of tea, for half an hour.",
    "I mostly listen. Silence is fine with me.",
    "I can show you what helped me with the {thing}.",
    "We write when we feel like it. No hurry.",
    "I ring on {day}s and {other}s.",
    "We go for a slow walk near the {place}.",
)
LIMITS = (
    "No forms or money.",
    "Not evenings.",
    "No visits at home.",
    "I can't give advice about medicines.",
    "Not on {day}s.",
    "What is said stays with me, unless someone is in danger.",
)
KIN = ("mother", "father", "wife", "husband", "brother", "son", "neighbour")
JOBS = ("bus driver", "cook", "teacher", "nurse", "welder", "gardener", "postwoman", "baker", "singer")
THINGS = (
    "nights",
    "letters",
    "stairs",
    "appointments",
    "questions",
    "bills",
    "mornings",
    "buses",
    "phone calls",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACES = ("harbour", "library", "market", "park", "bakery", "chapel", "allotments", "canal")
WAYS = ("phone", "message", "video", "public_place", "phone_group")
LANGUAGES = ("en", "en", "en", "en", "en", "en", "pl", "ur", "cy", "so", "pa")


@dataclass(frozen=True, slots=True)
class Made:
    """One offer as it would leave a node: `statement` is the JSON object of `data`."""

    node_id: str
    id: str
    iat: int
    expires: int
    statement: dict[str, object]

    @property
    def data(self) -> bytes:
        """The statement's compact JSON."""
        return json.dumps(self.statement, separators=(",", ":")).encode()


def places(seed: int, count: int) -> list[tuple[str, float, float]]:
    """Made-up places in open sea: name, latitude, longitude, about 220 by 260 km in all."""
    chance = random.Random(f"places {seed}")
    first = (
        "Salt",
        "Heron",
        "Lantern",
        "Gull",
        "Thistle",
        "Otter",
        "Kelp",
        "Marram",
        "Beacon",
        "Plover",
        "Slate",
        "Amber",
    )
    last = ("wick", " Row", " Bay", " Hollow", "stead", " Point", " Green", "ford", " Cross", " Holm")
    return [
        (
            f"{chance.choice(first)}{chance.choice(last)} {number}",
            round((53.5 + chance.random() * 2) * 50) / 50,
            round((1.5 + chance.random() * 4) * 50) / 50,
        )
        for number in range(count)
    ]


def offers(
    seed: int, count: int, *, now: int, nodes: int = 20, areas: int = 400, topics: Topics | None = None
) -> Iterator[Made]:
    """`count` offers of `nodes` co-ops at `areas` places, published within the last 30 days before `now`."""
    chance = random.Random(f"offers {seed}")
    taxonomy = topics or common()
    may_leave = [slug for slug in taxonomy.all if taxonomy.reach(slug) != "home"]
    weights = [1 / (position + 2) for position in range(len(may_leave))]
    where = places(seed, areas)
    for number in range(count):
        yield _one(chance, number, now, nodes, where, taxonomy, may_leave, weights)


def _one(
    chance: random.Random,
    number: int,
    now: int,
    nodes: int,
    where: list[tuple[str, float, float]],
    taxonomy: Topics,
    may_leave: list[str],
    weights: list[float],
) -> Made:
    slugs = list(dict.fromkeys(chance.choices(may_leave, weights, k=chance.choice((1, 1, 2, 2, 3)))))
    name, lat, lon = chance.choice(where)
    group = chance.random() < 0.15
    room = chance.choice((0, 1, 1, 2)) if not group else chance.randrange(8)
    days = chance.sample(DAYS, 2)
    words = {
        "years": chance.randrange(2, 30),
        "year": chance.randrange(5, 26),
        "label": taxonomy.label(slugs[0]).lower(),
        "kin": chance.choice(KIN),
        "job": chance.choice(JOBS),
        "thing": chance.choice(THINGS),
        "way": chance.choice(("phone", "telephone", "screen")),
        "day": days[0],
        "other": days[1],
        "place": chance.choice(PLACES),
    }
    published = now - chance.randrange(30 * 86_400)
    statement: dict[str, object] = {
        "kind": "group" if group else "one_to_one",
        "topics": slugs,
        "have": " ".join(chance.sample(HAVE, 2)).format(**words),
        "how": " ".join(chance.sample(HOW, 2)).format(**words),
        "limits": " ".join(chance.sample(LIMITS, 2)).format(**words),
        "ways": sorted(chance.sample(WAYS if group else WAYS[:4], chance.choice((1, 2, 2, 3)))),
        "languages": list(dict.fromkeys([chance.choice(LANGUAGES), "en"])),
        "area": {"name": name, "lat": lat, "lon": lon},
        "times": f"{days[0]}s, late morning",
        "places": max(room, 1) + chance.randrange(2),
        "open": room,
        "replies": chance.choice((3, 5, 7)),
        "checked_on": published,
        "revision": chance.randrange(1, 5),
    }
    if chance.random() < 0.05:
        statement["away_until"] = now + chance.randrange(1, 30) * 86_400
    return Made(
        node_id=f"co-op-{number % nodes}.example",
        id=base64.urlsafe_b64encode(chance.randbytes(16)).rstrip(b"=").decode(),
        iat=published,
        expires=published + 90 * 86_400,
        statement=statement,
    )
