# SPDX-License-Identifier: AGPL-3.0-or-later
"""What lies in the co-op's folder and on its disk: keys, areas, backups, room, and what the environment says beside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from node import database
from node.backing import folder as backing
from node.coop import read_node_key
from node.errors import Refusal
from node.findings import Finding, long
from node.running.rules import BACKUP_OLD, CHECK_AGAIN
from node.settings import Settings, strangers


def node_key(settings: Settings) -> Finding:
    path = settings.path(settings.node_key_file)
    try:
        read_node_key(settings)
    except Refusal as refusal:
        return Finding(
            what="node key", well=False, words=refusal.words, next_step=f"Put the key's copy back at {path}."
        )
    except OSError:
        return Finding(
            what="node key", well=False, words="It can't be read.", next_step=f"Look at the rights of {path}."
        )
    return _private("node key", path)


def root_key(settings: Settings) -> list[Finding]:
    """Nothing when it is kept elsewhere, as it may be."""
    path = settings.path(settings.root_key_file)
    return [_private("root key", path)] if path.exists() else []


def _private(what: str, path: Path) -> Finding:
    found = path.stat()
    if open_to_others(found.st_mode, theirs=found.st_uid != os.geteuid()):
        words = f"Others on this machine can read the {what}."
        return Finding(what=what, well=False, words=words, next_step=f"chmod 600 {path}")
    return Finding(what=what, well=True, words="It is there, and only its owner reads it.")


def open_to_others(mode: int, *, theirs: bool) -> bool:
    """Whether a file's mode lets more people read it than us. `theirs`: it is somebody else's, as a Secret that Kubernetes lays
    into a pod: then we read it as its group, and the group is ours alone."""
    return bool(mode & (0o007 if theirs else 0o077))


def areas(settings: Settings) -> Finding:
    try:
        known = settings.gazetteer()
    except Refusal as refusal:
        return Finding(what="areas", well=False, words=refusal.words, next_step="Mend the file that areas_file names.")
    if not known.areas:
        words = "No areas are named, so nobody can search near a place."
        return Finding(what="areas", well=False, words=words, next_step="Write areas_file and patch into the settings.")
    return Finding(what="areas", well=True, words=f"{len(known.areas)} areas, {len(known.patch)} of them ours.")


def backup(settings: Settings, now: int) -> Finding:
    """Whether a backup can be made, how old the newest is, and whether anybody tried to restore one."""
    folder = settings.path(settings.backup.folder)
    there = f" --dir {settings.folder}"

    def look(words: str, next_step: str) -> Finding:
        return Finding(what="backup", well=False, words=words, next_step=next_step)

    if not settings.backup.recipients:
        return look("No backup can be made: there is no key yet to lock it with.", f"commoncare backup key{there}")
    try:
        made, last = backing.backups(folder, settings.node_id), backing.last_check(folder)
    except OSError:
        return look("The folder of backups can't be read.", f"Look at {folder}.")
    if not made:
        return look("No backup was made yet.", f"commoncare backup{there}")
    age = now - made[-1].made_at
    if age > BACKUP_OLD:
        return look(f"The newest backup is {long(age)} old.", f"commoncare backup{there}, and have it run each night")
    if last is None or now - last.checked_at > CHECK_AGAIN:
        tried = "never tried" if last is None else f"last tried {long(now - last.checked_at)} ago"
        words = f"The newest backup is {long(age)} old; whether one can be restored was {tried}."
        return look(words, f"With the backup key at hand: commoncare restore --check {made[-1].path}{there}")
    words = f"The newest backup is {long(age)} old; a restore was tried {long(now - last.checked_at)} ago."
    return Finding(what="backup", well=True, words=words)


Room = Callable[[Path], tuple[int, int]]
"""A folder to what its disk has left and has in all, in bytes."""
TIGHT: Final = 500 * 1024**2
"""Bytes below which a disk is nearly full, unless it is a small one."""
PART: Final = 10
"""A disk with less than one part in so many left wants a look."""


def room(folder: Path) -> tuple[int, int]:
    """As the system says it, for who runs this. Raises OSError."""
    found = shutil.disk_usage(folder)
    return found.free, found.total


def disk(settings: Settings, room: Room) -> Finding:
    """What is left where the co-op's folder, its database and its backups lie: the disk that has least of all."""
    held = getattr(database.open_engine(settings.database_url), "path", None)
    backups = settings.path(settings.backup.folder)
    places = [settings.folder, *([held.parent] if isinstance(held, Path) else []), backups]
    measured = []
    for place in places:
        try:
            measured.append((*room(place), place))
        except OSError:  # not there yet, or not to be read: other findings say so
            continue
    if not measured:
        return Finding(what="disk", well=True, words="What it has left can't be seen from here.")
    left, whole, place = min(measured)
    words = f"{_size(left)} of {_size(whole)} are left at {place}."
    newest = _newest_size(backups, settings.node_id)
    step = f"Make room, or have the disk enlarged. Older backups take most: commoncare backup --keep 7 --dir {settings.folder}"
    if left < TIGHT and left * PART < whole:
        words += " Once it is full, nobody can write anything."
        return Finding(what="disk", well=False, words=words, next_step=step)
    if any(free < newest for free, _, where in measured if where == backups):
        return Finding(what="disk", well=False, words=f"{words} The next backup does not fit any more.", next_step=step)
    wants_a_look = left < TIGHT or left * PART < whole
    return Finding(what="disk", well=True, words=words, next_step=step if wants_a_look else "")


def _newest_size(folder: Path, node_id: str) -> int:
    try:
        made = backing.backups(folder, node_id)
        return made[-1].path.stat().st_size if made else 0
    except OSError:
        return 0


def _size(count: int) -> str:
    """Bytes in words: GB from one on, else MB."""
    return f"{count / 1000**3:.1f} GB" if count >= 1000**3 else f"{count // 1000**2} MB"


def strange() -> list[Finding]:
    """Variables in the environment that look like settings and are none; nothing where there is none."""
    found = []
    for variable, meant in strangers().items():
        words = f"{variable} in the environment is no setting, and changes nothing."
        next_step = f"Did you mean {meant}?" if meant else "Take it away, if it was meant for this node."
        found.append(Finding(what="settings", well=not meant, words=words, next_step=next_step))
    return found
