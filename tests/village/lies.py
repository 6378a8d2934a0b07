# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a hostile neighbour says: feeds that it may fork, rewind and fill with anything, and lies laid over honest answers.

A `Feed` signs whatever it is told to, as nothing of ours would. A lie is a function of what was asked and of the honest answer;
the makers here are named for what is then on the wire. Made from `federation` alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from federation import wire
from federation.feed import Control, Entry, Open, Origin, Put, Withdraw, encode_control, leaf_hashes
from federation.keys import SigningKey
from federation.merkle import EMPTY_ROOT, root_of
from federation.notes import make_checkpoint

if TYPE_CHECKING:
    from tests.village.hostile import Asked, Lie, Said

DAY = 86_400


class Feed:
    """One log as a value that can be copied and bent. `note` is signed anew by every change; `sign` signs anything."""

    def __init__(
        self,
        node_id: str,
        topic: str,
        epoch: int,
        key: SigningKey,
        now: Callable[[], int],
        random: Callable[[int], bytes],
        *,
        live: int = 0,
    ) -> None:
        self.origin, self.key, self.now, self.random = Origin(node_id, topic, epoch), key, now, random
        opening = Open(0, 0, wire.b64(EMPTY_ROOT), "first", live)
        self.entries: list[Entry] = [encode_control(opening)]
        self.note = ""
        self.sign()

    @property
    def topic(self) -> str:
        return self.origin.topic

    def copy(self) -> Feed:
        other = object.__new__(Feed)
        other.__dict__.update(self.__dict__)
        other.entries = list(self.entries)
        return other

    def sign(self, *, size: int | None = None, root: bytes | None = None, **more: Any) -> str:
        """Signs what stands, or what is said instead; `more`: time, key, origin."""
        size = len(self.entries) if size is None else size
        root = root or root_of(leaf_hashes(self.origin, self.entries[:size]))
        origin, time = more.get("origin", str(self.origin)), more.get("time", self.now())
        self.note = make_checkpoint(origin, size, root, time, more.get("key", self.key))
        return self.note

    def add(self, *entries: Entry) -> int:
        """Appends; the index of the first."""
        at = len(self.entries)
        self.entries += entries
        self.sign()
        return at

    def put(self, data: Any, *, id: str = "", iat: int = 0, days: int = 30, body: bytes | None = None) -> Put:
        """A put that nobody judged: any data, any body."""
        iat = iat or self.now()
        said = {"id": id or wire.b64(self.random(16)), "iat": iat, "data": data}
        return Put(iat + days * DAY, self.random(32), wire.dumps(said) if body is None else body)

    def say(self, *words: str, **more: Any) -> int:
        """Puts that the small room of the tests can read."""
        return self.add(*(self.put({"words": each}, **more) for each in words))

    def withdraw(self, *indexes: int, receipt: bool = False) -> int:
        return self.add(encode_control(Withdraw(tuple((self.origin.epoch, at) for at in indexes), receipt)))


# Lies -----------------------------------------------------------------------------------------------------------------


def on(path: str, change: Callable[[Said], Said | None]) -> Lie:
    """`change` laid over every good answer to a path that ends so."""

    def lie(asked: Asked, said: Said) -> Said | None:
        return change(said) if asked.path.endswith(path) and said.status in (200, 202) else None

    return lie


def page(change: Callable[[list[Any]], Any]) -> Lie:
    """Another page of entries: `change` works on the list, or gives a new one."""

    def bend(said: Said) -> Said:
        value = said.json
        value["entries"] = change(value["entries"]) or value["entries"]
        return said.with_json(value)

    return on("/entries", bend)


def head(note: str | Callable[[], str], **more: Any) -> Lie:
    """Heads that show this note on peer-support, and other versions in `more`; never "nothing new"."""

    def lie(asked: Asked, said: Said) -> Said | None:
        if asked.path != wire.HEADS:
            return None
        body = {"heads": [], "identity_version": 1, "manifest_version": 1, "charter": 0} | more
        if said.status == 200:
            body = said.json | more
        given = note if isinstance(note, str) else note()
        line = {"topic": "peer-support", "checkpoint": given, "grant": 1}
        body["heads"] = [each for each in body["heads"] if each["topic"] != "peer-support"] + [line]
        return replace(said, status=200, headers={"etag": '"AAAA"'}).with_json(body)

    return lie


def raw(path: str, body: bytes, **headers: str) -> Lie:
    """These bytes, whatever is due."""
    return on(path, lambda said: replace(said, body=body, headers=said.headers | headers))


def redirected(path: str, to: str = "https://alder.example/commoncare/v1/heads") -> Lie:
    return on(path, lambda said: replace(said, status=302, body=b"", headers={"location": to}))


def compressed(path: str) -> Lie:
    return on(path, lambda said: replace(said, headers=said.headers | {"content-encoding": "gzip"}))


def endless(path: str) -> Lie:
    """An answer that never ends, as fast as it is read."""

    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield bytes(65_536)

    return on(path, lambda said: replace(said, stream=parts))


def dripping(path: str, forever: asyncio.Event) -> Lie:
    """An answer of which one byte comes, and then nothing until `forever` is set."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"{"
        await forever.wait()

    return on(path, lambda said: replace(said, stream=parts))


def twice(path: str, name: str) -> Lie:
    """The first member of this name comes twice."""
    return on(
        path,
        lambda said: replace(
            said, body=said.body.replace(f'"{name}":'.encode(), f'"{name}":null,"{name}":'.encode(), 1)
        ),
    )


def nested(path: str, depth: int = 100_000) -> Lie:
    return on(path, lambda said: replace(said, body=b"[" * depth + b"]" * depth))


def control_body_withheld(entries: list[Any]) -> list[Any]:
    """Every withdraw entry as a commitment instead of its body."""
    hidden = {"expires": 2_000_000_000, "c": wire.b64(bytes(32))}
    return [hidden if set(each) == {"body"} and '"withdraw"' in each["body"] else each for each in entries]


def control(body: dict[str, Any]) -> Control:
    """A control entry of any content."""
    return Control(json.dumps(body).encode())
