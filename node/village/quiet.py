# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether a village of processes has anything left to do: no outbox holds what is due, and neighbours hold each other's logs.

Read from the co-ops' own databases, and changing nothing there. Whoever is down does nothing, and over a way that is cut nothing
comes: neither is waited for, nor is mail, which has nowhere to go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from node import database
from node.database import Engine, reading, together
from node.errors import Unavailable
from node.settings import load
from node.village.hamlet import Hamlet

POLL = 0.05
CALM = 3
"""Looks in a row at which nothing was left: what one finds done may set another going."""


async def settle(hamlet: Hamlet, *, timeout: float = 60.0) -> None:
    """Waits until nothing is left to do. Raises Unavailable, with what still waits, after `timeout` seconds."""
    engines = {
        name: database.open_engine(load(house.node.folder, {}).database_url) for name, house in hamlet.houses.items()
    }
    for engine in engines.values():
        await engine.open()
    left: list[str] = []
    calm = 0
    try:
        async with asyncio.timeout(timeout):
            while calm < CALM:
                left = await waits(engines, hamlet)
                calm = 0 if left else calm + 1
                await asyncio.sleep(POLL)
    except TimeoutError:
        raise Unavailable("The village did not settle: " + "; ".join(left)) from None
    finally:
        for engine in engines.values():
            await engine.close()


async def waits(engines: Mapping[str, Engine], hamlet: Hamlet) -> list[str]:
    """What is left to do, a line each."""
    logs: dict[tuple[str, str], tuple[int, int]] = {}
    held: list[tuple[str, str, str, int, int]] = []
    left: list[str] = []
    for name, engine in engines.items():
        with database.bound(engine):
            due, feeds, followed = await together(
                reading(
                    "SELECT kind, count(*) AS many FROM outbox WHERE state = 'open' AND kind <> 'mail' AND due <= {} "
                    "GROUP BY kind ORDER BY kind",
                    hamlet.houses[name].clock.now(),
                ),
                reading("SELECT topic, epoch, size FROM feed_log WHERE NOT closed"),
                reading(
                    "SELECT f.peer, f.topic, f.epoch, f.size FROM followed f JOIN peer p ON p.node_id = f.peer "
                    "WHERE NOT p.ended AND NOT p.paused_here AND NOT p.paused_there AND NOT p.frozen"
                ),
            )
        if hamlet.houses[name].node.up:
            left += [f"{name}: {row['many']} of {row['kind']}" for row in due]
        for row in feeds:
            node = hamlet.houses[name].co_op.node_id
            logs[node, row["topic"]] = max(logs.get((node, row["topic"]), (0, 0)), (row["epoch"], row["size"]))
        held += [(name, row["peer"], row["topic"], row["epoch"], row["size"]) for row in followed]
    newest: dict[tuple[str, str, str], tuple[int, int]] = {}
    for name, peer, topic, epoch, size in held:
        newest[name, peer, topic] = max(newest.get((name, peer, topic), (0, 0)), (epoch, size))
    left += [
        f"{name} has {at} of {peer}'s {topic}, not {logs[peer, topic]}"
        for (name, peer, topic), at in sorted(newest.items())
        if logs.get((peer, topic), at) != at and hamlet.reaches(name, peer)
    ]
    return left
