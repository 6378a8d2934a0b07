# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one way out: which addresses it will speak to, and where it stops reading."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from federation.client import Outgoing
from federation.errors import Refused
from node.exchange.limits import Buckets
from node.exchange.outbound import HttpFetcher, reachable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "100::1",
        "2001:db8::1", "2001::1", "2002:7f00:1::", "2002:808:808::", "fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0",
        "fec0::1", "ff02::1", "", "alder.example", "1.2.3", "0x7f.1",
    ],
)  # fmt: skip
def test_what_is_not_publicly_reachable_is_not_spoken_to(address: str) -> None:
    assert not reachable(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_what_is_may_be(address: str) -> None:
    assert reachable(address)


def request(node_id: str = "birch.example", *, method: str = "GET", cap: int = 1000, deadline: float = 5.0) -> Outgoing:
    return Outgoing(node_id, method, "/x", "a=b", {}, None, cap, deadline)


async def refusal(fetcher: HttpFetcher, out: Outgoing) -> str:
    with pytest.raises(Refused) as refused:
        await fetcher.fetch(out)
    return refused.value.code


async def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    async def rebinding(host: str, port: int) -> list[str]:
        return ["1.1.1.1", "127.0.0.1"]

    async def nothing(host: str, port: int) -> list[str]:
        raise OSError

    assert await refusal(HttpFetcher(resolve=rebinding), request()) == "unreachable"
    assert await refusal(HttpFetcher(resolve=nothing), request()) == "unreachable"


@asynccontextmanager
async def server(answer: Callable[[bytes], AsyncIterator[bytes]]) -> AsyncIterator[tuple[str, list[bytes]]]:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            async for part in answer(asked[-1]):
                writer.write(part)
                await writer.drain()
            writer.close()
        except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            pass

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}", asked
    finally:
        running.close()


async def short(_: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


async def endless(_: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    while True:
        yield b"64\r\n" + bytes(100) + b"\r\n"


async def drip(_: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"
    while True:
        yield b"x"
        await asyncio.sleep(0.05)


async def moved(_: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/secret\r\ncontent-length: 0\r\n\r\n"


async def coded(_: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}"


async def test_a_mapped_node_is_reached_where_the_map_says_under_its_own_name() -> None:
    async with server(short) as (url, asked):
        answer = await HttpFetcher({"birch.example": url}).fetch(request())
    assert (answer.status, answer.body) == (200, b"{}")
    assert asked[0].startswith(b"GET /x?a=b HTTP/1.1\r\n")
    assert b"\r\nhost: birch.example\r\n" in asked[0].lower()
    assert b"accept-encoding: identity" in asked[0].lower()


@pytest.mark.parametrize(("answer", "code"), [(endless, "too-large"), (drip, "timeout"), (coded, "bad-answer")])
async def test_reading_stops_at_the_cap_the_deadline_and_a_coding(
    answer: Callable[[bytes], AsyncIterator[bytes]], code: str
) -> None:
    async with server(answer) as (url, _):
        assert (
            await refusal(HttpFetcher({"birch.example": url}), request(deadline=0.4 if answer is drip else 5)) == code
        )


async def cut_off(_: bytes) -> AsyncIterator[bytes]:
    """As a process does that is killed while it answers: the connection ends before an answer."""
    return
    yield b""


async def half(_: bytes) -> AsyncIterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of it"


async def babble(_: bytes) -> AsyncIterator[bytes]:
    yield b"HELLO? WHO IS THERE\r\n\r\n"


@pytest.mark.parametrize(("answer", "code"), [(cut_off, "unreachable"), (half, "unreachable"), (babble, "bad-answer")])
async def test_a_connection_that_ends_is_no_wrong_answer(
    answer: Callable[[bytes], AsyncIterator[bytes]], code: str
) -> None:
    async with server(answer) as (url, _):
        assert await refusal(HttpFetcher({"birch.example": url}), request()) == code


async def test_no_redirect_is_followed() -> None:
    async with server(moved) as (url, asked):
        answer = await HttpFetcher({"birch.example": url}).fetch(request())
    assert (answer.status, len(asked)) == (302, 1)


async def test_only_a_get_that_never_connected_is_tried_again() -> None:
    tries = 0

    class Down(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal tries
            tries += 1
            raise httpx.ConnectError("down")

    fetcher = HttpFetcher(transport=Down())
    assert await refusal(fetcher, request()) == "unreachable"
    assert tries == 3
    assert await refusal(fetcher, request(method="POST")) == "unreachable"
    assert tries == 4


def test_a_bucket_fills_with_time_and_never_beyond_its_brim() -> None:
    buckets = Buckets(rate=2.0, burst=3.0)
    assert [buckets.take("a", 0.0) for _ in range(4)] == [0.0, 0.0, 0.0, 0.5]
    assert buckets.take("b", 0.0) == 0.0
    assert buckets.take("a", 0.5) == 0.0
    assert [buckets.take("a", 1000.0) for _ in range(4)][-1] == 0.5
    buckets.change("a", 1.0)
    assert buckets.take("a", 1000.0) == 0.0
