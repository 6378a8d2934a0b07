# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three pages that people open most, as the application answers them: home, who is there, one introduction.

The limit, asked in the same breath with the same headers and cookies: a bare Litestar route that runs the very statements which
that page runs (its session's read among them) through the same engine, and renders a bare template with the same words. What the
page does beyond that is its own: the session, rights, opening what is sealed, the whole of its markup. The aim is 1.5 times the
limit.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import jinja2
from bs4 import BeautifulSoup
from litestar import Litestar, get
from litestar.enums import MediaType

from node import database
from node.village.village import Village, open_village
from tests.bench.ingest import each_database
from tests.bench.telling import median, quantile, tell
from tests.node.introductions.two import begun
from tests.pages import Visitor

WARMING = 10
AIM = 1.5
BARE = "<!doctype html><title>{{ title }}</title>{% for line in lines %}<p>{{ line }}</p>\n{% endfor %}"
Statement = tuple[str, Sequence[Any]]


async def run(*, asked: int = 400) -> None:
    async with each_database() as grounds:
        for ground in grounds:
            folder = await ground.found(nodes=3, people=True)
            async with open_village(folder) as village:
                paths = await _lived_in(village)
                maureen = await Visitor.of(village, "maureen")
                with village.at("alder") as coop:
                    for name, path in paths.items():
                        ours, limits, statements = await _ask(maureen, path, coop.engine, asked)
                        tell(
                            f"page {name}, p50, {ground.name}",
                            median(ours) * 1000,
                            unit="ms",
                            limit=median(limits) * 1000,
                            limit_is="p50 of a bare Litestar route, the same statements, a bare template of the same words; "
                            "the aim is 1.5 times that",
                            aim=median(limits) * AIM * 1000,
                            p99=round(quantile(ours, 0.99) * 1000, 3),
                            statements=statements,
                            **ground.more,
                        )


async def _lived_in(village: Village) -> dict[str, str]:
    """Maureen has looked for somebody, and talks with Samuel; what to call each page, and where it stands."""
    two = await begun(village)
    for words in ("Hello. Words come slowly to me.", "Which side can you see?", "I bump into doors."):
        await two.do(two.samuel, "", "Send it to them", words=words)
        village.clock.advance(minutes=5)
    sheet = await two.maureen.open("/find/what")
    for answers in ({"topics": ["stroke"]}, {"words": ""}, {"ways": ["phone"]}, {"near": "mill-hollow"}, {}):
        sheet = await two.maureen.send(sheet, "Continue", **answers)
    await two.maureen.send(sheet, "Show me who is there")
    return {"home": "/", "who is there": "/find/results", "one introduction": two.hers}


async def _ask(
    maureen: Visitor, path: str, engine: database.Engine, asked: int
) -> tuple[list[float], list[float], int]:
    """Seconds of our answers, and of their limits, each asked right after the other; how many statements the page runs."""
    for _ in range(WARMING):
        (await maureen.client.get(path)).raise_for_status()
    gc.collect()
    gc.freeze()  # as `serve` does once it has started: what is there by now is not looked through again and again
    with _noted(engine) as statements:
        page = await maureen.client.get(path)
    soup = BeautifulSoup(page.text, "html.parser")
    lines = [" ".join(text.split()) for text in soup.find_all(string=True) if text.strip()]
    bare = jinja2.Environment(autoescape=True).from_string(BARE)

    @get("/bare", media_type=MediaType.HTML)
    async def same() -> str:
        for sql, args in statements:
            await engine.fetch(sql, args)
        return bare.render(title=lines[0], lines=lines)

    app = Litestar([same], openapi_config=None, logging_config=None)
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 2))  # type: ignore[arg-type]
    ours, limits = [], []
    async with httpx.AsyncClient(
        transport=transport,
        base_url=maureen.home,
        headers=maureen.client.headers,
        cookies=maureen.client.cookies,
    ) as to_bare:
        for _ in range(asked + WARMING):
            began = time.perf_counter()
            (await maureen.client.get(path)).raise_for_status()
            ours.append(time.perf_counter() - began)
            began = time.perf_counter()
            (await to_bare.get("/bare")).raise_for_status()
            limits.append(time.perf_counter() - began)
    return ours[WARMING:], limits[WARMING:], len(statements)


@contextmanager
def _noted(engine: database.Engine) -> Iterator[list[Statement]]:
    """What is read through the engine inside the block, one statement after the other."""
    found: list[Statement] = []
    alone, each = engine.fetch, engine.fetch_each

    async def noting(sql: str, args: Sequence[Any] = ()) -> list[Any]:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append((sql, tuple(args)))
        return await alone(sql, args)

    async def noting_each(statements: Sequence[Statement]) -> list[list[Any]]:
        found.extend((sql, tuple(args)) for sql, args in statements)
        return await each(statements)

    engine.fetch, engine.fetch_each = noting, noting_each  # type: ignore[method-assign]
    try:
        yield found
    finally:
        engine.fetch, engine.fetch_each = alone, each  # type: ignore[method-assign]


if __name__ == "__main__":
    asyncio.run(run())
