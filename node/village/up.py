# SPDX-License-Identifier: AGPL-3.0-or-later
"""`commoncare village up`: a village of real processes, or containers, that stays, obeys orders from other terminals, and suffers
by a plan.

Every co-op has its folder, its log and its database below the village's; they are kept when it ends, and used again the next
time. On Ctrl-C, SIGTERM or `village down` every process ends within 5 seconds.
"""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from node.village import control, orders
from node.village.hamlet import Hamlet
from node.village.lived import Backend, making
from node.village.orders import Fault
from node.village.postgres import databases_for
from node.village.proxy import Proxy
from node.village.quiet import settle


async def up(
    *,
    nodes: int,
    folder: Path,
    base_port: int,
    seed: int,
    faults: Sequence[Fault],
    postgres: str,
    programs: Mapping[str, Sequence[str]],
    backend: Backend,
    images: Mapping[str, str],
    tell: Callable[[str], None],
    ready: Callable[[dict[str, Any]], None],
) -> None:
    """Runs until told to stop. `postgres`: address of a server in which each co-op gets a database, "" for SQLite; `programs`:
    co-op -> another version's command; `images`: co-op -> what its container is made of, "" for all others; `tell`: what happens,
    in words; `ready`: called once with what `status` says, when all answer."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    folder.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        make = stack.enter_context(making(backend, folder, images))
        proxy = await stack.enter_async_context(Proxy(seed))
        hamlet = Hamlet(
            nodes=nodes, folder=folder, base_port=base_port, seed=seed, proxy=proxy, programs=programs, make=make,
            databases=await databases_for(postgres, folder, nodes) if postgres else {},
        )  # fmt: skip
        opening = asyncio.create_task(stack.enter_async_context(hamlet))
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait({opening, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not opening.done():
            opening.cancel()
            await asyncio.wait({opening})
            return
        opening.result()

        async def obey(words: str) -> Any:
            first = (words.split() or [""])[0]
            if first == "down":
                stopping.set()
                return "going down"
            if first == "settle":
                await settle(hamlet)
                return "nothing is left to do"
            return status(hamlet) if first == "status" else await orders.obey(hamlet, words)

        await stack.enter_async_context(control.listening(folder, obey, word=secrets.token_urlsafe(24)))
        ready(status(hamlet))
        suffering = asyncio.create_task(orders.befall(hamlet, faults, tell))
        await waiting
        suffering.cancel()
        tell("Ending. What was made, and every log, stays in " + str(hamlet.folder))
        await hamlet.stop()  # before the note goes, by which `village down` knows when it is over


def status(hamlet: Hamlet) -> dict[str, Any]:
    """How everything stands: each co-op, and each way between two that is harmed."""
    links = {} if hamlet.proxy is None else hamlet.proxy.links
    return {
        "nodes": [
            {
                "name": name,
                "node_id": house.co_op.node_id,
                "url": house.node.url,
                "up": house.node.up,
                "pid": house.node.pid if house.node.up else None,
                "clock_off": house.clock.off(),
                "folder": str(house.node.folder),
                "log": str(house.node.log),
                "people": {each.person: each.token for each in house.people.values()},
            }
            for name, house in hamlet.houses.items()
        ],
        "harm": {name: str(link.harm) for name, link in sorted(links.items()) if link.harmed},
    }
