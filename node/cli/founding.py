# SPDX-License-Identifier: AGPL-3.0-or-later
"""A new co-op's folder, whole or not at all.

Everything is made in a folder of its own beside where it goes, and moved when it is complete: keys, then the database, then
the settings, which make it a co-op. Whatever fails before (or kills the process) leaves nothing that a second try meets. What
is there already is never written over.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from node.coop import found
from node.errors import Conflict, Invalid
from node.peers.founding import SHORTEST_PASSPHRASE
from node.peers.rules import a_node_id
from node.peers.shapes import Founded
from node.settings import FILE, Settings, from_mapping, load

MOVED = ("keys/node.key", "keys/root.pem", "commoncare.db", FILE)
"""In this order: the settings last."""


def must_be_free(folder: Path) -> None:
    """Raises Conflict when something of a co-op stands in the folder."""
    if (folder / FILE).exists():
        raise Conflict(f"There is a co-op in {folder} already.")
    for name in MOVED:
        if (folder / name).exists():
            raise Conflict(
                f"There is {folder / name} already, of another co-op. Move it away, or choose another folder."
            )


async def found_whole(folder: Path, given: dict[str, Any], *, passphrase: str) -> tuple[Settings, Founded]:
    """As `node.coop.found`. Raises Conflict, Invalid with every fault, Misconfigured; then nothing is left behind."""
    must_be_free(folder)
    given = {**given, "node_id": _checked(given, passphrase)}
    from_mapping(folder, given)
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".init-", dir=folder) as place:
            _, founded = await found(Path(place), given, passphrase=passphrase)
            (Path(place) / FILE).chmod(0o600)  # it may hold a database's password
            (folder / "keys").mkdir(mode=0o700, exist_ok=True)
            for name in MOVED:
                if (Path(place) / name).exists():
                    shutil.move(Path(place) / name, folder / name)
            for kept in (folder / "keys", folder):
                _sync(kept)
    except BaseException:
        if new:
            _remove_if_empty(folder)
        raise
    return load(folder, {}), founded


def _checked(given: dict[str, Any], passphrase: str) -> str:
    """The node id as it is kept. Raises Invalid with every fault at once."""
    faults: dict[str, str] = {}
    node_id = ""
    try:
        node_id = a_node_id(str(given["node_id"]), us="")
    except Invalid:
        faults["node-id"] = "Give this co-op's host name in small letters, such as alder.example.org."
    if not str(given["co_op"]["name"]).strip():
        faults["name"] = "Give the co-op's name."
    if len(passphrase) < SHORTEST_PASSPHRASE:
        faults["passphrase"] = f"Choose at least {SHORTEST_PASSPHRASE} characters: several words are easiest."
    if faults:
        raise Invalid(faults)
    return node_id


def _sync(folder: Path) -> None:
    """The names in a folder survive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        pass
