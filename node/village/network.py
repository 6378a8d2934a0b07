# SPDX-License-Identifier: AGPL-3.0-or-later
"""The network of a village in one process: from host name to a co-op's application, with cuts and computers that are off.

Requests run the real application with that co-op's database bound; nothing is stubbed. What is cut or off fails as a
refused connection does.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from litestar.types import ASGIApp


class Net:
    """Which node answers under which name, and which two do not reach each other."""

    def __init__(self) -> None:
        self.apps: dict[str, ASGIApp] = {}
        self.off: set[str] = set()
        self.cuts: set[frozenset[str]] = set()
        self.requests: list[tuple[str, str, str]] = []
        """Every request that arrived: who asked, whom, the path without its query."""

    def seen_from(self, node_id: str) -> httpx.AsyncBaseTransport:
        """The way out of one node."""
        return _Way(self, node_id)


class _Way(httpx.AsyncBaseTransport):
    def __init__(self, net: Net, source: str) -> None:
        self._net, self._source = net, source

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.headers.get("host", request.url.host).partition(":")[0]
        net = self._net
        gone = host not in net.apps or host in net.off or self._source in net.off
        if gone or frozenset({self._source, host}) in net.cuts:
            raise httpx.ConnectError("nobody there", request=request)
        net.requests.append((self._source, host, request.url.path))
        return await httpx.ASGITransport(net.apps[host], client=("127.0.0.1", 1)).handle_async_request(request)  # type: ignore[arg-type]


Addresses = Callable[[], str]
"""Gives the address of a fresh, empty database each time."""
