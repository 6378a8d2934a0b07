# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a disk may hold after the power went: all that was synced, and of the rest whatever chance left, torn and out of order.

Of a write that was not synced each sector may have reached the disk or not, whatever came of writes before and after; the
length of a file may have grown without its bytes, which are zeros then; a cut may have been kept or not. Names (made, changed,
removed) are kept in their order up to some moment, as journalling file systems do, and for certain only once their folder was
synced. A sync that failed has kept nothing for certain, nor does one that goes well after it: the system may have given up on
those pages for good. What of them reached the disk is decided then. This is the worst that POSIX allows, and worse than most
file systems do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.torture.tracing import Cut, Event, Opened, Removed, Renamed, Synced, Syncing, Wrote

SECTORS = (512, 4096)


@dataclass
class Stored:
    """One file: what is on the disk for certain, and what was done since, each with the moment at which it was begun."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[tuple[int, Wrote | Cut]] = field(default_factory=list)
    length: int = 0
    """As programs see it."""


class Disk:
    """A folder's files as they come to be, event after event. `files`: what is there at first, all of it synced."""

    def __init__(self, files: Mapping[Path, bytes], random: Random) -> None:
        self._random = random
        self._now = {path: Stored(bytearray(data), length=len(data)) for path, data in files.items()}
        self._kept = dict(self._now)
        self._names: list[tuple[int, Opened | Renamed | Removed, Stored | None]] = []
        self._moment = 0
        self._syncing: dict[int, int] = {}

    def happens(self, event: Event) -> None:
        """The next event, in the order of the trace."""
        self._moment += 1
        match event:
            case Opened(path, made, emptied):
                if path not in self._now and made:
                    self._now[path] = Stored()
                    self._names.append((self._moment, event, self._now[path]))
                elif emptied and path in self._now:
                    self._changes(path, Cut(path, 0))
            case Wrote(path, at, data):
                stored = self._now[path]
                self._changes(path, event if at is not None else Wrote(path, stored.length, data))
            case Cut(path):
                self._changes(path, event)
            case Renamed(path, to):
                self._now[to] = self._now.pop(path)
                self._names.append((self._moment, event, self._now[to]))
            case Removed(path):
                if self._now.pop(path, None) is not None:
                    self._names.append((self._moment, event, None))
            case Syncing(_, number):
                self._syncing[number] = self._moment
            case Synced(path, number, well):
                self._synced(path, self._syncing.pop(number), well)

    def _changes(self, path: Path, change: Wrote | Cut) -> None:
        stored = self._now[path]
        stored.since.append((self._moment, change))
        end = change.length if isinstance(change, Cut) else (change.at or 0) + len(change.data)
        stored.length = end if isinstance(change, Cut) else max(stored.length, end)

    def _synced(self, path: Path, moment: int, well: bool) -> None:
        stored = self._now.get(path)
        if stored is not None:
            meant = [change for begun, change in stored.since if begun < moment]
            stored.since = [(begun, change) for begun, change in stored.since if begun >= moment]
            if well:
                for change in meant:
                    _apply(stored.synced, change)
            else:
                stored.synced = self._chanced(stored.synced, meant)
        elif well:  # a folder
            for begun, change, of in self._names:
                if begun < moment:
                    _rename(self._kept, change, of)
            self._names = [each for each in self._names if each[0] >= moment]

    def after_power_loss(self) -> dict[Path, bytes]:
        """What may be found now: path -> bytes. Another each time."""
        names = dict(self._kept)
        for _, change, of in self._names[: self._random.randint(0, len(self._names))]:
            _rename(names, change, of)
        return {
            path: bytes(self._chanced(stored.synced, [change for _, change in stored.since]))
            for path, stored in names.items()
        }

    def _chanced(self, synced: bytearray, since: list[Wrote | Cut]) -> bytearray:
        """`synced` with what chance left of the rest: of each sector any of the wordings it had."""
        held, kept, sector = bytearray(synced), self._random.choice((0.0, 0.5, 0.9, 1.0)), self._random.choice(SECTORS)
        for change in since:
            if isinstance(change, Cut):
                if self._random.random() < kept:
                    _apply(held, change)
                continue
            start, data = change.at or 0, change.data
            if self._random.random() < kept:  # the length alone
                held.extend(bytes(max(0, start + len(data) - len(held))))
            whole = self._random.random() < 0.5
            fate = self._random.random() < kept
            position = start
            while position < start + len(data):
                end = min((position // sector + 1) * sector, start + len(data))
                if fate if whole else self._random.random() < kept:
                    _apply(held, Wrote(change.path, position, data[position - start : end - start]))
                position = end
        return held


def _apply(held: bytearray, change: Wrote | Cut) -> None:
    if isinstance(change, Cut):
        del held[change.length :]
        held.extend(bytes(change.length - len(held)))
        return
    at = change.at or 0
    held.extend(bytes(max(0, at - len(held))))
    held[at : at + len(change.data)] = change.data


def _rename(names: dict[Path, Stored], change: Opened | Renamed | Removed, of: Stored | None) -> None:
    match change:
        case Opened(path):
            assert of is not None
            names[path] = of
        case Renamed(path, to):
            assert of is not None
            names.pop(path, None)
            names[to] = of
        case Removed(path):
            names.pop(path, None)
