# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one way out of this node: a `federation.client.Fetcher` over httpx.

In order: the name is looked up; every address found has to be globally reachable (also when unwrapped from IPv4-mapped,
6to4, Teredo and NAT64 forms), unless the resolver map names the node; the connection goes to the address that was checked,
with the node id as TLS name and Host; no redirect is followed, no proxy or .netrc of the machine is used; the body is read up to
the cap, all within one deadline. A GET that never connected is tried twice more at once; nothing else is repeated here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import httpx
import tenacity

from federation.client import Answer, Outgoing
from federation.errors import Refused

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to addresses."""

ATTEMPTS: Final = 3
NOT_THERE: Final = (httpx.ConnectError, httpx.ConnectTimeout)
CONNECTIONS: Final = httpx.Limits(max_connections=20, max_keepalive_connections=4, keepalive_expiry=60)
# httpx would log whole addresses, query and all, wherever the root logger lets INFO through.
logging.getLogger("httpx").setLevel(logging.WARNING)

_CUT_OFF: Final = ("disconnected", "closed connection")
"""How h11 and httpcore say that the other side went away; they have no exception of its own for it."""
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_NEVER: Final = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "fec0::/10")
)


def reachable(address: str) -> bool:
    """Whether the IANA registries call this address globally reachable, and so does every address wrapped in it."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip.teredo is not None:
            inner = ip.teredo[1]
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return (ip.ipv4_mapped is not None or ip in _NAT64) and reachable(str(inner))
    if ip.is_multicast or ip.is_unspecified or ip.is_loopback or ip.is_link_local or ip.is_reserved:
        return False
    return ip.is_global and not any(ip.version == net.version and ip in net for net in _NEVER)


async def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class HttpFetcher:
    """See the module. `resolver`: node_id -> URL, for development; `transport`: in place of the network, for tests."""

    def __init__(
        self,
        resolver: Mapping[str, str] = MappingProxyType({}),
        *,
        resolve: Resolve = look_up,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._resolver, self._resolve = resolver, resolve
        self._transport = transport
        self._tls: ssl.SSLContext | None = None
        self._ways: dict[str, httpx.AsyncBaseTransport] = {}

    async def close(self) -> None:
        ways, self._ways = self._ways, {}
        for way in ways.values():
            await way.aclose()

    def _way(self, node_id: str) -> httpx.AsyncBaseTransport:
        """Each node has connections of its own: one that was proved for another node at the same address is never used. There is
        no client above them: nothing keeps cookies, follows redirects or asks the machine for a proxy."""
        if self._transport is not None:
            return self._transport
        if node_id not in self._ways:
            if self._tls is None:
                self._tls = httpx.create_ssl_context(trust_env=False)
            self._ways[node_id] = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=CONNECTIONS)
        return self._ways[node_id]

    async def fetch(self, request: Outgoing) -> Answer:
        """See `federation.client.Fetcher`. Refused: unreachable, timeout, too-large, bad-answer."""
        try:
            async with asyncio.timeout(request.deadline):
                return await self._fetch(request)
        except TimeoutError:
            raise Refused("timeout", "no whole answer before the deadline") from None

    async def _fetch(self, request: Outgoing) -> Answer:
        try:
            try:
                return await self._once(request)
            except NOT_THERE:
                if request.method != "GET":
                    raise
                return await self._again(request)
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.ReadError,
            httpx.WriteError,
            httpx.PoolTimeout,
            OSError,
        ):
            raise Refused("unreachable", "the node could not be reached") from None
        except httpx.RemoteProtocolError as error:
            if any(words in str(error).lower() for words in _CUT_OFF):
                raise Refused("unreachable", "the connection ended before the answer") from None
            raise Refused("bad-answer", "not an answer in HTTP") from None
        except httpx.TimeoutException:
            raise Refused("timeout", "no whole answer before the deadline") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise Refused("bad-answer", "not an answer in HTTP") from None

    async def _again(self, request: Outgoing) -> Answer:
        """A GET that reached nobody at the first try."""
        again = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS - 1),
            wait=tenacity.wait_random(0, 0.05),
            retry=tenacity.retry_if_exception_type(NOT_THERE),
            reraise=True,
        )
        answer: Answer = await again(self._once, request)
        return answer

    async def _once(self, request: Outgoing) -> Answer:
        url, extensions = await self._target(request)
        headers = {
            **request.headers,
            "Host": request.node_id,
            "Accept-Encoding": "identity",
            "User-Agent": "commoncare",
        }
        built = httpx.Request(request.method, url, headers=headers, content=request.body, extensions=extensions)
        response = await self._way(request.node_id).handle_async_request(built)
        try:
            return await _read(response, request.cap)
        finally:
            await response.aclose()

    async def _target(self, request: Outgoing) -> tuple[httpx.URL, dict[str, object]]:
        target = request.path + (f"?{request.query}" if request.query else "")
        mapped = self._resolver.get(request.node_id)
        if mapped is not None:
            parts = urlsplit(mapped)
            return httpx.URL(f"{parts.scheme}://{parts.netloc}{target}"), {"sni_hostname": request.node_id}
        if self._transport is not None:
            return httpx.URL(f"https://{request.node_id}{target}"), {}
        try:
            addresses = await self._resolve(request.node_id, 443)
        except OSError:
            raise Refused("unreachable", "the node's name has no address") from None
        if not addresses or not all(reachable(address) for address in addresses):
            raise Refused("unreachable", "the node's name has an address that is not public")
        host = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        return httpx.URL(f"https://{host}{target}"), {"sni_hostname": request.node_id}


async def _read(response: httpx.Response, cap: int) -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    if "content-encoding" in headers:
        raise Refused("bad-answer", "an answer with a content coding")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > cap:
            raise Refused("too-large", "an answer beyond the cap")
    return Answer(response.status_code, headers, bytes(body))
