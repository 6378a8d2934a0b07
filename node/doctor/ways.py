# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ways by which a look leaves this machine. All of them are handed in, so a test needs no more than loopback.

Names are looked up in a thread that nobody waits for at the end: the system's own look-up can't be broken off, and a name server
that is silent would hold up the exit.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from federation.client import Fetcher
from node.exchange.outbound import HttpFetcher, Resolve
from node.settings import Settings

CLOSING: Final = 2.0
"""Seconds in which connections are closed."""


@dataclass(frozen=True, slots=True)
class Ways:
    """`fetcher`: to nodes, as neighbours go, private addresses refused; `resolve`: names to addresses; `trust`: a fresh TLS
    context that trusts whom neighbours trust; `inside`: from here our own address need not lead back to us (a cluster)."""

    fetcher: Fetcher
    resolve: Resolve
    trust: Callable[[], ssl.SSLContext]
    inside: bool = False


@asynccontextmanager
async def from_here(settings: Settings, *, inside: bool = False) -> AsyncIterator[Ways]:
    """This machine's own ways, closed at the end."""
    fetcher = HttpFetcher(settings.resolver, resolve=look_up)
    try:
        yield Ways(fetcher, look_up, lambda: httpx.create_ssl_context(trust_env=False), inside)
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING):
                await fetcher.close()


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver, as `outbound.look_up`. Raises OSError."""
    loop = asyncio.get_running_loop()
    came: asyncio.Future[list[str]] = loop.create_future()

    def tell(found: list[str], error: OSError | None) -> None:
        if not came.done():
            came.set_result(found) if error is None else came.set_exception(error)

    def ask() -> None:
        found, fault = list[str](), None
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        except OSError as error:
            fault = error
        except UnicodeError:  # a name that can't be one
            fault = OSError(socket.EAI_NONAME, "not a name")
        with contextlib.suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(tell, found, fault)

    threading.Thread(target=ask, daemon=True, name="look-up").start()
    return await came
