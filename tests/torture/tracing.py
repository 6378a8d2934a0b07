# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a real node asks of its disk, as strace saw it: every write, cut, sync, new name and removal of a file, in their order,
with the bytes; and what it says to people, on the same line of time.

strace, and not a file system or a VFS of our own: the engine, SQLite and Python are the ones that people run, with all their
threads, and nothing is linked between. An act counts from the moment it was begun, a sync from the moment it came back: what
happens in between is left to chance by whoever rebuilds a disk from this (`disks`).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CALLS = (
    "write", "pwrite64", "writev", "pwritev", "pwritev2", "sendto", "sendmsg", "ftruncate", "truncate", "fallocate",
    "fsync", "fdatasync", "sync_file_range", "msync", "openat", "open", "creat", "rename", "renameat", "renameat2", "link",
    "linkat", "unlink", "unlinkat", "copy_file_range", "sendfile",
)  # fmt: skip
LONGEST = 4 * 1024 * 1024
"""Bytes of one write that are written down."""

_LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>(.*)|(\w+)\((.*)|[-+]{3} .*)", re.DOTALL)
_END = re.compile(r"^(\d+) +\+\+\+ ", re.MULTILINE)
_HEX = re.compile(r"(?:\\x[0-9a-f]{2})+")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_FILE = re.compile(r"^(-?\w+)<((?:\\x[0-9a-f]{2})+|[^\\\"]*?\])(?:<[^>]*>)?>(\(deleted\))?")
_RETURNED = re.compile(r"\)\s+= (-?\d+|\?)(?:<([^>]*)>)?")


class NotHere(Exception):
    """What a trial needs is not to be had on this machine; the text says what."""


class Forbidden(NotHere):
    """This machine lets nobody do it, whatever is installed on it."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """Bytes at a place of a file; `at` None: at its end."""

    path: Path
    at: int | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """A file's length was set."""

    path: Path
    length: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A file was opened for writing; `made`: it would be made where there is none; `emptied`: what it held is gone."""

    path: Path
    made: bool
    emptied: bool


@dataclass(frozen=True, slots=True)
class Renamed:
    path: Path
    to: Path


@dataclass(frozen=True, slots=True)
class Removed:
    path: Path


@dataclass(frozen=True, slots=True)
class Syncing:
    """A sync of a file or folder was begun: what was written before is meant. `number` is its `Synced`'s."""

    path: Path
    number: int


@dataclass(frozen=True, slots=True)
class Synced:
    """It came back; `well`: it did what it was asked."""

    path: Path
    number: int
    well: bool


@dataclass(frozen=True, slots=True)
class Said:
    """Bytes to somebody who had asked."""

    data: bytes


Event = Wrote | Cut | Opened | Renamed | Removed | Syncing | Synced | Said


def must_work() -> None:
    """Raises NotHere without strace, or where nobody may trace."""
    if shutil.which("strace") is None:
        raise NotHere("strace is missing; on Debian or Ubuntu install it with: apt-get install strace")
    tried = subprocess.run(["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"], capture_output=True, text=True)
    if tried.returncode:
        raise Forbidden(f"strace may not trace here: {tried.stderr.strip()[:200]}")


def program(trace: Path, *, inject: Iterable[str] = ()) -> tuple[str, ...]:
    """A node's command under strace, which writes to `trace`. The process that is started is the node itself (-D), so that it is
    ended and killed as ever. `inject`: strace's own words for calls that are to fail, such as `fdatasync:error=EIO:when=9+7`."""
    chosen = ["-e", f"trace={','.join(CALLS)}"]
    for each in inject:
        chosen += ["-e", f"inject={each}"]
    return (
        "strace", "-D", "-f", "--seccomp-bpf", "-q", "-yy", "-xx", "-s", str(LONGEST), "-e", "signal=none", *chosen,
        "-o", str(trace), sys.executable, "-m", "node",
    )  # fmt: skip


def has_ended(trace: Path, process: int) -> bool:
    """Whether the end of a process is written down. strace fills a number of fewer than five digits up with spaces."""
    with trace.open("rb") as file:
        file.seek(max(0, trace.stat().st_size - 20_000))
        return str(process) in _END.findall(file.read().decode("ascii"))


def read(trace: Path, folder: Path, port: int) -> Iterator[Event]:
    """What was done to files in `folder`, and said by who answers at `port`, in order. Raises ValueError for a call on a file of
    the folder that this does not know."""
    begun: dict[str, tuple[str, str, int]] = {}
    number = 0
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            found = _LINE.fullmatch(line.rstrip("\n"))
            if found is None:
                raise ValueError(f"strace wrote what this does not know: {line[:200]}")
            thread, resumed, rest, call, given = found.groups()
            if resumed is not None:
                if thread in begun:
                    call, given, number_of = begun.pop(thread)
                    yield from _ended(call, given, rest, number_of, folder)
                continue
            if call is None:
                continue
            number += 1
            unfinished = given.endswith("<unfinished ...>")
            yield from _began(call, given, number, folder, port)
            if unfinished:
                begun[thread] = (call, given, number)
            else:
                yield from _ended(call, given, given, number, folder)


def _began(call: str, given: str, number: int, folder: Path, port: int) -> Iterator[Event]:
    """What counts from its beginning. A write that fails or falls short may still have been done in part: it counts as tried."""
    if call in ("openat", "open", "creat"):
        return  # these count once they are done
    if call in ("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "truncate"):
        paths = [Path(_text(text)) for text, _ in _TEXT.findall(given)]
        if not any(_is_in(path, folder) for path in paths):
            return
        if call.startswith("rename"):
            yield Renamed(paths[0], paths[1])
        elif call.startswith("unlink"):
            yield Removed(paths[0])
        else:
            raise ValueError(f"{call} of {paths[0]}")
        return
    where = _FILE.match(given)
    if where is None or where[3]:  # a file without a name is nobody's after a loss of power
        return
    name = _text(where[2])
    if call in ("write", "writev", "sendto", "sendmsg") and name.startswith("TCP"):
        if f":{port}->" in name:
            yield Said(b"".join(_bytes(text) for text, _ in _TEXT.findall(given)))
        return
    path = Path(name)
    if not _is_in(path, folder):
        return
    if call in ("write", "pwrite64"):
        text = _TEXT.search(given)
        if text is None or text[2]:
            raise ValueError(f"a write to {path} of more than is written down")
        data = _bytes(text[1])
        place = re.match(r", \d+, (\d+)", given[text.end() :]) if call == "pwrite64" else None
        at = int(place[1]) if place else None
        yield Wrote(path, at, data)
    elif call == "ftruncate":
        yield Cut(path, int(re.match(r", (\d+)", given[where.end() :])[1]))  # type: ignore[index]
    elif call in ("fsync", "fdatasync"):
        yield Syncing(path, number)
    else:
        raise ValueError(f"{call} of {path}")


def _ended(call: str, given: str, rest: str, number: int, folder: Path) -> Iterator[Event]:
    result = _RETURNED.search(rest)
    if result is None:
        return  # cut by the end of the process
    well = result[1] not in ("?",) and int(result[1]) >= 0
    if call in ("fsync", "fdatasync"):
        where = _FILE.match(given)
        path = Path(_text(where[2])) if where else Path()
        if _is_in(path, folder):
            yield Synced(path, number, well)
    elif call in ("openat", "open", "creat") and well and result[2]:
        path = Path(_text(result[2]))
        if _is_in(path, folder) and re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", given):
            yield Opened(path, "O_CREAT" in given, "O_TRUNC" in given)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _text(name: str) -> str:
    """The name of a file as bytes in hexadecimal; a socket's stands in clear."""
    return _bytes(_HEX.match(name)[0]).decode(errors="replace") if name.startswith("\\x") else name  # type: ignore[index]


def _is_in(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
