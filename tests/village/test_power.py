# SPDX-License-Identifier: AGPL-3.0-or-later
"""The quick form of `make torture ARGS=power`: what was acknowledged outlives a loss of power, also where syncs fail; and the
trial itself sees what is lost where nothing is synced."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.torture import tracing
from tests.torture.disks import Disk
from tests.torture.power import FAILING, torture
from tests.torture.tracing import Cut, Event, Forbidden, NotHere, Opened, Removed, Renamed, Synced, Syncing, Wrote
from tests.village.test_demo import free_base

FOLDER = Path("/made-up")
FILE, OTHER = FOLDER / "file", FOLDER / "other"
OLD, NEW = bytes(8192), b"\1" * 8192
ChanceOf = Callable[[list[Event]], set[bytes | None]]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("failing", [(), FAILING], ids=["syncs kept", "syncs failing"])
async def test_nothing_acknowledged_is_lost(tmp_path: Path, failing: tuple[str, ...]) -> None:
    try:
        kept, careless = await torture(
            states=60, stories=3, seed=7, folder=tmp_path, base_port=free_base(), failing=failing, pairs=2
        )
    except NotHere as missing:
        if os.environ.get("COMMONCARE_STRICT") == "1" and not isinstance(missing, Forbidden):
            pytest.fail(str(missing))
        pytest.skip(str(missing))
    assert kept.faults == []
    assert kept.states == 60
    assert kept.looked_for > 100
    assert bool(kept.failed_syncs) == bool(failing)
    assert careless.lost, "without its syncs the same life loses words"


@pytest.mark.parametrize("number", [7, 4516, 29577, 4194303])
def test_the_end_of_a_process_is_found_however_small_its_number(tmp_path: Path, number: int) -> None:
    trace = tmp_path / "trace"
    other, this = (f"{each:<5} +++ killed by SIGKILL +++\n" for each in (number * 10 + 1, number))
    trace.write_text(f"{number:<5} write(1, 2, 3) = 3\n{other}")
    assert not tracing.has_ended(trace, number)
    trace.write_text(f"{trace.read_text()}{this}")
    assert tracing.has_ended(trace, number)


def _chances(*events: Event, times: int = 200) -> set[bytes | None]:
    """What may be found under FILE after a loss of power; None: no file."""
    disk = Disk({FILE: OLD}, Random(1))
    for event in events:
        disk.happens(event)
    return {disk.after_power_loss().get(FILE) for _ in range(times)}


def _sync(path: Path, number: int, *, well: bool = True) -> tuple[Event, Event]:
    return Syncing(path, number), Synced(path, number, well)


def test_what_was_synced_stays_and_what_was_not_may_be_torn() -> None:
    wrote = Wrote(FILE, 0, NEW)
    assert _chances(wrote, *_sync(FILE, 1)) == {NEW}
    torn = _chances(wrote)
    assert {OLD, NEW} < torn, "all, nothing, and parts of it"
    assert all(len(found or b"") == len(OLD) for found in torn)
    begun, done = _sync(FILE, 1)
    assert OLD in _chances(begun, wrote, done), "a sync means only what was written before it began"
    assert {OLD, b""} == _chances(Cut(FILE, 0))


def test_a_longer_file_may_hold_zeros() -> None:
    found = _chances(Wrote(FILE, len(OLD), NEW))
    assert {OLD, OLD + NEW, OLD + bytes(len(NEW))} <= found


def test_a_sync_that_failed_is_not_made_good_by_the_next() -> None:
    lost = 0
    for seed in range(50):
        disk = Disk({FILE: OLD}, Random(seed))
        for event in (Wrote(FILE, 0, NEW), *_sync(FILE, 1, well=False), *_sync(FILE, 2)):
            disk.happens(event)
        lost += disk.after_power_loss()[FILE] != NEW
    assert 0 < lost < 50
    again = (Wrote(FILE, 0, NEW), *_sync(FILE, 1, well=False), Wrote(FILE, 0, NEW), *_sync(FILE, 2))
    assert _chances(*again) == {NEW}


def test_names_are_kept_once_their_folder_was_synced() -> None:
    made = (Opened(OTHER, True, True), Wrote(OTHER, None, NEW), *_sync(OTHER, 1), Renamed(OTHER, FILE))
    assert _chances(*made) == {OLD, NEW}
    assert _chances(*made, *_sync(FOLDER, 2)) == {NEW}
    unsynced = (Opened(OTHER, True, True), Wrote(OTHER, None, NEW), Renamed(OTHER, FILE), *_sync(FOLDER, 1))
    assert b"" in _chances(*unsynced), "a name alone keeps no bytes"
    assert _chances(Removed(FILE)) == {OLD, None}
