# SPDX-License-Identifier: AGPL-3.0-or-later
"""A hostile neighbour at full speed: `python -m tests.bench.hostile PORT SECONDS FILE`; FILE tells its node id, key and target.

It says "ready" on a line and begins when it is told a line. Over plain sockets: the flood costs its sender little.
Requests that it signed, far beyond its rate; the same with a signature that does not verify, in another node's name; bodies of a
whole limit, and bodies without an end. When it is over, one JSON line says what each was answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from federation.keys import SigningKey
from federation.requests import sign_request
from federation.wire import HEADS, LETTERS, REQUEST_LIMIT, unb64

HOST, FROM = "127.0.0.1", "127.0.0.2"
CONNECTIONS = 8
"""For each kind of request."""
SIGNED = 1500
"""Requests that are signed beforehand; more than two minutes of them."""


async def flood(port: int, seconds: float, given: dict[str, Any]) -> dict[str, Counter[str]]:
    """Kind of request -> status -> how often."""
    told: dict[str, Counter[str]] = {}
    kinds = _kinds(given)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    until = time.monotonic() + seconds
    async with asyncio.TaskGroup() as tasks:
        for kind, make in kinds.items():
            told[kind] = Counter()
            for _ in range(CONNECTIONS):
                tasks.create_task(_send_on(port, until, make, told[kind]))
    return told


def _kinds(given: dict[str, Any]) -> dict[str, Callable[[], bytes]]:
    key, target = SigningKey.from_seed(unb64(given["seed"])), given["target"]
    signed = [_signed(key, given["node_id"], target, "GET", HEADS) for _ in range(SIGNED)]
    other = _signed(key, given["honest"], target, "GET", HEADS)
    whole = _signed(key, given["node_id"], target, "POST", LETTERS, b"[" * REQUEST_LIMIT)
    endless = _head(given, target, "POST", LETTERS) + b"Transfer-Encoding: chunked\r\n\r\n" + _chunks()
    turn = iter(range(10**9))
    return {
        "signed": lambda: signed[next(turn) % SIGNED],
        "forged": lambda: other,
        "large": lambda: whole,
        "endless": lambda: endless,
    }


def _signed(key: SigningKey, node_id: str, target: str, method: str, path: str, body: bytes | None = None) -> bytes:
    fields = sign_request(
        method, target, path, "", body, None if body is None else "application/json", key=key, node_id=node_id,
        now=int(time.time()), nonce=os.urandom(16), lifetime=120,
    )  # fmt: skip
    lines = [f"{method} {path} HTTP/1.1", f"Host: {target}", *(f"{name}: {value}" for name, value in fields.items())]
    lines += [f"Content-Length: {len(body)}"] if body is not None else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b"")


def _head(given: dict[str, Any], target: str, method: str, path: str) -> bytes:
    key = SigningKey.from_seed(unb64(given["seed"]))
    made = _signed(key, given["node_id"], target, method, path, b"{}")
    return made[: made.index(b"Content-Length")]


def _chunks() -> bytes:
    chunk = b"%x\r\n%b\r\n" % (16_384, bytes(16_384))
    return chunk * (2 * REQUEST_LIMIT // 16_384)


async def _send_on(port: int, until: float, make: Callable[[], bytes], told: Counter[str]) -> None:
    """One request after the other over one connection, and over another when that was ended."""
    while time.monotonic() < until:
        try:
            reader, writer = await asyncio.open_connection(HOST, port, local_addr=(FROM, 0))
        except OSError:
            told["no connection"] += 1
            await asyncio.sleep(0.01)
            continue
        try:
            while time.monotonic() < until:
                writer.write(make())
                async with asyncio.timeout(max(0.1, until - time.monotonic())):
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0].strip()
                    await reader.readexactly(int(length or b"0"))
                told[head.split(b" ", 2)[1].decode()] += 1
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            told["cut off"] += 1
        finally:
            writer.close()


def main(argv: Sequence[str]) -> None:
    os.nice(10)  # it takes what its core has left, and not the time of those who measure there
    told = asyncio.run(flood(int(argv[0]), float(argv[1]), json.loads(Path(argv[2]).read_text())))
    print(json.dumps({kind: dict(counts) for kind, counts in told.items()}))


if __name__ == "__main__":
    main(sys.argv[1:])
