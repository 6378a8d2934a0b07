# SPDX-License-Identifier: AGPL-3.0-or-later
"""Judges a backup to its last byte before any of it is believed, and hands out its rows afterwards.

`judge` refuses, in order: a file that the key does not open, another format, another node's, another node key's, one of a newer
version; then anything cut short, altered, out of order, or not sealed by this node. Memory holds one frame.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from node import ended, schema
from node.backing import locking
from node.backing.format import Damaged, End, Endings, EndingsEnd, FrameReader, Header, Rows, TableBegin, TableEnd, seal
from node.backing.writing import SEAL, SEAL_ENDINGS
from node.database.sql import quoted
from node.ended import Ended
from node.errors import Conflict, Misconfigured
from node.here import NodeKey

ORDER = "This backup is not in the order in which one is written. It was altered."


@dataclass(slots=True)
class Judged:
    """A backup that is whole and ours. `counts`: rows of each table, in order."""

    path: Path
    header: Header
    ended: set[Ended] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)


def judge(path: Path, secret: Any, *, node_id: str, node_key: NodeKey) -> Judged:
    """Reads the whole file. Raises WrongKey, Damaged, Conflict, Misconfigured, OSError; nothing is written anywhere."""
    with locking.opened(path, secret) as plain:
        frames = FrameReader(plain)
        found = Judged(path, _header(frames, node_id, node_key))
        walk = _Walk(found, node_key)
        for frame, data, before in frames:
            walk.take(frame, data, before)
    return found


def only_ended(path: Path, secret: Any, *, node_id: str, node_key: NodeKey) -> set[Ended]:
    """What had ended when another backup of this node was made, by its own seal; the rest is not read. Raises as `judge`."""
    with locking.opened(path, secret) as plain:
        frames = FrameReader(plain)
        found = Judged(path, _header(frames, node_id, node_key))
        walk = _Walk(found, node_key)
        for frame, data, before in frames:
            walk.take(frame, data, before)
            if isinstance(frame, EndingsEnd):
                break
    return found.ended


def rows(path: Path, secret: Any) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """(table, columns, some rows), in order, of a file that was judged. Raises Damaged when it changed since."""
    with locking.opened(path, secret) as plain:
        frames = FrameReader(plain)
        frames.header()
        name, columns = "", list[str]()
        for frame, _, _ in frames:
            if isinstance(frame, TableBegin):
                name, columns = frame.name, frame.columns
            elif isinstance(frame, Rows):
                yield name, columns, frame.rows


def _header(frames: FrameReader, node_id: str, node_key: NodeKey) -> Header:
    header = frames.header()
    if header.node_id != node_id:
        raise Conflict(f"This is a backup of {header.node_id}, and this folder is {node_id}'s.")
    if header.node_key != node_key.kid:
        raise Misconfigured(
            "This backup was made under another node key. Put back the keys/node.key of then; without it nothing in the backup "
            "can be read."
        )
    if not set(header.migrations) <= set(schema.known()):
        raise Conflict(
            "This backup was made by a newer version of commoncare. Restore it with that version or a later one."
        )
    return header


class _Walk:
    """The frames in their order, each held against what it says of the others."""

    def __init__(self, found: Judged, node_key: NodeKey) -> None:
        self._found, self._node_key = found, node_key
        self._begun, self._table, self._rows, self._digest = False, "", 0, hashlib.sha256()

    def take(self, frame: object, data: bytes, before: bytes) -> None:
        waiting: Sequence[str] = self._found.header.tables[len(self._found.counts) :]
        if isinstance(frame, Endings) and not self._begun:
            self._found.ended |= {line for text in frame.lines if (line := ended.parsed(text)) is not None}
        elif isinstance(frame, EndingsEnd) and not self._begun:
            self._sealed(frame.seal, before, SEAL_ENDINGS)
            self._begun = True
        elif isinstance(frame, TableBegin) and self._begun and not self._table and frame.name in waiting[:1]:
            for name in (frame.name, *frame.columns):
                quoted(name)
            self._table, self._rows, self._digest = frame.name, 0, hashlib.sha256()
        elif isinstance(frame, Rows) and self._table:
            self._rows += len(frame.rows)
            self._digest.update(data)
        elif isinstance(frame, TableEnd) and self._table == frame.name:
            if (frame.rows, frame.digest) != (self._rows, self._digest.digest()):
                raise Damaged(f"The table {self._table} in this backup is not as it was written. Take another backup.")
            self._found.counts[self._table], self._table = self._rows, ""
        elif isinstance(frame, End) and self._begun and not self._table and not waiting:
            if (frame.rows, frame.digest) != (sum(self._found.counts.values()), before):
                raise Damaged("This backup is not as it was written. Take another one.")
            self._sealed(frame.seal, before, SEAL)
        else:
            raise Damaged(ORDER)

    def _sealed(self, given: bytes, before: bytes, purpose: str) -> None:
        if not hmac.compare_digest(given, seal(before, purpose, self._node_key)):
            raise Damaged("This backup was not made by this node: its seal does not fit.")
