# SPDX-License-Identifier: AGPL-3.0-or-later
"""The folder of a node's backups: what they are called, which are there, which are too many, and the note of the last drill.

A name says whose and when: `alder.example.20270115T080000Z.age`. Only what bears such a name of this node is ever listed or
removed; what comes into the folder comes whole, under its name, and survives a loss of power from then on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from node.errors import Conflict
from node.here import Backups

LAST_CHECK: Final = "last-check.json"
_FORM: Final = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, order=True)
class Backup:
    """One file; `made_at`: Unix seconds, as its name says."""

    made_at: int
    path: Path


class LastCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The last drill: when, with which file, made when. Unix seconds."""

    checked_at: int
    file: str
    made_at: int


def backups(folder: Path, node_id: str) -> list[Backup]:
    """This node's backups in the folder, the oldest first."""
    pattern = re.compile(re.escape(node_id) + r"\.(\d{8}T\d{6}Z)\.age")
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if (named := pattern.fullmatch(path.name)) and path.is_file() and not path.is_symlink():
            try:
                at = datetime.strptime(named[1], _FORM).replace(tzinfo=UTC)
            except ValueError:
                continue
            found.append(Backup(int(at.timestamp()), path))
    return sorted(found)


def prune(folder: Path, node_id: str, keep: int) -> list[Path]:
    """Remove all but the newest `keep` of this node's backups; which went."""
    gone = [each.path for each in backups(folder, node_id)[: -keep or None]] if keep > 0 else []
    for path in gone:
        path.unlink()
    if gone:
        sync(folder)
    return gone


@contextmanager
def new_file(folder: Path, node_id: str, made_at: int) -> Iterator[tuple[Path, BinaryIO]]:
    """(its path in the end, the file to write). It stands under its name when the block ends well, else there is nothing.

    Raises Conflict when there is a backup of that second, OSError when the disk is full.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{node_id}.{datetime.fromtimestamp(made_at, UTC).strftime(_FORM)}.age"
    path, part = folder / name, folder / f".{name}.{os.getpid()}.part"
    if path.exists():
        raise Conflict(f"There is a backup of this very second already: {path}.")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield path, file
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
        sync(folder)
    finally:
        part.unlink(missing_ok=True)


def note_check(folder: Path, note: LastCheck) -> None:
    """Write down that a backup was tried, whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = folder / f".{LAST_CHECK}.part"
    part.write_bytes(msgspec.json.encode(note) + b"\n")
    part.replace(folder / LAST_CHECK)
    sync(folder)


def last_check(folder: Path) -> LastCheck | None:
    """The last drill's note; None where there is none that can be read."""
    try:
        return msgspec.json.decode((folder / LAST_CHECK).read_bytes(), type=LastCheck)
    except (OSError, msgspec.DecodeError):
        return None


def look_into(folder: Path, node_id: str, *, locked: bool) -> Backups:
    """What the pages say of it. `locked`: there is a key to lock one with. A folder that can't be read is as good as none."""
    try:
        made, tried = backups(folder, node_id), last_check(folder)
    except OSError:
        return Backups(locked=locked, seen=False)
    return Backups(
        locked=locked,
        seen=folder.is_dir(),
        newest=made[-1].made_at if made else None,
        tried=tried.checked_at if tried else None,
    )


def sync(folder: Path) -> None:
    """The names in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
