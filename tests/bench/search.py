# SPDX-License-Identifier: AGPL-3.0-or-later
"""A member's search over 100,000 offers of neighbours, within 10 km of a place, as the application answers it.

Three questions: a rarer word, a common word, topics with ways. The limit, for each question in the same breath: the bare SQL
with the same filter, order and page, run by the database's own driver, and a bare Litestar route that gives back an answer of
the same size and is asked in the same way. Both sides have to name the same offers.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import msgspec
from litestar import Litestar, post
from litestar.params import JSONBody

from node import database
from node.coop import Coop
from node.crossing import Arrived
from node.support.reads.search import day_order, expression, judged
from node.support.shapes import SearchQuery
from node.support.sharing import room
from node.support.taxonomy import common
from node.support.words import chord_squared, on_sphere
from node.village.village import Village, open_village
from tests.bench.ingest import Ground, each_database, plain
from tests.bench.telling import median, quantile, tell
from tests.support_offers import offers as generated

NEIGHBOURS, PLACES_EACH = 20, 20
KM, DAY, WARMING = 10.0, 86_400, 20
ASKER, CO_OP = "maureen", "alder"
# Of the generated offers 1 to 3 in a hundred have one of the rarer words, 34 to 69 one of the common ones.
RARER = ("respite", "stairlift", "widow", "refugee", "discharge", "visa", "VoiceOver", "dad")
COMMON = ("phone", "ring", "write", "video", "care", "home", "talk", "listen")
TOPICS = (["stroke", "aphasia"], ["low-vision"], ["caring-partner", "a-break"], ["equipment"], ["parkinsons", "cancer"])
WAYS = (["phone"], ["message", "video"], ["public_place"], ["phone", "phone_group"])
QUESTIONS: dict[str, list[dict[str, Any]]] = {
    "a rarer word": [{"words": word} for word in RARER],
    "a common word": [{"words": word} for word in COMMON],
    "topics and ways": [{"topics": topics, "ways": ways} for topics in TOPICS for ways in WAYS],
}

Question = dict[str, Any]
Bare = Callable[[tuple[Any, ...]], Awaitable[list[str]]]
"""Runs the bare SQL with its arguments: the ids of a page."""


async def run(*, offers: int = 100_000, asked: int = 600) -> None:
    async with each_database() as grounds:
        for ground in grounds:
            village = await ground.found(nodes=1, people=True)
            async with open_village(village) as opened:
                with opened.at(CO_OP) as coop:
                    await fill(coop, offers)
                    await _tell_all(ground, opened, coop, offers, asked)


async def fill(coop: Coop, count: int) -> None:
    """That many offers of 20 neighbours, taken in by the thousand, and what the database does by itself after a while."""
    here = coop.here()
    for number in range(NEIGHBOURS):
        made = generated(100 + number, count // NEIGHBOURS, now=here.now, nodes=1, areas=PLACES_EACH)
        put = [Arrived(each.id, each.iat, each.expires, each.data) for each in made]
        async with database.transaction():
            rejected = await room.absorb(f"co-op-{number}.example", put, [], here=here)
        assert not rejected, rejected[0].reason


async def _tell_all(ground: Ground, village: Village, coop: Coop, offers: int, asked: int) -> None:
    chance = random.Random(11)
    areas = list(coop.place.areas)
    async with bare_sql(ground, coop) as bare, village.api(ASKER) as client:
        for name, questions in QUESTIONS.items():
            several = [
                {**chance.choice(questions), "near": chance.choice(areas), "within_km": KM}
                for _ in range(asked + WARMING)
            ]
            ours, limits = await _ask(several, client, bare, coop)
            tell(
                f"search over {offers:,} offers, {name} within 10 km, p99, {ground.name}",
                quantile(ours, 0.99) * 1000,
                unit="ms",
                limit=quantile(limits, 0.99) * 1000,
                limit_is="p99 of the bare SQL by the driver plus a bare Litestar route with an answer of the same size; "
                "the aim is twice that",
                aim=quantile(limits, 0.99) * 2000,
                p50=round(median(ours) * 1000, 3),
                limit_p50=round(median(limits) * 1000, 3),
                **ground.more,
            )


async def _ask(
    questions: list[Question], client: httpx.AsyncClient, bare: Bare, coop: Coop
) -> tuple[list[float], list[float]]:
    """Seconds of our answers, and of their limits, each asked right after the other."""
    answer: dict[str, Any] = {}

    @post("/bare", status_code=200)
    async def same_size(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
        return answer

    app = Litestar([same_size], openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 2))  # type: ignore[arg-type]
    ours, limits = [], []
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bare.example", headers=client.headers
    ) as to_bare:
        for question in questions:
            args = arguments(question, coop)
            began = time.perf_counter()
            found = await client.post("/support/searches", json=question)
            ours.append(time.perf_counter() - began)
            answer = found.raise_for_status().json()
            began = time.perf_counter()
            ids = await bare(args)
            again = await to_bare.post("/bare", json=question)
            limits.append(time.perf_counter() - began)
            assert ids[:20] == [item["id"] for item in answer["items"]], "the limit found other offers"
            assert again.json() == answer
    return ours[WARMING:], limits[WARMING:]


# The limit ------------------------------------------------------------------------------------------------------------

# The quickest way that we know on each: narrow columns of all that match, wide ones of one page.
_SQL = """
SELECT l.id, l.node_id, l.kind, l.topics, l.have, l.how, l.limits, l.ways, l.languages, l.area, l.lat, l.lon, l.times, l.replies,
       l.places, l.open, l.away_until, l.checked_on, l.published_at, l.expires_at, s.place, s.turn
FROM (SELECT l.n, l.id{order} AS id, (l.shuffle * $2 + $3) % 2147483647 AS turn,
             CASE WHEN l.open > 0 AND coalesce(l.away_until, 0) <= $1 THEN 0 ELSE 1 END AS place
      FROM {match} AND NOT l.hidden AND l.expires_at > $1
           AND (l.x - $5) * (l.x - $5) + (l.y - $6) * (l.y - $6) + (l.z - $7) * (l.z - $7) <= $8
      ORDER BY place, turn, id LIMIT $9) s
JOIN listing l ON l.n = s.n ORDER BY s.place, s.turn, s.id
"""
_SQLITE = _SQL.format(
    order="",
    match="listing_words w CROSS JOIN listing l INDEXED BY listing_narrow ON l.n = w.rowid WHERE w.listing_words MATCH $4",
).replace("$", "?")
_POSTGRES = _SQL.format(order=' COLLATE "C"', match="listing l WHERE l.index_words @@ ($4::text)::tsquery")


def arguments(question: Question, coop: Coop) -> tuple[Any, ...]:
    """What the bare SQL is given for a question."""
    here = coop.here()
    asked = judged(msgspec.convert(question, SearchQuery), topics=common(), here=here)
    assert asked.near is not None
    match = expression([*([word] for word in asked.words), *asked.groups], coop.engine.dialect)
    factor, shift = day_order(here.node_key, here.now // DAY)
    x, y, z = on_sphere(asked.near.lat, asked.near.lon)
    return here.now, factor, shift, match, x, y, z, chord_squared(KM), asked.limit + 1


@asynccontextmanager
async def bare_sql(ground: Ground, coop: Coop) -> AsyncIterator[Bare]:
    """A plain connection to the co-op's database by its own driver."""
    address = coop.settings.database_url
    if ground.server is None:
        db = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)

        async def on_sqlite(args: tuple[Any, ...]) -> list[str]:
            return [row[0] for row in db.execute(_SQLITE, args).fetchall()]

        yield on_sqlite
        db.close()
        return
    connection = await asyncpg.connect(plain(address), server_settings={"jit": "off"})

    async def on_postgres(args: tuple[Any, ...]) -> list[str]:
        return [row["id"] for row in await connection.fetch(_POSTGRES, *args)]

    try:
        await connection.execute("VACUUM ANALYZE listing")  # as the server does by itself within a minute
        yield on_postgres
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(run())
