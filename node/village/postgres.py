# SPDX-License-Identifier: AGPL-3.0-or-later
"""A database for each co-op of a village in one PostgreSQL server, named after the village's folder; made where it is missing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from node.errors import Unavailable
from node.village import cast as casting


async def databases_for(server: str, folder: Path, nodes: int) -> dict[str, str]:
    """Co-op -> address. `server`: an address with which databases may be made. Raises Unavailable."""
    mark = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    names = {co_op: f"commoncare_{mark}_{co_op}" for co_op in list(casting.load().co_ops)[:nodes]}
    try:
        connection = await administrator(server)
        try:
            there = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
            for name in sorted(set(names.values()) - there):
                await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
        finally:
            await connection.close()
    except (asyncpg.PostgresError, OSError, TimeoutError, ValueError):
        raise Unavailable(
            "The PostgreSQL server can't be reached, or may not make databases. Look at its address and user."
        ) from None
    return {co_op: urlunsplit(urlsplit(server)._replace(path=f"/{name}")) for co_op, name in names.items()}


async def administrator(server: str) -> asyncpg.Connection[asyncpg.Record]:
    """A connection by which databases are made; what our own engine reads off an address is not told to the server."""
    parts = urlsplit(server)
    query = "&".join(each for each in parts.query.split("&") if each and not each.startswith("durability="))
    return await asyncpg.connect(urlunsplit(parts._replace(query=query)), timeout=10)
