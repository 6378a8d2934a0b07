# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a village that runs is spoken to from another terminal: one order a line, one answer a line, on loopback.

Where it listens, and the word without which it obeys nobody, stand in `village-control.json` in its folder, for its owner's eyes.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from node.errors import Invalid, Refusal, Unavailable

HOST: Final = "127.0.0.1"
NOTE: Final = "village-control.json"
LONGEST: Final = 10_000
PATIENCE: Final = 90.0
"""Seconds in which an order is obeyed: a start waits until the node answers."""
Obey = Callable[[str], Awaitable[Any]]


class Door(Struct, frozen=True, kw_only=True):
    """Where a village listens."""

    port: int
    word: str
    pid: int


class Order(Struct, frozen=True, kw_only=True):
    word: str
    say: str


class Answer(Struct, frozen=True, kw_only=True):
    """`said`: what came of it, or where `fields` says what was wrong, why not."""

    said: Any = ""
    fields: dict[str, str] = {}
    refused: str = ""


@asynccontextmanager
async def listening(folder: Path, obey: Obey, *, word: str) -> AsyncIterator[None]:
    """Inside the block orders are taken. `word`: by which an order is known to come from somebody who may read the folder."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            order = msgspec.json.decode(await reader.readline(), type=Order)
            if hmac.compare_digest(order.word, word):
                writer.write(msgspec.json.encode(await _obeyed(obey, order.say)) + b"\n")
                await writer.drain()
        except (msgspec.MsgspecError, ValueError, ConnectionError):
            pass  # nobody who knows how to ask
        finally:
            writer.close()

    server = await asyncio.start_server(answer, HOST, 0, limit=LONGEST)
    note = folder / NOTE
    door = Door(port=server.sockets[0].getsockname()[1], word=word, pid=os.getpid())
    new = folder / f".{NOTE}.new"
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(msgspec.json.encode(door))
    new.replace(note)
    try:
        yield
    finally:
        note.unlink(missing_ok=True)
        server.close()


async def _obeyed(obey: Obey, words: str) -> Answer:
    try:
        return Answer(said=await obey(words))
    except Invalid as no:
        return Answer(fields=no.fields)
    except Refusal as no:
        return Answer(refused=no.words)


def runs(folder: Path) -> bool:
    """Whether somebody listens there now."""
    try:
        door = msgspec.json.decode((folder / NOTE).read_bytes(), type=Door)
        socket.create_connection((HOST, door.port), timeout=5).close()
    except (OSError, msgspec.MsgspecError):
        return False
    return True


async def until_gone(folder: Path, seconds: float = 20.0) -> None:
    """Waits until the village has ended. Raises Unavailable."""
    try:
        async with asyncio.timeout(seconds):
            while (folder / NOTE).exists():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise Unavailable("The village is still there. Look at its log.") from None


async def order(folder: Path, words: str) -> Any:
    """Says it to the village that runs in `folder`; what it answers. Raises Invalid, and Unavailable where none runs."""
    gone = Unavailable(f"No village runs in {folder}. Start one with: commoncare village up --dir {folder}")
    try:
        door = msgspec.json.decode((folder / NOTE).read_bytes(), type=Door)
        reader, writer = await asyncio.open_connection(HOST, door.port, limit=2**24)
    except (OSError, msgspec.MsgspecError):
        raise gone from None
    try:
        writer.write(msgspec.json.encode(Order(word=door.word, say=words)) + b"\n")
        async with asyncio.timeout(PATIENCE):
            line = await reader.readline()
    except (OSError, TimeoutError):
        raise Unavailable("The village did not answer.") from None
    finally:
        writer.close()
    if not line:
        raise gone
    answer = msgspec.json.decode(line, type=Answer)
    if answer.fields:
        raise Invalid(answer.fields)
    if answer.refused:
        raise Unavailable(answer.refused)
    return answer.said
