# SPDX-License-Identifier: AGPL-3.0-or-later
"""What ended here for good, kept in a file outside the database, so that an old copy of the database brings none of it back.

One line each: when (Unix seconds), what, and SHA-256 of whose or which (unpadded base64url); no name and no id can be read from
it. Lines are only ever added, each whole and synced to disk; a line that a loss of power cut is passed over. `destroyed` writes
after commit, and swallows a full disk: what is missing is found again in the database by `node.backing.catching`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from node import database
from node.here import Here

FILE: Final = "keys/erasures"
KEY: Final = "key"
"""The kind of a line for a data key that was destroyed."""
PASSING: Final = "letter:"
"""Keys of letters under way are left out: a letter that is delivered once more, under its own id, is answered as the first time
and destroyed then; without its bytes it would be written anew and take effect twice."""

_LINE = re.compile(r"(\d{1,12}) ([a-z-]{1,20}) ([A-Za-z0-9_-]{43})")

log = structlog.get_logger("commoncare.ended")


@dataclass(frozen=True, slots=True, order=True)
class Ended:
    """`at`: Unix seconds; `kind`: key, card, role …; `mark`: `mark_of` the thing."""

    at: int
    kind: str
    mark: str

    def __str__(self) -> str:
        return f"{self.at} {self.kind} {self.mark}"


def mark_of(kind: str, id: str) -> str:
    """SHA-256 of kind and id, as unpadded base64url: 43 characters."""
    digest = hashlib.sha256(f"{kind}\0{id}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def parsed(text: str) -> Ended | None:
    """One line; None for one that was cut or is not ours."""
    found = _LINE.fullmatch(text)
    return None if found is None else Ended(int(found[1]), found[2], found[3])


def read(path: Path) -> set[Ended]:
    """Every whole line of the file; none where there is no file."""
    try:
        text = path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return set()
    return {found for line in text.splitlines() if (found := parsed(line)) is not None}


def add(path: Path, lines: Iterable[Ended]) -> None:
    """Append the lines in order of time, and sync them. One write, so that processes do not mix theirs. Raises OSError."""
    text = "".join(f"{line}\n" for line in sorted(lines))
    if not text:
        return
    new = not path.exists()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":  # a line that was cut must not swallow the next
            text = "\n" + text
        data = text.encode()
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    finally:
        os.close(handle)
    if new:
        _sync(path.parent)


def destroyed(owner: str, *, here: Here) -> None:
    """After commit of the transaction that is open: the owner's data key was destroyed."""
    path = here.machine.ended
    if path is None or owner.startswith(PASSING):
        return
    line = Ended(here.now, KEY, mark_of(KEY, owner))

    def write() -> None:
        try:
            add(path, [line])
        except OSError as error:
            log.error("fault", file="erasures", exc_info=error)

    database.after_commit(write)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
