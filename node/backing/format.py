# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands in a backup, inside its encryption: frames of 4 bytes of length (big-endian) and that much MessagePack.

In order: `Header`; `Endings` (the file of what ended, in parts) and `EndingsEnd`; for each table `TableBegin`, `Rows` as often as
needed, `TableEnd` with how many rows there were and SHA-256 over their frames; `End` with SHA-256 over every byte before it. A
seal is HMAC-SHA256 under the node key, so that nobody who only knows the public half of the backup key can make up a backup.
Whatever is not so is refused as `Damaged`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from node.errors import Refusal
from node.here import NodeKey

FORMAT: Final = 1
LONGEST: Final = 256 * 2**20
"""Bytes of one frame; a longer one is no frame of ours."""


class Damaged(Refusal):
    """The file is cut short, altered, or no backup of ours. `words` say so."""

    code = "damaged"


class Header(Struct, frozen=True, tag="header", kw_only=True):
    """`format`: of this file; `made_at`: Unix seconds; `migrations`: what the database had run, in order; `node_key`: the id of
    the node key under which the data keys are wrapped; `tables`: in the order in which they follow."""

    format: int
    node_id: str
    instance: str
    made_at: int
    migrations: list[str]
    node_key: str
    tables: list[str]


class Endings(Struct, frozen=True, tag="endings"):
    lines: list[str]


class EndingsEnd(Struct, frozen=True, tag="endings-end"):
    """`seal`: over every byte before it."""

    seal: bytes


class TableBegin(Struct, frozen=True, tag="table"):
    name: str
    columns: list[str]


class Rows(Struct, frozen=True, tag="rows"):
    rows: list[list[Any]]


class TableEnd(Struct, frozen=True, tag="table-end"):
    name: str
    rows: int
    digest: bytes


class End(Struct, frozen=True, tag="end"):
    rows: int
    digest: bytes
    seal: bytes


Frame = Header | Endings | EndingsEnd | TableBegin | Rows | TableEnd | End


class Writable(Protocol):
    def write(self, data: bytes, /) -> Any: ...


class Readable(Protocol):
    def read(self, count: int, /) -> bytes: ...


def seal(digest: bytes, purpose: str, node_key: NodeKey) -> bytes:
    """HMAC-SHA256 (RFC 2104) over a digest, for one purpose."""
    return hmac.new(node_key.derive(f"backup {purpose}"), digest, hashlib.sha256).digest()


class FrameWriter:
    """Writes frames, and keeps the digest of all that was written."""

    def __init__(self, to: Writable) -> None:
        self._to, self._whole, self._encoder = to, hashlib.sha256(), msgspec.msgpack.Encoder()

    @property
    def digest(self) -> bytes:
        return self._whole.digest()

    def write(self, frame: Frame) -> bytes:
        """Writes one frame; its bytes."""
        body = self._encoder.encode(frame)
        data = len(body).to_bytes(4, "big") + body
        if len(body) > LONGEST:
            raise ValueError("rows too long for one frame")
        self._whole.update(data)
        self._to.write(data)
        return data


class FrameReader:
    """Reads frames one by one, and keeps the digest of all that was read. Raises Damaged."""

    def __init__(self, source: Readable) -> None:
        self._from, self._whole = source, hashlib.sha256()
        self._decoder = msgspec.msgpack.Decoder(Frame)

    @property
    def digest(self) -> bytes:
        """Over every byte before the frame that comes next."""
        return self._whole.digest()

    def header(self) -> Header:
        """The first frame. Raises Damaged for another format too, before anything else of it is looked at."""
        body = self._body()
        try:
            first = msgspec.msgpack.decode(body)
            version = first["format"] if first["type"] == "header" else None
        except (msgspec.DecodeError, KeyError, TypeError):
            version = None
        if not isinstance(version, int):
            raise Damaged("This file is locked with the right key, but it is not a backup of a node.")
        if version != FORMAT:
            raise Damaged(
                f"This backup has format {version}, and this program reads format {FORMAT}. Use the version of commoncare that "
                "made it."
            )
        found = self._decoded(body)
        assert isinstance(found, Header)
        return found

    def __iter__(self) -> Iterator[tuple[Frame, bytes, bytes]]:
        """(frame, its bytes, the digest over every byte before it), up to and with `End`, after which nothing may follow."""
        while True:
            before = self.digest
            body = self._body()
            frame = self._decoded(body)
            yield frame, len(body).to_bytes(4, "big") + body, before
            if isinstance(frame, End):
                if self._exactly(1):
                    raise Damaged("There is more in this file than a backup. It was altered.")
                return

    def _decoded(self, body: bytes) -> Frame:
        try:
            found: Frame = self._decoder.decode(body)
            return found
        except (msgspec.DecodeError, msgspec.ValidationError):
            raise Damaged("This backup can't be read: it was altered, or not written to its end.") from None

    def _body(self) -> bytes:
        length = self._exactly(4)
        count = int.from_bytes(length, "big")
        body = self._exactly(count) if len(length) == 4 and 0 < count <= LONGEST else b""
        if not body or len(body) != count:
            raise Damaged("This backup stops before its end. Take another copy of it, or another backup.")
        self._whole.update(length)
        self._whole.update(body)
        return body

    def _exactly(self, count: int) -> bytes:
        parts: list[bytes] = []
        while count and (part := self._from.read(min(count, 2**20))):
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
