# SPDX-License-Identifier: AGPL-3.0-or-later
"""The network of a village in one process: from host name to a co-op's application, with cuts and computers that are off.

Requests run the real application with that co-op's database bound; nothing is stubbed. What is cut or off fails as a
refused connection does; with `faults`, as a connection on which nothing comes back, and whatever else they bring about.
"""

from __future__ import annotations

from collections.abc import Callable

import httpx
from litestar.types import ASGIApp

from node.village.faults import Faults


class Net:
    """Which node answers under which name, and which two do not reach each other. `faults`: the weather, fair without."""

    def __init__(self, faults: Faults | None = None) -> None:
        self.faults = faults
        self.apps: dict[str, ASGIApp] = {}
        self.off: set[str] = set()
        self.cuts: set[frozenset[str]] = set()
        self.requests: list[tuple[str, str, str]] = []
        """Every request that arrived: who asked, whom, the path without its query."""

    def seen_from(self, node_id: str) -> httpx.AsyncBaseTransport:
        """The way out of one node."""
        return _Way(self, node_id)

    def gone(self, source: str, host: str) -> bool:
        """Whether nothing passes between these two, in either direction."""
        off = host not in self.apps or host in self.off or source in self.off
        return off or frozenset({source, host}) in self.cuts


class _Way(httpx.AsyncBaseTransport):
    def __init__(self, net: Net, source: str) -> None:
        self._net, self._source = net, source

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.headers.get("host", request.url.host).partition(":")[0]
        net = self._net
        if net.gone(self._source, host):
            if net.faults is None:
                raise httpx.ConnectError("nobody there", request=request)
            # A refused connection is tried again at once, after a moment by the machine's clock: no weather for a replay.
            raise httpx.ReadError("nobody there", request=request)
        if net.faults is None:
            return await self._deliver(host, request)
        return await net.faults.carry(self._source, host, request, lambda sent: self._deliver(host, sent))

    async def _deliver(self, host: str, request: httpx.Request) -> httpx.Response:
        net = self._net
        if host not in net.apps or host in net.off:
            raise httpx.ReadError("nobody there any more", request=request)
        net.requests.append((self._source, host, request.url.path))
        return await httpx.ASGITransport(net.apps[host], client=("127.0.0.1", 1)).handle_async_request(request)  # type: ignore[arg-type]


Addresses = Callable[[], str]
"""Gives the address of a fresh, empty database each time."""
