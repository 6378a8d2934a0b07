# SPDX-License-Identifier: AGPL-3.0-or-later
"""All checks, in the order in which they matter, and each within its time.

What leaves this machine (the mail server, our own address) is begun first and goes on beside the rest; neighbours are asked last,
all at once. A database that can't be opened, or is of another version, ends what needs one.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from node import calling, database
from node.clock import Clock, MachineRandomness
from node.coop import read_node_key
from node.doctor import address, clocks, files, mail, records, standing
from node.doctor.belonging import WRONG_KEY, must_be_there
from node.doctor.guard import guarded
from node.doctor.ways import Ways
from node.errors import Refusal
from node.findings import Finding
from node.here import Here, NodeKey
from node.place import Gazetteer
from node.settings import Settings

AT_HOME: Final = 13.0
"""Seconds for everything that needs only the folder and the database."""
STREET: Final = 12.0
"""Seconds for all neighbours together."""
JOURNAL: Final = 9.0


async def look_over(
    settings: Settings, *, clock: Clock | None = None, ways: Ways | None = None, room: files.Room = files.room
) -> list[Finding]:
    """Every finding, in the order in which they matter. `ways`: how to ask neighbours, the mail server and our own address;
    with None nobody is asked. `room`: what a disk has left."""
    clock = clock or settings.clock()
    async with asyncio.TaskGroup() as beside:
        mailed = beside.create_task(_mail(settings, ways))
        tried = beside.create_task(address.try_out(settings, ways, clock.now())) if ways else None
        return await _look(settings, clock, ways, room, mailed, tried)


async def _mail(settings: Settings, ways: Ways | None) -> Finding:
    limit = mail.SECONDS + 1
    until = asyncio.get_running_loop().time() + limit
    return await guarded("mail", lambda: mail.look(settings, ways), until=until, limit=limit)


async def _look(
    settings: Settings,
    clock: Clock,
    ways: Ways | None,
    room: files.Room,
    mailed: asyncio.Task[Finding],
    tried: asyncio.Task[address.Tried] | None,
) -> list[Finding]:
    until = asyncio.get_running_loop().time() + AT_HOME
    now = clock.now()
    first = [*files.strange(), files.node_key(settings), *files.root_key(settings)]
    lying = [files.backup(settings, now), files.disk(settings, room)]

    async def rest(called: calling.Called, mine: address.Mine | None = None) -> list[Finding]:
        found = address.findings(await tried, mine, called, settings, ways) if tried and ways else []
        return [
            files.areas(settings),
            *found,
            *clocks.findings(settings, called if ways else None),
            await mailed,
            *lying,
        ]

    engine = database.open_engine(settings.database_url)

    async def opened() -> Finding:
        try:
            must_be_there(settings)
            await engine.open()
        except Exception as error:
            words = error.words if isinstance(error, Refusal) else "It can't be opened."
            next_step = "Look at the setting database, and whether the database runs."
            return Finding(what="database", well=False, words=words, next_step=next_step)
        return await records.version(settings)

    try:
        with database.bound(engine):
            first.append(await guarded("database", opened, until=until))
            if not first[-1].well:
                return [*first, *await rest(calling.NOBODY)]
            here, has_key = _here(settings, now)
            name = await guarded("our name", lambda: standing.identity(settings, here, has_key), until=until)
            # A head that was sealed by another key tells nothing new where the key is known to be another.
            sealed = here if has_key and name.words != WRONG_KEY else None
            first += [
                name,
                await guarded("journal", lambda: records.whole(sealed), until=until, limit=JOURNAL, slow=records.SLOW),
                await guarded("our papers", lambda: standing.manifest(settings, here), until=until),
                await guarded("signing keys", lambda: standing.keys(settings, here), until=until),
                await guarded("root key's backup", lambda: standing.drill(settings, here), until=until),
            ]
            last = [
                await guarded("safeguarding", lambda: records.safe(here), until=until),
                await guarded("what leaves", lambda: records.leaving(settings, here), until=until),
            ]
            called = await calling.neighbours(
                here, ways.fetcher if ways and sealed else None, clock=clock, limit=STREET
            )
            mine = await address.mine(here)
            return [*first, *await rest(called, mine), *last, *called.findings]
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await engine.close()


def _here(settings: Settings, now: int) -> tuple[Here, bool]:
    """This co-op now, and whether that is with its own node key: the reads that need none go on without it."""
    try:
        key, found = read_node_key(settings), True
    except (Refusal, OSError):
        key, found = NodeKey(bytes(32)), False
    return Here(settings.node_id, now, MachineRandomness(), key, Gazetteer(), settings.co_op), found
